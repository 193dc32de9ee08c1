package dissect

// The bits of a GRE header (RFC 2784, RFC 2890, RFC 2637 §4.1).
const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080 // version 1 only
)

// gre reads GRE of version 0, and of version 1 as PPTP has it: its key is
// the number of a call, which differs by direction.
func (d *Decoder) gre(b span, s *Segment) Kind {
	if len(b.p) < 4 {
		return b.short(s)
	}
	bits, t := be16(b.p), be16(b.p[2:])
	version, size := bits&7, greSize(bits)
	switch {
	case version > 1 || bits&greRouting != 0:
		return s.skip(wordGRE)
	case size > len(b.p):
		return b.short(s)
	case version == 0 && bits&greKey != 0:
		at := 4
		if bits&greChecksum != 0 {
			at = 8
		}
		s.apart(ofGRE, be32(b.p[at:]))
	}
	switch b = b.from(size); {
	case len(b.p) == 0 && b.wire == 0: // an acknowledgement, a keep-alive
		return s.skip(wordGRE)
	case t == etherERSPAN && bits&greSequence == 0:
		return d.inner(b, s)
	case t == etherERSPAN:
		return d.mirrored(b, 8, s)
	case t == etherERSPAN3:
		return d.mirrored(b, 12, s)
	}
	return d.payload(t, b, s)
}

// mirrored reads a frame that a switch mirrored to somewhere else: ERSPAN of
// type II, its header 8 bytes, or III, 12 bytes and 8 more when the last bit
// says so (draft-foschiano-erspan §4). Type I has no header.
func (d *Decoder) mirrored(b span, size int, s *Segment) Kind {
	if len(b.p) < size {
		return b.short(s)
	}
	if size == 12 {
		if be16(b.p[10:])>>10&31 != 0 { // not Ethernet
			return s.skip(wordERSPAN)
		}
		if b.p[11]&1 != 0 {
			size += 8
		}
		if len(b.p) < size {
			return b.short(s)
		}
	}
	return d.inner(b.from(size), s)
}

// greSize is the length of a GRE header with these bits.
func greSize(bits uint16) int {
	size := 4
	for _, bit := range [...]uint16{greChecksum, greKey, greSequence} {
		if bits&bit != 0 {
			size += 4
		}
	}
	if bits&7 == 1 && bits&greAck != 0 {
		size += 4
	}
	return size
}
