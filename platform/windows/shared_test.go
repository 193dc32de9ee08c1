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
