package tcpflow

import (
	"cmp"
	"encoding/binary"
	"iter"
	"net/netip"
	"slices"

	"faultline/platform/packet"
)

// Report is what a capture showed. It belongs to its engine: streams are put
// together when asked for.
type Report struct {
	Packets    int            // in the capture
	TCP        int            // segments that were followed
	Bytes      int64          // on the wire
	Left       int            // packets left out by Settings
	Skipped    map[string]int // packets that are no TCP segments, by reason
	Copies     int            // segments that were captured more than once, and merged
	Links      []uint16       // link types, in order of appearance
	Streams    int
	Counts     Counts // of all streams
	AsCaptured Counts // the same, copies counted as packets: Wireshark's figures
	Evicted    Evicted
	First      int64 // earliest and latest packet, nanoseconds since 1970; 0 without packets
	Last       int64

	engine  *Engine
	kept    []Stream // without an engine: the streams that are left
	seed    uint64   // of the engine
	aside   int      // the last packet that is about a stream and not one of those it counts: an ICMP error, a copy
	crosses bool     // some stream went through several VLANs or tunnels
}

// Evicted counts the streams that were no longer followed because there were
// too many.
type Evicted struct {
	Closed int // had ended: their counts are exact
	Silent int // SYNs that nobody had answered
	Open   int // could have gone on: every count is a lower bound, and a stream may be counted twice
}

func (t *Report) see(r *packet.Rec) {
	if t.Packets == 1 {
		t.First, t.Last = r.When, r.When
	}
	t.First, t.Last = min(t.First, r.When), max(t.Last, r.When)
	if n := len(t.Links); n == 0 || t.Links[n-1] != r.Link {
		if !slices.Contains(t.Links, r.Link) {
			t.Links = append(t.Links, r.Link)
		}
	}
}

// Finish returns the report. Nothing may be fed after it.
func (e *Engine) Finish() *Report {
	t := e.report // the engine must not stay for the sake of its totals
	t.engine, t.seed, t.crosses = e, e.seed, e.crosses
	return &t
}

// Keep lets go of all streams but those of some numbers, and of the memory that
// they took.
func (t *Report) Keep(number func(int) bool) {
	t.kept, t.engine = slices.Collect(t.streams(number)), nil
}

// All yields the streams that are kept, by number, and before them those in
// trouble that were evicted.
func (t *Report) All() iter.Seq[Stream] { return t.streams(func(int) bool { return true }) }

// Troubled yields the streams of All that had trouble.
func (t *Report) Troubled() iter.Seq[Stream] {
	return func(yield func(Stream) bool) {
		for s := range t.All() {
			if s.Trouble() && !yield(s) {
				return
			}
		}
	}
}

func (t *Report) streams(number func(int) bool) iter.Seq[Stream] {
	return func(yield func(Stream) bool) {
		for s := range slices.Values(t.settled()) {
			if number(s.Number) && !yield(s) {
				return
			}
		}
		for _, i := range t.live(number) {
			if !yield(t.engine.stream(i)) {
				return
			}
		}
	}
}

// settled are the streams that are at hand as such.
func (t *Report) settled() []Stream {
	if t.engine != nil {
		return t.engine.settled
	}
	return t.kept
}

// live returns the indexes of the flows of some numbers, in order of those.
func (t *Report) live(number func(int) bool) []uint32 {
	e := t.engine
	if e == nil {
		return nil
	}
	var all []uint32
	for i := range e.flows.n {
		if e.flows.at(i).state&free == 0 && number(int(e.origins.at(i).number)) {
			all = append(all, i)
		}
	}
	if e.report.Evicted != (Evicted{}) {
		slices.SortFunc(all, func(a, b uint32) int {
			return cmp.Compare(e.origins.at(a).number, e.origins.at(b).number)
		})
	}
	return all
}

