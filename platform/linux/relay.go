package linux

import (
	"encoding/binary"
	"net/netip"
)

// Numbers of RFC 791, RFC 8200, RFC 792, RFC 4443 and RFC 9293.
const (
	protocolICMP  = 1
	protocolTCP   = 6
	protocolICMP6 = 58

	head4     = 20
	head6     = 40
	relayHops = 64

	flagSYN = 0x02
)

// relayed is the pair of questions that go by way of a neighbor.
type relayed struct {
	from, to netip.Addr
	port     uint16 // of the target
	own      uint16 // our port, and the echo's identifier
}

// echo is an IP packet with an echo request.
func (r relayed) echo(seq uint16) []byte {
	kind, protocol := byte(echoRequest4), byte(protocolICMP)
	if r.to.Is6() {
		kind, protocol = echoRequest6, protocolICMP6
	}
	b := []byte{kind, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, r.own)
	b = binary.BigEndian.AppendUint16(b, seq)
	pseudo := protocol
	if r.to.Is4() {
		pseudo = 0 // ICMP of IPv4 has no pseudo header
	}
	return r.packet(protocol, summed(b, 2, r.pseudo(pseudo, len(b))))
}

// syn is an IP packet that asks for a connection.
func (r relayed) syn(seq uint32) []byte {
	b := binary.BigEndian.AppendUint16(nil, r.own)
	b = binary.BigEndian.AppendUint16(b, r.port)
	b = binary.BigEndian.AppendUint32(b, seq)
	b = append(b, 0, 0, 0, 0, 6<<4, flagSYN, 0xff, 0xff, 0, 0, 0, 0)
	b = append(b, 2, 4, 0x05, 0x00) // a segment size that fits every tunnel: 1280
	return r.packet(protocolTCP, summed(b, 16, r.pseudo(protocolTCP, len(b))))
}

// packet puts the IP head before a message.
func (r relayed) packet(protocol byte, body []byte) []byte {
	if r.to.Is6() {
		b := []byte{6 << 4, 0, 0, 0}
		b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
		b = append(append(append(b, protocol, relayHops), r.from.AsSlice()...), r.to.AsSlice()...)
		return append(b, body...)
	}
	b := []byte{4<<4 | head4/4, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(head4+len(body)))
	b = append(b, 0, 0, 0x40, 0, relayHops, protocol, 0, 0) // may not be divided
	b = append(append(b, r.from.AsSlice()...), r.to.AsSlice()...)
	return append(summed(b, 10, 0), body...)
}

// pseudo is the sum of the pseudo header (RFC 9293 §3.1, RFC 8200 §8.1);
// protocol 0 has none.
func (r relayed) pseudo(protocol byte, length int) uint32 {
	if protocol == 0 {
		return 0
	}
	return sum(r.from.AsSlice()) + sum(r.to.AsSlice()) + uint32(protocol) + uint32(length)
}

func sum(b []byte) (s uint32) {
	for i, c := range b {
		if i%2 == 0 {
			s += uint32(c) << 8
		} else {
			s += uint32(c)
		}
	}
	return s
}

// summed writes the checksum (RFC 1071) of b and what comes before it.
func summed(b []byte, at int, before uint32) []byte {
	s := before + sum(b)
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	binary.BigEndian.PutUint16(b[at:], ^uint16(s))
	return b
}

// answers says that an IP packet is the target's answer to one of ours.
func (r relayed) answers(b []byte) bool {
	protocol, body, from, to := split(b)
	if from != r.to || to != r.from || len(body) < 8 {
		return false
	}
	switch protocol {
	case protocolICMP:
		return body[0] == echoReply4 && binary.BigEndian.Uint16(body[4:]) == r.own
	case protocolICMP6:
		return body[0] == echoReply6 && binary.BigEndian.Uint16(body[4:]) == r.own
	case protocolTCP:
		return binary.BigEndian.Uint16(body) == r.port && binary.BigEndian.Uint16(body[2:]) == r.own
	}
	return false
}

// split takes an IP packet apart; extension headers are left alone.
func split(b []byte) (protocol byte, body []byte, from, to netip.Addr) {
	switch {
	case len(b) >= head4 && b[0]>>4 == 4:
		n := int(b[0]&0xf) * 4
		if n < head4 || n > len(b) || binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
			return 0, nil, from, to
		}
		return b[9], b[n:], address(b[12:16]), address(b[16:20])
	case len(b) >= head6 && b[0]>>4 == 6:
		return b[6], b[head6:], address(b[8:24]), address(b[24:40])
	}
	return 0, nil, from, to
}
