package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"faultline/diag/catalog"
	"faultline/platform"
)

// Case is what has been found, ready to be settled.
type Case struct {
	Findings []Finding
	Claims   []Claim
	// Ways are those that the user's program would take; empty while they are
	// not known. Every other way is a control.
	Ways []Way
	// Drift lists the facts that differed at the end of the run.
	Drift []Ref
	// Untried lists, for each check, the methods that it called and that were
	// never run on the system that they are for.
	Untried map[ID][]string
}

// Settle turns findings and claims into one verdict. It is pure, and the order
// of findings and claims never matters.
//
//  1. A refuted finding is a rejected alternative; one on an unused or working
//     way is a note, and one whose ways have all recovered is none any more.
//  2. A root is a finding that no other explains (Hides) or says more exactly
//     (Refines).
//  3. Where every way works only a quality can be the verdict, where some work
//     only a partial fault, where none works only a blocking one.
//  4. Of several roots the direct, then the nearest to this machine, is chosen.
//  5. Its confidence follows from its open rivals, then from the caps. What
//     rests on a mechanism that was never run on its system is possible at most.
//     ok is no finding and has no such cap: a mechanism may be deaf, but does not
//     make up what the target answers.
//  6. Untested are the open rivals and nothing else.
//
// Replacing a statement by unknown never raises the confidence.
func Settle(cat catalog.Catalog, in Case) Verdict {
	s := settling{cat: cat, Case: in}
	s.sort()
	s.setAside()
	roots := s.roots()
	if len(roots) == 0 {
		return s.withoutFault()
	}
	return s.verdict(roots)
}

// Open returns the claims that would exclude a rival that is still open.
func Open(cat catalog.Catalog, v Verdict) (claims []catalog.Claim) {
	for _, r := range cat[v.Code].Rivals {
		if slices.ContainsFunc(v.Untested, func(u Untested) bool { return u.Code == r.Code }) {
			claims = append(claims, r.Claim)
		}
	}
	return claims
}

// settling is one Settle under way.
type settling struct {
	Case
	cat      catalog.Catalog
	live     []Finding // may be the verdict
	notes    []Finding
	rejected []Rejected
}

// reach is how many of the used ways work.
type reach int

const (
	noneWorks reach = iota // or they are not known
	someWork
	allWork
)

func (s *settling) reach() reach {
	working := 0
	for _, w := range s.Ways {
		if s.claim(catalog.Answers, w) == platform.Yes {
			working++
		}
	}
	switch {
	case working == 0:
		return noneWorks
	case working < len(s.Ways):
		return someWork
	}
	return allWork
}

// decides is which weight may be the verdict.
func (r reach) decides() catalog.Weight {
	return [...]catalog.Weight{noneWorks: catalog.Blocks, someWork: catalog.Partial, allWork: catalog.Degrades}[r]
}

