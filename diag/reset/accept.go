package reset

import (
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// acceptable says whether the receiver of reset g takes it (RFC 9293 §3.10.7,
// RFC 5961 §3.2). An observer knows the receiver's next number only within
// bounds: what it has acknowledged, and what was sent to it without a gap.
func acceptable(g *tcpflow.Segment, s *state) Sequence {
	from, to := &s.ends[g.From], &s.ends[1-g.From]
	if to.syn && !from.began && !to.acked { // SYN-SENT: the acknowledgment decides
		if g.Has(dissect.ACK) && to.began && before(to.isn, g.Ack) && !before(to.next, g.Ack) {
			return Exact
		}
		return Outside
	}
	low, high, known := bounds(from, to)
	switch {
	case !known:
		return NotDecided
	case !before(g.Seq, low) && !before(high, g.Seq):
		return Exact
	case from.fin >= 0 && g.Seq == high-1: // Linux: CLOSE-WAIT and later (tcp_validate_incoming)
		return Exact
	case before(g.Seq, low):
		return Outside
	}
	return withinWindow(g.Seq, low, high, to)
}

// bounds are between which numbers the receiver's next expected byte lies.
func bounds(from, to *end) (low, high uint32, known bool) {
	switch {
	case to.acked && from.began:
		low, high = to.ack, from.flow
		if before(high, low) {
			high = low // the capture missed what was acknowledged
		}
		return low, high, true
	case to.acked:
		return to.ack, to.ack, true
	case from.began:
		return from.flow, from.flow, true
	}
	return 0, 0, false
}

// withinWindow asks the window that the receiver announced. Where its scale is
// not known, both extremes must agree.
func withinWindow(seq, low, high uint32, to *end) Sequence {
	inside := func(scale int) bool { return seq-high <= uint32(to.window)<<scale+(high-low) }
	if to.scale >= 0 || to.syn {
		if inside(int(max(to.scale, 0))) {
			return InWindow
		}
		return Outside
	}
	switch narrow, wide := inside(0), inside(14); {
	case narrow:
		return InWindow
	case !wide:
		return Outside
	}
	return NotDecided
}
