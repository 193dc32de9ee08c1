package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// room is the memory that the analysis of a capture may take: it grows with what
// is held of the capture. Below it nothing is collected, as next to nothing of the
// first pass is garbage before its end: then nearly all is.
type room struct {
	batches int
	pass    int
	limit   int64
	held    []metrics.Sample
}

const (
	leastRoom  = 58 << 20 // with what the system adds, below 80 MiB
	roomEach   = 64       // batches between two looks
	roomGrowth = 16       // one part in so many is left for garbage
)

func newRoom() *room {
	const never = -1 // below the limit
	debug.SetGCPercent(never)
	r := &room{limit: leastRoom, held: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	debug.SetMemoryLimit(r.limit)
	return r
}

// grow follows what the last collection found to be held. The second pass begins
// in the room that the first one took.
func (r *room) grow(pass int) {
	if pass > 1 && pass != r.pass {
		runtime.GC()
	}
	r.pass = pass
	if r.batches++; r.batches%roomEach != 0 {
		return
	}
	metrics.Read(r.held)
	held := int64(r.held[0].Value.Uint64())
	if want := held + held/roomGrowth + 4<<20; want > r.limit {
		r.limit = want + want/roomGrowth
		debug.SetMemoryLimit(r.limit)
	}
}
