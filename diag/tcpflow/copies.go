package tcpflow

import (
	"encoding/binary"

	"faultline/diag/dissect"
	"faultline/platform/packet"
)

// Copies of one packet are captured where a port is mirrored in both
// directions, where a routed or bridged hop is in view, and on "any" devices.
// They are merged, as they are neither retransmissions nor duplicate
// acknowledgments (Wireshark counts them as such).
//
// A packet is a copy of one that came at most copyWithin before when
// everything that the sender wrote is equal and, beyond that,
//   - it was seen elsewhere: another TTL, link header or interface, or
//   - it bears an IP identification that its sender changes from packet to
//     packet, or
//   - the stream has had copies by one of the rules above.
//
// So the resets and the duplicate acknowledgments of stacks that leave the
// identification 0, and IPv6 ones, stay what they are. A packet generator that
// writes the same identification into all of its packets resends, too.

const (
	copyWithin = 2_000_000 // nanoseconds
	copySlots  = 1 << 12
)

// copies remembers the latest packets. What it forgets early is taken for
// another packet.
type copies [copySlots]remembered

type remembered struct {
	print uint64 // of what the sender wrote
	when  int64
	via   uint32 // of the link header
	ttl   uint8
}

// is says whether a segment is a copy of one before, and remembers it.
func (c *copies) is(f *flow, s *dissect.Segment, r *packet.Rec, b *packet.Batch, from uint8) bool {
	print := fingerprint(s)
	at := &c[print%copySlots]
	now := remembered{print, r.When, via(r, b) ^ s.Apart, s.TTL}
	was := *at
	*at = now
	if !was.lately(print, r.When) {
		return false
	}
	d := &f.side[from]
	switch {
	case was.via != now.via || was.ttl != now.ttl:
	case s.ID != 0 && d.is&idMoves != 0:
	default:
		return f.more&hasCopies != 0
	}
	f.more |= hasCopies
	return true
}

// has says whether a packet like the segment came lately.
func (c *copies) has(s *dissect.Segment, when int64) bool {
	print := fingerprint(s)
	return c[print%copySlots].lately(print, when)
}

func (m *remembered) lately(print uint64, when int64) bool {
	return m.print == print && uint64(when-m.when+copyWithin) <= 2*copyWithin
}

// fingerprint condenses what the sender of a segment wrote. Its constants are
// fixed, so that two runs remember alike.
func fingerprint(s *dissect.Segment) uint64 {
	u := binary.LittleEndian.Uint64
	x := mix(u(s.Src[:])^u(s.Dst[:])<<1, uint64(s.SrcPort)<<16|uint64(s.DstPort))
	if s.V6 {
		x = mix(x^u(s.Src[8:]), u(s.Dst[8:]))
	}
	x = mix(x^(uint64(s.Seq)<<32|uint64(s.Ack)), uint64(s.ID)<<32|uint64(s.Window)<<16|uint64(s.Flags))
	x = mix(x^uint64(s.Len), words(s.Options))
	return mix(x, words(s.Payload))
}

// words folds the first 40 bytes of p.
func words(p []byte) (x uint64) {
	for p = p[:min(len(p), 40)]; len(p) >= 8; p = p[8:] {
		x = mix(x, binary.LittleEndian.Uint64(p))
	}
	for _, c := range p {
		x = x<<8 ^ uint64(c)
	}
	return x
}

// via condenses where a packet was captured: the interface, and the link
// header of Ethernet and of the cooked captures of Linux.
func via(r *packet.Rec, b *packet.Batch) uint32 {
	const ethernet, cooked, cooked2 = 1, 113, 276
	n := uint32(0)
	switch r.Link {
	case ethernet:
		n = 12
	case cooked:
		n = 16
	case cooked2:
		n = 20
	}
	return uint32(words(b.Buf[r.Off:r.Off+min(n, r.Len)])) ^ uint32(r.Iface)<<16
}
