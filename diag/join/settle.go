package join

import (
	"slices"

	"faultline/diag/catalog"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// Settle goes through what was judged in each of the two captures alone, and says
// what both tell together. A reset is judged where it was sent: what its receiver's
// capture told of it is left out. One that its alleged sender never sent was made
// on the way.
func Settle(c *Comparison, events [2][]reset.Event) (out [2][]reset.Event) {
	s := settling{events: events, stopped: c.Stopped}
	for i := range c.Pairs {
		p := &c.Pairs[i]
		s.pairs[AtClient], s.pairs[AtServer] = add(s.pairs[AtClient], p.Client, p), add(s.pairs[AtServer], p.Server, p)
	}
	for capture := range events {
		for _, e := range events[capture] {
			if e, ok := s.settle(capture, e); ok {
				out[capture] = append(out[capture], e)
			}
		}
	}
	return out
}

func add(m map[int]*Pair, stream int, p *Pair) map[int]*Pair {
	if m == nil {
		m = map[int]*Pair{}
	}
	m[stream] = p
	return m
}

type settling struct {
	events  [2][]reset.Event
	pairs   [2]map[int]*Pair // by number of the stream
	stopped []int
}

// settle returns an event as both captures tell it, false where the other one
// tells it.
func (s *settling) settle(capture int, e reset.Event) (reset.Event, bool) {
	p := s.pairs[capture][e.Stream]
	if p == nil {
		if capture == AtClient && e.Stage == reset.StageSYN && e.Sender != reset.ByClient && slices.Contains(s.stopped, e.Stream) {
			e = refused(e)
			if s.refuses(e) {
				e.Confidence = catalog.Possible // as others that the server's capture holds: that may lack two packets
			}
		}
		return e, true
	}
	if e.Segment < 0 && p.unreturned() && (e.Code == "tcp.no-reply" || e.Code == "tcp.no-final-ack") {
		return noReturn(e, len(p.Lost[tcpflow.Server])), capture == AtClient || !s.tells(AtClient, p.Client, func(o reset.Event) bool { return o.Code == "tcp.no-reply" })
	}
	if e.Segment < 0 && capture == AtServer && e.Stage == reset.StageSYN && p.mute() {
		return e, false // it holds the packets of one direction
	}
	if e.Segment < 0 && capture == AtClient && e.Code == "tcp.no-reply" && s.tells(AtServer, p.Server, func(o reset.Event) bool { return o.Sender == reset.ByServer }) {
		return e, false // it came to the server, which is what was silent
	}
	if e.Segment < 0 {
		return e, capture == AtClient || !s.tells(AtClient, p.Client, func(o reset.Event) bool { return o.Code == e.Code })
	}
	i := slices.IndexFunc(p.Resets, func(f Fate) bool { return f.Capture == capture && f.Index == e.Segment })
	if i < 0 {
		return e, true
	}
	f := p.Resets[i]
	if f.Kind == Confirmed && f.From != capture && s.tells(f.From, [2]int{p.Client, p.Server}[f.From], func(o reset.Event) bool {
		return o.Segment >= 0 && o.Segment <= f.Other
	}) {
		return e, false
	}
	if p.forgotten(f, &e) {
		e.Code, e.Party, e.Confidence, e.Sender = "reset.idle-timeout", catalog.Internet, catalog.Possible, reset.ByUnknown
	}
	return settled(e, f), true
}

// refuses says that the server's own system refused another connection, with the TTL
// that a refusal came with.
func (s *settling) refuses(e reset.Event) bool {
	ttl := ttlOfEvent(e)
	return slices.ContainsFunc(s.events[AtClient], func(o reset.Event) bool {
		p := s.pairs[AtClient][o.Stream]
		return p != nil && o.Stage == reset.StageSYN && ttlOfEvent(o) == ttl && slices.ContainsFunc(p.Resets, func(f Fate) bool {
			return f.Kind == Confirmed && f.Capture == AtClient && f.Index == o.Segment
		})
	})
}

func ttlOfEvent(e reset.Event) int {
	for _, f := range e.Features {
		if n, ok := f.Args["ttl"].(int); ok && f.Name == reset.FeatureTTL {
			return n
		}
	}
	return 0
}

// forgotten says of a reset after a silence that neither it nor what it answers is in
// the capture of its alleged sender, which misses nothing else: that capture may have
// ended before, or something on the way had forgotten the connection.
func (p *Pair) forgotten(f Fate, e *reset.Event) bool {
	return f.Kind == Undecided && f.Other < 0 && e.Code == "reset.stale" && e.Idle >= forgets && f.From != f.Capture &&
		p.Missed[f.From] == 0 && p.Open[1-f.From]+len(p.Lost[1-f.From]) > 0
}

// mute says that the server's capture lacks answers of the server that came to the
// client, and that nobody else is known to have made.
func (p *Pair) mute() bool {
	return p.Sent[tcpflow.Server] == 0 && p.Arrived[tcpflow.Server] == 0 && len(p.Made[tcpflow.Server]) == 0 &&
		slices.ContainsFunc(p.Resets, func(f Fate) bool { return f.Capture == AtClient && f.From == tcpflow.Server })
}

// unreturned says that requests came to the server, and that of its answers, which
// left its end, none came to the client.
func (p *Pair) unreturned() bool {
	sent := p.Sent[tcpflow.Server]
	lost := len(p.Lost[tcpflow.Server])
	return p.Arrived[tcpflow.Client] > 0 && lost > 0 && lost+p.Open[tcpflow.Server] == sent && len(p.Made[tcpflow.Server]) == 0
}

// noReturn says of a connection without an answer that the answers got lost.
func noReturn(e reset.Event, lost int) reset.Event {
	e.Code, e.Stage, e.Confidence = "path.no-return", reset.StageSYN, catalog.Likely
	if lost < 2 {
		e.Confidence = catalog.Possible // the client's capture may lack one packet
	}
	e.Features = append(slices.Clone(e.Features), reset.Feature{Name: reset.FeatureOtherEnd, Group: reset.OtherEnd, Args: map[string]any{"how": "unreturned"}})
	e.Untested = slices.DeleteFunc(slices.Clone(e.Untested), func(word string) bool { return word == reset.OpenWhere })
	return e
}

// tells says that a capture has an event of a stream that is so.
func (s *settling) tells(capture, stream int, so func(reset.Event) bool) bool {
	return slices.ContainsFunc(s.events[capture], func(o reset.Event) bool { return o.Stream == stream && so(o) })
}

// weight is what the other end's capture says, as log odds: more than all else.
const weight = 7

func settled(e reset.Event, f Fate) reset.Event {
	e.Features, e.Untested = slices.Clone(e.Features), slices.Clone(e.Untested)
	told := reset.Feature{Name: reset.FeatureOtherEnd, Group: reset.OtherEnd, Args: map[string]any{"how": string(f.Kind)}}
	switch f.Kind {
	case Confirmed, Vanished:
		told.For = []reset.Sender{[2]reset.Sender{reset.ByClient, reset.ByServer}[f.From]}
	case NeverSent:
		told.For, told.Code, told.Bits = []reset.Sender{reset.ByMiddlebox}, "reset.injected", weight
		made(&e, f)
	}
	if f.Lacking && e.Party != catalog.NoParty {
		e.Confidence = min(e.Confidence, catalog.Possible)
	}
	if f.Kind == Confirmed && e.Code == "reset.idle-timeout" {
		owned(&e, f)
	}
	if f.Kind == Confirmed && e.Sender == reset.ByMiddlebox && e.Confidence > catalog.Possible {
		e.Confidence = catalog.Possible // it passed its sender's capture: only what lies before that could have made it
	}
	e.Features = append(e.Features, told)
	if f.Kind != Undecided {
		e.Untested = slices.DeleteFunc(e.Untested, func(word string) bool { return word == reset.OpenOtherEnd })
	}
	return e
}

// forgets is the silence, in seconds, after which devices on the way give up what
// they know of a connection; below it a reset is no sign of that.
const forgets = 30

// owned says of a reset after a silence, which both captures hold, that an end sent it:
// a program that closes what is idle, or a system that knows the connection no more.
func owned(e *reset.Event, f Fate) {
	aborts := slices.ContainsFunc(e.Features, func(x reset.Feature) bool { return x.Name == reset.FeatureForm && x.Args["how"] == "abort" })
	if e.Code = "reset.stale"; aborts {
		e.Code = "reset.app-abort"
	}
	e.Party, e.Confidence = [2]catalog.Party{catalog.Computer, catalog.Service}[f.From], catalog.Likely
	e.Sender = [2]reset.Sender{reset.ByClient, reset.ByServer}[f.From]
	e.Untested = slices.DeleteFunc(e.Untested, func(word string) bool { return word == reset.OpenDevice })
}

// made says of an event that neither end sent the reset.
func made(e *reset.Event, f Fate) {
	e.Sender = reset.ByMiddlebox
	switch {
	case e.Code == "reset.ignored":
		return // it ended nothing
	case e.Stage == reset.StageSYN && f.From == tcpflow.Server:
		e.Code = "reset.refused-on-path"
	case e.Code == "reset.idle-timeout", (e.Code == "reset.stale" || e.Code == "reset.app-abort") && e.Idle >= forgets:
		e.Code = "reset.idle-timeout"
	case e.Code == "reset.blocked-content":
		e.Confidence = max(e.Confidence, catalog.Likely)
		return
	default:
		e.Code = "reset.injected"
	}
	e.Party, e.Confidence = catalog.Internet, catalog.Proven
	e.Untested = slices.DeleteFunc(e.Untested, func(word string) bool { return word == reset.OpenLog || word == reset.OpenListener })
	if !f.Sure && !slices.ContainsFunc(e.Features, func(f reset.Feature) bool { return f.Code == "reset.injected" && f.Group != reset.OtherEnd }) {
		if e.Confidence = catalog.Likely; !f.Stopped { // that capture may have had a gap
			e.Confidence = catalog.Possible // of a single packet
		}
	}
	e.Rejected = slices.DeleteFunc(slices.Clone(e.Rejected), func(x reset.Rejected) bool { return x.Code == e.Code })
}

// refused says of the refusal of a SYN that the SYN did not come to the server.
// Another machine may serve the same address: it is never sure.
func refused(e reset.Event) reset.Event {
	e.Features = append(slices.Clone(e.Features), reset.Feature{
		Name: reset.FeatureOtherEnd, Group: reset.OtherEnd, Args: map[string]any{"how": "stopped"},
		For: []reset.Sender{reset.ByMiddlebox}, Code: "reset.refused-on-path", Bits: 2,
	})
	e.Untested = slices.DeleteFunc(slices.Clone(e.Untested), func(word string) bool { return word == reset.OpenOtherEnd })
	e.Code, e.Party, e.Confidence, e.Sender = "reset.refused-on-path", catalog.Internet, catalog.Likely, reset.ByMiddlebox
	if e.Copies == 0 && slices.ContainsFunc(e.Features, func(x reset.Feature) bool { return x.Name == reset.FeatureTTL && x.Args["how"] == "same" }) {
		e.Confidence = catalog.Possible // it comes from as far away as the server, whose capture may lack two packets
	}
	e.Rejected = slices.DeleteFunc(slices.Clone(e.Rejected), func(x reset.Rejected) bool { return x.Code == e.Code })
	return e
}
