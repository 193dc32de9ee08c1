package dissect

import "encoding/binary"

// The limits of what a packet may nest and of what is kept for it.
const (
	mostTags    = 4  // VLAN tags, one within another
	mostLabels  = 16 // MPLS labels
	mostTunnels = 8  // tunnels, one within another
	mostHeaders = 16 // IPv6 extension headers
)

// Decoder decodes packets of any link type. It remembers fragments only, and
// serves one goroutine.
type Decoder struct {
	fragments fragments
	when      int64 // of the packet at hand
	tags      int   // VLAN tags passed in it
	tunnels   int
	unknown   map[uint16]string // words for link types that are not known
}

// New returns a decoder that remembers nothing.
func New() *Decoder { return &Decoder{} }

// Decode fills s with the innermost segment of a packet: its link type
// (LINKTYPE_ of pcap), the time in nanoseconds, the bytes kept and how many
// there were on the wire. What s points to is data, but for a segment that
// was put together from fragments.
func (d *Decoder) Decode(link uint16, when int64, data []byte, wire uint32, s *Segment) Kind {
	*s = Segment{}
	if link == linkEthernet && s.usual(data, wire) {
		return TCP
	}
	d.when, d.tags, d.tunnels = when, 0, 0
	s.Kind = d.link(link, span{data, max(int(min(wire, mostWire)), len(data))}, s)
	return s.Kind
}

// mostWire bounds what a file says of a packet's length on the wire.
const mostWire = 1 << 30

// span is what is left of a packet: the bytes kept, and how many there were
// on the wire, at least as many.
type span struct {
	p    []byte
	wire int
}

// from is the span without its first n bytes; n is at most len(b.p).
func (b span) from(n int) span { return span{b.p[n:], b.wire - n} }

// short says why there are too few bytes: the capture did not keep them, or
// nobody ever sent them.
func (b span) short(s *Segment) Kind {
	if b.wire > len(b.p) {
		return s.skip(wordCut)
	}
	return s.skip(wordMalformed)
}

func (s *Segment) skip(word string) Kind {
	s.Skip = word
	return Skipped
}

// apart mixes a number that keeps networks apart into Segment.Apart: what it
// is a number of, and the number.
func (s *Segment) apart(of, number uint32) {
	x := (s.Apart ^ of<<24 ^ number) * 0x9e3779b1
	s.Apart = x ^ x>>15 | 1
}

// What the numbers in Segment.Apart are numbers of.
const (
	ofVLAN = 1 + iota
	ofVXLAN
	ofGENEVE
	ofGRE
)

// enter counts a tunnel, and says whether there may be another one.
func (d *Decoder) enter(s *Segment) bool {
	s.Tunnel = true
	d.tunnels++
	return d.tunnels <= mostTunnels
}

func be16(p []byte) uint16 { return binary.BigEndian.Uint16(p) }
func be32(p []byte) uint32 { return binary.BigEndian.Uint32(p) }
