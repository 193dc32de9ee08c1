package reset

import (
	"slices"
	"time"

	"faultline/diag/catalog"
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// accepted is the SYN-ACK with which the server takes the very SYN that the reset
// refuses, -1 for none: a stack does not do both.
func (r *ruling) accepted() int {
	for j := r.i + 1; j < len(r.t.Segments) && !r.masked[FeatureAfter]; j++ {
		switch p := &r.t.Segments[j]; {
		case p.Has(dissect.SYN) && !p.Has(dissect.ACK):
			return -1 // asked again
		case p.From == r.g.From && p.Has(dissect.SYN|dissect.ACK) && p.Ack == r.g.Ack:
			return j
		}
	}
	return -1
}

// asksAgain reports whether the client's stack repeats the very request whose answer
// was reset in its name: it has not given it up, so that it never saw that answer. What
// scans repeats requests too, but those have none of the options that stacks agree on.
func (r *ruling) asksAgain() bool {
	client := r.me()
	if !client.syn || client.data > 0 || r.e.Stage != StageHandshake {
		return false
	}
	for j := r.i + 1; j < len(r.t.Segments); j++ {
		p := &r.t.Segments[j]
		if p.From == tcpflow.Client && p.Has(dissect.SYN) && p.Flags&(dissect.ACK|dissect.RST) == 0 {
			return p.Seq == client.isn && p.Options.Scale >= 0 && time.Duration(p.When-r.g.When) > 10*r.limits.goesOn
		}
	}
	return false
}

// filtered says that something resets the answers to the client's requests: a filter on
// its machine or near it, and one on the way where the reset came from elsewhere.
func (r *ruling) filtered() {
	again := Feature{Name: FeatureAfter, Group: Contradiction, Args: how("asks-again")}
	r.add(again)
	switch {
	case r.is(FeatureTTL, "differs") && !r.leaving():
		r.injected(FeatureAfter, Contradiction, 2.2, again.Args)
		r.tell("reset.injected", catalog.Internet, catalog.Likely)
	case r.vantage == AtClient:
		r.tell("reset.firewall-reject", catalog.Computer, catalog.Likely)
	default:
		r.tell("reset.firewall-reject", catalog.Internet, catalog.Possible)
		r.e.Sender = ByUnknown
	}
}

// elsewhereSent reports whether a program's abort comes from much farther or nearer than
// the only packet of its sender, a request that a stack made.
func (r *ruling) elsewhereSent() bool {
	f := r.feature(FeatureTTL)
	usual, ok := f.Args["usual"].(int)
	return ok && r.form == abort && r.g.Has(dissect.ACK) && f.Code == "reset.injected" && !r.leaving() && ttlBits(r.g.TTL, usual) > farOff
}

// foreign reports whether a program's abort lacks the next IP id, which the packets of
// its sender go through one by one, and the time stamps that they have.
func (r *ruling) foreign() bool {
	return !r.masked[FeatureID] && !r.g.V6 && !r.g.Options.Timestamps && r.is(FeatureTTL, "same") && !r.is(FeatureID, "follows") &&
		!r.t.Tunnel && Unlike(r.t.Segments, r.i)
}

// final reports whether a bare reset answers the end of the handshake: a stack
// that took the SYN has no room for the connection (tcp_abort_on_overflow).
func (r *ruling) final() bool {
	for j := r.i - 1; j >= 0; j-- {
		if p := &r.t.Segments[j]; p.From == r.g.From && !p.Has(dissect.SYN) && !p.Has(dissect.RST) {
			return false // it had gone on
		}
	}
	return true
}

// underWay reports whether the sender was taking data a moment before: nothing
// restarts as fast, but a program that closes is followed by such answers (BSD
// sends no others; those of Linux come after an abort that may get lost).
func (r *ruling) underWay() bool {
	me := r.me()
	if me.last < 0 {
		return false
	}
	p := &r.t.Segments[me.last]
	return p.Len == 0 && !p.Has(dissect.SYN) && r.other().data > 0 && time.Duration(r.g.When-p.When) < r.limits.moment
}

// usurped is a later packet of the sender that its FIN and its reset cannot come
// from: both have one TTL, and what the sender sent before and goes on to send has
// another, -1 for none. A device that shows a page of its own closes for the
// server (a block page).
func (r *ruling) usurped() int {
	if r.me().fin < 0 || r.masked[FeatureTTL] || r.masked[FeatureAfter] || r.t.Tunnel {
		return -1
	}
	usual, fin, found := -1, &r.t.Segments[r.me().fin], -1
	for j := range r.t.Segments {
		p := &r.t.Segments[j]
		switch {
		case p.From != r.g.From || p.Has(dissect.RST) || j == r.me().fin:
		case usual >= 0 && p.TTL != usual:
			return -1
		default:
			usual = p.TTL
			if j > r.i && p.Len > 0 {
				found = j
			}
		}
	}
	if fin.TTL != r.g.TTL || ttlBits(fin.TTL, usual) < 1 || !r.heardBefore() {
		return -1
	}
	return found
}

// heardBefore reports whether the sender had sent anything before its FIN.
func (r *ruling) heardBefore() bool {
	for j := range r.me().fin {
		if r.t.Segments[j].From == r.g.From {
			return true
		}
	}
	return false
}

// queued reports whether the server, where the packets were captured, agreed to the
// connection and then was silent to all that arrived: Linux lets a connection wait
// like that whose listener has no room (net/ipv4/tcp_minisocks.c tcp_check_req).
func (c *conversation) queued(s *state) bool {
	if !c.arrived(tcpflow.Server) || s.ends[tcpflow.Client].data == 0 || !s.ends[tcpflow.Server].syn {
		return false
	}
	for i := range c.t.Segments {
		if g := &c.t.Segments[i]; g.From == tcpflow.Server && !g.Has(dissect.SYN) {
			return false
		}
	}
	return true
}

// due is how much the server still owed of the answer that it had announced.
func (r *ruling) due() int {
	if r.t.Loss || r.masked[FeatureForm] {
		return 0
	}
	_, lost := r.short(r.i, r.g.Seq)
	return lost
}

// taken reports whether a packet of the alleged sender, which came after a bare
// reset, acknowledges the very data that the reset claims not to know, and all else
// that it can have answered: it took that data. Nothing that overtook anything
// explains this, as a stack answers only what comes after its connection is gone.
func (r *ruling) taken(p *tcpflow.Segment) bool {
	j := answered(r.t.Segments, r.i)
	if r.form != answer || r.t.Loss || j < 0 || !p.Has(dissect.ACK) || !r.me().acked {
		return false
	}
	asked := &r.t.Segments[j]
	return asked.Len > 0 && asked.Mark == 0 && before(r.me().ack, upto(asked)) && p.Ack == upto(asked) && r.other().next == p.Ack && r.other().resent == 0
}

// unheard reports whether the sender, seen from far, probed or repeated itself in
// vain although it was answered: what it echoes of the other side's time stamps is
// from before those answers (RFC 7323 §4.3), so they got lost on the way to it.
func (r *ruling) unheard() bool {
	tries, last := r.tries()
	if tries < r.limits.probes || !r.t.Segments[last].Options.Timestamps {
		return false
	}
	echo := &r.t.Segments[last]
	for j := range last {
		p := &r.t.Segments[j]
		if p.From != r.g.From && p.Options.Timestamps && before(echo.Options.TSEcr, p.Options.TSVal) && echo.When-p.When >= int64(r.limits.unanswered) {
			return true
		}
	}
	return false
}

// holed reports whether the sender, seen from far, broke off while bytes that it had
// sent were missing here for long: they got lost, and so did what it sent again.
func (r *ruling) holed() bool {
	me := r.me()
	if r.t.Loss || !me.began || !before(me.flow, me.next) || r.form != abort || r.g.Seq != me.next || me.last < 0 {
		return false
	}
	return time.Duration(r.g.When-r.t.Segments[me.last].When) >= r.limits.unanswered && r.other().acked && r.other().ack == me.flow
}

// tries counts the probes and repetitions that came from the sender last; last is
// the last one.
func (r *ruling) tries() (n, last int) {
	last = -1
	for j := r.i - 1; j >= 0; j-- {
		switch p := &r.t.Segments[j]; {
		case p.From != r.g.From:
		case p.Mark&(tcpflow.KeepAlive|tcpflow.Retransmission) == 0:
			return n, last
		default:
			n, last = n+1, max(last, j)
		}
	}
	return n, last
}

// tried reports whether the sender, seen from far, had probed or repeated itself as
// often as one who gives up, and nothing shows whether it heard the answers.
func (r *ruling) tried() bool {
	n, last := r.tries()
	own := r.vantage == [2]Vantage{tcpflow.Client: AtClient, tcpflow.Server: AtServer}[r.g.From]
	return n >= r.limits.probes && !own && !r.t.Segments[last].Options.Timestamps
}

// unseen reports whether what the sender had sent is not in the capture.
func (r *ruling) unseen() bool {
	return r.t.Loss || slices.ContainsFunc(r.t.Segments[:r.i], func(g tcpflow.Segment) bool {
		return g.From == r.g.From && g.Len > 0 && len(g.Payload) == 0
	})
}
