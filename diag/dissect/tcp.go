package dissect

// leastTCP is how much of a TCP header the capture must have kept: up to the
// window. The checksum and the urgent pointer behind it serve nobody here.
const leastTCP = 16

// tcp reads a TCP header (RFC 9293 §3.1), or what the capture kept of it.
func (s *Segment) tcp(b span) Kind {
	p := b.p
	if len(p) < min(leastTCP, b.wire) || b.wire < 20 {
		return b.short(s)
	}
	head := int(p[12]>>4) * 4
	if head < 20 || head > b.wire {
		return s.skip(wordMalformed)
	}
	s.readTCP((*[leastTCP]byte)(p))
	s.Len = uint32(b.wire - head)
	kept := min(head, len(p))
	if kept >= 20 {
		s.Options, s.Payload = p[20:kept:kept], p[kept:len(p):len(p)]
	}
	return TCP
}

// readTCP takes over what lies in the first 16 bytes of a TCP header.
func (s *Segment) readTCP(p *[leastTCP]byte) {
	s.SrcPort, s.DstPort = be16(p[:]), be16(p[2:])
	s.Seq, s.Ack = be32(p[4:]), be32(p[8:])
	s.Flags, s.Window = be16(p[12:])&0x0fff, be16(p[14:])
	s.HeaderLen = p[12] >> 4 * 4
}
