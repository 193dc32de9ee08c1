package reset

import (
	"time"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// after looks at what followed: packets of the alleged sender that go on as if it
// had sent no reset, a challenge, resets in both directions.
func (r *ruling) after() {
	f := Feature{Name: FeatureAfter, Group: Contradiction, Args: how("nothing")}
	for j := r.i + 1; j < len(r.t.Segments); j++ {
		p := &r.t.Segments[j]
		since := time.Duration(p.When - r.g.When)
		switch {
		case p.Has(dissect.SYN) && (!p.Has(dissect.ACK) || r.me().acked && r.other().acked):
			j = len(r.t.Segments) // the ports are used again
		case r.goesOn(p, since):
			r.injected(FeatureAfter, Contradiction, 2.2, how("goes-on", "ms", since.Milliseconds()))
			return
		case r.both(p, j, since):
			r.injected(FeatureAfter, Contradiction, 1.8, how("both"))
			return
		case p.From != r.g.From && !p.Has(dissect.RST) && p.Has(dissect.ACK) && p.Len == 0 && since < time.Second && r.e.Sequence != Exact:
			f.Args = how("challenge")
		}
	}
	r.add(f)
}

// goesOn reports whether the alleged sender sent something new after the reset:
// data or an acknowledgment beyond all before, too late to be out of order.
func (r *ruling) goesOn(p *tcpflow.Segment, since time.Duration) bool {
	if p.From != r.g.From || p.Has(dissect.RST) || p.Mark&tcpflow.Retransmission != 0 {
		return false
	}
	if r.taken(p) {
		return true
	}
	if since < max(r.limits.goesOn, 2*max(r.s.rtt[0], r.s.rtt[1])) && !r.later(p) {
		return false
	}
	me := r.me()
	if !me.began && !r.later(p) {
		return false
	}
	if r.premature() || me.began && before(me.next, p.Seq) && !before(p.Seq-1<<16, me.next) {
		return false // the capture is not in order, or holds another connection of the same ports
	}
	fresh := (!me.began || before(me.next, upto(p))) && p.Len > 0 && !(r.form == abort && upto(p) == r.g.Seq)
	further := p.Has(dissect.ACK) && me.acked && before(me.ack, p.Ack)
	return fresh || further
}

// later reports whether a packet was sent after the reset, whatever overtook what:
// a program's abort carries the sender's next number, and all that it has received
// (RFC 9293 §3.10.5), so that nothing beyond them was on its way.
func (r *ruling) later(p *tcpflow.Segment) bool {
	if r.form != abort || !r.g.Has(dissect.ACK) || r.me().began && r.g.Seq != r.me().next || r.t.Loss {
		return false
	}
	return p.Len > 0 && before(r.g.Seq, upto(p)) && p.Has(dissect.ACK) && !before(p.Ack, r.g.Ack)
}

// both reports whether the other end was reset too, within a round trip, by
// something that is no answer to what it sent.
func (r *ruling) both(p *tcpflow.Segment, j int, since time.Duration) bool {
	if p.From == r.g.From || !p.Has(dissect.RST) || since > r.limits.both || r.e.Stage == StageClosing || r.e.Stage == StageSYN {
		return false
	}
	k := answered(r.t.Segments, j)
	if k >= r.i && !r.t.Segments[k].Has(dissect.RST) || k >= 0 && r.form == abort {
		return false // the echo of what was under way
	}
	return !p.Has(dissect.ACK) || p.Seq == r.other().next && r.form != abort
}

// context is what the sides did before.
func (r *ruling) context() {
	if r.e.Idle >= r.limits.idle.Seconds() {
		r.add(Feature{Name: FeatureIdle, Group: Context, Args: how("long", "seconds", r.e.Idle)})
	}
	r.add(Feature{Name: FeatureStage, Group: Context, Args: how(r.tampering())})
	switch me, other := r.me(), r.other(); {
	case me.probed >= r.limits.probes:
		r.speaks("probes", me.probed)
	case me.resent >= r.limits.resent && me.last > other.last:
		r.speaks("resent", me.resent)
	case me.window == 0 && me.last >= 0 && me.ack != 0:
		r.speaks("window", 0)
	case r.alert() >= 0:
		r.speaks("alert", r.alert())
	case me.fin >= 0:
		r.speaks("closed", 0)
	case r.g.From == tcpflow.Server && other.lastData > me.lastData:
		r.speaks("request", 0)
	default:
		r.speaks("nothing", 0)
	}
}

func (r *ruling) speaks(manner string, n int) {
	r.add(Feature{Name: FeatureBefore, Group: Context, Args: how(manner, "n", n), For: r.alone()})
}

// alert is the TLS alert that the sender sent within a second before, -1 for none
// (RFC 8446 §6). One that is encrypted has no readable number: 255.
func (r *ruling) alert() int {
	for j := r.i - 1; j >= 0 && r.g.When-r.t.Segments[j].When < int64(time.Second); j-- {
		p := &r.t.Segments[j]
		if p.From != r.g.From || !isAlert(p.Payload) {
			continue
		}
		if len(p.Payload) >= 7 && p.Payload[3] == 0 && p.Payload[4] == 2 {
			return int(p.Payload[6])
		}
		return 255
	}
	return -1
}

// isAlert reports whether a payload begins with a TLS alert record.
func isAlert(b []byte) bool { return len(b) >= 5 && b[0] == 21 && b[1] == 3 && b[2] <= 4 }

// tampering is the stage in the words of the study of connection tampering
// (SIGCOMM 2023): a name, never a proof.
func (r *ruling) tampering() string {
	switch r.e.Stage {
	case StageSYN:
		return "post-syn"
	case StageHandshake:
		return "post-ack"
	case StageFirstData:
		return "post-psh"
	}
	return "later"
}

// unread is how much of what the other side sent the sender had not taken when it
// closed: beyond what its FIN, or the reset, acknowledged. A TLS closing alert is
// nothing that anybody misses.
func (r *ruling) unread(upTo uint32) (bytes int) {
	other := r.other()
	if !other.began || !before(upTo, other.next) {
		return 0
	}
	for j := range r.t.Segments[:r.i] {
		p := &r.t.Segments[j]
		if p.From == r.g.From || p.Len == 0 || !before(upTo, p.Seq+uint32(p.Len)) || isAlert(p.Payload) || p.Mark&tcpflow.KeepAlive != 0 {
			continue
		}
		if fresh := int(p.Seq + uint32(p.Len) - upTo); fresh > 0 {
			bytes += min(fresh, p.Len)
			upTo = p.Seq + uint32(p.Len)
		}
	}
	return bytes
}

// asks reports whether a payload may be a request: the frames that only steer a
// connection are none (RFC 9113 §6: priority to window update), nor are the TLS
// records that are too short for more.
func asks(g *tcpflow.Segment) bool {
	b := g.Payload
	switch {
	case len(b) == 0:
		return g.Len > 0 // not captured
	case len(b) >= 9 && len(b) == 9+int(b[0])<<16+int(b[1])<<8+int(b[2]) && b[3] >= 2 && b[3] <= 8:
		return false
	case len(b) >= 5 && b[0] == 23 && b[1] == 3:
		return int(b[3])<<8+int(b[4]) > 48
	}
	return !isAlert(b)
}

// silence is how long the sender of the reset had waited for the other side, whose
// last word acknowledged all of it.
func (r *ruling) silence() (time.Duration, bool) {
	me, other := r.me(), r.other()
	if me.lastData < 0 || other.last < 0 || other.lastData > me.lastData || !other.acked || before(other.ack, me.next) {
		return 0, false
	}
	return time.Duration(r.g.When - r.t.Segments[me.lastData].When), true
}
