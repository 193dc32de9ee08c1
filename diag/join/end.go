package join

import (
	"sort"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// end is one of the two captures of a connection. Times are by the client's
// clock, places are bytes in the stream of a side, alike in both captures.
type end struct {
	*tcpflow.Transcript
	partner []int      // of each packet: its index in the other, alone or covered
	when    []int64    //
	at      []int64    // where a packet begins in the stream of its side
	acks    []int64    // up to where it acknowledges the stream of the other side; never: it does not
	reach   [][2]int64 // how far each side had sent before it
	sent    [2]int64   // and at last
	acked   [2][]int64 // how far each side's stream had been acknowledged, with it
	gaps    [][2]int64 // times between which packets were left out
	first   int64      // when the capture began
	last    int64      // and ended
	missed  bool       // it lacks packets that passed it
}

// never is a place before all others.
const never = -1 << 62

func newEnd(t *tcpflow.Transcript, clock *Clock) end {
	e := end{Transcript: t, missed: t.Loss, first: clock.back(t.Start), last: clock.back(t.End)}
	for i := range t.Segments {
		g := &t.Segments[i]
		e.partner = append(e.partner, alone)
		e.when = append(e.when, clock.back(g.When))
		if i > 0 && g.Nth != t.Segments[i-1].Nth+1 {
			e.gaps = append(e.gaps, [2]int64{e.when[i-1], e.when[i]})
		}
	}
	return e
}

// begins is the first sequence number of a side that a capture holds.
func (e *end) begins(side int) (uint32, bool) {
	for i := range e.Segments {
		if g := &e.Segments[i]; g.From == side && !isReset(g) {
			return g.Seq, true
		}
	}
	return 0, false
}

// place finds the places of all packets. Zero of a side is where the client's
// capture of it begins.
func (e *end) place(zero, shift [2]uint32) {
	seq, at, reach, acked := zero, [2]int64{}, [2]int64{never, never}, [2]int64{never, never}
	for i := range e.Segments {
		g := &e.Segments[i]
		me, other := g.From, 1-g.From
		here, ack := at[me]+int64(int32(g.Seq-shift[me]-seq[me])), int64(never)
		if g.Has(dissect.ACK) && !isReset(g) {
			ack = at[other] + int64(int32(g.Ack-shift[other]-seq[other]))
			acked[other] = max(acked[other], ack)
		}
		e.at, e.acks, e.reach = append(e.at, here), append(e.acks, ack), append(e.reach, reach)
		if !isReset(g) {
			seq[me], at[me] = g.Seq-shift[me], here
			reach[me] = max(reach[me], here+consumes(g))
		}
		for side := range acked {
			e.acked[side] = append(e.acked[side], acked[side])
		}
	}
	e.sent = reach
}

// consumes is how many numbers a packet takes.
func consumes(g *tcpflow.Segment) int64 {
	n := int64(g.Len)
	for _, flag := range []uint16{dissect.SYN, dissect.FIN} {
		if g.Has(flag) {
			n++
		}
	}
	return n
}

// unseen says that the other side acknowledged a place of a side's stream before
// this capture showed that the side had sent so far.
func (e *end) unseen(side int, place int64) bool {
	i := sort.Search(len(e.Segments), func(i int) bool { return e.acked[side][i] >= place })
	return i < len(e.Segments) && e.reach[i][side] < place
}

// after are the packets after a moment.
func (e *end) after(when int64) []tcpflow.Segment {
	return e.Segments[sort.Search(len(e.when), func(i int) bool { return e.when[i] > when }):]
}

// answered is the first acknowledgment of the other side after a moment, -1 for
// none.
func (e *end) answered(side int, when int64) int {
	for i := len(e.when) - len(e.after(when)); i < len(e.when); i++ {
		if g := &e.Segments[i]; g.From != side && e.acks[i] != never {
			return i
		}
	}
	return -1
}

// has says that a capture holds packets of a side.
func (e *end) has(side int) bool {
	_, ok := e.begins(side)
	return ok
}

// watched says that a capture ran all the time between two moments, and that no
// packet of the connection was left out there.
func (e *end) watched(from, to int64) bool {
	if from < e.first || to > e.last {
		return false
	}
	for _, g := range e.gaps {
		if g[0] <= to && g[1] >= from {
			return false
		}
	}
	return true
}
