package diag

import (
	"context"
	"slices"
	"time"

	"faultline/diag/catalog"
	"faultline/platform"
)

// listingIn bounds a listing that looks at this machine only.
const listingIn = 2 * time.Second

// listing is how the host answers each method of the port; known is false
// where it did not say.
type listing struct {
	rows  []platform.Mechanism
	known bool
}

// list asks, beside the run, how the host answers. A user who cancels still
// gets it: it is what the evidence rests on.
func (r *run) list(ctx context.Context) <-chan listing {
	told := make(chan listing, 1)
	ctx, cancel := r.deadline(platform.WithCaller(ctx, "system"), listingIn)
	go func() {
		defer cancel()
		rows, err := r.host.System.Mechanisms(ctx, platform.Reading{})
		told <- listing{rows, err == nil}
	}()
	return told
}

// unlisted stands for every method where the host did not say how it answers.
const unlisted = "system.mechanisms"

// untried returns, for each check that called some, the methods that were never
// run on the system that they are for (rule C12). Where it is not known what a
// check called, it may have been any of them.
func (l listing) untried(seen []ID, asked func(ID) []string) map[ID][]string {
	all := map[ID][]string{}
	for _, id := range seen {
		if !l.known {
			all[id] = []string{unlisted}
			continue
		}
		for _, m := range l.rows {
			if m.Tried != "" && (asked == nil || slices.Contains(asked(id), m.Method)) {
				all[id] = append(all[id], m.Method)
			}
		}
	}
	return all
}

// unproven names the methods behind evidence that were never run on the system
// that they are for.
func (s *settling) unproven(refs []Ref) (methods []string) {
	for _, ref := range refs {
		methods = append(methods, s.Untried[ref.Check]...)
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// doubtful is 1 for a rival that only such methods speak against: it counts as
// open.
func (s *settling) doubtful(r catalog.Rival, way Way) int {
	sound := func(c Claim) bool { return len(s.unproven(c.Evidence)) == 0 }
	if slices.ContainsFunc(s.against(r, way), sound) {
		return 0
	}
	return 1
}

// untried names all such methods that a verdict rests on: by what was seen, or
// by what speaks against its rivals. What is proven does without them.
func (s *settling) untried(v Verdict, chosen Finding) []string {
	if v.Confidence == catalog.Proven {
		return nil
	}
	refs := slices.Clone(chosen.Evidence)
	for _, r := range v.Rejected {
		if r.Claim != "" {
			refs = append(refs, r.Evidence...)
		}
	}
	return s.unproven(refs)
}
