package dissect

import (
	"encoding/binary"
	"slices"
)

// The functions of this file build packets from the inside out. Lengths and
// checksums are right, so that tshark reads them too.

func u16(v int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// segment is a TCP segment from port 40000 to 80, with time stamps.
func segment(payload string) []byte {
	return join(u16(40000), u16(80), u32(1000), u32(2000), []byte{0x80, 0x18}, u16(502), u16(0), u16(0),
		[]byte{1, 1, 8, 10}, u32(7), u32(9), []byte(payload))
}

func ether(t int, p []byte) []byte {
	return join([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, u16(t), p)
}

// tag is a VLAN tag with the type of what follows it, without its own.
func tag(id, t int, p []byte) []byte { return join(u16(id), u16(t), p) }

func checksum(p []byte) int {
	sum := 0
	for i := 0; i < len(p); i += 2 {
		sum += int(binary.BigEndian.Uint16(p[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^sum & 0xffff
}

// v4With is an IPv4 packet of addresses 10.0.net.1 and .2, with flags and
// fragment offset as in the header.
func v4With(network byte, protocol byte, id, flags int, p []byte) []byte {
	head := join([]byte{0x45, 0}, u16(20+len(p)), u16(id), u16(flags), []byte{60 + network, protocol, 0, 0, 10, 0, network, 1, 10, 0, network, 2})
	copy(head[10:], u16(checksum(head)))
	return join(head, p)
}

// v4 is a whole one with DF, of identification 7.
func v4(network, protocol byte, p []byte) []byte { return v4With(network, protocol, 7, 0x4000, p) }

// v6 is an IPv6 packet of addresses 2001:db8:net::1 and ::2.
func v6(network, next byte, p []byte) []byte {
	address := func(last byte) []byte {
		return []byte{0x20, 1, 0x0d, 0xb8, 0, network, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}
	}
	return join([]byte{0x60, 0, 0, 0}, u16(len(p)), []byte{next, 60 + network}, address(1), address(2), p)
}

func datagramTo(port int, p []byte) []byte {
	return join(u16(50000), u16(port), u16(8+len(p)), u16(0), p)
}

// extensions is n destination options headers in front of TCP.
func extensions(n int, p []byte) []byte {
	if n == 0 {
		return p
	}
	next := byte(60)
	if n == 1 {
		next = 6
	}
	return join([]byte{next, 0, 1, 4, 0, 0, 0, 0}, extensions(n-1, p))
}

// nested is n IPv4 headers, one within another, around a segment.
func nested(n int) []byte {
	p := v4(1, 6, segment("hello"))
	for range n {
		p = v4(2, 4, p)
	}
	return p
}

func mplsLabels(n int, p []byte) []byte {
	stack := []byte{}
	for i := range n {
		stack = append(stack, u32(uint32(16+i)<<12|64)...)
	}
	stack[len(stack)-2] |= 1
	return join(stack, p)
}

// snap is LLC and SNAP in front of an Ethernet type.
func snap(t int, p []byte) []byte { return join([]byte{0xaa, 0xaa, 3, 0, 0, 0}, u16(t), p) }

// dot11 is a data frame with the two bytes of frame control.
func dot11(subtype, flags byte, rest ...[]byte) []byte {
	addresses := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3}
	return join([]byte{subtype<<4 | 8, flags, 0, 0}, addresses, []byte{0x10, 0}, join(rest...))
}

// radio is a radiotap header with a time stamp and flags.
func radio(flags byte, p []byte) []byte {
	return join([]byte{0, 0, 17, 0, 3, 0, 0, 0}, make([]byte, 8), []byte{flags}, p)
}

func teb(p []byte) []byte { return join([]byte{0, 0, 0x65, 0x58}, p) }

func vxlan(vni uint32, p []byte) []byte {
	return join([]byte{8, 0, 0, 0}, u32(vni<<8), p)
}

func icmpError(kind, code byte, rest uint32, quoted []byte) []byte {
	p := join([]byte{kind, code, 0, 0}, u32(rest), quoted)
	if len(p)%2 == 0 {
		copy(p[2:], u16(checksum(p)))
	}
	return p
}
