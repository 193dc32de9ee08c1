package diag

import (
	"cmp"
	"slices"

	"faultline/diag/catalog"
	"faultline/platform"
)

// weigh sorts the rivals into excluded and open, and takes the confidence from
// how many are open.
func (s *settling) weigh(v *Verdict, f Finding) catalog.Confidence {
	fits, doubtful := false, 0
	for _, r := range s.cat[f.Code].Rivals {
		if s.claim(r.Claim, f.Way) == r.Excludes {
			v.Rejected = append(v.Rejected, Rejected{Code: r.Code, Claim: r.Claim, Evidence: s.evidence(r, f.Way)})
			doubtful += s.doubtful(r, f.Way)
			continue
		}
		v.Untested = append(v.Untested, Untested{Code: r.Code, Need: r.Need})
		fits = fits || slices.ContainsFunc(s.live, func(g Finding) bool { return g.Code == r.Code })
	}
	open := len(v.Untested) + doubtful
	switch {
	case f.Direct && open == 0:
		return catalog.Proven
	case fits, open > 1, open == 1 && !f.Direct:
		return catalog.Possible
	}
	return catalog.Likely
}

func (s *settling) evidence(r catalog.Rival, way Way) (refs []Ref) {
	for _, c := range s.against(r, way) {
		refs = append(refs, c.Evidence...)
	}
	slices.SortFunc(refs, compareRefs)
	return slices.Compact(refs)
}

// against are the claims that exclude a rival.
func (s *settling) against(r catalog.Rival, way Way) (claims []Claim) {
	for _, c := range s.Claims {
		if c.Name == r.Claim && c.Value == r.Excludes && (c.Way.Covers(way) || way.Covers(c.Way)) {
			claims = append(claims, c)
		}
	}
	return claims
}

// limit is the highest confidence that the circumstances allow.
func (s *settling) limit(chosen Finding, others []Finding) catalog.Confidence {
	limit := cmp.Or(s.cat[chosen.Code].Cap, catalog.Proven)
	if t := s.cat[chosen.Code].Tunneled; t != 0 && s.claim(catalog.Tunnel, chosen.Way) != platform.No {
		limit = min(limit, t)
	}
	for _, o := range others {
		independent := s.cat[o.Code].Independent && s.cat[chosen.Code].Independent
		if !independent && (o.Way.Covers(chosen.Way) || chosen.Way.Covers(o.Way)) {
			limit = min(limit, catalog.Likely)
		}
	}
	for _, d := range s.Drift {
		if slices.ContainsFunc(chosen.Evidence, func(e Ref) bool { return e.Check == d.Check }) {
			limit = min(limit, catalog.Possible)
		}
	}
	if len(s.unproven(chosen.Evidence)) > 0 {
		limit = min(limit, catalog.Possible)
	}
	return limit
}
