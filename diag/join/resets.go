package join

import "faultline/diag/dissect"

// resets finds for each reset that bears the name of a side what became of it, or
// where it came from.
func (c *comparing) resets(from int) {
	sent, got := c.way(from)
	for i := range sent.Segments {
		if g := &sent.Segments[i]; g.From == from && isReset(g) {
			c.out.Resets = append(c.out.Resets, Fate{Capture: from, From: from, Index: i, Other: sent.partner[i], Kind: c.left(from, i)})
		}
	}
	for j := range got.Segments {
		if g := &got.Segments[j]; g.From == from && isReset(g) {
			c.out.Resets = append(c.out.Resets, c.origin(from, j))
		}
	}
}

// origin is where a reset came from that bears the name of a side.
func (c *comparing) origin(from, j int) Fate {
	_, got := c.way(from)
	f := Fate{Capture: 1 - from, From: from, Index: j, Other: got.partner[j], Kind: c.came(from, j)}
	if f.Lacking = f.Kind == NeverSent && c.vouched(from, j); f.Lacking {
		f.Kind = Undecided
	}
	if f.Kind == NeverSent {
		c.make(from, j)
		f.Sure, f.Stopped = c.sure(from, j), !c.dropped[from] && (c.both(from, j) || c.stopped(from, j) && !(c.closed(from, j) && c.alike(from, j)))
	}
	return f
}

// otherNumbers pairs resets of one side that left and came about the same time
// with other numbers: devices that rewrite numbers leave some out.
func (c *comparing) otherNumbers(from int) {
	sent, got := c.way(from)
	if !c.any {
		return
	}
	for i := range sent.Segments {
		g := &sent.Segments[i]
		if g.From != from || !isReset(g) || sent.partner[i] != alone {
			continue
		}
		for j := range got.Segments {
			o := &got.Segments[j]
			if apart := got.when[j] - sent.when[i]; o.From != from || !isReset(o) || got.partner[j] != alone || apart < -c.slack || apart > int64(nearby) {
				continue
			}
			sent.partner[i], got.partner[j] = j, i
			if g.Seq != 0 || o.Seq != 0 { // of a connection that never was, the number stays 0
				c.alter(i, from, Sequence, int(g.Seq), int(o.Seq))
			}
			break
		}
	}
}

// left is what became of a reset that a side sent.
func (c *comparing) left(from, i int) FateKind {
	sent, got := c.way(from)
	due := sent.when[i] + c.delay[from].least
	switch {
	case sent.partner[i] >= 0:
		return Confirmed
	case !c.compared(from) || got.missed || c.gap(1-from, due, due) || !c.beats(1-from, due-c.slack, due+c.slack) || !got.watched(c.window(sent, i)):
		return Undecided
	}
	c.out.Lost[from] = append(c.out.Lost[from], packet(&sent.Segments[i], i))
	return Vanished
}

// came is where a reset came from that bears the name of a side. That this side
// never sent it is said only where its capture ran before and after, misses
// nothing of this connection, and holds what came around the reset.
func (c *comparing) came(from, j int) FateKind {
	sent, got := c.way(from)
	switch {
	case got.partner[j] >= 0:
		return Confirmed
	case !c.any || sent.missed || c.gap(from, got.when[j]-c.delay[from].most, got.when[j]-c.delay[from].least) || !c.ran(from, j):
		return Undecided
	case !c.controlled(from, j), c.untimely(from, j), c.gaveUp(from, j), c.usual(from, j):
		return Undecided
	}
	return NeverSent
}

// usual says that the alleged sender, which only asks for a connection, sent the very
// same reset at another time, in its capture too: so it takes each answer.
func (c *comparing) usual(from, j int) bool {
	_, got := c.way(from)
	g, same := &got.Segments[j], false
	for k := range got.Segments {
		switch o := &got.Segments[k]; {
		case o.From != from:
		case isReset(o):
			same = same || got.partner[k] >= 0 && o.Seq == g.Seq && o.Flags == g.Flags && o.TTL == g.TTL
		case o.Has(dissect.ACK):
			return false
		}
	}
	return same
}

// untimely says that the alleged sender's capture holds the very reset, at a time
// that does not fit: one of the captures is not in order.
func (c *comparing) untimely(from, j int) bool {
	sent, got := c.way(from)
	want := numberOf(&got.Segments[j], [2][2]uint32{{}, c.pair.shift}[1-from])
	for i := range sent.Segments {
		g := &sent.Segments[i]
		apart := got.when[j] - sent.when[i]
		if g.From == from && isReset(g) && sent.partner[i] == alone && max(apart, -apart) < int64(nearby) && numberOf(g, [2][2]uint32{{}, c.pair.shift}[from]) == want {
			return true
		}
	}
	return false
}

// ran says that the capture of a reset's alleged sender ran when that would have
// left. Where it ends about then, it has to end with a reset that nobody sent either:
// both ends were cut at one time. A system that was cut sends no abort afterwards.
func (c *comparing) ran(from, j int) bool {
	sent, got := c.way(from)
	start, stop := c.window(got, j)
	due := got.when[j] - c.delay[from].least
	if got.Segments[j].Has(dissect.ACK) {
		due -= int64(shortly)
	}
	if stop > sent.last && due <= sent.last && c.cut(from) {
		start, stop = min(start, sent.last), sent.last
	}
	return sent.watched(start, stop)
}

// cut says that a connection ends, in the capture of a side, with a reset of the
// other side that is not in the other capture.
func (c *comparing) cut(from int) bool {
	sent, _ := c.way(from)
	last := len(sent.Segments) - 1
	return isReset(&sent.Segments[last]) && sent.Segments[last].From != from && sent.partner[last] == alone
}

// controlled says that what came from a side just before and after a reset is in
// its own capture too. Where nothing came, that capture holds the SYN of the
// other side and what its own side answered.
func (c *comparing) controlled(from, j int) bool {
	sent, got := c.way(from)
	before, after := 0, 0
	any := len(c.out.Made[from]) > 0
	see := func(k int, n *int) bool {
		g := &got.Segments[k]
		if g.From != from || isReset(g) || *n >= control || c.made[from][k] || any && consumes(g) == 0 && got.partner[k] == alone {
			return true
		}
		*n++
		return got.partner[k] != alone
	}
	for k := j - 1; k >= 0; k-- {
		if !see(k, &before) {
			return false
		}
	}
	for k := j + 1; k < len(got.Segments); k++ {
		if !see(k, &after) {
			return false
		}
	}
	if before > 0 {
		return c.pair.known[from]
	}
	return c.pair.known[1-from] && sent.has(from) && c.arrived(1-from, dissect.SYN)
}

// arrived says that a packet of a side with a flag is in both captures.
func (c *comparing) arrived(from int, flag uint16) bool {
	sent, _ := c.way(from)
	for i := range sent.Segments {
		if g := &sent.Segments[i]; g.From == from && g.Has(flag) && sent.partner[i] >= 0 {
			return true
		}
	}
	return false
}
