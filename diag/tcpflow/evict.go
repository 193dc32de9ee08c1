package tcpflow

import (
	"cmp"
	"iter"
	"maps"
	"math"
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
	gone := make(bitmap, e.flows.n/64+1)
	bound := e.quietFor(enough)
	var quiet []idle // none that has been quiet for longer is missing
	for i := range e.ages.old(e.flows.n, max(bound, now-quietClosed)) {
		f := e.flows.at(i)
		if f.state&free != 0 {
			continue
		}
		if count := e.done(f, now); count != nil {
			*count++
			e.letGo(i, gone)
			continue
		}
		if f.last <= bound {
			quiet = append(quiet, idle{f.last, i})
		}
		e.ages.note(i, f.last)
	}
	if over := e.flows.live() + enough - e.settings.Flows; over > 0 {
		e.evictOpen(over, quiet, gone)
	}
	e.table.drop(gone)
	maps.DeleteFunc(e.crossings, func(c crossing, _ bool) bool { return gone.has(c.flow) })
}

// ages bounds, for each piece of the flows, since when one of them may have been
// quiet. So those that are all young need not be looked at, which takes longer
// than all that is done with the others.
type ages []int64

// note says that a flow had a packet at a time. The time of a flow's latest one
// only grows, so that of an earlier one is a bound.
func (a *ages) note(i uint32, when int64) {
	if int(i/piece) == len(*a) {
		*a = append(*a, math.MaxInt64)
	}
	(*a)[i/piece] = min((*a)[i/piece], when)
}

// old yields the flows below n of the pieces in which one may have been quiet
// since a time, and forgets the bounds of those: they are to be noted anew.
func (a ages) old(n uint32, since int64) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for p := range a {
			if a[p] > since {
				continue
			}
			a[p] = math.MaxInt64
			for i := uint32(p) * piece; i < min(uint32(p+1)*piece, n); i++ {
				if !yield(i) {
					return
				}
			}
		}
	}
}

// done returns where to count a stream that can be let go without loss, nil for
// others.
func (e *Engine) done(f *flow, now int64) *int {
	switch quiet := now - f.last; {
	case f.state&replaced != 0, quiet >= quietClosed && f.closed():
		return &e.report.Evicted.Closed
	case f.seen == seenSYN && quiet >= quietSYN:
		return &e.report.Evicted.Silent
	}
	return nil
}

// idle is a stream and the time of its last packet.
type idle struct {
	last int64
	flow uint32
}

// quietFor guesses from a sample since when n streams or more have been quiet.
func (e *Engine) quietFor(n int) int64 {
	const sample = 1 << 12
	var times []int64
	for i := uint32(0); i < e.flows.n; i += max(e.flows.n/sample, 1) {
		if f := e.flows.at(i); f.state&free == 0 {
			times = append(times, f.last)
		}
	}
	slices.Sort(times)
	share := float64(n) / float64(max(e.flows.live(), 1))
	return times[min(int(share*1.25*float64(len(times)))+16, len(times)-1)]
}

// evictOpen lets go of the n streams that have been quiet for longest, which are
// among quiet unless those are too few.
func (e *Engine) evictOpen(n int, quiet []idle, gone bitmap) {
	if len(quiet) < n {
		quiet = quiet[:0]
		for i := range e.flows.n {
			if f := e.flows.at(i); f.state&free == 0 {
				quiet = append(quiet, idle{f.last, i})
			}
		}
	}
	slices.SortFunc(quiet, func(a, b idle) int { return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.flow, b.flow)) })
	for _, q := range quiet[:min(n, len(quiet))] {
		if f := e.flows.at(q.flow); !f.closed() {
			f.state |= lowerBound
		}
		e.report.Evicted.Open++
		e.letGo(q.flow, gone)
	}
}

// bitmap is a set of flows. To ask the flows themselves, in the order of a
// table, costs a wait for memory each.
type bitmap []uint64

func (b bitmap) set(i uint32)      { b[i/64] |= 1 << (i % 64) }
func (b bitmap) has(i uint32) bool { return b[i/64]>>(i%64)&1 != 0 }

func (e *Engine) letGo(i uint32, gone bitmap) {
	f, o := e.flows.at(i), e.origins.at(i)
	if e.wanted != nil && e.wanted(o.number) || len(e.settled) < mostSettled && e.glance(i).Trouble() {
		e.settled = append(e.settled, e.stream(i))
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
	gone.set(i)
}
