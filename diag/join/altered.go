package join

import (
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// alterations compares the packets that are in both captures. What one of them
// did not keep whole is not compared; checksums, IP ids and PSH change without
// anybody's doing (offload, TSO), TTLs are told as routers.
func (c *comparing) alterations() {
	for from := range 2 {
		sent, got := c.way(from)
		c.stamped[from] = c.stampsKept(from)
		for i := range sent.Segments {
			if j := sent.partner[i]; sent.Segments[i].From == from && j >= 0 {
				c.alteration(from, i, &sent.Segments[i], &got.Segments[j])
			}
		}
	}
}

// steady are the flags that adapters and captures leave alone.
const steady = dissect.FIN | dissect.SYN | dissect.RST | dissect.ACK | dissect.URG

func (c *comparing) alteration(from, i int, g, o *tcpflow.Segment) {
	note := func(what string, was, is int) {
		if was != is {
			c.alter(i, from, what, was, is)
		}
	}
	note(Window, g.Window, o.Window)
	note(Flags, int(g.Flags&steady), int(o.Flags&steady))
	note(TOS, g.TOS&^3, o.TOS&^3) // the two bits of ECN are there to be changed
	if differs(g, o, 0) {
		c.alter(i, from, Payload, 0, 0)
	}
	a, b := &g.Options, &o.Options
	if a.Cut || b.Cut || isReset(g) {
		return
	}
	note(MSS, int(a.MSS), int(b.MSS))
	note(Scale, int(a.Scale), int(b.Scale))
	note(SACK, is(a.SACKPermitted), is(b.SACKPermitted))
	note(Options, a.Other, b.Other)
	note(Timestamps, is(a.Timestamps), is(b.Timestamps))
	if a.Timestamps && b.Timestamps && !c.stamped[from] {
		note(Timestamps, int(a.TSVal), int(b.TSVal))
	}
}

// stampsKept says that a packet has the same time stamp in both captures: who
// changes stamps changes all.
func (c *comparing) stampsKept(from int) bool {
	sent, got := c.way(from)
	for i := range sent.Segments {
		if j := sent.partner[i]; sent.Segments[i].From == from && j >= 0 {
			if a, b := &sent.Segments[i].Options, &got.Segments[j].Options; a.Timestamps && b.Timestamps && a.TSVal == b.TSVal {
				return true
			}
		}
	}
	return false
}

func is(b bool) int {
	if b {
		return 1
	}
	return 0
}

// alter counts a change, and keeps what the first of its kind was like.
func (c *comparing) alter(i, from int, what string, was, is int) {
	for n := range c.out.Altered {
		if a := &c.out.Altered[n]; a.From == from && a.What == what {
			a.Count++
			return
		}
	}
	c.out.Altered = append(c.out.Altered, Alteration{from, what, c.ends[from].Segments[i].Frame, 1, was, is})
}
