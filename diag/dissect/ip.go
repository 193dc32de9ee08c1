package dissect

// The IP protocols that are looked into.
const (
	protocolHop      = 0
	protocolICMP     = 1
	protocolIPv4     = 4
	protocolTCP      = 6
	protocolUDP      = 17
	protocolIPv6     = 41
	protocolRouting  = 43
	protocolFragment = 44
	protocolGRE      = 47
	protocolAH       = 51
	protocolICMPv6   = 58
	protocolNone     = 59
	protocolOptions  = 60
	protocolMobility = 135
	protocolEtherIP  = 97
	protocolHIP      = 139
	protocolShim     = 140
	protocolEthernet = 143
)

// ip reads whichever IP the first four bits tell.
func (d *Decoder) ip(b span, s *Segment) Kind {
	if len(b.p) == 0 {
		return b.short(s)
	}
	switch b.p[0] >> 4 {
	case 4:
		return d.ipv4(b, s)
	case 6:
		return d.ipv6(b, s)
	}
	return s.skip(wordMalformed)
}

// ipv4 reads an IPv4 header (RFC 791 §3.1). What lies behind the total length
// is padding of the link. Total length 0 is a packet that the adapter was yet
// to cut up (TSO): all of it then. So is one that claims more than there was on
// the wire.
func (d *Decoder) ipv4(b span, s *Segment) Kind {
	p := b.p
	if len(p) < 20 {
		return b.short(s)
	}
	head, total := int(p[0]&15)*4, int(be16(p[2:]))
	if total == 0 || total > b.wire {
		total = b.wire
	}
	if p[0]>>4 != 4 || head < 20 || total < head {
		return s.skip(wordMalformed)
	}
	if head > len(p) {
		return b.short(s)
	}
	s.readIPv4((*[20]byte)(p))
	body := span{p[head:min(total, len(p))], total - head}
	if at := be16(p[6:]); at&0x3fff != 0 {
		key := fragmentKey{src: s.Src, dst: s.Dst, id: uint32(s.ID), protocol: s.Proto, apart: s.Apart}
		return d.fragment(key, piece{at: int(at&0x1fff) * 8, more: at&0x2000 != 0, next: s.Proto}, body, s)
	}
	if s.Proto == protocolTCP {
		return s.tcp(body)
	}
	return d.protocol(s.Proto, body, s)
}

// readIPv4 takes over what an IPv4 header says.
func (s *Segment) readIPv4(p *[20]byte) {
	if s.V6 || s.Tunnel {
		s.Src, s.Dst, s.V6 = [16]byte{}, [16]byte{}, false
	}
	*(*[4]byte)(s.Src[:]) = [4]byte(p[12:])
	*(*[4]byte)(s.Dst[:]) = [4]byte(p[16:])
	s.TOS, s.TTL, s.Proto = p[1], p[8], p[9]
	s.ID, s.DF = be16(p[4:]), p[6]&0x40 != 0
}

// ipv6 reads an IPv6 header (RFC 8200 §3). Payload length 0 is a jumbogram
// (RFC 2675) or TSO: all there is.
func (d *Decoder) ipv6(b span, s *Segment) Kind {
	p := b.p
	if len(p) < 40 {
		return b.short(s)
	}
	size := int(be16(p[4:]))
	if p[0]>>4 != 6 {
		return s.skip(wordMalformed)
	}
	if size == 0 || size > b.wire-40 {
		size = b.wire - 40
	}
	readIPv6(p, s)
	body := span{p[40:min(40+size, len(p))], size}
	if s.Proto == protocolTCP {
		return s.tcp(body)
	}
	return d.headers(s.Proto, body, s)
}

// readIPv6 takes over what the header p says.
func readIPv6(p []byte, s *Segment) {
	s.V6 = true
	s.Src, s.Dst = [16]byte(p[8:]), [16]byte(p[24:])
	s.TOS = p[0]<<4 | p[1]>>4
	s.Proto, s.TTL = p[6], p[7]
	s.ID, s.DF = 0, false
}

