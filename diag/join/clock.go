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
	least, most := c.bounds(all, c.start, end)
	c.any = true
	switch {
	case least == math.MaxInt64:
		c.Offset = time.Duration(most)
	case most == math.MinInt64:
		c.Offset = time.Duration(least)
	default:
		c.Known = least-most > -nanos(time.Millisecond) // else a clock was set in between
		c.Offset = time.Duration(most + (least-most)/2)
		c.Within = max((least-most).abs()/2, nanos(time.Microsecond)).duration()
	}
	return c
}

// bounds are the least difference of packets from the client and the greatest
// of those from the server, between two moments, less what drifts.
func (c *Clock) bounds(all []crossing, from, to int64) (least, most nanos) {
	least, most = math.MaxInt64, math.MinInt64
	for _, x := range all {
		delta := nanos(x.delta - int64(c.Drift*float64(x.when-c.start)))
		switch {
		case x.when < from || x.when > to:
		case x.from == tcpflow.Client:
			least = min(least, delta)
		default:
			most = max(most, delta)
		}
	}
	return least, most
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
	least, most := c.bounds(all, c.start, c.start+third)
	lastLeast, lastMost := c.bounds(all, end-third, end)
	if least == math.MaxInt64 || lastLeast == math.MaxInt64 || most == math.MinInt64 || lastMost == math.MinInt64 {
		return false
	}
	up, down := lastLeast-least, lastMost-most
	size := min(up.abs(), down.abs())
	if (up > 0) != (down > 0) || size < nanos(leastMoved) || 2*size < max(up.abs(), down.abs()) {
		return false
	}
	more := float64(up+down) / 2 / float64(2*third)
	if math.Abs(more) < leastDrift {
		return false
	}
	c.Drift += more
	c.Error = max(float64((up-down).abs())/float64(2*third), leastDrift/2)
	return true
}

// nanos is a difference of two clocks, in nanoseconds.
type nanos int64

func (n nanos) abs() nanos              { return max(n, -n) }
func (n nanos) duration() time.Duration { return time.Duration(n) }

// crossings are the packets that each of two transcripts holds once. A SYN-ACK
// with another number may be the answer of a device that asks the server later.
func crossings(a, b *tcpflow.Transcript, c couple) (out []crossing) {
	inA, inB, at := map[number]int{}, map[number]int{}, map[number]int{}
	for j := range b.Segments {
		k := numberOf(&b.Segments[j], c.shift)
		inB[k]++
		at[k] = j
	}
	for i := range a.Segments {
		inA[numberOf(&a.Segments[i], [2]uint32{})]++
	}
	for i := range a.Segments {
		g := &a.Segments[i]
		k := numberOf(g, [2]uint32{})
		switch {
		case inA[k] != 1 || inB[k] != 1 || isReset(g) || !c.known[g.From]:
		case g.Has(dissect.SYN|dissect.ACK) && c.shift[g.From] != 0:
		default:
			out = append(out, crossing{g.From, g.When, b.Segments[at[k]].When - g.When})
		}
	}
	return out
}
