package tcpflow

import (
	"hash/maphash"
	"math"

	"faultline/diag/dissect"
	"faultline/platform/packet"
)

// Settings are what a capture is followed with. Both passes over a capture
// must have the same.
type Settings struct {
	Seed   uint64 // of the hash table, 0: a random one; no result depends on it
	Flows  int    // connections kept at one time, 0: DefaultFlows
	Filter func(s *dissect.Segment, data []byte, link uint16) bool
	Since  int64 // nanoseconds since 1970: what is earlier is left out; 0: nothing is, not even what lies before 1970
}

// DefaultFlows is how many connections are kept at one time, about 200 MB.
const DefaultFlows = 1_000_000

// at most this many packets are decoded before their flows are touched.
const stride = 64

// Engine follows the connections of one capture. It serves one goroutine.
type Engine struct {
	settings  Settings
	decoder   *dissect.Decoder
	seed      uint64
	table     table
	keys      slab[v6key]
	flows     slab[flow]
	ages      ages
	origins   slab[origin]
	counters  slab[counters]
	copies    copies
	shadows   slab[shadow]
	aparts    []uint32          // where streams began, the latest ones
	crossings map[crossing]bool // of flows that have the bit crossed
	settled   []Stream          // streams in trouble that were evicted
	report    Report
	watch     func(*sighting) // what sees the segments of wanted streams, in the second pass
	wanted    func(number uint32) bool
	narrow    *narrowing // nil: every stream is followed
	crosses   bool       // some stream went through several VLANs or tunnels
	segments  [stride]dissect.Segment
	found     [stride]found
	touched   uint32 // keeps the compiler from leaving out the touching
}

// icmp notes that an ICMP error quotes a stream.
func (e *Engine) icmp(r *packet.Rec, k *found, s *dissect.Segment) {
	at, ok := e.find(&k.key, s)
	if !ok {
		return
	}
	i := e.table.slots[at].flow - 1
	f := e.flows.at(i)
	f.state |= icmpAbout
	e.report.aside = e.report.Packets
	if e.watch != nil {
		e.watch(&sighting{segment: s, flow: f, origin: e.origins.at(i), when: r.When, number: e.report.Packets, from: k.key.from})
	}
}

// found is what decoding tells of one packet.
type found struct {
	key  key
	kind dissect.Kind
	skip bool // not to be followed
}

// sighting is one segment of a stream as the engine saw it.
type sighting struct {
	segment *dissect.Segment
	flow    *flow
	origin  *origin
	when    int64
	number  int // of the packet, from 1
	from    uint8
	mark    Mark
	copy    bool
	frame   []byte // as captured
}

// New returns an engine that has seen nothing.
func New(s Settings) *Engine {
	e := &Engine{settings: s, decoder: dissect.New(), seed: s.Seed, table: newTable()}
	if e.seed == 0 {
		e.seed = maphash.String(maphash.MakeSeed(), "")
	}
	if e.settings.Flows <= 0 {
		e.settings.Flows = DefaultFlows
	}
	e.report.Skipped = map[string]int{}
	e.crossings = map[crossing]bool{}
	return e
}

// Feed follows the packets of a batch. The result does not depend on how
// packets are spread over batches.
func (e *Engine) Feed(b *packet.Batch) {
	for from := 0; from < len(b.Recs); from += stride {
		n := min(stride, len(b.Recs)-from)
		e.decode(b, from, n)
		if e.narrow == nil {
			e.touch(n)
		}
		for i := range n {
			e.take(b, from+i, i)
		}
	}
}

// decode reads the headers of n packets and hashes their endpoints.
func (e *Engine) decode(b *packet.Batch, from, n int) {
	for i := range n {
		r, s, f := &b.Recs[from+i], &e.segments[i], &e.found[i]
		data := b.Buf[r.Off : r.Off+r.Len]
		f.kind = e.decoder.Decode(r.Link, r.When, data, r.Wire, s)
		f.skip = e.settings.Since != 0 && r.When < e.settings.Since ||
			e.settings.Filter != nil && !e.settings.Filter(s, data, r.Link)
		if f.kind != dissect.Skipped {
			f.key.read(s, e.seed)
			f.skip = f.skip || e.narrow != nil && !e.narrow.may(f.key.tag)
		}
	}
}

// touch asks for the memory of the slots, then of the flows, of all packets
// at once, where what follows would wait for each in turn.
func (e *Engine) touch(n int) {
	var sum uint32
	for i := range n {
		sum += e.table.slots[e.table.start(e.found[i].key.tag)].flow
	}
	for i := range n {
		k := &e.found[i].key
		if k.likely = e.table.like(k.tag); k.likely != 0 {
			f := e.flows.at(k.likely - 1)
			sum += f.lastFrame + f.side[1].packets
		}
	}
	for i := range n {
		if at := e.found[i].key.likely; at != 0 && e.flows.at(at-1).more&awaitsACK != 0 {
			sum += e.origins.at(at - 1).number
		}
	}
	e.touched = sum
}