// headers passes the extension headers in front of what IPv6 carries.
func (d *Decoder) headers(next uint8, b span, s *Segment) Kind {
	for range mostHeaders {
		size, reads := extension(next, b)
		if !reads {
			s.Proto = next
			return d.protocol(next, b, s)
		}
		if size > len(b.p) || len(b.p) < 8 {
			return b.short(s)
		}
		switch p := b.p; next {
		case protocolRouting:
			s.routed(p[:size])
		case protocolFragment:
			if at := be16(p[2:]); at&0xfff9 != 0 {
				key := fragmentKey{src: s.Src, dst: s.Dst, id: be32(p[4:]), v6: true, apart: s.Apart}
				return d.fragment(key, piece{at: int(at &^ 7), more: at&1 != 0, next: p[0]}, b.from(8), s)
			}
		}
		next, b = b.p[0], b.from(size)
	}
	return s.skip(wordHeaders)
}

// extension is the size of the extension header at the beginning of b, when
// next is one; more than there is when that is not known.
func extension(next uint8, b span) (size int, reads bool) {
	switch next {
	case protocolFragment:
		return 8, true
	case protocolHop, protocolRouting, protocolOptions, protocolMobility, protocolHIP, protocolShim:
		if len(b.p) < 2 {
			return 8, true
		}
		return int(b.p[1])*8 + 8, true
	}
	return 0, false
}

// routed takes the last destination from a routing header that is still on
// its way: source routes (RFC 5095 forbids them), mobile IPv6 (RFC 6275 §6.4)
// and segment routing (RFC 8754 §2, in reverse).
func (s *Segment) routed(p []byte) {
	last := len(p) - 16
	switch kind, left := p[2], p[3]; {
	case left == 0 || last < 8:
	case kind == 0 || kind == 2:
		s.Dst = [16]byte(p[last:])
	case kind == 4:
		s.Dst = [16]byte(p[8:])
	}
}

// protocol reads what an IP packet carries.
func (d *Decoder) protocol(protocol uint8, b span, s *Segment) Kind {
	switch protocol {
	case protocolTCP:
		return s.tcp(b)
	case protocolUDP:
		return d.udp(b, s)
	case protocolICMP:
		return s.icmp(b)
	case protocolICMPv6:
		return s.icmpv6(b)
	case protocolIPv4, protocolIPv6:
		return d.tunneled(protocol, b, s)
	case protocolGRE:
		return d.gre(b, s)
	case protocolAH:
		return d.authenticated(b, s)
	case protocolEthernet: // RFC 8986 §4.9
		return d.inner(b, s)
	case protocolEtherIP: // RFC 3378
		if len(b.p) < 2 {
			return b.short(s)
		}
		return d.inner(b.from(2), s)
	}
	return s.skip(protocolWord(protocol))
}

// tunneled reads IP within IP (RFC 2003, RFC 2473, RFC 4213).
func (d *Decoder) tunneled(protocol uint8, b span, s *Segment) Kind {
	switch {
	case !d.enter(s):
		return s.skip(wordTunnels)
	case protocol == protocolIPv4:
		return d.ipv4(b, s)
	}
	return d.ipv6(b, s)
}

// authenticated passes an authentication header (RFC 4302 §2.2).
func (d *Decoder) authenticated(b span, s *Segment) Kind {
	if d.tunnels++; d.tunnels > mostTunnels {
		return s.skip(wordTunnels)
	}
	if len(b.p) < 12 {
		return b.short(s)
	}
	size := int(b.p[1])*4 + 8
	switch {
	case size < 12:
		return s.skip(wordMalformed)
	case size > len(b.p):
		return b.short(s)
	}
	s.Proto = b.p[0]
	if s.V6 {
		return d.headers(s.Proto, b.from(size), s)
	}
	return d.protocol(s.Proto, b.from(size), s)
}
