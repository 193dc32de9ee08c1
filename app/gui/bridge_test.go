//go:build cgo || !darwin

package gui

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"faultline/app"
	"faultline/diag"
	"faultline/diag/rule"
)

// TestBridgeGathers: at most ten handovers a second, nothing lost, in order.
func TestBridgeGathers(t *testing.T) {
	lines := replay(t, "tcp.refused/nothing-listens").Lines()
	synctest.Test(t, func(t *testing.T) {
		s, err := app.Replay(lines, rule.Plan())
		if err != nil {
			t.Fatal(err)
		}
		b := newBridge(func(f func()) { f() })
		var got []time.Duration
		handed := 0
		ended := make(chan struct{})
		b.follow(s.Done(), func(events []diag.Event) {
			handed++
			for _, e := range events {
				got = append(got, e.At)
			}
		}, func() { close(ended) })
		for i := range 1000 {
			b.note(diag.Event{Kind: diag.CheckStarted, At: time.Duration(i)})
			time.Sleep(2 * time.Millisecond)
		}
		synctest.Wait()
		if handed > 21 || handed < 15 {
			t.Errorf("in two seconds: got %d handovers, want about 20", handed)
		}
		s.Start(t.Context())
		<-ended
		if len(got) != 1000 || !slices.IsSorted(got) {
			t.Errorf("got %d events, sorted %v; want all 1000 in order", len(got), slices.IsSorted(got))
		}
	})
}

// TestBridgeWaitsForTheWindow: a window that is busy is not given more.
func TestBridgeWaitsForTheWindow(t *testing.T) {
	var waiting []func()
	b := newBridge(func(f func()) { waiting = append(waiting, f) })
	for range 5 {
		b.hand(func([]diag.Event) {})
	}
	if len(waiting) != 1 {
		t.Fatalf("got %d handovers that wait, want 1", len(waiting))
	}
	waiting[0]()
	b.hand(func([]diag.Event) {})
	if len(waiting) != 2 {
		t.Errorf("after it was taken in: got %d, want 2", len(waiting))
	}
}

// TestBridgeDozes: one nap after the other from when the window loses the focus
// until it gets it back, whatever is said twice.
func TestBridgeDozes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var naps atomic.Int32
		b := newBridge(func(f func()) { naps.Add(1); f() })
		time.Sleep(time.Second)
		if got := naps.Load(); got != 0 {
			t.Errorf("awake: got %d naps, want none", got)
		}
		b.doze(true)
		b.doze(true)
		time.Sleep(time.Second)
		if got := naps.Load(); got < 9 || got > 11 {
			t.Errorf("in a second: got %d naps, want about 10", got)
		}
		b.doze(false)
		b.doze(false)
		synctest.Wait()
		before := naps.Load()
		time.Sleep(time.Second)
		if got := naps.Load() - before; got > 1 {
			t.Errorf("woken: got %d more naps, want at most the one under way", got)
		}
	})
}
