package dissect

// The protocol numbers of PPP.
const (
	pppIPv4   = 0x21
	pppIPv6   = 0x57
	pppMPLS   = 0x281
	pppMPLSUp = 0x283
)

// ppp reads PPP with or without address and control, with or without the
// upper byte of the protocol (RFC 1661 §6.5, RFC 1662), and Cisco's HDLC.
func (d *Decoder) ppp(b span, s *Segment) Kind {
	if len(b.p) >= 4 && (b.p[0] == 0x0f || b.p[0] == 0x8f) && b.p[1] == 0 {
		return d.etherType(be16(b.p[2:]), b.from(4), s)
	}
	if len(b.p) >= 2 && b.p[0] == 0xff && b.p[1] == 3 {
		b = b.from(2)
	}
	if len(b.p) < 2 {
		return b.short(s)
	}
	protocol, size := be16(b.p), 2
	if b.p[0]&1 != 0 {
		protocol, size = uint16(b.p[0]), 1
	}
	switch b = b.from(size); protocol {
	case pppIPv4:
		return d.ipv4(b, s)
	case pppIPv6:
		return d.ipv6(b, s)
	case pppMPLS, pppMPLSUp:
		return d.mpls(b, s)
	}
	return s.skip(wordPPP)
}

// pppoe reads the session stage (RFC 2516 §4); code 0 is data.
func (d *Decoder) pppoe(b span, s *Segment) Kind {
	switch {
	case len(b.p) < 6:
		return b.short(s)
	case b.p[1] != 0:
		return s.skip(wordPPPoE)
	}
	return d.ppp(b.from(6), s)
}
