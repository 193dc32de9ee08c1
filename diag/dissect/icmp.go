package dissect

// icmp reads ICMP errors: destination unreachable, time exceeded, parameter
// problem (RFC 792, RFC 1191 §4).
func (s *Segment) icmp(b span) Kind {
	if len(b.p) < 8 {
		return b.short(s)
	}
	kind, code := b.p[0], b.p[1]
	if kind != 3 && kind != 11 && kind != 12 {
		return s.skip(wordICMP)
	}
	s.answeredBy(kind, code)
	if kind == 3 && code == 4 {
		s.MTU = uint32(be16(b.p[6:]))
	}
	return s.quoted(b.from(8), wordICMP)
}

// icmpv6 reads ICMPv6 errors: destination unreachable, packet too big, time
// exceeded, parameter problem (RFC 4443 §3).
func (s *Segment) icmpv6(b span) Kind {
	if len(b.p) < 8 {
		return b.short(s)
	}
	kind, code := b.p[0], b.p[1]
	switch {
	case kind >= 133 && kind <= 137: // RFC 4861 §4
		return s.skip(wordNeighbor)
	case kind < 1 || kind > 4:
		return s.skip(wordICMPv6)
	}
	s.answeredBy(kind, code)
	if kind == 2 {
		s.MTU = be32(b.p[4:])
	}
	return s.quoted(b.from(8), wordICMPv6)
}

func (s *Segment) answeredBy(kind, code uint8) {
	s.ICMPType, s.ICMPCode = kind, code
	s.ICMPFrom, s.ICMPFromV6 = s.Src, s.V6
}

// quoted reads the packet that an error is about, of which there may be no
// more than eight bytes behind the IP header.
func (s *Segment) quoted(b span, word string) Kind {
	switch {
	case len(b.p) >= 20 && b.p[0]>>4 == 4:
		return s.quotedIPv4(b, word)
	case len(b.p) >= 40 && b.p[0]>>4 == 6:
		return s.quotedIPv6(b, word)
	}
	return s.skip(word)
}

func (s *Segment) quotedIPv4(b span, word string) Kind {
	p, head := b.p, int(b.p[0]&15)*4
	if head < 20 || head > len(p) || p[9] != protocolTCP || be16(p[6:])&0x1fff != 0 {
		return s.skip(word)
	}
	s.Src, s.Dst, s.V6 = [16]byte{}, [16]byte{}, false
	s.readIPv4((*[20]byte)(p))
	return s.quotedTCP(p[head:], int(be16(p[2:]))-head, word)
}

func (s *Segment) quotedIPv6(b span, word string) Kind {
	size := int(be16(b.p[4:]))
	readIPv6(b.p, s)
	b = b.from(40)
	for range mostHeaders {
		n, reads := extension(s.Proto, b)
		switch {
		case !reads && s.Proto == protocolTCP:
			return s.quotedTCP(b.p, size, word)
		case !reads || n > len(b.p) || s.Proto == protocolFragment && be16(b.p[2:])&0xfff8 != 0:
			return s.skip(word)
		}
		s.Proto, b, size = b.p[0], b.from(n), size-n
	}
	return s.skip(word)
}

// quotedTCP reads as much of a header of size bytes with payload as there is.
func (s *Segment) quotedTCP(p []byte, size int, word string) Kind {
	if len(p) < 8 {
		return s.skip(word)
	}
	s.SrcPort, s.DstPort, s.Seq = be16(p), be16(p[2:]), be32(p[4:])
	if len(p) >= 20 {
		if s.tcp(span{p[:min(len(p), max(size, 20))], max(size, 20)}) != TCP {
			s.Skip = ""
		}
	}
	return ICMP
}
