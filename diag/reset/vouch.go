package reset

import (
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// How far the marks of a sender's last packets and of its reset may be apart.
const (
	farOff  = 2    // of ttlBits: no change of the way
	nextIDs = 8    // of a counter of IP ids
	ticks   = 2000 // of a clock of time stamps, beyond two for each millisecond
)

// Vouched reports whether reset i bears what only its alleged sender writes: a time
// stamp of its clock, or the next IP id of a counter that its packets before went
// through, unless it comes from much nearer or farther than they. What forges resets on
// the way has ids of its own and sets no time stamps; one that copies them can be told
// by what the sender does afterwards only.
func Vouched(all []tcpflow.Segment, i int) bool {
	g := &all[i]
	last, ok := lastTwo(all, i)
	switch {
	case !ok:
		return false
	case stamps(last[0], g):
		return true
	}
	return counts(last, g) && (g.TTL == last[0].TTL || ttlBits(g.TTL, last[0].TTL) < farOff)
}

// Unlike reports whether reset i is a program's abort, and bears nothing of what its
// alleged sender writes into all its packets. A bare reset bears nothing of that anyhow.
func Unlike(all []tcpflow.Segment, i int) bool {
	g := &all[i]
	last, ok := lastTwo(all, i)
	if !ok || !g.Has(dissect.ACK) || Vouched(all, i) {
		return false
	}
	return last[0].Options.Timestamps || !g.V6 && last[0].ID != 0 && last[1].ID != 0 && uint16(last[0].ID-last[1].ID)-1 < nextIDs
}

// lastTwo are the two packets of the sender before reset i, the latest first.
func lastTwo(all []tcpflow.Segment, i int) (last [2]*tcpflow.Segment, ok bool) {
	n := 0
	for j := i - 1; j >= 0 && n < len(last); j-- {
		if p := &all[j]; p.From == all[i].From && !p.Has(dissect.RST) {
			last[n] = p
			n++
		}
	}
	return last, n == len(last)
}

func counts(last [2]*tcpflow.Segment, g *tcpflow.Segment) bool {
	next := func(a, b int) bool { return a != 0 && b != 0 && uint16(b-a)-1 < nextIDs }
	return !g.V6 && next(last[0].ID, g.ID) && next(last[1].ID, last[0].ID)
}

func stamps(last, g *tcpflow.Segment) bool {
	if !last.Options.Timestamps || !g.Options.Timestamps || before(g.Options.TSVal, last.Options.TSVal) || before(g.Options.TSEcr, last.Options.TSEcr) {
		return false
	}
	return int64(g.Options.TSVal-last.Options.TSVal) <= 2*(g.When-last.When)/1e6+ticks
}
