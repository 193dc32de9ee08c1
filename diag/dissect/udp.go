package dissect

// The ports under which tunnels are known.
const (
	portTeredo   = 3544
	portVXLAN    = 4789
	portVXLANOld = 8472 // Linux before it was assigned; OTV lays its header out alike
	portGENEVE   = 6081
	portGTPU     = 2152
)

// udp looks for a tunnel by its port.
func (d *Decoder) udp(b span, s *Segment) Kind {
	if len(b.p) < 8 {
		return b.short(s)
	}
	from, to := be16(b.p), be16(b.p[2:])
	switch b = b.from(8); {
	case to == portVXLAN || to == portVXLANOld:
		return d.vxlan(b, s)
	case to == portGENEVE:
		return d.geneve(b, s)
	case to == portGTPU:
		return d.gtp(b, s)
	case to == portTeredo || from == portTeredo:
		return d.teredo(b, s)
	}
	return s.skip(wordUDP)
}

// vxlan reads VXLAN (RFC 7348 §5).
func (d *Decoder) vxlan(b span, s *Segment) Kind {
	if len(b.p) < 8 {
		return b.short(s)
	}
	if b.p[0]&8 == 0 {
		return s.skip(wordUDP)
	}
	s.apart(ofVXLAN, be32(b.p[4:])>>8)
	return d.inner(b.from(8), s)
}

// geneve reads Geneve (RFC 8926 §3.4).
func (d *Decoder) geneve(b span, s *Segment) Kind {
	if len(b.p) < 8 {
		return b.short(s)
	}
	size := 8 + int(b.p[0]&0x3f)*4
	switch {
	case b.p[0]>>6 != 0:
		return s.skip(wordUDP)
	case size > len(b.p):
		return b.short(s)
	}
	s.apart(ofGENEVE, be32(b.p[4:])>>8)
	return d.payload(be16(b.p[2:]), b.from(size), s)
}

// payload is what a tunnel carries under an Ethernet type.
func (d *Decoder) payload(t uint16, b span, s *Segment) Kind {
	switch {
	case t == etherTEB:
		return d.inner(b, s)
	case !d.enter(s):
		return s.skip(wordTunnels)
	}
	return d.etherType(t, b, s)
}

// teredo reads IPv6 behind what Teredo may put in front (RFC 4380 §5.1.1):
// authentication, the origin, both.
func (d *Decoder) teredo(b span, s *Segment) Kind {
	if len(b.p) >= 4 && be16(b.p) == 1 {
		size := 4 + int(b.p[2]) + int(b.p[3]) + 9
		if size > len(b.p) {
			return b.short(s)
		}
		b = b.from(size)
	}
	if len(b.p) >= 8 && be16(b.p) == 0 {
		b = b.from(8)
	}
	switch {
	case len(b.p) == 0 || b.p[0]>>4 != 6:
		return s.skip(wordTeredo)
	case !d.enter(s):
		return s.skip(wordTunnels)
	}
	return d.ipv6(b, s)
}

// gtp reads the user plane of mobile networks (3GPP TS 29.281 §5.1): version
// 1, message 255. Its tunnel numbers differ by direction.
func (d *Decoder) gtp(b span, s *Segment) Kind {
	if len(b.p) < 8 {
		return b.short(s)
	}
	if b.p[0]&0xf0 != 0x30 || b.p[1] != 255 {
		return s.skip(wordUDP)
	}
	size := 8
	if b.p[0]&7 != 0 {
		size = 12
	}
	for more := b.p[0]&4 != 0; ; {
		if size > len(b.p) {
			return b.short(s)
		}
		if !more || b.p[size-1] == 0 {
			break
		}
		if size == len(b.p) || b.p[size] == 0 {
			return b.short(s)
		}
		size += int(b.p[size]) * 4
	}
	if !d.enter(s) {
		return s.skip(wordTunnels)
	}
	return d.ip(b.from(size), s)
}
