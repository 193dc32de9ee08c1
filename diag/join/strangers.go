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
			c.out.Made[from] = append(c.out.Made[from], packet(g, j))
		case got.partner[j] != alone:
		case !sent.watched(got.when[j]-c.delay[from].most-c.slack, got.when[j]-c.delay[from].least+c.slack):
		case foreign(sent, got, j):
			made = true
			c.out.Made[from] = append(c.out.Made[from], packet(g, j))
		case (made || early >= 0) && consumes(g) == 0:
			// who makes data also acknowledges
		default:
			c.out.Missed[from]++
			sent.missed = true
		}
	}
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

// foreign says that data, or a FIN, that came cannot be the side's own: its
// capture, which misses nothing, shows that it never sent that far, or other
// bytes at that place.
func foreign(sent, got *end, j int) bool {
	g := &got.Segments[j]
	start, stop := got.at[j], got.at[j]+consumes(g)
	if sent.missed || start == stop || g.Has(dissect.SYN) || !sent.has(g.From) || sent.unseen(g.From, stop) {
		return false
	}
	for i := range sent.Segments {
		o := &sent.Segments[i]
		switch {
		case o.From != g.From || isReset(o):
		case sent.at[i] >= stop && sent.reach[i][o.From] < stop:
			return false // it goes on behind: that capture lacks what lies between
		case o.Len > 0 && sent.at[i] < stop && sent.at[i]+int64(o.Len) > start && !differs(g, o, int(sent.at[i]-start)):
			return false // the same bytes, as far as captured
		}
	}
	return true
}

// taken looks whether the far end acknowledged what its capture does not hold: it
// arrived, and the capture missed it.
func (c *comparing) taken(from int) {
	sent, got := c.way(from)
	for i := range sent.Segments {
		g := &sent.Segments[i]
		if n := consumes(g); g.From == from && sent.partner[i] == alone && n > 0 && !isReset(g) && got.unseen(from, sent.at[i]+n) {
			got.missed = true
			return
		}
	}
}

// losses judges what a side sent and is not in the other capture.
func (c *comparing) losses(from int) {
	sent, got := c.way(from)
	came := piecesOf(got, from)
	if !c.compared(from) {
		c.out.Open[from] = c.out.Sent[from]
		return
	}
	for i := range sent.Segments {
		g := &sent.Segments[i]
		if g.From != from || sent.partner[i] != alone || isReset(g) {
			continue
		}
		due := sent.when[i] + c.delay[from].least
		switch n := consumes(g); {
		case c.out.Proxied && g.Has(dissect.SYN):
		case !got.watched(due-c.slack, sent.when[i]+c.delay[from].most+c.slack):
			c.out.Open[from]++
		case n > 0 && got.unseen(from, sent.at[i]+n):
			c.out.Missed[1-from]++
		case got.missed && !c.wanting(i, from):
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
// acknowledges less, after that should have arrived.
func (c *comparing) wanting(i, from int) bool {
	sent, got := c.way(from)
	j := got.answered(from, sent.when[i]+c.delay[from].most+c.slack)
	return j >= 0 && consumes(&sent.Segments[i]) > 0 && got.acks[j] <= sent.at[i]
}
