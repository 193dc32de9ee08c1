package reset

import (
	"slices"
	"time"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// What lets the evidence against a sender look otherwise: a capture that missed
// packets or holds them in another order, and what only the sender itself writes.

// ahead reports whether the number of a reset lies beyond all that its sender is known
// to have sent. Somebody who guesses writes such numbers, and so does the sender
// itself where the capture missed what it had sent before.
func (r *ruling) ahead() bool { return !r.me().began || before(r.me().next, r.g.Seq) }

// premature reports whether a reset acknowledges what the other side sends only later
// by the order of the capture: that is not in order (several queues, merged files).
func (r *ruling) premature() bool { return premature(r.t.Segments, r.i, r.other()) }

func premature(all []tcpflow.Segment, i int, other *end) bool {
	g := &all[i]
	if !g.Has(dissect.ACK) || !other.began || !before(other.next, g.Ack) {
		return false
	}
	for j := i + 1; j < len(all); j++ {
		if p := &all[j]; p.From != g.From && p.Len > 0 && p.Seq == other.next {
			return true
		}
	}
	return false
}

// earlier reports whether a bare reset can answer a packet before the one that it
// seems to answer so soon: more than one has that acknowledgment, and that one came a
// round trip before.
func (r *ruling) earlier(last int, rtt time.Duration) bool {
	if r.form != answer {
		return false
	}
	for j := last - 1; j >= 0 && j >= last-lookBack; j-- {
		p := &r.t.Segments[j]
		if p.From == r.g.From || p.Has(dissect.RST) || !p.Has(dissect.ACK) || p.Ack != r.g.Seq {
			continue
		}
		if took := time.Duration(r.g.When - p.When); float64(took) >= r.limits.sooner*float64(rtt) && took <= 4*rtt {
			return true
		}
	}
	return false
}

// plausible reports whether a reset looks like one of its sender, and all that speaks
// against it could come of packets that the capture missed: what it answers, or what
// the reset of the other side does.
func (r *ruling) plausible() bool {
	if !r.is(FeatureTTL, "same") && !r.dropped {
		return false
	}
	for _, f := range r.e.Features {
		if f.Code == "reset.injected" && f.Bits > 1 && f.Name != FeatureTiming && !(f.Name == FeatureAfter && r.is(FeatureAfter, "both")) {
			return false
		}
	}
	return true
}

// vouched reports whether a reset bears what its sender alone writes: the next IP id
// of a counter, or a time stamp that goes on (RFC 7323 §5.2), in a program's abort.
func (r *ruling) vouched() bool {
	return r.form == abort && r.g.Has(dissect.ACK) && !r.masked[FeatureID] && Vouched(r.t.Segments, r.i)
}

// passed reports whether the end of the handshake had brought no reset in the time of
// several round trips, and the client's data, sent once, did: there was room for the
// connection.
func (r *ruling) passed() bool {
	ended := slices.IndexFunc(r.t.Segments[:r.i], func(g tcpflow.Segment) bool {
		return g.From == tcpflow.Client && g.Has(dissect.ACK) && !g.Has(dissect.SYN)
	})
	if ended < 0 || r.other().resent > 0 || r.other().firstAt <= ended {
		return false
	}
	late := max(4*r.s.rtt[tcpflow.Server], 2*r.limits.goesOn)
	return time.Duration(r.t.Segments[r.other().firstAt].When-r.t.Segments[ended].When) > late
}

// mistaken counts the segments that bear the mark of a repetition, as Wireshark counts,
// and are none: after a reset or a SYN with a higher number, which was sent blindly into
// the connection; and copies that came late to the capture.
func (c *conversation) mistaken() (n int) {
	var moves [2]bool
	for i := range c.t.Segments {
		g := &c.t.Segments[i]
		if g.Mark&tcpflow.Retransmission == 0 {
			continue
		}
		if moves == [2]bool{} {
			moves = [2]bool{c.moves(tcpflow.Client), c.moves(tcpflow.Server)}
		}
		if c.copied(i, moves[g.From]) {
			n++
		}
	}
	return n + c.raised()
}

// copied reports whether a segment is the very packet that was captured before: a
// stack that sends again takes the next IP id, and the time as it is then.
func (c *conversation) copied(i int, moves bool) bool {
	g := &c.t.Segments[i]
	for j := i - 1; j >= 0 && j >= i-lookBack && g.When-c.t.Segments[j].When < int64(c.limits.lateCopy); j-- {
		p := &c.t.Segments[j]
		if p.From != g.From || p.Seq != g.Seq || p.Len != g.Len || p.Flags != g.Flags || p.ID != g.ID {
			continue
		}
		if g.ID != 0 && moves || g.Options.Timestamps && p.Options.TSVal == g.Options.TSVal && g.When-p.When > int64(2*time.Millisecond) {
			return true
		}
	}
	return false
}

// moves reports whether a sender's IP ids differ from packet to packet.
func (c *conversation) moves(from int) bool {
	changes, last := 0, 0
	for i := range c.t.Segments {
		if g := &c.t.Segments[i]; g.From == from && g.ID != 0 && g.ID != last {
			changes, last = changes+1, g.ID
		}
	}
	return changes > 2
}

// raised counts what only a reset or a SYN with a higher number makes a repetition.
func (c *conversation) raised() (n int) {
	var top, raised [2]uint32
	var began [2]bool
	for i := 0; i < len(c.t.Segments); i++ {
		g := &c.t.Segments[i]
		to, me := upto(g), g.From
		switch {
		case g.Has(dissect.RST), g.Has(dissect.SYN) && (began[me] || !c.agreed(1-me)):
			if raised[me] == 0 || before(raised[me], to) {
				raised[me] = to
			}
		case !began[me]:
			began[me], top[me] = true, g.Seq
			i-- // it is looked at as the others are
		case before(top[me], to):
			if g.Mark&tcpflow.Retransmission != 0 && raised[me] != 0 && !before(raised[me], to) {
				n++
			}
			top[me] = to
		}
	}
	return n
}

// agreed reports whether a side agreed to a connection.
func (c *conversation) agreed(side int) bool {
	for i := range c.t.Segments {
		if g := &c.t.Segments[i]; g.From == side && g.Has(dissect.SYN|dissect.ACK) {
			return true
		}
	}
	return false
}
