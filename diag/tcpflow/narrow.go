package tcpflow

import (
	"iter"
	"maps"
	"math"

	"faultline/diag/dissect"
)

// A narrowing lets the second pass over a capture follow the wanted streams
// alone: a packet of another one is passed over once its endpoints are known.
//
// The copies that are remembered are then those of the wanted streams. What the
// first pass had forgotten too early to know a copy may be known for one here:
// the transcript is the better of the two.
type narrowing struct {
	tags    [narrowTags / 64]uint64 // bits: which tags may be of a wanted stream
	starts  map[int]*span           // by the frame in which the stream began
	spans   map[uint32]*span        // by number
	evicted bool                    // the first pass let go of streams, which may have gone on as others
	end     int                     // the last packet that matters
}

// narrowTags is how many tags are told apart: what is asked for each packet has
// to fit into the fastest memory.
const narrowTags = 1 << 18

// span is a stream as the first pass saw it.
type span struct {
	stream Stream
	number uint32
}

// unwanted is the number of the streams that are not followed for their own
// sake.
const unwanted = math.MaxUint32

// narrowTo makes an engine follow some streams of a first pass alone, each from
// where it began there to where it ended. Streams that go through several VLANs
// are beyond it: all are followed then.
func (e *Engine) narrowTo(first *Report) {
	if first == nil || first.crosses {
		return
	}
	e.seed, e.settings.Flows = first.seed, math.MaxInt
	e.narrow = &narrowing{starts: map[int]*span{}, spans: map[uint32]*span{}, evicted: first.Evicted != Evicted{}}
	for s := range first.All() {
		if e.wanted(uint32(s.Number)) {
			e.narrow.add(&span{s, uint32(s.Number)}, e.seed)
		}
	}
	e.narrow.end = max(e.narrow.end, first.aside)
}

// complete says that what is still to come is about no wanted stream.
func (e *Engine) complete() bool { return e.narrow != nil && e.report.Packets >= e.narrow.end }

// known are the streams that an engine was to follow: with a first pass, as
// that saw them.
func (e *Engine) known() iter.Seq[Stream] {
	if e.narrow == nil {
		return e.Finish().All()
	}
	return func(yield func(Stream) bool) {
		for s := range maps.Values(e.narrow.spans) {
			if !yield(s.stream) {
				return
			}
		}
	}
}

func (n *narrowing) add(s *span, seed uint64) {
	n.starts[s.stream.FirstFrame], n.spans[s.number] = s, s
	n.end = max(n.end, s.stream.LastFrame)
	tag := tagOf(&s.stream, seed)
	n.tags[tag%narrowTags/64] |= 1 << (tag % 64)
}

// may says whether a packet can belong to a wanted stream.
func (n *narrowing) may(tag uint32) bool { return n.tags[tag%narrowTags/64]>>(tag%64)&1 != 0 }

// tagOf is the tag of a stream's segments.
func tagOf(s *Stream, seed uint64) uint32 {
	g := dissect.Segment{SrcPort: s.Client.Port(), DstPort: s.Server.Port(), Apart: s.Apart, V6: s.Client.Addr().Is6()}
	copy(g.Src[:], s.Client.Addr().AsSlice())
	copy(g.Dst[:], s.Server.Addr().AsSlice())
	k := keyOf(&g, seed)
	return k.tag
}

// parts says that a segment belongs to another stream than the one that has its
// endpoints so far: the first pass had let go of that. A copy of the last
// segment is none that the first pass counted.
func (e *Engine) parts(index uint32, s *dissect.Segment, when int64) bool {
	n, frame := e.narrow, e.report.Packets
	if n == nil || !n.evicted {
		return false
	}
	if n.starts[frame] != nil {
		return true
	}
	one := n.spans[e.origins.at(index).number]
	return one != nil && frame > one.stream.LastFrame && !e.copies.has(s, when)
}

// succeeds says how a stream begins: how it seems to, or as the first pass saw
// it, which may have let go of the stream before.
func (e *Engine) succeeds(how beginning) beginning {
	if e.narrow == nil {
		return how
	}
	switch s := e.narrow.starts[e.report.Packets]; {
	case s == nil:
		return how
	case s.stream.again:
		return again
	}
	return anew
}

// number returns the number of a stream that begins now.
func (e *Engine) number() uint32 {
	if e.narrow == nil {
		return uint32(e.report.Streams)
	}
	if s := e.narrow.starts[e.report.Packets]; s != nil {
		return s.number
	}
	return unwanted
}