// claim returns the value of a claim for a way. The narrowest claim that
// covers the way counts; where there is none, what holds for every used way
// within it, or while none is known, narrower claims that agree. Claims of
// equal standing that differ leave it unknown.
func (s *settling) claim(name catalog.Claim, way Way) platform.Tri {
	if v, found := s.covering(name, way); found {
		return v
	}
	var values []platform.Tri
	for _, w := range s.Ways {
		if w != way && way.Covers(w) {
			v, _ := s.covering(name, w)
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		v, _ := s.agreed(name, func(c Claim) bool { return way.Covers(c.Way) })
		return v
	}
	if slices.ContainsFunc(values, func(v platform.Tri) bool { return v != values[0] }) {
		return platform.Unknown
	}
	return values[0]
}

// covering is the value of the narrowest claims that cover a way.
func (s *settling) covering(name catalog.Claim, way Way) (platform.Tri, bool) {
	for width := range 3 {
		if v, found := s.agreed(name, func(c Claim) bool { return c.Way.width() == width && c.Way.Covers(way) }); found {
			return v, true
		}
	}
	return platform.Unknown, false
}

func (s *settling) agreed(name catalog.Claim, counts func(Claim) bool) (value platform.Tri, found bool) {
	for _, c := range s.Claims {
		if c.Name != name || c.Value == platform.Unknown || !counts(c) {
			continue
		}
		if found && value != c.Value {
			return platform.Unknown, true
		}
		value, found = c.Value, true
	}
	return value, found
}

// width orders ways from the narrowest: an address or a proxy, a family,
// everything.
func (w Way) width() int {
	switch {
	case w.Addr.IsValid() || w.Via != "":
		return 0
	case w.Family != AnyFamily:
		return 1
	}
	return 2
}

// sort gives findings and claims an order of their own, so that theirs cannot
// matter.
func (s *settling) sort() {
	s.Findings, s.Claims = slices.Clone(s.Findings), slices.Clone(s.Claims)
	slices.SortFunc(s.Findings, func(a, b Finding) int {
		if c := cmp.Or(
			cmp.Compare(dir(b), dir(a)), cmp.Compare(s.cat[a.Code].Rank, s.cat[b.Code].Rank), cmp.Compare(a.Code, b.Code),
			compareWays(a.Way, b.Way), slices.CompareFunc(a.Evidence, b.Evidence, compareRefs)); c != 0 {
			return c
		}
		return cmp.Or(slices.CompareFunc(a.Against, b.Against, compareRefs), cmp.Compare(a.Party, b.Party), compareArgs(a.Args, b.Args))
	})
	slices.SortFunc(s.Claims, func(a, b Claim) int {
		if c := cmp.Or(cmp.Compare(a.Name, b.Name), compareWays(a.Way, b.Way), cmp.Compare(a.Value, b.Value)); c != 0 {
			return c
		}
		return cmp.Or(slices.CompareFunc(a.Evidence, b.Evidence, compareRefs), compareArgs(a.Args, b.Args))
	})
}

func compareWays(a, b Way) int {
	return cmp.Or(a.Addr.Compare(b.Addr), cmp.Compare(a.Family, b.Family), cmp.Compare(a.Via, b.Via))
}

// compareArgs relies on fmt, which prints maps in the order of their keys.
func compareArgs(a, b Args) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

func dir(f Finding) int {
	if f.Direct {
		return 1
	}
	return 0
}

func compareRefs(a, b Ref) int {
	return cmp.Or(cmp.Compare(a.Check, b.Check), strings.Compare(a.About, b.About))
}

// setAside keeps what may be the verdict.
func (s *settling) setAside() {
	decides, healed := s.reach().decides(), []Finding(nil)
	for _, f := range s.Findings {
		w := s.cat[f.Code].Weight
		switch {
		case len(f.Against) > 0:
			s.rejected = append(s.rejected, Rejected{Code: f.Code, Evidence: f.Against})
		case w == decides && s.concerns(f) && s.recovered(f):
			healed = append(healed, f)
		case w == decides && s.concerns(f):
			s.live = append(s.live, f)
		default:
			s.notes = append(s.notes, f)
		}
	}
	s.notes = slices.CompactFunc(s.notes, func(a, b Finding) bool { return a.Code == b.Code && a.Way == b.Way && compareArgs(a.Args, b.Args) == 0 })
	if len(healed) > 0 {
		s.notes = append(s.notes, Finding{Code: "recovered", Way: healed[0].Way, Evidence: healed[0].Evidence})
	}
}

// concerns reports whether a finding is about a used way and, when it blocks,
// about one that does not work.
//
// The target's name is looked up by the proxy, where only proxies are used.
func (s *settling) concerns(f Finding) bool {
	if s.cat[f.Code].Layer == catalog.Name && f.Way.Via == "" && proxiedOnly(s.Ways) {
		return slices.Contains(ofServers, f.Code) && f.Way.Covers(s.Ways[0]) && s.Ways[0].Family == AnyFamily
	}
	if s.cat[f.Code].Weight == catalog.Blocks {
		return len(s.Ways) == 0 || len(s.failing(f.Way)) > 0
	}
	return len(s.Ways) == 0 || slices.ContainsFunc(s.Ways, func(w Way) bool { return f.Way.Covers(w) || w.Covers(f.Way) })
}

// failing returns the used ways within way that are not known to work.
func (s *settling) failing(way Way) (out []Way) {
	for _, w := range s.Ways {
		if way.Covers(w) && s.claim(catalog.Answers, w) != platform.Yes {
			out = append(out, w)
		}
	}
	return out
}

// recovered reports whether everything that a finding is about recovered.
func (s *settling) recovered(f Finding) bool {
	ways := s.failing(f.Way)
	if len(ways) == 0 {
		ways = []Way{f.Way}
	}
	return !slices.ContainsFunc(ways, func(w Way) bool { return s.claim(catalog.Recovered, w) != platform.Yes })
}

// roots are the live findings that no other live finding explains or says
// more exactly.
func (s *settling) roots() (roots []Finding) {
	for _, f := range s.live {
		if !slices.ContainsFunc(s.live, func(g Finding) bool { return s.explains(g, f) }) {
			roots = append(roots, f)
		}
	}
	return roots
}

// explains reports whether f follows from g, or g says it more exactly.
func (s *settling) explains(g, f Finding) bool {
	if g.Code == f.Code || !g.Way.Covers(f.Way) {
		return false
	}
	d := s.cat[g.Code]
	return d.Refines == f.Code || slices.Contains(d.Hides, f.Code) && dir(g) >= dir(f)
}

// withoutFault tells ok where every way answers, and inconclusive elsewhere.
func (s *settling) withoutFault() Verdict {
	if s.reach() != allWork {
		v := Verdict{Code: Inconclusive, Party: catalog.NoParty, Rejected: s.rejected, Also: s.notes, Untested: s.unsigned()}
		if len(v.Untested) > 0 {
			v.Also, v.Meant = s.meant(s.notes)
		}
		return v
	}
	v := Verdict{Code: OK, Party: catalog.NoParty, Confidence: catalog.Proven, Rejected: s.rejected}
	v.Also, v.Meant = s.meant(s.notes)
	for _, c := range s.Claims {
		used := slices.ContainsFunc(s.Ways, func(w Way) bool { return c.Way.Covers(w) || w.Covers(c.Way) })
		if used && c.Name == catalog.LossShows && len(v.Untested) == 0 {
			v.Untested = append(v.Untested, Untested{"quality.loss", catalog.NeedMorePackets, c.Args})
		}
		if c.Name != catalog.Answers || c.Value != platform.Yes || !used {
			continue
		}
		v.Evidence = append(v.Evidence, c.Evidence...)
		if v.Args == nil {
			v.Args, v.Way = c.Args, c.Way
		}
	}
	slices.SortFunc(v.Evidence, compareRefs)
	v.Evidence = slices.Compact(v.Evidence)
	return v
}

// unsigned says what is open behind a proxy to which this program does not sign in.
func (s *settling) unsigned() []Untested {
	if v, _ := s.agreed(catalog.ProxySignsIn, func(Claim) bool { return true }); v == platform.Yes {
		return []Untested{{Code: "proxy.auth", Need: catalog.NeedProxySignIn}}
	}
	return nil
}

// verdict chooses among roots, weighs the chosen one and notes the others.
func (s *settling) verdict(roots []Finding) Verdict {
	chosen, others := s.choose(roots)
	d := s.cat[chosen.Code]
	v := Verdict{
		Code: d.Code, Layer: d.Layer, Party: cmp.Or(chosen.Party, d.Party), Way: chosen.Way,
		Args: chosen.Args, Evidence: chosen.Evidence, Rejected: s.rejected,
	}
	for _, same := range roots {
		if same.Code == chosen.Code {
			v.Evidence = append(slices.Clip(v.Evidence), same.Evidence...)
		}
	}
	slices.SortFunc(v.Evidence, compareRefs)
	v.Evidence = slices.Compact(v.Evidence)
	v.Confidence = s.weigh(&v, chosen)
	v.Confidence = min(v.Confidence, s.limit(chosen, others))
	v.Untried = s.untried(v, chosen)
	notes := slices.DeleteFunc(s.notes, func(n Finding) bool { return s.explains(chosen, n) })
	if s.reach() == allWork {
		notes, v.Meant = s.meant(notes)
	}
	v.Also = append(others, notes...)
	return v
}

// choose takes the first root: direct before inferred, then the nearest. Roots
// of one code are one root. Two of equal standing that have a more general
// code in common are told as that.
func (s *settling) choose(roots []Finding) (chosen Finding, others []Finding) {
	chosen = roots[0]
	for _, r := range roots[1:] {
		if r.Code != chosen.Code {
			others = append(others, r)
		}
	}
	if len(others) > 0 && s.equalStanding(chosen, others[0]) {
		if common := s.cat[chosen.Code].Refines; common != "" && common == s.cat[others[0].Code].Refines {
			return s.general(common, chosen), append([]Finding{chosen}, others...)
		}
	}
	return chosen, others
}

func (s *settling) equalStanding(a, b Finding) bool {
	return a.Direct == b.Direct && s.cat[a.Code].Rank == s.cat[b.Code].Rank
}

// general is the finding of a more general code: the one that was made beside
// f, else one that follows from f.
func (s *settling) general(code catalog.Code, f Finding) Finding {
	for _, g := range s.live {
		if g.Code == code && f.Way.Covers(g.Way) {
			return g
		}
	}
	f.Code, f.Party, f.Direct = code, "", false
	return f
}
