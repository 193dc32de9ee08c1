package tcpflow

import (
	"faultline/diag/dissect"
	"net/netip"
)

// Mark says what a segment is to Wireshark's TCP analysis.
type Mark uint16

// The marks.
const (
	Retransmission Mark = 1 << iota
	FastRetransmission
	SpuriousRetransmission
	OutOfOrder
	DuplicateAck
	ZeroWindow
	WindowFull
	WindowUpdate
	KeepAlive
	KeepAliveAck
	ZeroWindowProbe
	ZeroWindowProbeAck
	LostSegment
	AckLostSegment
	ReusedPorts
)

// Options are the TCP options of a segment, as far as captured.
type Options struct {
	MSS           uint16 // 0: not there
	Scale         int8   // -1: not there
	SACKPermitted bool
	Timestamps    bool
	TSVal, TSEcr  uint32
	SACK          [][2]uint32 // left and right edges
	Other         int         // options of further kinds (MPTCP, MD5, …)
	Any           bool        // the header has options at all
	Cut           bool        // the capture does not hold them all
}

// Segment is one packet of a transcript.
type Segment struct {
	Frame    int   // 1-based number in the capture
	Nth      int   // which packet of the stream it is, from 1, copies apart: a step of more than 1 tells of omitted ones
	When     int64 // nanoseconds since 1970
	From     int   // Client or Server
	Flags    uint16
	Seq, Ack uint32 // as on the wire; see Transcript.Rel
	Len      int    // payload bytes
	Window   int    // as in the header, not scaled
	TTL      int    // or hop limit
	TOS      int
	ID       int  // IPv4 identification, 0 for IPv6
	DF       bool // 0 for IPv6
	V6       bool
	Options  Options
	Payload  []byte // the first bytes, at most PayloadKept
	Sum      Sum
	Copies   int   // further captures of the same packet that were merged into this one
	CopyTTLs []int // their TTLs, where another
	Mark     Mark
}

// Has says whether all of the flags are set.
func (s *Segment) Has(flags uint16) bool { return s.Flags&flags == flags }

// PayloadKept is how many bytes of a payload a transcript keeps.
const PayloadKept = 256

// Notice is an ICMP error that quotes a segment of the stream.
type Notice struct {
	Frame      int
	When       int64
	By         netip.Addr
	About      int // whose segment is quoted: Client or Server
	Type, Code uint8
	V6         bool
	Seq        uint32 // of the quoted segment
	MTU        int
}

// Transcript is a stream with its packets, in order of capture. Of a long
// stream the middle is left out: the beginning, what surrounds resets and
// trouble, and the end are kept.
type Transcript struct {
	Stream   Stream
	Segments []Segment
	Notices  []Notice
	Omitted  int // segments that were left out
	Tunnel   bool
	Loss     bool  // the capture itself has holes: bytes were acknowledged that it never saw
	Start    int64 // when the capture began
	End      int64 // when it ended: silence is only known until then
}

var _ = dissect.RST // the flags of Segment.Flags are those of package dissect
