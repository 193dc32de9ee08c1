package check_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"faultline/diag"
	"faultline/diag/check"
	"faultline/platform"
)

// late is a host whose counters answer late, and that notes an attempt made
// before they did.
type late struct {
	read  bool
	early int
	dials int
}

func (l *late) Read(context.Context, platform.Reading) (platform.CounterFacts, error) {
	time.Sleep(50 * time.Millisecond)
	l.read = true
	return platform.CounterFacts{}, nil
}

func (l *late) TCP(context.Context, platform.DialAsk) (platform.Dial, error) {
	l.dials++
	if !l.read {
		l.early++
	}
	return platform.Dial{Ended: platform.DialRefused, Sent: 1}, nil
}

// TestCountersComeFirst: how far the counters move tells what this machine
// itself drops and resets, so that nothing may be sent before they are read.
func TestCountersComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target, err := diag.ParseTarget("192.0.2.1:80")
		if err != nil {
			t.Fatal(err)
		}
		l := &late{}
		h := platform.Unsupported()
		h.Counters, h.Dialer = l, l
		diag.Run(t.Context(), h, diag.Plan{Checks: []diag.Node{check.TCPConnect, check.CountersRead}}, target, diag.Options{Now: time.Now})
		if l.dials == 0 || l.early > 0 {
			t.Errorf("attempts: got %d, of them %d before the counters, want some and none", l.dials, l.early)
		}
	})
}
