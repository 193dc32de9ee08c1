package app

import (
	"context"
	"testing"
	"time"

	"faultline/diag"
	"faultline/diag/rule"
	"faultline/platform"
)

// TestSkipDoesNotWait: whoever skips a check is not held up by a run that does not
// listen, as before its first check and at its end.
func TestSkipDoesNotWait(t *testing.T) {
	target, err := diag.ParseTarget("192.0.2.1:80")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Settings{Host: platform.Unsupported(), Now: time.Now, Plan: rule.Plan(), Target: target})
	s.Skip("tcp.connect") // nobody listens yet
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Start(ctx)
	if r := s.Result(); !r.Canceled {
		t.Errorf("got %+v want a run that was canceled", r.Verdict)
	}
	s.Skip("tcp.connect") // nobody listens any more
}
