package tcpflow

import (
	"math/rand/v2"
	"testing"
)

// TestAges asks which flows may have been quiet, while flows go on, are let go of
// and come anew: none that has been quiet may be missing.
func TestAges(t *testing.T) {
	const flows = 5 * piece / 2
	r := rand.New(rand.NewPCG(3, 5))
	var a ages
	last := make([]int64, flows)
	begin := func(i uint32, when int64) { last[i] = when; a.note(i, when) }
	for i := range uint32(flows) {
		begin(i, int64(i))
	}
	passed := 0
	for round := range int64(50) {
		now := flows + round*100
		for range 200 {
			last[r.Uint32N(flows)] = now // it goes on, and nothing is noted
			begin(r.Uint32N(flows), now)
		}
		since, seen := r.Int64N(now), map[uint32]bool{}
		for i := range a.old(flows, since) {
			seen[i] = true
			a.note(i, last[i])
		}
		for i, when := range last {
			if when <= since && !seen[uint32(i)] {
				t.Fatalf("round %d: flow %d, quiet since %d, is missing in those of %d", round, i, when, since)
			}
		}
		passed += flows - len(seen)
	}
	if passed == 0 {
		t.Error("no flow was ever passed over")
	}
}
