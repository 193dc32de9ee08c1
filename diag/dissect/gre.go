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
	if size == len(b.p) { // an acknowledgement, a keep-alive
		return s.skip(wordGRE)
	}
	return d.payload(t, b.from(size), s)
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
