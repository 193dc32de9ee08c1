package tcpflow

import "faultline/diag/dissect"

// What follows has the meanings, and the order, of Wireshark's
// tcp_analyze_sequence_number (packet-tcp.c of 4.0.17) and of what surrounds
// it in dissect_tcp. As there, 0 stands for "not known" in sequence and
// acknowledgment numbers, and the acknowledgment field counts even without
// the ACK flag.

const (
	synFinRst = dissect.SYN | dissect.FIN | dissect.RST
	synFin    = dissect.SYN | dissect.FIN
	synAck    = dissect.SYN | dissect.ACK
)

// after says whether a lies beyond b (RFC 9293 §3.4: modulo 2^32).
func after(a, b uint32) bool { return int32(b-a) < 0 }

// An analysis is one segment in the light of what its stream had shown.
type analysis struct {
	*dissect.Segment
	flow     *flow
	fwd, rev *side
	origin   *origin
	now      int64
	mark     Mark
}

// analyze says what a segment is, and moves the stream on. Most segments are
// spared what only SYNs, first segments and odd options need.
func (f *flow) analyze(o *origin, s *dissect.Segment, from uint8, now int64, begins beginning) Mark {
	var a analysis
	a.Segment, a.flow, a.fwd, a.rev, a.origin, a.now = s, f, &f.side[from], &f.side[1-from], o, now
	opening := s.Flags&dissect.SYN != 0
	if opening {
		a.synAgain(from, begins)
	}
	if a.fwd.is&a.rev.is&based == 0 {
		a.setBase(from)
	}
	a.forward()
	a.ackedUnseen()
	a.sentAgain()
	a.moveOn()
	f.complete(s, begins)
	if opening || f.more&awaitsACK != 0 || a.fwd.has(firstACKAhead) {
		a.handshakeTime()
	}
	if opening || !plain(s.Options) {
		a.options()
	}
	return a.mark
}

// synAgain handles SYNs on a stream that is known.
func (a *analysis) synAgain(from uint8, begins beginning) {
	switch {
	case begins == again:
		a.mark |= ReusedPorts
	case a.Flags&synAck == dissect.SYN && a.fwd.has(based):
		a.fwd.next = a.fwd.bound // a RST may have moved it
	case a.Flags&synAck == synAck && a.fwd.has(based) && a.Seq != a.origin.base[from]:
		a.origin.base[from] = a.Seq
		a.mark |= ReusedPorts
	}
}

// setBase notes the initial sequence numbers, or what can be told of them.
func (a *analysis) setBase(from uint8) {
	if !a.fwd.has(based) {
		a.fwd.is |= based
		a.origin.base[from] = a.Seq
		if a.Flags&dissect.SYN == 0 {
			a.origin.base[from]--
		}
	}
	if !a.rev.has(based) && a.Flags&dissect.ACK != 0 {
		a.rev.is |= based
		a.origin.base[1-from] = a.Ack - 1
	}
}

// forward marks what can be told from the sequence number and the window. The
// first three conditions end it.
func (a *analysis) forward() {
	ordinary := a.Flags&synFinRst == 0
	if a.Len == 1 && a.Seq == a.fwd.next && a.rev.has(hasWindow) && a.rev.window == 0 {
		a.mark |= ZeroWindowProbe
		return
	}
	if a.Window == 0 && ordinary {
		a.mark |= ZeroWindow
	}
	if a.fwd.next != 0 && after(a.Seq, a.fwd.next) && a.Flags&dissect.RST == 0 {
		a.mark |= LostSegment
	}
	if !ordinary {
		return
	}
	if a.Len <= 1 && a.Seq == a.fwd.next-1 {
		a.mark |= KeepAlive
	}
	if a.Len > 0 {
		a.full()
	} else if a.Seq == a.fwd.next && a.Ack == a.fwd.ack {
		a.repeated()
	}
}

