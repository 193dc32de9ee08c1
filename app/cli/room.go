package cli

import (
	"runtime/debug"
	"runtime/metrics"
)

// room is the memory that the analysis of a capture may take: it grows with what
// is held of the capture. Under the limit of a diagnosis the collector would work
// without end, and with no limit it would let garbage pile up as high as what is
// held.
type room struct {
	batches int
	limit   int64
	held    []metrics.Sample
}

const (
	leastRoom  = 58 << 20 // with what the system adds, below 80 MiB
	roomEach   = 64       // batches between two looks
	roomGrowth = 16       // one part in so many is left for garbage
)

func newRoom() *room {
	const percent = 200 // below the limit
	debug.SetGCPercent(percent)
	r := &room{limit: leastRoom, held: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	debug.SetMemoryLimit(r.limit)
	return r
}

// grow follows what the last collection found to be held.
func (r *room) grow() {
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