// take follows packet i of the batch, which is decoded in place j.
func (e *Engine) take(b *packet.Batch, i, j int) {
	r, f := &b.Recs[i], &e.found[j]
	t := &e.report
	t.Packets++
	t.Bytes += int64(r.Wire)
	t.see(r)
	switch {
	case f.skip:
		t.Left++
	case f.kind == dissect.TCP:
		t.TCP++
		e.segment(b, r, f, &e.segments[j])
	case f.kind == dissect.ICMP:
		t.Skipped["icmp-error"]++
		e.icmp(r, f, &e.segments[j])
	default:
		t.Skipped[e.segments[j].Skip]++
	}
}

// segment follows one TCP segment.
func (e *Engine) segment(b *packet.Batch, r *packet.Rec, k *found, s *dissect.Segment) {
	index, begins := e.flowOf(&k.key, s, r.When)
	f, o, from := e.flows.at(index), e.origins.at(index), k.key.from
	copied := e.copies.is(f, s, r, b, from) && begins == none
	var mark Mark
	if copied {
		e.report.Copies++
		e.report.aside = e.report.Packets
		e.shade(f, o)
	} else {
		mark = f.analyze(o, s, from, r.When, begins)
		f.count(s, from, r.When, e.report.Packets)
	}
	if mark&anyCounted != 0 || f.more&shaded != 0 {
		e.shown(&sighting{s, f, o, r.When, e.report.Packets, from, mark, copied, nil}, begins)
		e.tally(o, mark)
	}
	if e.watch != nil && e.wanted(o.number) {
		e.watch(&sighting{s, f, o, r.When, e.report.Packets, from, mark, copied, b.Buf[r.Off : r.Off+r.Len]})
	}
}

// beginning says whether a segment begins a stream.
type beginning uint8

const (
	none  beginning = iota
	anew            // the endpoints were never seen
	again           // another connection of the same endpoints
)

// flowOf returns the flow of a segment. A SYN with another sequence number
// than the stream's begins another stream, as in Wireshark; with the same one
// it is the SYN once more.
func (e *Engine) flowOf(k *key, s *dissect.Segment, when int64) (uint32, beginning) {
	if i := k.likely - 1; k.likely != 0 && s.Flags&dissect.SYN == 0 && e.is(i, k, s) {
		return i, none
	}
	at, ok := e.find(k, s)
	how := anew
	if ok {
		index := e.table.slots[at].flow - 1
		reuses := e.reuses(index, k, s)
		if !reuses && !e.parts(index, s, when) {
			return index, none
		}
		e.replace(index)
		if reuses {
			how = again
		}
	} else if index, ok := e.elsewhere(k, s, when); ok {
		return index, none
	}
	if e.flows.live() >= e.settings.Flows {
		e.makeRoom(when)
		at, ok = 0, false
	}
	how = e.succeeds(how)
	index := e.begin(k, s, when)
	if how == again {
		e.flows.at(index).more |= succeeds
	}
	if ok {
		e.table.slots[at].flow = index + 1
	} else {
		e.table.insert(k.tag, index)
	}
	return index, how
}

// replace notes that the endpoints of a flow began another connection: it can
// be let go however young it is.
func (e *Engine) replace(index uint32) {
	e.flows.at(index).state |= replaced
	e.ages.note(index, math.MinInt64)
}

// reuses says whether a segment begins another connection of the same
// endpoints.
func (e *Engine) reuses(index uint32, k *key, s *dissect.Segment) bool {
	return s.Flags&synAck == dissect.SYN && e.flows.at(index).side[k.from].has(based) &&
		e.origins.at(index).base[k.from] != s.Seq
}

// find returns the slot of the flow with the key's endpoints.
func (e *Engine) find(k *key, s *dissect.Segment) (at uint32, ok bool) {
	mask := uint32(len(e.table.slots) - 1)
	for i := e.table.start(k.tag); ; i = (i + 1) & mask {
		at := e.table.slots[i]
		if at.flow == 0 {
			return 0, false
		}
		if at.tag == k.tag && e.is(at.flow-1, k, s) {
			return i, true
		}
	}
}

// begin returns a new flow.
func (e *Engine) begin(k *key, s *dissect.Segment, when int64) uint32 {
	index := e.flows.add()
	if e.origins.n < e.flows.n {
		e.origins.add()
	}
	f := e.flows.at(index)
	// Field by field: a literal is built elsewhere, and copied before it is there.
	f.a, f.b, f.pa, f.pb, f.apart, f.last = k.a, k.b, k.pa, k.pb, k.apart, when
	f.side[0].scale, f.side[1].scale = scaleUnknown, scaleUnknown
	if k.from == 1 {
		f.more |= firstIsB
	}
	if s.Tunnel {
		f.more |= inTunnel
	}
	if k.v6 {
		f.state |= isV6
		f.a = e.keys.add()
		a, b := k.lowHigh(s)
		*e.keys.at(f.a) = v6key{*a, *b}
	}
	e.ages.note(index, when)
	o := e.origins.at(index)
	*o = origin{}
	o.first, o.firstFrame, o.number = when, uint32(e.report.Packets), e.number()
	e.report.Streams++
	e.passes(k.apart)
	return index
}
