package join

import (
	"math"
	"time"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// Clock is how far the server's clock is ahead of the client's.
type Clock struct {
	Known  bool          // packets of both directions were found in both captures
	Offset time.Duration // at the first of them
	Within time.Duration // the true offset lies this near
	Drift  float64       // seconds a second by which the server's clock is faster; 0: none is seen
	Error  float64       // the true drift lies this near
	start  int64
	any    bool // packets of one direction at least
}

// at is the offset at a moment of the client's clock.
func (c *Clock) at(when int64) int64 {
	return int64(c.Offset) + int64(c.Drift*float64(when-c.start))
}

// back turns a moment of the server's clock into the client's. Without a clock
// it is the client's already.
func (c *Clock) back(when int64) int64 {
	if c == nil {
		return when
	}
	return when - c.at(when-int64(c.Offset)) // a drift changes little in the offset itself
}

// crossing is one packet that both captures hold, and what their clocks say.
type crossing struct {
	from  int
	when  int64 // by the client's clock
	delta int64 // the server's clock less the client's
}

// clockOf compares the clocks. A packet from the client arrives later than it
// was sent, one from the server was sent earlier than it arrives: the offset
// lies between the least difference of the one and the greatest of the other.
func clockOf(all []crossing) Clock {
	c := Clock{start: math.MaxInt64}
	end := int64(math.MinInt64)
	for _, x := range all {
		c.start, end = min(c.start, x.when), max(end, x.when)
	}
	if len(all) == 0 {
		return Clock{}
	}
	for range 3 { // what is left of the drift shows better with each turn
		if !c.drifts(all, end) {
			break
		}
	}
	b := c.bounds(all, c.start, end)
	c.any = true
	c.Known = b.both && b.least-b.most > -int64(time.Millisecond) // else a clock was set in between
	c.Offset = time.Duration(b.most + (b.least-b.most)/2)
	half := max(b.least-b.most, b.most-b.least) / 2
	c.Within = time.Duration(max(half, int64(time.Microsecond)) + int64(c.Error*float64(end-c.start)/2))
	return c
}

// bounds are the least difference of packets from the client and the greatest of
// those from the server, and when they were. Of one direction alone both are its
// own.
type bounds struct {
	least, most     int64
	leastAt, mostAt int64
	both            bool
}

// bounds finds them between two moments, less what drifts.
func (c *Clock) bounds(all []crossing, from, to int64) bounds {
	b := bounds{least: math.MaxInt64, most: math.MinInt64}
	for _, x := range all {
		delta := x.delta - int64(c.Drift*float64(x.when-c.start))
		switch {
		case x.when < from || x.when > to:
		case x.from == tcpflow.Client && delta < b.least:
			b.least, b.leastAt = delta, x.when
		case x.from == tcpflow.Server && delta > b.most:
			b.most, b.mostAt = delta, x.when
		}
	}
	switch {
	case b.most == math.MinInt64:
		b.most = b.least
	case b.least == math.MaxInt64:
		b.least = b.most
	default:
		b.both = true
	}
	return b
}

// What a drift must be to be told from packets that waited.
const (
	leastSpan  = 10 * time.Second
	leastDrift = 2e-6
	leastMoved = 200 * time.Microsecond
)

// drifts adds to the drift what the differences of the first and the last third
// tell. A way that became longer moves the differences of one direction, a fast
// clock those of both, and alike.
func (c *Clock) drifts(all []crossing, end int64) bool {
	third := (end - c.start) / 3
	if 3*third < int64(leastSpan) {
		return false
	}
	a, b := c.bounds(all, c.start, c.start+third), c.bounds(all, end-third, end)
	if !a.both || !b.both {
		return false
	}
	up, down := b.least-a.least, b.most-a.most
	small, large := min(max(up, -up), max(down, -down)), max(up, -up, down, -down)
	if (up > 0) != (down > 0) || small < int64(leastMoved) || 2*small < large {
		return false
	}
	rises, falls := float64(up)/float64(b.leastAt-a.leastAt), float64(down)/float64(b.mostAt-a.mostAt)
	if more := (rises + falls) / 2; math.Abs(more) >= leastDrift || c.Drift != 0 {
		c.Drift += more
		c.Error = math.Abs(rises-falls)/2 + float64(leastMoved)/float64(2*third)
		return true
	}
	return false
}

// known is what tells copies of a packet apart, where the way leaves it alone.
type known struct {
	number
	id    int
	stamp uint32
}

// crossings are the packets that each of two transcripts holds once, by their
// numbers or, of those that were sent again, by what else is in them. A SYN-ACK with
// another number may be the answer of a device that asks the server later.
func crossings(a, b *tcpflow.Transcript, c couple) []crossing {
	out, rest := unique(a, b, c, func(g *tcpflow.Segment, shift [2]uint32) known { return known{number: numberOf(g, shift)} }, nil)
	more, _ := unique(a, b, c, func(g *tcpflow.Segment, shift [2]uint32) known {
		return known{numberOf(g, shift), g.ID, g.Options.TSVal}
	}, rest)
	return append(out, more...)
}

// unique finds them by one key; rest are the packets of the first that have none,
// only those are looked for.
func unique(a, b *tcpflow.Transcript, c couple, key func(*tcpflow.Segment, [2]uint32) known, only map[int]bool) (out []crossing, rest map[int]bool) {
	inA, inB, at := map[known]int{}, map[known]int{}, map[known]int{}
	rest = map[int]bool{}
	for j := range b.Segments {
		k := key(&b.Segments[j], c.shift)
		inB[k]++
		at[k] = j
	}
	for i := range a.Segments {
		inA[key(&a.Segments[i], [2]uint32{})]++
	}
	for i := range a.Segments {
		g := &a.Segments[i]
		k := key(g, [2]uint32{})
		switch {
		case isReset(g) || !c.known[g.From] || only != nil && !only[i]:
		case g.Has(dissect.SYN|dissect.ACK) && c.shift[g.From] != 0:
		case inA[k] != 1 || inB[k] != 1:
			rest[i] = true
		default:
			out = append(out, crossing{g.From, g.When, b.Segments[at[k]].When - g.When})
		}
	}
	return out, rest
}
