package tcpflow

import (
	"bytes"
	"encoding/binary"

	"faultline/diag/dissect"
)

// Sum says whether the TCP checksum of a segment is right (RFC 9293 §3.1).
type Sum uint8

// The answers. Not known is that of a segment that was not captured whole, or that
// was put together from fragments, or whose checksum an adapter has yet to fill in:
// the field then holds the sum of the pseudo header, with the length or without it
// (CHECKSUM_PARTIAL of include/linux/skbuff.h; NDIS large send offload).
const (
	SumUnknown Sum = iota
	SumRight
	SumWrong
)

// sumOf checks a segment, whose header is looked up in the frame: only the second
// pass asks, and decoding need not keep for it what nobody else reads.
func sumOf(g *dissect.Segment, frame []byte) Sum {
	size := int(g.HeaderLen) + int(g.Len)
	if len(g.Payload) > len(frame) {
		return SumUnknown
	}
	at := bytes.LastIndex(frame[:len(frame)-len(g.Payload)], firstBytes(g))
	if at < 0 || size > 0xffff || int(g.HeaderLen)-20 != len(g.Options) || int(g.Len) != len(g.Payload) || at+size > len(frame) {
		return SumUnknown
	}
	segment := frame[at : at+size]
	if !bytes.Equal(segment[20:g.HeaderLen], g.Options) || !bytes.Equal(segment[g.HeaderLen:], g.Payload) {
		return SumUnknown
	}
	pseudo := 6 + words(g.Src[:]) + words(g.Dst[:])
	switch field := uint64(binary.BigEndian.Uint16(segment[16:])); {
	case folded(pseudo+uint64(size)+words(segment)) == 0xffff:
		return SumRight
	case field == folded(pseudo), field == folded(pseudo+uint64(size)):
		return SumUnknown
	}
	return SumWrong
}

// folded brings a sum to 16 bits.
func folded(sum uint64) uint64 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return sum
}

// firstBytes are those of a TCP header that a segment holds.
func firstBytes(g *dissect.Segment) []byte {
	b := binary.BigEndian.AppendUint16(make([]byte, 0, 16), g.SrcPort)
	b = binary.BigEndian.AppendUint16(b, g.DstPort)
	b = binary.BigEndian.AppendUint32(b, g.Seq)
	b = binary.BigEndian.AppendUint32(b, g.Ack)
	b = binary.BigEndian.AppendUint16(b, uint16(g.HeaderLen)/4<<12|g.Flags&0xfff)
	return binary.BigEndian.AppendUint16(b, g.Window)
}

// words adds up 16 bits at a time (RFC 1071), or 32, which comes to the same when
// folded.
func words(p []byte) (sum uint64) {
	for ; len(p) >= 4; p = p[4:] {
		sum += uint64(binary.BigEndian.Uint32(p))
	}
	for ; len(p) >= 2; p = p[2:] {
		sum += uint64(p[0])<<8 | uint64(p[1])
	}
	if len(p) > 0 {
		sum += uint64(p[0]) << 8
	}
	return sum
}
