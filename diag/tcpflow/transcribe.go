package tcpflow

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"faultline/diag/dissect"
	"faultline/platform/packet"
)

// Limits bound what Transcribe keeps. The zero value has sensible ones.
type Limits struct {
	Settings  Settings // of the first pass over the capture
	First     *Report  // what that gave: other streams than the wanted ones are passed over; nil: they are not
	PerStream int      // segments of one stream, 0: 400
	Total     int      // segments of all streams, 0: 60,000
}

// leastRoom is how many segments of a stream are kept however many streams
// there are.
const leastRoom = 24

// Streams returns of how many streams Transcribe keeps transcripts.
func (l Limits) Streams() int { return max(l.total()/leastRoom, 1) }

func (l Limits) total() int {
	if l.Total <= 0 {
		return 60_000
	}
	return l.Total
}

// room is how many segments of each of n streams are kept.
func (l Limits) room(n int) int {
	most := l.PerStream
	if most <= 0 {
		most = 400
	}
	return max(min(most, l.total()/max(n, 1)), leastRoom)
}

// Transcribe reads a capture once more and returns the transcripts of the
// streams with the given numbers, by number: those that the first pass with
// the same Settings gave. Of more than Limits.Streams only the first ones are
// served. Beside an error, of the source, it returns what came before.
func Transcribe(ctx context.Context, src packet.Source, want []int, l Limits) ([]Transcript, error) {
	want = want[:min(len(want), l.Streams())]
	t := transcriber{keepers: make(map[uint32]*keeper, len(want))}
	for _, n := range want {
		t.keepers[uint32(n)] = &keeper{room: l.room(len(want))}
	}
	e := New(l.Settings)
	e.watch = t.see
	e.wanted = func(number uint32) bool { return t.keepers[number] != nil }
	e.narrowTo(l.First)
	err := drain(ctx, e, src)
	r := e.Finish()
	if e.narrow != nil {
		r = l.First
	}
	return t.transcripts(e, r), err
}

// drain feeds an engine with all of a source that matters to it.
func drain(ctx context.Context, e *Engine, src packet.Source) error {
	b := &packet.Batch{}
	for !e.complete() {
		err := src.Read(ctx, b)
		e.Feed(b)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("reading the capture again: %w", err)
		}
	}
	return nil
}

type transcriber struct{ keepers map[uint32]*keeper }

// see takes what the engine saw of a stream.
func (t *transcriber) see(s *sighting) {
	k := t.keepers[s.origin.number]
	switch {
	case k == nil:
	case s.segment.Kind == dissect.ICMP:
		if len(k.notices) < mostNotice {
			k.notices = append(k.notices, s.notice())
		}
	case s.copy:
		c := s.read()
		k.merge(&c)
	default:
		c := s.read()
		k.add(&c)
	}
}

// read turns a sighting into a segment, but for who the client is: From is
// the side until the end.
func (s *sighting) read() Segment {
	g := s.segment
	o := ParseOptions(g.Options)
	o.Any, o.Cut = g.HeaderLen > 20, cut(g)
	return Segment{
		Frame: s.number, When: s.when, From: int(s.from), Flags: g.Flags, Seq: g.Seq, Ack: g.Ack, Len: int(g.Len),
		Window: int(g.Window), TTL: int(g.TTL), TOS: int(g.TOS), ID: int(g.ID), DF: g.DF, V6: g.V6,
		Options: o, Payload: slices.Clone(g.Payload[:min(len(g.Payload), int(g.Len), PayloadKept)]), Mark: s.mark, Sum: sumOf(g, s.frame),
	}
}

func (s *sighting) notice() Notice {
	g := s.segment
	by := netip.AddrFrom16(g.ICMPFrom)
	if !g.ICMPFromV6 {
		by = netip.AddrFrom4([4]byte(g.ICMPFrom[:4]))
	}
	return Notice{
		Frame: s.number, When: s.when, By: by, About: int(s.from), Type: g.ICMPType, Code: g.ICMPCode,
		V6: g.ICMPFromV6, Seq: g.Seq, MTU: int(g.MTU),
	}
}

// transcripts returns what was kept, by stream number. The report says how long
// the capture is.
func (t *transcriber) transcripts(e *Engine, r *Report) []Transcript {
	var all []Transcript
	for s := range e.known() {
		k := t.keepers[uint32(s.Number)]
		if k == nil || k.seen == 0 {
			continue
		}
		delete(t.keepers, uint32(s.Number)) // what it kept is needed no more
		c := k.transcript()
		c.Stream, c.Start, c.End = s, r.First, r.Last
		c.Tunnel = s.Tunnel
		c.name(s.flipped)
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Transcript) int { return a.Stream.Number - b.Stream.Number })
	return all
}

// name turns sides into Client and Server.
func (t *Transcript) name(flipped bool) {
	if !flipped {
		return
	}
	for i := range t.Segments {
		t.Segments[i].From ^= 1
	}
	for i := range t.Notices {
		t.Notices[i].About ^= 1
	}
}
