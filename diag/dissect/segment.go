package dissect

import "net/netip"

// Kind is what a packet turned out to be.
type Kind uint8

// The kinds.
const (
	Skipped Kind = iota // nothing to follow; Segment.Skip says why
	TCP                 // a whole TCP header
	ICMP                // an ICMP or ICMPv6 error; the rest of Segment is the quoted segment
)

// The flags of a TCP header (RFC 9293 §3.1, RFC 3168); the three reserved
// bits and AE lie above.
const (
	FIN uint16 = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE
	Reserved = 0x0e00
)

// Segment is one decoded packet. It points into the batch that it was decoded
// from, and is valid as long as that.
//
// Apart is mixed from the numbers that exist to keep networks apart and are
// alike in both directions: VLANs, the networks of VXLAN and Geneve, the keys
// of GRE, from the outside in. MPLS labels, GTP tunnels and calls of PPTP
// differ by direction, and PPPoE sessions and the outer addresses of a tunnel
// keep nothing apart that the inner addresses do not. Wireshark 4.0 looks at
// none of them, so what it takes for one stream may be several here.
type Segment struct {
	Src, Dst         [16]byte // an IPv4 address lies in the first four bytes, the rest is 0
	SrcPort, DstPort uint16
	V6               bool
	Kind             Kind
	Skip             string // why a packet was skipped, a word of the capture's report: "arp", "udp", "fragment"
	Apart            uint32 // what keeps equal addresses apart, 0 for nothing; see below
	Tunnel           bool   // the addresses are those within a tunnel

	TTL   uint8 // or hop limit, of the innermost IP header
	TOS   uint8
	ID    uint16 // IPv4 identification; 0 for IPv6
	DF    bool
	Proto uint8 // IP protocol of the innermost header

	Seq, Ack   uint32
	Flags      uint16
	Window     uint16 // as in the header, not scaled
	HeaderLen  uint8  // bytes of the TCP header
	Len        uint32 // payload bytes by the headers, never by what was captured
	Options    []byte // of the TCP header, as far as captured; nil when not even what is before them was
	Payload    []byte // as far as captured
	ICMPType   uint8
	ICMPCode   uint8
	ICMPFrom   [16]byte // who sent the ICMP error
	ICMPFromV6 bool
	MTU        uint32 // the next hop's, of "fragmentation needed" and "packet too big"
}

// Source returns where the segment comes from.
func (s *Segment) Source() netip.AddrPort { return addrPort(s.Src, s.V6, s.SrcPort) }

// Destination returns where the segment goes to.
func (s *Segment) Destination() netip.AddrPort { return addrPort(s.Dst, s.V6, s.DstPort) }

func addrPort(a [16]byte, v6 bool, port uint16) netip.AddrPort {
	if v6 {
		return netip.AddrPortFrom(netip.AddrFrom16(a), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a[:4])), port)
}