// stream puts the records of a flow together.
func (e *Engine) stream(index uint32) Stream {
	f, o := e.flows.at(index), e.origins.at(index)
	client := e.clientSide(f)
	s := Stream{
		Number: int(o.number), ClientKnown: f.state&clientKnown != 0, Apart: f.apart,
		First: o.first, Last: f.last, FirstFrame: int(o.firstFrame), LastFrame: int(f.lastFrame),
		Handshake: f.handshake(client), Evicted: f.state&lowerBound != 0, Notices: f.state&icmpAbout != 0,
		Tunnel: f.more&inTunnel != 0, flipped: client == 1, again: f.more&succeeds != 0,
	}
	s.Client, s.Server = e.endpoint(f, client), e.endpoint(f, 1-client)
	s.From = [2]Side{f.side[client].sum(), f.side[1-client].sum()}
	s.Unanswered = f.unanswered()
	if o.counters != 0 {
		s.Counts = e.counters.at(o.counters - 1).counts()
	}
	s.AsCaptured = Tally{s.From, s.Counts}
	if f.more&shaded != 0 {
		h := e.shadows.at(o.shadow)
		s.AsCaptured = Tally{[2]Side{h.flow.side[client].sum(), h.flow.side[1-client].sum()}, h.counters.counts()}
	}
	return s
}

func (s *side) sum() Side {
	return Side{Packets: int(s.packets), Payload: s.bytes(), FIN: int(s.fin), RST: int(s.rst)}
}

func (e *Engine) endpoint(f *flow, side uint8) netip.AddrPort {
	port := [2]uint16{f.pa, f.pb}[side]
	if f.state&isV6 != 0 {
		k := e.keys.at(f.a)
		return netip.AddrPortFrom(netip.AddrFrom16([2][16]byte{k.a, k.b}[side]), port)
	}
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], [2]uint32{f.a, f.b}[side])
	return netip.AddrPortFrom(netip.AddrFrom4(a), port)
}

// clientSide returns who sent the SYN, or who was sent a SYN-ACK; without
// either the lower port is the server's, and between equal ports the first
// packet is the client's. Who talks to itself has one side.
func (e *Engine) clientSide(f *flow) uint8 {
	switch {
	case f.pa == f.pb && e.endpoint(f, 0) == e.endpoint(f, 1):
		return 0
	case f.state&(clientKnown|clientTold) != 0:
		return f.state & clientIsB / clientIsB
	case f.pa < f.pb:
		return 1
	case f.pa > f.pb:
		return 0
	}
	return f.more & firstIsB / firstIsB
}

// handshake says how far the opening came.
func (f *flow) handshake(client uint8) Handshake {
	c, s := &f.side[client], &f.side[1-client]
	switch {
	case c.sent&aSYN == 0:
		return NotCaptured
	case s.sent&aSYNACK != 0 && (f.seen&seenACK != 0 || c.sent&anACK != 0):
		return Complete
	case s.sent&aSYNACK != 0:
		return NoFinalAck
	case s.rst > 0:
		return Refused
	case s.packets > 0:
		return OtherAnswer
	case c.rst > 0:
		return SynThenClientReset
	case c.sent&anACK != 0 || c.fin > 0:
		return OneSided
	}
	return SynUnanswered
}

// unanswered says that the stream ends with bytes that were not acknowledged,
// and neither end had closed.
func (f *flow) unanswered() bool {
	a, b := &f.side[0], &f.side[1]
	if f.closed() || f.seen&(seenFIN|seenRST) != 0 {
		return false
	}
	return a.next != 0 && b.packets > 0 && after(a.next, b.ack) || b.next != 0 && a.packets > 0 && after(b.next, a.ack)
}

// closed says that a stream ended: by a reset, or by a FIN of each end.
func (f *flow) closed() bool {
	a, b := &f.side[0], &f.side[1]
	return a.rst > 0 || b.rst > 0 || a.fin > 0 && b.fin > 0
}
