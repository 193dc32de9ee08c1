package reset

import (
	"time"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// form is the kind of a reset by its headers alone.
type form string

const (
	abort   form = "abort"   // RST+ACK with the sender's own numbers: an application or a timer closed
	answer  form = "answer"  // bare RST with the number that the other side acknowledged: a stack without that connection
	refusal form = "refusal" // RST+ACK with number 0, to a SYN
	odd     form = "odd"     // none of them
	unclear form = "unclear" // the other direction, or the beginning, was not captured
)

// lookBack is how many packets of the other side a bare reset may answer.
const lookBack = 12

// formOf tells the form of reset i (RFC 9293 §3.5.2, §3.10.7; net/ipv4/tcp_ipv4.c
// tcp_v4_send_reset, net/ipv4/tcp_output.c tcp_send_active_reset).
func formOf(all []tcpflow.Segment, i int, s *state) form {
	g := &all[i]
	me, other := &s.ends[g.From], &s.ends[1-g.From]
	if g.Has(dissect.ACK) {
		switch {
		case g.Seq == 0 && refuses(all, i):
			return refusal
		case !me.began && !other.began:
			return unclear
		case (!me.began || g.Seq == me.next || g.Seq == me.flow || me.fin >= 0 && g.Seq == me.next-1) &&
			(!other.began || !before(other.next, g.Ack) || premature(all, i, other)):
			return abort
		case before(me.next, g.Seq) && other.acked && (other.ack == g.Seq || overtook(all, i, me)):
			return abort // what lies before it was not captured, or comes later
		}
		if answers(all, i) {
			return answer
		}
		return odd
	}
	switch {
	case answers(all, i):
		return answer
	case other.seen == 0 || !other.acked:
		return unclear
	case me.began && g.Seq == me.next:
		return abort // older stacks set no ACK flag when they abort
	}
	return odd
}

// overtook reports whether the sender's data up to the number of a reset comes after
// it: packets change places on the way, and in captures of several queues.
func overtook(all []tcpflow.Segment, i int, me *end) bool {
	for j := i + 1; j < len(all) && all[j].When-all[i].When < int64(time.Second); j++ {
		if p := &all[j]; p.From == all[i].From && !p.Has(dissect.RST) && p.Len > 0 && p.Seq == me.next && upto(p) == all[i].Seq {
			return true
		}
	}
	return false
}

// refuses reports whether a reset answers a segment without ACK flag of the
// other side.
func refuses(all []tcpflow.Segment, i int) bool {
	for j := i - 1; j >= 0 && j >= i-lookBack; j-- {
		if p := &all[j]; p.From != all[i].From && !p.Has(dissect.ACK) && !p.Has(dissect.RST) && (upto(p) == all[i].Ack || p.Has(dissect.SYN) && p.Seq+1 == all[i].Ack) {
			return true
		}
	}
	return false
}

// answers reports whether a reset has the number that a segment of the other
// side acknowledged.
func answers(all []tcpflow.Segment, i int) bool { return answered(all, i) >= 0 }

// answered is the latest segment that a bare reset answers, -1 for none.
func answered(all []tcpflow.Segment, i int) int {
	seen := 0
	for j := i - 1; j >= 0 && seen < lookBack; j-- {
		p := &all[j]
		if p.From == all[i].From || p.Has(dissect.RST) {
			continue
		}
		if p.Has(dissect.ACK) && p.Ack == all[i].Seq {
			return j
		}
		seen++
	}
	return -1
}
