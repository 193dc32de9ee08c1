package reset

import (
	"time"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// end is what is known of one side of a connection at a moment.
type end struct {
	seen     int    // packets
	began    bool   // next is known
	isn      uint32 // of its SYN
	syn      bool
	next     uint32 // after the highest byte that it sent, resets apart
	flow     uint32 // after the highest byte without a gap before it
	acked    bool
	ack      uint32 // the highest acknowledgment that it sent
	window   int    // as last announced, not scaled
	scale    int8   // -1: not known
	fin      int    // index of its FIN, -1
	finAck   uint32 // what that FIN acknowledged
	last     int    // index of its last packet, -1
	data     int    // payload bytes, each once
	lastData int    // index of its last payload, -1
	firstAt  int    // index of its first payload, -1
	stamps   bool
	id       int // IP id of its last packet that had one
	resent   int // segments that it repeated since the other side was heard
	probed   int // keep-alive probes since the other side was heard
	rst      int // index of its first reset, -1
}

// state is a connection up to a packet.
type state struct {
	ends [2]end
	rtt  [2]time.Duration // the shortest from the capture to a side and back, 0: not known
	prev int              // index of the last packet that was no reset, -1
}

func begin() state {
	s := state{prev: -1}
	for i := range s.ends {
		s.ends[i] = end{scale: -1, fin: -1, last: -1, lastData: -1, firstAt: -1, rst: -1}
	}
	return s
}

// before compares sequence numbers modulo 2^32 (RFC 9293 §3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// upto is what a segment's end is, SYN and FIN counted.
func upto(g *tcpflow.Segment) uint32 {
	n := g.Seq + uint32(g.Len)
	if g.Has(dissect.SYN) {
		n++
	}
	if g.Has(dissect.FIN) {
		n++
	}
	return n
}

// see moves the state past packet i.
func (s *state) see(all []tcpflow.Segment, i int) {
	g := &all[i]
	me, other := &s.ends[g.From], &s.ends[1-g.From]
	me.seen++
	if g.Has(dissect.RST) {
		if me.rst < 0 {
			me.rst = i
		}
		return
	}
	s.time(all, i)
	s.number(me, g, i)
	if g.Has(dissect.ACK) && (!me.acked || before(me.ack, g.Ack)) {
		me.acked, me.ack = true, g.Ack
	}
	me.window = g.Window
	if g.ID != 0 {
		me.id = g.ID
	}
	me.stamps = me.stamps || g.Options.Timestamps
	if g.Mark&(tcpflow.Retransmission|tcpflow.SpuriousRetransmission) != 0 && g.Len > 0 || g.Has(dissect.SYN) && g.Mark&tcpflow.Retransmission != 0 {
		me.resent++
	}
	if g.Mark&(tcpflow.KeepAlive|tcpflow.ZeroWindowProbe) != 0 {
		me.probed++
	}
	other.resent, other.probed = 0, 0 // it was heard from
	me.last, s.prev = i, i
}

// number takes a segment's sequence numbers.
func (s *state) number(me *end, g *tcpflow.Segment, i int) {
	if g.Has(dissect.SYN) {
		me.syn, me.isn, me.scale = true, g.Seq, g.Options.Scale
	}
	to := upto(g)
	probe := g.Mark&(tcpflow.KeepAlive|tcpflow.ZeroWindowProbe) != 0
	switch {
	case !me.began || g.Has(dissect.SYN) && g.Seq == me.isn && me.next == 0:
		me.began, me.next, me.flow = true, to, to
		me.data += g.Len
	case !probe && before(me.next, to):
		fresh := int(to - me.next)
		me.data += min(g.Len, fresh)
		if !before(me.flow, g.Seq) {
			me.flow = to
		}
		me.next = to
	case !probe && !before(me.flow, g.Seq) && before(me.flow, to):
		me.flow = to
	}
	if g.Len > 0 && !probe {
		me.lastData = i
		if me.firstAt < 0 {
			me.firstAt = i
		}
	}
	if g.Has(dissect.FIN) && me.fin < 0 {
		me.fin, me.finAck = i, g.Ack
	}
}

// time keeps the shortest time in which a side acknowledged a segment: from where
// the packets were captured to that side, and back.
func (s *state) time(all []tcpflow.Segment, i int) {
	g := &all[i]
	if s.prev < 0 || !g.Has(dissect.ACK) || g.Mark != 0 {
		return
	}
	p := &all[s.prev]
	if p.From == g.From || p.Mark != 0 || g.Ack != upto(p) || p.Len == 0 && !p.Has(dissect.SYN) {
		return
	}
	if d, known := time.Duration(g.When-p.When), &s.rtt[g.From]; d > 0 && (*known == 0 || d < *known) {
		*known = d
	}
}
