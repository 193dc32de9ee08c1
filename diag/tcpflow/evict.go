package tcpflow

import (
	"maps"
	"slices"
)

// How long a stream must have been quiet, in nanoseconds of the capture, to be
// let go without loss: after its end (the answers to late segments come within
// it), and after SYNs that nobody answered (six are spread over 127 s).
const (
	quietClosed = 60e9
	quietSYN    = 130e9
	mostSettled = 1 << 14 // streams in trouble that are kept when evicted
)

// makeRoom lets go of streams until a tenth of the room is free: those that
// ended, those that nobody answered, and only then the ones that have been
// quiet for longest.
func (e *Engine) makeRoom(now int64) {
	enough := max(e.settings.Flows/10, 1)
	e.evict(func(f *flow) *int {
		switch idle := now - f.last; {
		case f.state&replaced != 0, f.closed() && idle >= quietClosed:
			return &e.report.Evicted.Closed
		case f.seen == seenSYN && idle >= quietSYN:
			return &e.report.Evicted.Silent
		}
		return nil
	})
	if over := e.flows.live() + enough - e.settings.Flows; over > 0 {
		e.evictOpen(over)
	}
}

// evictOpen lets go of the n streams that have been quiet for longest.
func (e *Engine) evictOpen(n int) {
	times := make([]int64, 0, e.flows.live())
	for i := range e.flows.n {
		if f := e.flows.at(i); f.state&free == 0 {
			times = append(times, f.last)
		}
	}
	slices.Sort(times)
	limit := times[min(n, len(times))-1]
	e.evict(func(f *flow) *int {
		if n == 0 || f.last > limit {
			return nil
		}
		n--
		if !f.closed() {
			f.state |= lowerBound
		}
		return &e.report.Evicted.Open
	})
}

// evict lets go of every stream for which reason returns where to count it.
func (e *Engine) evict(reason func(*flow) *int) {
	gone := make(bitmap, e.flows.n/64+1)
	any := false
	for i := range e.flows.n {
		f := e.flows.at(i)
		if f.state&free != 0 {
			continue
		}
		if count := reason(f); count != nil {
			*count++
			e.letGo(i)
			gone.set(i)
			any = true
		}
	}
	if !any {
		return
	}
	e.table.drop(gone)
	maps.DeleteFunc(e.crossings, func(c crossing, _ bool) bool { return gone.has(c.flow) })
}

// bitmap is a set of flows. To ask the flows themselves, in the order of a
// table, costs a wait for memory each.
type bitmap []uint64

func (b bitmap) set(i uint32)      { b[i/64] |= 1 << (i % 64) }
func (b bitmap) has(i uint32) bool { return b[i/64]>>(i%64)&1 != 0 }

func (e *Engine) letGo(i uint32) {
	f, o := e.flows.at(i), e.origins.at(i)
	switch s := e.stream(i); {
	case e.wanted != nil && e.wanted(o.number), s.Trouble() && len(e.settled) < mostSettled:
		e.settled = append(e.settled, s)
	}
	if f.state&isV6 != 0 {
		e.keys.drop(f.a)
	}
	if o.counters != 0 {
		e.counters.drop(o.counters - 1)
	}
	if f.more&shaded != 0 {
		e.shadows.drop(o.shadow)
	}
	f.state = free
	e.flows.drop(i)
}
