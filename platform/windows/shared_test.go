package windows

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestShared: who asks while a reading is under way gets its answer; who asks
// later gets a new one.
func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared[int64]
		var looks atomic.Int64
		look := func() (int64, error) {
			n := looks.Add(1)
			time.Sleep(time.Second)
			return n, nil
		}
		answers := make(chan int64, 4)
		ask := func() {
			n, _ := s.read(look)
			answers <- n
		}
		go ask()
		go ask()
		time.Sleep(time.Second / 2)
		go ask()
		for range 3 {
			if got := <-answers; got != 1 {
				t.Errorf("got reading %d want the one under way", got)
			}
		}
		if ask(); <-answers != 2 {
			t.Error("got what was read before, want a new reading")
		}
	})
}

// TestRecent: what was read a moment ago is taken where it only completes an
// answer, and neither for longer nor after a failure.
func TestRecent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared[int]
		looks, failure := 0, error(nil)
		look := func() (int, error) { looks++; return looks, failure }
		ask := func(name string, want int) {
			t.Helper()
			if got, _ := s.recent(time.Second, look); got != want {
				t.Errorf("%s: got reading %d want %d", name, got, want)
			}
		}
		ask("the first", 1)
		time.Sleep(time.Second)
		ask("a moment later", 1)
		time.Sleep(time.Nanosecond)
		failure = errNoRoute
		ask("too late", 2)
		ask("after a failure", 3)
		failure = nil
		if got, _ := s.read(look); got != 4 {
			t.Errorf("got reading %d of the table itself want a new one", got)
		}
		ask("after a new one", 4)
	})
}