// full marks a segment that fills the receiver's window to the last byte.
func (a *analysis) full() {
	if a.rev.scale == scaleUnknown || !a.rev.has(hasWindow) {
		return
	}
	shift := max(a.rev.scale, 0)
	if a.rev.has(firstACKAhead) {
		shift = 0
	}
	if a.Seq+a.Len == a.rev.ack+uint32(a.rev.window)<<shift {
		a.mark |= WindowFull
	}
}

// repeated marks an empty segment that says again what the one before it said.
func (a *analysis) repeated() {
	same := a.fwd.has(hasWindow) && a.Window == a.fwd.window
	switch {
	case !same && a.Window != 0:
		a.mark |= WindowUpdate
	case same && a.Window != 0 && a.rev.has(wasKeepAlive):
		a.mark |= KeepAliveAck
	case same && a.Window == 0 && a.rev.has(wasProbe):
		a.mark |= ZeroWindowProbeAck
	case same && a.Window != 0 && !a.signals():
		a.mark |= DuplicateAck
		a.fwd.dup = max(a.fwd.dup, 0)
		a.fwd.dup = min(a.fwd.dup, 100) + 1
	}
}

// signals says that a duplicate acknowledgment may carry a signal of Multipath
// TCP: the operations seen have changed.
func (a *analysis) signals() bool {
	return a.flow.more&multipath != 0 && a.origin.mptcp != a.fwd.mptcp
}

// ackedUnseen marks an acknowledgment of what was not captured, once.
func (a *analysis) ackedUnseen() {
	if a.Ack != a.fwd.ack {
		a.fwd.dup = 0
	}
	if a.rev.bound == 0 || !after(a.Ack, a.rev.bound) || a.Flags&dissect.ACK == 0 {
		return
	}
	if after(a.rev.next, a.rev.bound) {
		a.rev.bound = a.rev.next
		a.mark |= AckLostSegment
		return
	}
	if a.rev.dup == 0 {
		a.mark |= AckLostSegment
	}
	a.rev.dup = -1
}

// RTT unknown: how late a segment may come and still be out of order, and how
// late a fast retransmission, in nanoseconds.
const (
	lateUnknown = 3_000_000
	lateFast    = 20_000_000
)

// sentAgain tells retransmissions from segments out of order.
func (a *analysis) sentAgain() {
	if a.Len == 0 && a.Flags&synFin == 0 || a.mark&KeepAlive != 0 {
		return
	}
	back := a.fwd.next != 0 && after(a.fwd.next, a.Seq)
	if a.Len > 1 && a.fwd.next-1 == a.Seq {
		back = false // the segment before was a probe
	}
	switch {
	case a.Len > 0 && a.rev.ack != 0 && !after(a.Seq+a.Len, a.rev.ack):
		a.mark |= SpuriousRetransmission | Retransmission
	case !back:
	case a.rev.insists() && a.rev.ack == a.Seq && a.within(a.rev.lastLow, a.rev.lastHigh, lateFast):
		a.mark |= FastRetransmission | Retransmission
	case a.fwd.next != a.end() && a.within(a.fwd.nextLow, a.fwd.nextHigh, a.late()):
		a.mark |= OutOfOrder
	default:
		a.mark |= Retransmission
	}
}

// insists says that the side sent duplicate acknowledgments, or one of what
// was not captured: the -1 is a large number to Wireshark.
func (s *side) insists() bool { return s.dup >= 2 || s.dup < 0 }

// end is the sequence number after the segment.
func (a *analysis) end() uint32 {
	if a.Flags&synFin != 0 {
		return a.Seq + a.Len + 1
	}
	return a.Seq + a.Len
}

// late is how long after the newest segment one may come and be out of order.
func (a *analysis) late() int64 {
	if a.origin.rtt == 0 {
		return lateUnknown
	}
	return a.origin.rtt
}

// within says whether less than limit has passed; where the clock went back
// it has not.
func (a *analysis) within(low uint32, high uint16, limit int64) bool {
	return uint64(since(low, high, a.now)) < uint64(limit)
}

