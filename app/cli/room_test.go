package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestRoomFollowsWhatIsHeld: what is held beyond the least moves the limit, and
// nothing moves it between two looks.
func TestRoomFollowsWhatIsHeld(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}()
	r := newRoom()
	held := make([]byte, 100<<20)
	runtime.GC()
	for range roomEach - 1 {
		r.grow(1)
	}
	if r.limit != leastRoom {
		t.Errorf("before it looked: got %d want %d", r.limit, leastRoom)
	}
	if r.grow(1); r.limit <= int64(len(held)) || r.limit > 2*int64(len(held)) || debug.SetMemoryLimit(-1) != r.limit {
		t.Errorf("got a limit of %d with %d held", r.limit, len(held))
	}
	runtime.KeepAlive(held)
}
