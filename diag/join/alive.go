package join

import (
	"slices"
	"time"

	"faultline/diag/dissect"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// What the capture of a reset's alleged sender tells of whether that still held the
// connection. That the reset is not in it says little alone: every capture misses a
// packet now and then.

// sure says that a side cannot have sent a reset that its capture happened to lack:
// its system goes on with the connection, both ends were reset at about the same time
// by what neither sent, or its capture had no gap then and holds nothing that the
// reset could have been the answer to. Where it lacks that as well, and the reset looks
// like the side's, it may lack two.
func (c *comparing) sure(from, j int) bool {
	sent, got := c.way(from)
	due := got.when[j] - c.delay[from].least
	if c.goesOn(from, j, got.Segments[j].Has(dissect.ACK)) {
		return true
	}
	if both := c.both(from, j); !both && c.stopped(from, j) && c.alike(from, j) {
		return false
	}
	answered := sent.sent[1-from] <= sent.acked[1-from][len(sent.Segments)-1]
	return (answered && !c.dropped[from] || c.both(from, j)) && c.beats(from, got.when[j]-c.delay[from].most-c.slack, due+c.slack)
}

// goesOn says that a side sent more of the connection after the reset was due. What
// it only repeats shows that a program has not aborted it, but not that no filter on
// the same machine rejects what comes.
func (c *comparing) goesOn(from, j int, repeated bool) bool {
	sent, got := c.way(from)
	due := got.when[j] - c.delay[from].least + c.slack
	acked := int64(never)
	for i := range sent.Segments {
		g := &sent.Segments[i]
		if g.From != from || isReset(g) {
			continue
		}
		fresh := consumes(g) > 0 && sent.at[i]+consumes(g) > sent.reach[i][from] || sent.acks[i] > acked
		if acked = max(acked, sent.acks[i]); sent.when[i] > due && (fresh || repeated) {
			return true
		}
	}
	return false
}

// both says that the sender of a reset, too, was sent one that the other end never
// sent, within the time that two of one device are apart.
func (c *comparing) both(from, j int) bool {
	sent, got := c.way(from)
	for i := range sent.Segments {
		apart := sent.when[i] - got.when[j]
		if g := &sent.Segments[i]; g.From != from && isReset(g) && sent.partner[i] == alone && max(apart, -apart) <= int64(shortly) {
			return c.controlled(1-from, i)
		}
	}
	return false
}

// gaveUp says that the alleged sender's system shows that it held the connection no
// more, though nothing reset it: the reset is its own, and its capture lacks it.
func (c *comparing) gaveUp(from, j int) bool {
	sent, _ := c.way(from)
	switch {
	case c.challenged(from, j):
		return true
	case c.goesOn(from, j, true):
		return false
	}
	for i := range sent.Segments {
		if g := &sent.Segments[i]; g.From != from && isReset(g) {
			return false // it was reset as well
		}
	}
	return c.disowns(from, j) || c.owes(from) || c.content(from)
}

// vouched says that a reset bears what its sender alone writes, though the sender's
// capture, which shows nothing else, does not hold it: one of the two misleads.
func (c *comparing) vouched(from, j int) bool {
	_, got := c.way(from)
	return !c.goesOn(from, j, true) && !c.both(from, j) && reset.Vouched(got.Segments, j)
}

// disowns says that a side's system answers with resets what came after.
func (c *comparing) disowns(from, j int) bool {
	sent, got := c.way(from)
	due := got.when[j] - c.delay[from].most - c.slack
	for i := range sent.Segments {
		if g := &sent.Segments[i]; g.From == from && isReset(g) && !g.Has(dissect.ACK) && sent.when[i] > due {
			return true
		}
	}
	return false
}

// How long a system may take to acknowledge: an agreement to a connection at once, the
// rest within half a second (RFC 9293 §3.8.6.3).
const (
	agreed = time.Second / 10
	taken  = time.Second / 2
)

// owes says that something came to a side that its system has not acknowledged in all
// the time that it may take.
func (c *comparing) owes(from int) bool {
	sent, _ := c.way(from)
	acked := sent.acked[1-from]
	for i := range sent.Segments {
		g := &sent.Segments[i]
		least := taken
		if g.Has(dissect.SYN) {
			least = agreed
		}
		if g.From == from || isReset(g) || consumes(g) == 0 || sent.last-sent.when[i] < int64(least) {
			continue
		}
		if acked[len(acked)-1] < sent.at[i]+consumes(g) {
			return true
		}
	}
	return false
}

// stopped says that what a reset can answer, the last that was sent to its alleged
// sender before, is not in the capture of that either: something took it away.
func (c *comparing) stopped(from, j int) bool {
	_, got := c.way(from)
	for k := j - 1; k >= 0; k-- {
		if g := &got.Segments[k]; g.From != from && !isReset(g) {
			return consumes(g) > 0 && got.partner[k] == alone
		}
	}
	return false
}

// alike says that a reset came with the TTL that the packets of its side have there,
// and lacks nothing that the side's own would bear.
func (c *comparing) alike(from, j int) bool {
	_, got := c.way(from)
	if reset.Unlike(got.Segments, j) {
		return false
	}
	return slices.ContainsFunc(got.Segments, func(g tcpflow.Segment) bool {
		return g.From == from && !isReset(&g) && g.TTL == got.Segments[j].TTL
	})
}

// closed says that a side had closed the connection before a reset was due: to what
// comes afterwards its system answers with resets.
func (c *comparing) closed(from, j int) bool {
	sent, got := c.way(from)
	due := got.when[j] - c.delay[from].least
	for i := range sent.Segments {
		if g := &sent.Segments[i]; g.From == from && g.Has(dissect.FIN) && sent.when[i] <= due {
			return true
		}
	}
	return false
}

// retries is how long a system waits at most before it repeats a request, or what was
// not acknowledged, for the first time (RFC 6298 §2.1, §5.7).
const retries = 3 * time.Second

// content says that a side repeats nothing although its capture holds no answer: its
// system did get one, and that is missing as well as its reset. A client that asked
// and is reset before it says more takes the request back, as scanners do.
func (c *comparing) content(from int) bool {
	sent, _ := c.way(from)
	last, asked := -1, true
	for i := range sent.Segments {
		if g := &sent.Segments[i]; g.From == from && !isReset(g) {
			last, asked = i, asked && last < 0 && g.Has(dissect.SYN) && !g.Has(dissect.ACK)
		}
	}
	if last < 0 || consumes(&sent.Segments[last]) == 0 || sent.acked[from][len(sent.Segments)-1] >= sent.at[last]+consumes(&sent.Segments[last]) {
		return false
	}
	return asked || sent.last-sent.when[last] >= int64(retries)
}

// challenged says that a side had only asked for a connection, and was answered about
// an old one of the same ports: it resets that, and asks again (RFC 9293 §3.5.2, RFC
// 5961 §4).
func (c *comparing) challenged(from, j int) bool {
	_, got := c.way(from)
	old := false
	for i := range j {
		switch g := &got.Segments[i]; {
		case isReset(g):
		case g.From != from:
			old = !g.Has(dissect.SYN)
		case g.Has(dissect.ACK):
			return false
		}
	}
	return old
}
