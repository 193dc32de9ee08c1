package reset

import (
	"slices"
	"time"

	"faultline/diag/catalog"
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// decide takes the first rule that holds.
func (r *ruling) decide() {
	r.first(r.spoiled, r.unwanted, r.oneSided, r.ignored, r.refused, r.abandoned, r.closing, r.forged, r.gaveUp, r.aborted, r.forgotten)
}

func (r *ruling) first(rules ...func() bool) {
	if !slices.ContainsFunc(rules, func(rule func() bool) bool { return rule() }) {
		r.unknown()
	}
	r.finish()
}

// finish names the rivals that were left.
func (r *ruling) finish() {
	if r.e.Code == "reset.injected" || r.e.Code == "reset.refused-on-path" {
		r.e.Sender = ByUnknown // something between is named by more than one sign only
		if r.injectedBy() > 1 && !r.plausible() || r.e.Confidence > catalog.Possible {
			r.e.Sender = ByMiddlebox
		}
	}
	for _, x := range []struct {
		code    catalog.Code
		feature string
		against bool
	}{
		{"reset.injected", FeatureTTL, r.is(FeatureTTL, "same")},
		{"reset.injected", FeatureID, r.is(FeatureID, "follows") && !r.is(FeatureTTL, "same")},
		{"reset.ignored", FeatureSequence, r.e.Sequence == Exact},
		{"reset.idle-timeout", FeatureIdle, r.e.Idle < r.limits.idle.Seconds() && r.form == answer && !r.masked[FeatureIdle]},
	} {
		if x.against && r.e.Code != x.code {
			r.e.Rejected = append(r.e.Rejected, Rejected{x.code, x.feature})
		}
	}
	if r.e.Code != "reset.injected" && r.e.Confidence == catalog.Likely && (r.e.Party != catalog.NoParty || r.e.Code == "reset.handshake-abandoned") && r.injectedBy() > 0 {
		r.e.Confidence = catalog.Possible // something speaks for another sender
	}
	if r.e.Confidence < catalog.Proven && r.e.Party != catalog.NoParty && !slices.Contains(r.e.Untested, OpenOtherEnd) {
		r.e.Untested = append(r.e.Untested, OpenOtherEnd)
	}
}

func (r *ruling) unknown() {
	r.tell("reset.unknown", catalog.NoParty, catalog.NoConfidence)
	r.e.Sender = ByUnknown
	r.e.Untested = append(r.e.Untested, OpenOtherEnd)
}

// spoiled: no receiver takes a segment with a wrong checksum (RFC 9293 §3.1). What
// is made to mislead an observer on the way looks like that.
func (r *ruling) spoiled() bool {
	if !r.is(FeatureChecksum, "wrong") || r.feature(FeatureChecksum).Code == "" && !r.is(FeatureAfter, "goes-on") {
		return false // or the sender's own, which it will repeat when it is asked
	}
	r.e.Args["shape"] = "checksum"
	r.tell("reset.ignored", catalog.NoParty, catalog.Likely)
	r.e.Sender = ByUnknown
	return true
}

// ignored: a number outside of what the receiver expects ends nothing (rule M1).
func (r *ruling) ignored() bool {
	other := r.other()
	lively := r.lively()
	switch {
	case other.rst >= 0, // the receiver has reset the connection itself
		!r.me().began && !lively: // it may answer what came before the capture
		return false
	case r.e.Sequence == Outside && r.form != refusal && r.form != abort && !(r.form == answer && !lively):
	case r.e.Sequence == NotDecided && lively && r.form == odd: // the window is not known, but what it did is
	case r.e.Sequence == InWindow && (lively || r.is(FeatureAfter, "challenge")) && r.form == odd:
	default:
		return false
	}
	r.tell("reset.ignored", catalog.NoParty, catalog.Likely)
	if r.injectedBy() > 0 || r.form == odd {
		r.e.Sender = ByUnknown
	}
	return true
}

// lively reports whether the receiver went on with the connection afterwards.
func (r *ruling) lively() bool {
	for j := r.i + 1; j < len(r.t.Segments); j++ {
		p := &r.t.Segments[j]
		switch {
		case p.Has(dissect.SYN) && !p.Has(dissect.ACK):
			return false
		case p.From == r.g.From || p.Has(dissect.RST):
		case p.Len > 0 && p.Mark == 0 && r.other().began && before(r.other().next, upto(p)):
			return true
		case p.Has(dissect.ACK) && r.other().acked && before(r.other().ack, p.Ack) && time.Duration(p.When-r.g.When) > r.limits.goesOn:
			return true
		}
	}
	return false
}

// oneSided: of the other direction nothing was captured.
func (r *ruling) oneSided() bool {
	if r.other().seen > 0 {
		return false
	}
	r.unknown()
	r.e.Untested = append(r.e.Untested, OpenLonger)
	return true
}

// refused: a reset answers the SYN. No listener and a rule on that host look the
// same; only another distance tells that it was something before (rules R1, R2).
func (r *ruling) refused() bool {
	if r.e.Stage != StageSYN || r.g.From != tcpflow.Server {
		return false
	}
	if j := r.accepted(); j >= 0 {
		since := time.Duration(r.t.Segments[j].When - r.g.When)
		r.injected(FeatureAfter, Contradiction, 2.2, how("goes-on", "ms", since.Milliseconds()))
		r.tell("reset.injected", catalog.Internet, catalog.Likely)
		return true
	}
	if h := r.hosts[r.t.Stream.Server.Addr().String()]; h != nil && h.packets >= r.limits.baseline && !h.mixed && h.value != r.g.TTL && !r.masked[FeatureTTL] {
		r.injected(FeatureTTL, Identity, ttlBits(r.g.TTL, h.value), how("differs", "ttl", r.g.TTL, "usual", h.value))
		r.tell("reset.refused-on-path", catalog.Internet, catalog.Possible)
		r.e.Untested = append(r.e.Untested, OpenListener)
		return true
	}
	if h := r.hosts[r.t.Stream.Server.Addr().String()]; h != nil && h.packets >= r.limits.baseline && h.whole[r.g.TTL] > 0 && r.is(FeatureTTL, "unknown") {
		r.add(Feature{Name: FeatureTTL, Group: Identity, Args: how("same", "ttl", r.g.TTL), For: r.alone(), Bits: -1})
	}
	sure := catalog.Likely
	switch s := r.open[r.t.Stream.Server]; {
	case s != nil && s.first < r.g.When && r.g.When < s.last:
		sure = catalog.Possible // it takes others: Windows refuses what its queue has no room for, and balancers too
	case !r.g.Has(dissect.ACK):
		sure = catalog.Possible // so no stack refuses a request: what it answers is not captured
	case r.local:
		sure = catalog.Proven
	}
	r.tell("reset.no-listener", catalog.Service, sure)
	r.e.Untested = append(r.e.Untested, OpenListener)
	return true
}

// unwanted: the client takes its request back before anything answered.
func (r *ruling) unwanted() bool {
	if r.g.From != tcpflow.Client || r.e.Stage != StageSYN || r.other().seen > 0 {
		return false
	}
	sure := catalog.Likely
	if !r.g.Has(dissect.ACK) {
		sure = catalog.Possible // it answers what was not captured
	}
	r.tell("reset.handshake-abandoned", catalog.NoParty, sure)
	return true
}

// abandoned: the client resets a handshake that it no longer wants (rules R5, H2).
func (r *ruling) abandoned() bool {
	if r.g.From != tcpflow.Client || r.e.Stage != StageSYN && r.e.Stage != StageHandshake {
		return false
	}
	client := r.me()
	if r.is(FeatureAfter, "goes-on") || client.acked && r.other().acked && before(client.next, r.other().ack) {
		return false // it goes on, or had gone on
	}
	if j := r.other().last; j >= 0 && client.syn && !client.acked && r.form == answer && client.data == 0 {
		switch p := &r.t.Segments[j]; {
		case !p.Has(dissect.SYN):
			r.tell("reset.stale", catalog.Computer, catalog.Likely) // an old connection of the same ports
			return true
		case !before(client.isn, p.Ack) || before(client.next, p.Ack):
			r.tell("reset.stale", catalog.Computer, catalog.Possible) // it agrees to another request than this
			return true
		}
	}
	if r.e.Stage == StageHandshake && r.form == abort && client.acked {
		return false // it had finished the handshake
	}
	if r.asksAgain() {
		r.filtered()
		return true
	}
	if r.elsewhereSent() {
		return false // so it is not the client that gave up
	}
	r.tell("reset.handshake-abandoned", catalog.NoParty, catalog.Likely)
	return true
}

// closing: one side had closed in good order before (rules B1, B2).
func (r *ruling) closing() bool {
	me, other := r.me(), r.other()
	switch {
	case me.fin < 0 && other.fin < 0:
		return false
	case r.usurped() >= 0:
		p := &r.t.Segments[r.usurped()]
		r.injected(FeatureTTL, Identity, 2.2, how("differs", "ttl", r.g.TTL, "usual", p.TTL))
		r.injected(FeatureAfter, Contradiction, 2.2, how("goes-on", "ms", time.Duration(p.When-r.g.When).Milliseconds()))
		r.tell("reset.injected", catalog.Internet, catalog.Likely)
	case me.fin < 0 && r.is(FeatureAfter, "goes-on"):
		return false // it has not closed at all
	case me.fin >= 0 && r.raced():
		r.tell("reset.keepalive-race", catalog.Service, catalog.Likely)
	case me.fin < 0 && r.g.From == tcpflow.Server && me.data == 0 && other.data > 0:
		r.e.Args["unread"] = true
		r.tell("reset.app-abort", catalog.Service, catalog.Likely) // asked, and never answered
	case me.fin < 0 && r.g.From == tcpflow.Server && r.form == abort && r.due() > 0:
		r.e.Args["lost"] = r.due()
		r.tell("reset.app-abort", catalog.Service, catalog.Likely)
	case me.fin < 0 && r.g.From == tcpflow.Client && r.form == abort && r.g.Has(dissect.ACK) && r.unread(r.g.Ack) > 0:
		r.e.Args["lost"] = r.unread(r.g.Ack)
		r.tell("reset.app-abort", catalog.Service, catalog.Likely)
	default:
		if me.fin < 0 {
			r.e.Args["instead"] = true
		} else if lost := r.unread(me.finAck); lost > 0 {
			r.e.Args["lost"] = lost
		}
		r.tell("reset.after-close", catalog.NoParty, catalog.Likely)
		switch {
		case me.fin < 0 && r.g.From == tcpflow.Server && (r.unseen() || !other.syn):
			r.e.Confidence = catalog.Possible // how much was due is not captured
		case me.fin < 0 && r.form == answer:
			r.e.Confidence = catalog.Possible // what ended the connection for it is not captured
		}
	}
	return true
}

// raced reports whether a request of the client crossed the server's close of a
// connection that had served before.
func (r *ruling) raced() bool {
	me, other := r.me(), r.other()
	if r.g.From != tcpflow.Server || me.data == 0 || other.lastData < 0 || r.unread(me.finAck) == 0 {
		return false
	}
	request := &r.t.Segments[other.lastData]
	apart := time.Duration(request.When - r.t.Segments[me.fin].When)
	return apart > -r.limits.race && apart < r.limits.race
}

// forged: neither end sent it. One kind of evidence makes that possible, two kinds
// likely; some kinds say nothing alone.
func (r *ruling) forged() bool {
	kinds := r.injectedBy()
	if kinds == 0 || kinds == 1 && (!r.telling() || r.leaving() || r.is(FeatureTTL, "differs") && r.vouched()) {
		return false
	}
	sure := catalog.Possible
	if kinds > 1 && !r.plausible() {
		sure = catalog.Likely
	}
	r.tell("reset.injected", catalog.Internet, sure)
	if r.e.Stage == StageIdle && r.untriggered() && r.known() {
		r.idled(catalog.Possible) // a device at its limit tells both ends
	}
	return true
}

// injectedBy counts the independent kinds of evidence that speak for something
// between.
func (r *ruling) injectedBy() int {
	seen := map[Group]bool{}
	for _, f := range r.e.Features {
		if f.Code == "reset.injected" {
			seen[f.Group] = true
		}
	}
	if r.form == odd && !r.t.Loss && r.e.Sequence != Exact && !r.ahead() && !r.masked[FeatureForm] {
		seen[InSequence] = true
	}
	return len(seen)
}

// leaving reports whether the packets were captured at the alleged sender, and the
// reset has passed no router: what has another TTL then is a stack that answers for
// a socket with a TTL of its own.
func (r *ruling) leaving() bool {
	at := [2]Vantage{tcpflow.Client: AtClient, tcpflow.Server: AtServer}[r.g.From]
	return !r.guessed && r.vantage == at && initial(r.g.TTL) && r.is(FeatureTTL, "differs")
}

// telling reports whether one of the features may carry the claim alone.
func (r *ruling) telling() bool {
	return slices.ContainsFunc(r.e.Features, func(f Feature) bool {
		return f.Code == "reset.injected" && f.Bits > 1 && f.Name != FeatureTiming
	})
}

// gaveUp: a side waited and found nobody (rules A5, A6, A8).
func (r *ruling) gaveUp() bool {
	me, other := r.me(), r.other()
	waited, taken := r.silence()
	switch {
	case r.form != abort:
		return false
	case me.probed >= r.limits.probes && me.last > other.last && !r.masked[FeatureBefore]:
		r.tell("reset.keepalive", catalog.Internet, catalog.Likely)
	case me.resent >= r.limits.resent && me.last > other.last && !r.masked[FeatureBefore]:
		r.e.Args["shape"] = "data"
		r.tell("reset.keepalive", catalog.Internet, catalog.Likely)
	case r.unheard() && !r.masked[FeatureBefore]:
		if me.probed == 0 {
			r.e.Args["shape"] = "data"
		}
		r.tell("reset.keepalive", catalog.Internet, catalog.Likely)
	case r.holed() && !r.masked[FeatureBefore]:
		r.e.Args["shape"] = "data"
		r.tell("reset.keepalive", catalog.Internet, catalog.Possible)
	case r.g.From == tcpflow.Client && taken && waited >= r.limits.silence && asks(&r.t.Segments[me.lastData]):
		r.e.Args["idle"] = waited
		r.tell("reset.gave-up", catalog.Service, catalog.Likely)
		if r.e.Party = catalog.Service; len(r.t.Segments[me.lastData].Payload) == 0 {
			r.e.Confidence = catalog.Possible
		}
	default:
		return false
	}
	return true
}

// aborted: an application closed hard (rules A1 to A4, A7).
func (r *ruling) aborted() bool {
	if r.form != abort {
		return false
	}
	me, other := r.me(), r.other()
	switch {
	case r.e.Stage == StageIdle && r.untriggered() && r.known() && !r.vouched():
		r.idled(catalog.Possible)
		return true
	case r.alert() >= 0:
		r.e.Args["alert"] = r.alert()
		r.tell("reset.app-abort", catalog.Service, catalog.Likely)
	case me.data == 0 && other.data == 0:
		r.tell("reset.app-abort", catalog.Service, catalog.Possible)
		r.e.Untested = append(r.e.Untested, OpenListener)
	default:
		if r.g.From == tcpflow.Server && other.lastData > me.lastData {
			r.e.Args["unread"] = true // a request that was taken, and not answered
		}
		r.tell("reset.app-abort", catalog.Service, catalog.Likely)
	}
	if !me.began || r.tried() || r.foreign() || r.premature() || r.ahead() && !overtook(r.t.Segments, r.i, me) || !r.g.Has(dissect.ACK) && !r.is(FeatureID, "follows") {
		r.e.Confidence = catalog.Possible // nothing of the sender to compare with; few stacks abort without ACK
	}
	r.e.Untested = append(r.e.Untested, OpenLog)
	return true
}

// forgotten: a stack answers that it does not know the connection (rules H1, LB1).
func (r *ruling) forgotten() bool {
	if r.form != answer {
		return false
	}
	me, other := r.me(), r.other()
	quiet := r.e.Idle >= r.limits.idle.Seconds() && !r.masked[FeatureIdle]
	switch {
	case quiet && (r.known() || r.injectedBy() > 0): // a length, or a distance, that speaks of a device
		r.idled(catalog.Possible)
	case quiet:
		r.tell("reset.stale", catalog.Service, catalog.Likely)
		if r.is(FeatureTTL, "unknown") {
			r.e.Confidence = catalog.Possible
		}
	case me.data == 0 && me.syn && r.g.From == tcpflow.Server && r.final() && !r.passed():
		r.tell("reset.backlog-full", catalog.Service, catalog.Possible)
		r.e.Untested = append(r.e.Untested, OpenListener)
	case me.data == 0 && other.data == 0 && me.syn:
		r.tell("reset.app-abort", catalog.Service, catalog.Possible)
		r.e.Untested = append(r.e.Untested, OpenListener)
	case r.g.From == tcpflow.Client && r.underWay():
		r.tell("reset.app-abort", catalog.Service, catalog.Possible)
		r.e.Untested = append(r.e.Untested, OpenLog)
	default:
		r.tell("reset.stale", catalog.Service, catalog.Possible)
		r.e.Untested = append(r.e.Untested, OpenListener)
	}
	if r.ahead() {
		r.e.Confidence = min(r.e.Confidence, catalog.Possible) // what the sender said last is not captured
	}
	return true
}
