package dissect

// tcp reads a TCP header (RFC 9293 §3.1). Options may have been cut off by
// the capture, the rest of the header not.
func (s *Segment) tcp(b span) Kind {
	p := b.p
	if len(p) < 20 {
		return b.short(s)
	}
	head := int(p[12]>>4) * 4
	if head < 20 || head > b.wire {
		return s.skip(wordMalformed)
	}
	s.SrcPort, s.DstPort = be16(p), be16(p[2:])
	s.Seq, s.Ack = be32(p[4:]), be32(p[8:])
	s.Flags = be16(p[12:]) & 0x0fff
	s.Window = be16(p[14:])
	s.HeaderLen, s.Len = uint8(head), uint32(b.wire-head)
	kept := min(head, len(p))
	s.Options, s.Payload = p[20:kept:kept], p[kept:]
	return TCP
}