// moveOn stores what the next segments are compared with.
func (a *analysis) moveOn() {
	if end := a.end(); a.mark&ZeroWindowProbe == 0 {
		if after(end, a.fwd.next) || a.fwd.next == 0 {
			a.fwd.next = end
			a.fwd.nextLow, a.fwd.nextHigh = split(a.now)
		}
		if a.Seq == a.fwd.bound || a.fwd.bound == 0 {
			a.fwd.bound = a.fwd.next
		}
	}
	a.fwd.window, a.fwd.ack = a.Window, a.Ack
	a.fwd.is |= hasWindow
	a.fwd.lastLow, a.fwd.lastHigh = split(a.now)
	if a.flow.more&multipath != 0 {
		a.fwd.mptcp = a.origin.mptcp
	}
	a.fwd.set(wasKeepAlive, a.mark&KeepAlive != 0)
	a.fwd.set(wasProbe, a.mark&ZeroWindowProbe != 0)
}

// complete notes what the stream has shown. Its first segment counts only
// when it is a SYN.
func (f *flow) complete(s *dissect.Segment, begins beginning) {
	switch {
	case begins == none:
		f.seen |= shown(s)
	case s.Flags&synAck == dissect.SYN:
		f.seen = seenSYN
		if begins == again {
			f.seen |= shown(s)
		} else if s.Len > 0 {
			f.seen |= seenData
		}
	}
}

func shown(s *dissect.Segment) (seen uint8) {
	switch flags := s.Flags & synAck; {
	case flags == synAck:
		seen = seenSYNACK
	case flags == dissect.ACK && s.Len > 0:
		seen = seenData
	case flags == dissect.ACK:
		seen = seenACK
	}
	if s.Flags&(dissect.FIN|dissect.ACK) == dissect.FIN|dissect.ACK {
		seen |= seenFIN
	}
	if s.Flags&dissect.RST != 0 {
		seen |= seenRST
	}
	return seen
}

// handshakeTime measures from the latest SYN to the first ACK of either end.
func (a *analysis) handshakeTime() {
	if a.Flags&synAck == dissect.SYN {
		a.origin.syn = a.now
		if a.origin.rtt == 0 && a.now != 0 {
			a.flow.more |= awaitsACK
		}
	}
	if a.Flags&dissect.SYN != 0 {
		a.fwd.is |= firstACKAhead
		return
	}
	if a.Flags&dissect.ACK == 0 {
		return
	}
	if a.flow.more&awaitsACK != 0 && a.now != a.origin.syn {
		a.flow.more &^= awaitsACK
		a.origin.rtt = a.now - a.origin.syn
	}
	a.fwd.is &^= firstACKAhead
}

// options takes the window scale and the operations of Multipath TCP.
func (a *analysis) options() {
	eachOption(a.Options, a.option)
	if a.Flags&dissect.SYN == 0 || cut(a.Segment) {
		return
	}
	if a.fwd.scale == scaleUnknown {
		a.fwd.scale, a.rev.scale = scaleNone, scaleNone
	} else if a.Flags&dissect.ACK != 0 && a.rev.scale == scaleNone {
		a.fwd.scale = scaleNone
	}
}

func (a *analysis) option(kind byte, body []byte) {
	switch {
	case kind == optionScale && len(body) == 1:
		a.fwd.scale = int8(min(body[0], mostScale))
	case kind == optionMPTCP && len(body) > 0:
		a.flow.more |= multipath
		a.origin.mptcp |= mptcpOperation(body[0] >> 4)
	}
}

// mptcpOperation is the bit of a subtype of the Multipath TCP option (RFC 8684
// §8.1): some duplicate acknowledgments carry signals and mean no loss.
func mptcpOperation(subtype byte) uint8 {
	if subtype > 7 {
		return 0
	}
	return 1 << subtype
}
