package dissect

// The Ethernet types.
const (
	etherIPv4   = 0x0800
	etherIPv6   = 0x86dd
	etherVLAN   = 0x8100
	etherQinQ   = 0x88a8 // IEEE 802.1ad
	etherQinQ91 = 0x9100 // before 802.1ad
	etherQinQ92 = 0x9200
	etherMPLS   = 0x8847
	etherMPLSUp = 0x8848 // upstream-assigned labels
	etherPPPoE  = 0x8864
	etherTEB    = 0x6558 // transparent Ethernet bridging
	etherPPP    = 0x880b

	// Within GRE only.
	etherERSPAN  = 0x88be // types I and II
	etherERSPAN3 = 0x22eb

	// A number below is a length, and LLC follows (IEEE 802.3).
	leastEtherType = 0x0600
)

func (d *Decoder) ethernet(b span, s *Segment) Kind {
	if len(b.p) < 14 {
		return b.short(s)
	}
	return d.etherType(be16(b.p[12:]), b.from(14), s)
}

func (d *Decoder) etherType(t uint16, b span, s *Segment) Kind {
	switch t {
	case etherIPv4:
		return d.ipv4(b, s)
	case etherIPv6:
		return d.ipv6(b, s)
	case etherVLAN, etherQinQ, etherQinQ91, etherQinQ92:
		return d.vlan(b, s)
	case etherMPLS, etherMPLSUp:
		return d.mpls(b, s)
	case etherPPPoE:
		return d.pppoe(b, s)
	case etherPPP:
		return d.ppp(b, s)
	case etherTEB:
		return d.inner(b, s)
	}
	if t < leastEtherType {
		return d.llc(b, s)
	}
	return s.skip(etherWord(t))
}

// inner is an Ethernet frame within something.
func (d *Decoder) inner(b span, s *Segment) Kind {
	if !d.enter(s) {
		return s.skip(wordTunnels)
	}
	return d.ethernet(b, s)
}

// vlan reads a tag (IEEE 802.1Q): priority, 12 bits of number, the type of
// what follows. Number 0 is a priority without a VLAN.
func (d *Decoder) vlan(b span, s *Segment) Kind {
	if d.tags++; d.tags > mostTags {
		return s.skip(wordTags)
	}
	if len(b.p) < 4 {
		return b.short(s)
	}
	if number := be16(b.p) & 0xfff; number != 0 {
		s.apart(ofVLAN, uint32(number))
	}
	return d.etherType(be16(b.p[2:]), b.from(4), s)
}

// snapHeader reads IEEE 802.2 with SNAP (RFC 1042), under which IP is
// carried.
func snapHeader(p []byte) header {
	if len(p) < 8 {
		return header{skip: wordLLC}
	}
	snap := p[0] == 0xaa && p[1] == 0xaa && p[2] == 3 && p[3] == 0 && p[4] == 0
	if t := be16(p[6:]); snap && (p[5] == 0 || p[5] == 0xf8) && t >= leastEtherType {
		return header{carries: t, size: 8}
	}
	return header{skip: wordLLC}
}

func (d *Decoder) llc(b span, s *Segment) Kind {
	h := snapHeader(b.p)
	if h.skip != "" {
		return s.skip(h.skip)
	}
	return d.etherType(h.carries, b.from(h.size), s)
}

// mpls passes the label stack (RFC 3032). Below it only the first four bits
// say what follows (RFC 4928).
func (d *Decoder) mpls(b span, s *Segment) Kind {
	for range mostLabels {
		if len(b.p) < 5 {
			return b.short(s)
		}
		bottom := b.p[2]&1 != 0
		b = b.from(4)
		if !bottom {
			continue
		}
		if version := b.p[0] >> 4; version == 4 || version == 6 {
			return d.ip(b, s)
		}
		return d.pseudowire(b, s)
	}
	return s.skip(wordLabels)
}

// pseudowire reads Ethernet over MPLS (RFC 4448), without a control word
// where what would be the type of the frame fits what follows.
func (d *Decoder) pseudowire(b span, s *Segment) Kind {
	if len(b.p) >= 15 {
		switch t, version := be16(b.p[12:]), b.p[14]>>4; {
		case t == etherIPv4 && version == 4, t == etherIPv6 && version == 6, t == etherVLAN:
			return d.inner(b, s)
		}
	}
	switch {
	case len(b.p) < 4:
		return b.short(s)
	case b.p[0]>>4 != 0:
		return s.skip(wordPseudowire)
	}
	return d.inner(b.from(4), s)
}
