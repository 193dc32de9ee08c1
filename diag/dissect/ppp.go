package dissect

// The protocol numbers of PPP.
const (
	pppIPv4   = 0x21
	pppIPv6   = 0x57
	pppMPLS   = 0x281
	pppMPLSUp = 0x283
)

// pppHeader reads PPP with or without address and control, with or without
// the upper byte of the protocol (RFC 1661 §6.5, RFC 1662), and Cisco's HDLC.
func pppHeader(p []byte) header {
	if len(p) >= 4 && (p[0] == 0x0f || p[0] == 0x8f) && p[1] == 0 {
		return header{carries: be16(p[2:]), size: 4}
	}
	at := 0
	if len(p) >= 2 && p[0] == 0xff && p[1] == 3 {
		at = 2
	}
	switch {
	case len(p) < at+2:
		return header{size: at + 2}
	case p[at]&1 != 0:
		return header{size: at + 1}.ofPPP(uint16(p[at]))
	}
	return header{size: at + 2}.ofPPP(be16(p[at:]))
}

func (h header) ofPPP(protocol uint16) header {
	switch protocol {
	case pppIPv4:
		h.carries = etherIPv4
	case pppIPv6:
		h.carries = etherIPv6
	case pppMPLS, pppMPLSUp:
		h.carries = etherMPLS
	default:
		h.skip = wordPPP
	}
	return h
}

func (d *Decoder) ppp(b span, s *Segment) Kind { return d.link(linkPPP, b, s) }

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
