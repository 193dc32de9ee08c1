package portable

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"faultline/platform"
)

// TestVerifierSlow: a verifier that takes longer than the conversation leaves
// open whether the chain is trusted; one that is a little late is heard.
func TestVerifierSlow(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		want  platform.Tri
	}{
		{"at once", 0, platform.Yes},
		{"after the end of the conversation", verifyGrace / 2, platform.Yes},
		{"far too late", time.Minute, platform.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := make(chan opinion, 1)
				time.AfterFunc(c.after, func() { told <- opinion{trusted: platform.Yes} })
				ctx, end := context.WithCancel(t.Context())
				end()
				got := verifying(told).wait(ctx)
				if got.trusted != c.want || (got.why == nil) != (c.want == platform.Yes) {
					t.Errorf("got %s, %v want %s", got.trusted, got.why, c.want)
				}
			})
		})
	}
}

// TestVerifierBreaks: a chain that breaks the verifier breaks the conversation
// that met it, not the program.
func TestVerifierBreaks(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want that of the verifier")
		}
	}()
	verifyBeside(nil, nil).wait(t.Context()) // a chain of none
}
