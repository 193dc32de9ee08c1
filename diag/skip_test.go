package diag

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestSkipEndsOneCheck: the user does not want to wait for one check; the
// others go on, and the run is no canceled one.
func TestSkipEndsOneCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := fake(Spec[string]{ID: "slow", Probe: takes(5 * time.Second)})
		other := fake(Spec[string]{ID: "other", Probe: takes(2 * time.Second)})
		skips := make(chan ID)
		go func() {
			time.Sleep(time.Second)
			skips <- "slow"
			skips <- "unheard of"
		}()
		r := play(t, t.Context(), Plan{Checks: []Node{slow, other}}, Options{Skip: skips})
		want(t, r.of(t, slow), Skipped, "user")
		want(t, r.of(t, other), Observed, "")
		if r.Canceled || r.Took != 2*time.Second {
			t.Errorf("got a run of %v, canceled %v; want 2s and not canceled", r.Took, r.Canceled)
		}
	})
}
