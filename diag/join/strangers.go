package join

import (
	"slices"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// strangers judges what came from a side and is not in its own capture: that
// missed it, or something else made it. Only what makes no sense as sent by that
// side is said to be made. Resets are judged later, when it is known what was
// missed.
func (c *comparing) strangers(from int) {
	sent, got := c.way(from)
	early, made := c.early(from), false
	if !c.compared(from) {
		return
	}
	for j := range got.Segments {
		g := &got.Segments[j]
		switch {
		case g.From != from || isReset(g):
		case j == early:
			c.out.Proxied = true
			c.make(from, j)
		case got.partner[j] != alone, consumes(g) == 0 && !c.pair.known[1-from]:
		case !sent.watched(c.window(got, j)):
		case (made || early >= 0) && consumes(g) == 0:
			// who makes data also acknowledges
		default:
			made = c.stranger(from, j) || made
		}
	}
}

// stranger counts one packet, and says whether it was made on the way.
func (c *comparing) stranger(from, j int) bool {
	sent, got := c.way(from)
	switch c.claims(from, j) {
	case madeUp:
		c.make(from, j)
		return true
	case unclear:
		c.out.Open[from]++
	default:
		c.out.Missed[from]++
		sent.missed = true
		c.captures.lacks(from, got.when[j]-c.delay[from].least)
	}
	return false
}

// make notes that a packet in the capture of its receiver was made on the way.
func (c *comparing) make(from, j int) {
	c.out.Made[from] = append(c.out.Made[from], packet(&c.ends[1-from].Segments[j], j))
	c.made[from][j] = true
}

func packet(g *tcpflow.Segment, i int) Packet {
	return Packet{Frame: g.Frame, Index: i, When: g.When, Reset: isReset(g), Bytes: g.Len}
}

// early is the SYN-ACK that reached the client before the server had sent one: a
// device answers first, and opens the connection to the server later. -1 for none.
func (c *comparing) early(from int) int {
	sent, got := c.way(from)
	opens := func(g tcpflow.Segment) bool {
		return g.From == from && g.Has(dissect.SYN|dissect.ACK) && !isReset(&g)
	}
	i, j := slices.IndexFunc(sent.Segments, opens), slices.IndexFunc(got.Segments, opens)
	if c.pair.shift[from] != 0 && i >= 0 && j >= 0 && got.partner[j] != i && sent.when[i] > got.when[j]+c.slack {
		return j
	}
	return -1
}

// claim is what a capture says of a packet that bears the name of its own side,
// and that it does not hold.
type claim int

const (
	overlooked claim = iota // it missed that
	unclear
	madeUp // the side cannot have sent it
)

// claims judges data, or a FIN, that came. It cannot be the side's own where that
// later goes on from before it, or sends other bytes at that place.
func (c *comparing) claims(from, j int) claim {
	sent, got := c.way(from)
	g := &got.Segments[j]
	start, stop := got.at[j], got.at[j]+consumes(g)
	if sent.missed || start == stop || g.Has(dissect.SYN) || !sent.has(from) || sent.unseen(from, stop) {
		return overlooked
	}
	said := unclear
	for i := range sent.Segments {
		o := &sent.Segments[i]
		overlaps := o.Len > 0 && sent.at[i] < stop && sent.at[i]+int64(o.Len) > start
		switch {
		case o.From != from || isReset(o):
		case sent.at[i] >= stop && sent.reach[i][from] < stop:
			return overlooked // it goes on behind: that capture lacks what lies between
		case overlaps && !differs(g, o, int(sent.at[i]-start)):
			return unclear // the same bytes, as far as captured
		case overlaps, sent.at[i] >= sent.reach[i][from] && sent.at[i] < stop && sent.when[i] > got.when[j]-c.delay[from].least+c.slack:
			said = madeUp
		}
	}
	return said
}

// taken looks whether the far end acknowledged what its capture does not hold,
// before it shows it: it arrived, and the capture missed it.
func (c *comparing) taken(from int) {
	sent, got := c.way(from)
	for i := range sent.Segments {
		if sent.Segments[i].From == from && sent.partner[i] == alone && !isReset(&sent.Segments[i]) && c.seized(i, from) {
			got.missed = true
			c.captures.lacks(1-from, sent.when[i]+c.delay[from].least)
		}
	}
}

func (c *comparing) seized(i, from int) bool {
	sent, got := c.way(from)
	n := consumes(&sent.Segments[i])
	return n > 0 && got.unseen(from, sent.at[i]+n)
}

// arrivals are the packets of a side that arrived, and how far something that may
// be of the far end acknowledges its stream, as its own capture has it.
type arrivals struct {
	pieces
	acked int64
}

func (c *comparing) arrivals(from int) *arrivals {
	sent, _ := c.way(from)
	a := &arrivals{acked: never, pieces: piecesOf(sent, from, func(i int) bool { return sent.partner[i] != alone })}
	for k := range sent.Segments {
		if sent.Segments[k].From != from && !c.made[1-from][k] {
			a.acked = max(a.acked, sent.acks[k])
		}
	}
	return a
}

// copied says that other packets with bytes of packet i arrived.
func (a *arrivals) copied(i int) bool {
	start, stop := a.at[i], a.at[i]+consumes(&a.Segments[i])
	for _, k := range a.near(start) {
		if a.at[k] >= stop {
			break
		}
		if a.at[k]+consumes(&a.Segments[k]) > start {
			return true
		}
	}
	return false
}

// confirmed says that packet i is acknowledged, and was never sent again.
func (a *arrivals) confirmed(i int) bool {
	n := consumes(&a.Segments[i])
	return n > 0 && a.acked >= a.at[i]+n && !a.copied(i)
}

// losses judges what a side sent and is not in the other capture.
func (c *comparing) losses(from int) {
	sent, got := c.way(from)
	if !c.compared(from) {
		c.out.Open[from] = c.out.Sent[from]
		return
	}
	came, arrived := c.loners(got, from), c.arrivals(from)
	for i := range sent.Segments {
		g := &sent.Segments[i]
		if g.From != from || sent.partner[i] != alone || isReset(g) {
			continue
		}
		due := sent.when[i] + c.delay[from].least
		switch {
		case c.out.Proxied && g.Has(dissect.SYN):
		case consumes(g) == 0 && !c.pair.known[1-from]:
			c.out.Open[from]++ // its acknowledgment cannot be compared
		case !got.watched(c.window(sent, i)):
			c.out.Open[from]++
		case c.seized(i, from):
			c.out.Missed[1-from]++
		case arrived.confirmed(i):
			c.out.Open[from]++
		case !c.wanting(i, from) && (got.missed || c.gap(1-from, due, due) || !arrived.copied(i) && !c.beats(1-from, due-c.slack, due+c.slack)):
			c.out.Open[from]++
		default:
			p := packet(g, i)
			if g.Len > 0 {
				p.Bytes = c.lacks(sent, i, &came)
			}
			c.out.Lost[from] = append(c.out.Lost[from], p)
		}
	}
}

// wanting says that the far end itself shows that it has not got a packet: it
// acknowledges less, or asks for the connection again, after that should have
// arrived.
func (c *comparing) wanting(i, from int) bool {
	sent, got := c.way(from)
	g := &sent.Segments[i]
	due := sent.when[i] + c.delay[from].most + c.slack
	if g.Has(dissect.SYN | dissect.ACK) {
		return slices.ContainsFunc(got.after(due), func(o tcpflow.Segment) bool { return o.From != from && o.Has(dissect.SYN) })
	}
	j := got.answered(from, due)
	return j >= 0 && consumes(g) > 0 && got.acks[j] <= sent.at[i]
}
