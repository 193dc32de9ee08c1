package tcpflow

import "faultline/diag/dissect"

// A flow is kept in three records without pointers, so that millions of them
// cost the garbage collector nothing: flow is what each packet needs, two
// cache lines; origin is what few packets need; counters exist only for flows
// that have something to count.
type flow struct {
	a, b      uint32 // IPv4 addresses, a's endpoint the lower one; IPv6: a is the index of the key
	pa, pb    uint16
	apart     uint32
	last      int64 // nanoseconds since 1970, of the latest packet
	lastFrame uint32
	seen      uint8 // what the stream has shown: tcp.completeness of Wireshark
	state     uint8
	more      uint8
	_         uint8
	side      [2]side
}

// The bits of flow.seen, as of Wireshark's tcp.completeness.
const (
	seenSYN uint8 = 1 << iota
	seenSYNACK
	seenACK
	seenData
	seenFIN
	seenRST
)

// The bits of flow.state.
const (
	isV6        uint8 = 1 << iota
	clientIsB         // else the lower endpoint is the client
	clientKnown       // a SYN said so
	clientTold        // a SYN-ACK said so
	replaced          // the endpoints began another connection
	free              // the record is not in use
	lowerBound        // packets may have been missed: it was evicted while open
	icmpAbout         // an ICMP error quotes it
)

// The bits of flow.more.
const (
	inTunnel  uint8 = 1 << iota
	hasCopies       // packets of it were captured more than once, for certain
	firstIsB        // the first packet came from the higher endpoint
	crossed         // it goes through several VLANs or tunnels
	shaded          // it has a shadow
	multipath       // it speaks Multipath TCP
	awaitsACK       // origin.rtt is to be measured
	succeeds        // it began with a SYN that used the endpoints of another stream again
)

// A side is what one end sent. Times are the lower 48 bits of nanoseconds,
// which tell differences of up to 39 hours.
type side struct {
	next      uint32 // the highest sequence number seen, plus one
	ack       uint32 // of the latest segment, even where it has no ACK flag
	bound     uint32 // the highest that the other end can acknowledge without a gap
	nextLow   uint32 // when next moved
	lastLow   uint32 // when the latest segment came
	packets   uint32
	bytesLow  uint32 // payload, lower 32 bits
	nextHigh  uint16
	lastHigh  uint16
	bytesHigh uint16
	window    uint16 // of the latest segment, not scaled
	id        uint16 // IP identification of the latest segment
	fin       uint16
	rst       uint16
	dup       int8 // duplicate acknowledgments in a row; -1 after one of an unseen segment
	scale     int8
	is        uint8
	ttl       uint8 // of the latest segment
	mptcp     uint8 // operations of Multipath TCP that were known at the latest segment
	sent      uint8
}

// The values of side.scale beside a scale.
const (
	scaleUnknown int8 = -1
	scaleNone    int8 = -2
)

// The bits of side.is.
const (
	based         uint8 = 1 << iota // origin.base is set
	hasWindow                       // side.window is set
	firstACKAhead                   // after a SYN, until the first segment that can have a scaled window
	wasKeepAlive                    // the latest segment
	wasProbe                        // the latest segment was a zero window probe
	idMoves                         // the IP identification differs from packet to packet
)

// The bits of side.sent.
const (
	aSYN uint8 = 1 << iota
	aSYNACK
	anACK // without SYN and RST
)

// origin is what is seldom needed of a flow.
type origin struct {
	first      int64
	firstFrame uint32
	number     uint32
	base       [2]uint32 // initial sequence numbers, or a guess
	syn        int64     // when the latest SYN without ACK came; 0: none
	rtt        int64     // from that SYN to the first ACK; 0: not known
	counters   uint32    // index plus one, 0 for none
	shadow     uint32    // index, where flow.more has shaded
	mptcp      uint8     // operations of Multipath TCP so far
}

// counters are Counts in half the memory.
type counters [kinds]uint32

// The indexes of counters.
const (
	cRetransmission = iota
	cFast
	cSpurious
	cOutOfOrder
	cDuplicateAck
	cZeroWindow
	cWindowFull
	cKeepAlive
	cLost
	cAckLost
	cReused
	kinds
)

// v6key is the endpoints of an IPv6 flow.
type v6key struct{ a, b [16]byte }

// since returns the nanoseconds from a time of 48 bits to now.
func since(low uint32, high uint16, now int64) int64 {
	then := int64(high)<<32 | int64(low)
	return (now - then) << 16 >> 16
}

// count counts a segment and notes who the client is.
func (f *flow) count(s *dissect.Segment, from uint8, now int64, frame int) {
	f.last, f.lastFrame = max(f.last, now), uint32(frame)
	d := &f.side[from]
	d.packets++
	d.addBytes(s.Len)
	if d.packets > 1 && d.id != s.ID || d.packets == 1 && s.ID > 1 {
		d.is |= idMoves
	}
	d.id, d.ttl = s.ID, s.TTL
	if s.Flags&dissect.FIN != 0 {
		bump(&d.fin)
	}
	if s.Flags&dissect.RST != 0 {
		bump(&d.rst)
	}
	f.opens(s, d, from)
}

// opens notes the steps of the handshake.
func (f *flow) opens(s *dissect.Segment, d *side, from uint8) {
	switch {
	case s.Flags&synAck == dissect.SYN:
		d.sent |= aSYN
		f.client(from, clientKnown)
	case s.Flags&synAck == synAck:
		d.sent |= aSYNACK
		f.client(1-from, clientTold)
	case s.Flags&(dissect.ACK|dissect.RST) == dissect.ACK:
		d.sent |= anACK
	}
}

// client notes who the client is; the first SYN says it for good.
func (f *flow) client(side, how uint8) {
	if f.state&(clientKnown|how) != 0 {
		return
	}
	f.state = f.state&^clientIsB | how
	if side == 1 {
		f.state |= clientIsB
	}
}

func split(t int64) (low uint32, high uint16) { return uint32(t), uint16(t >> 32) }

func (s *side) addBytes(n uint32) {
	sum := (uint64(s.bytesHigh)<<32 | uint64(s.bytesLow)) + uint64(n)
	s.bytesLow, s.bytesHigh = uint32(sum), uint16(min(sum>>32, 0xffff))
}

func (s *side) bytes() int64 { return int64(s.bytesHigh)<<32 | int64(s.bytesLow) }

func (s *side) set(bit uint8, on bool) {
	if on {
		s.is |= bit
	} else {
		s.is &^= bit
	}
}

func (s *side) has(bit uint8) bool { return s.is&bit != 0 }

// bump adds one where there is room.
func bump(n *uint16) {
	if *n < 0xffff {
		*n++
	}
}
