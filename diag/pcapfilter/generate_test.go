package pcapfilter

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// generator makes packets of all that filters ask for, of few addresses and
// ports, so that filters select some and not all.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 5))} }

func pick[T any](g generator, of ...T) T { return of[g.IntN(len(of))] }

func (g generator) bytes(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(g.IntN(256))
	}
	return p
}

func u16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

func (g generator) address4() []byte {
	a := netip.MustParseAddr(pick(g, "10.0.0.1", "10.0.0.2", "10.1.2.3", "192.168.1.1", "192.168.2.1", "172.16.5.4", "127.0.0.1"))
	return a.AsSlice()
}

func (g generator) address6() []byte {
	a := netip.MustParseAddr(pick(g, "2001:db8::1", "2001:db8::2", "2001:db8:1::5", "fe80::1", "ff02::1", "::1"))
	return a.AsSlice()
}

func (g generator) port() []byte {
	return u16(pick(g, 22, 53, 80, 443, 8000, 8080, 2048, g.IntN(65536)))
}

// frame is an Ethernet frame with up to two tags.
func (g generator) frame() []byte {
	t, p := g.network()
	for range pick(g, 0, 0, 0, 1, 1, 2) {
		p = slices.Concat(u16(pick(g, 0, 5, 6, 100)|g.IntN(16)<<12), u16(t), p)
		t = pick(g, 0x8100, 0x8100, 0x88a8, 0x9100)
	}
	return slices.Concat(g.bytes(12), u16(t), p)
}

func (g generator) network() (etherType int, p []byte) {
	switch g.IntN(12) {
	case 0:
		return pick(g, 0x0806, 0x0806, 0x8035), slices.Concat([]byte{0, 1, 8, 0, 6, 4, 0, 1}, g.bytes(6), g.address4(), g.bytes(6), g.address4())
	case 1:
		return pick(g, 38, 0x8864, 0x8847, 0x88cc, 0x4321), g.bytes(40)
	case 2, 3, 4, 5:
		return 0x86dd, g.ipv6()
	}
	return 0x0800, g.ipv4()
}

func (g generator) ipv4() []byte {
	proto, body := g.transport(1)
	words := pick(g, 5, 5, 5, 6, 8)
	fragment := pick(g, 0, 0x4000, 0x4000, 0x4000, 0x2000, 0x2000|g.IntN(100), g.IntN(100))
	size := words*4 + len(body)
	if g.IntN(50) == 0 {
		size = 2048 // which reads like IPv4's type behind a tag that is not there
	}
	return slices.Concat([]byte{byte(0x40 | words), byte(g.IntN(256))}, u16(size), g.bytes(2), u16(fragment),
		[]byte{byte(g.IntN(256)), proto, 0, 0}, g.address4(), g.address4(), g.bytes(words*4-20), body)
}

func (g generator) ipv6() []byte {
	next, body := g.transport(58)
	switch g.IntN(6) {
	case 0:
		next, body = 44, slices.Concat([]byte{next, 0}, u16(pick(g, 0, 1, 9, 800)), g.bytes(4), body)
	case 1:
		next, body = pick[byte](g, 0, 60), slices.Concat([]byte{next, 0, 1, 4, 0, 0, 0, 0}, body)
	}
	return slices.Concat([]byte{0x60, 0, 0, 0}, u16(len(body)), []byte{next, byte(g.IntN(256))}, g.address6(), g.address6(), body)
}

// transport is a TCP segment, a datagram, an SCTP chunk, ICMP of the number
// given, or something else.
func (g generator) transport(icmp byte) (proto byte, p []byte) {
	ports := slices.Concat(g.port(), g.port())
	switch g.IntN(10) {
	case 0, 1:
		return 17, slices.Concat(ports, u16(8), u16(0), g.bytes(g.IntN(9)))
	case 2:
		return 132, slices.Concat(ports, g.bytes(20))
	case 3:
		return icmp, slices.Concat([]byte{pick[byte](g, 0, 3, 8, 11, 128, 135), byte(g.IntN(4))}, g.bytes(14))
	case 4:
		return pick[byte](g, 2, 47, 50), g.bytes(24)
	}
	return 6, slices.Concat(ports, g.bytes(8), []byte{0x50, pick[byte](g, 2, 4, 0x10, 0x12, 0x14, 0x18, 0x11, byte(g.IntN(256)))}, g.bytes(6+g.IntN(9)))
}

// capture is n frames, each seventh cut short somewhere when cut is set.
func (g generator) capture(n int, cut bool) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		f := g.frame()
		if cut && i%7 == 0 {
			f = f[:14+g.IntN(len(f)-13)]
		}
		all[i] = f
	}
	return all
}

// file is a capture file of frames, the time of each its number in
// microseconds.
func file(link uint32, frames [][]byte) []byte {
	f := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	f = append(f, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0)
	f = binary.LittleEndian.AppendUint32(f, link)
	for i, p := range frames {
		for _, v := range []int{1700000000, i, len(p), len(p) + 1000} {
			f = binary.LittleEndian.AppendUint32(f, uint32(v))
		}
		f = append(f, p...)
	}
	return f
}

// numbers are those of the packets in a capture file as above.
func numbers(f []byte) []int {
	all := []int{}
	for f = f[min(24, len(f)):]; len(f) >= 16; f = f[16+binary.LittleEndian.Uint32(f[8:]):] {
		all = append(all, int(binary.LittleEndian.Uint32(f[4:])))
	}
	return all
}

var primitives = []string{
	"tcp", "udp", "sctp", "icmp", "icmp6", "ip", "ip6", "arp", "rarp", "vlan", "vlan 5", "vlan 6",
	"host 10.0.0.1", "src host 10.0.0.1", "dst 192.168.1.1", "ip host 10.0.0.2", "arp host 10.0.0.1", "host 2001:db8::1", "src or dst fe80::1",
	"net 10", "net 10.0.0.0/8", "src net 192.168", "dst net 192.168.0.0 mask 255.255.0.0", "net 2001:db8::/32", "ip6 dst net 2001:db8::/47",
	"port 80", "tcp port 443", "udp dst port 53", "src port 22 or 80", "sctp port 80", "portrange 22-100", "tcp src portrange 8000-8080",
	"port (80 or 443)", "src and dst net 10", "proto 6", `ip proto \udp`, "ip6 proto 58",
	"tcp[tcpflags] & (tcp-rst|tcp-syn) != 0", "tcp[tcpflags] == tcp-syn", "tcp[13] & 4 != 0", "tcp[0:2] < 1024", "ip[8] > 64", "icmp[icmptype] = icmp-echo",
}

// expression is a filter composed at random.
func (g generator) expression(depth int) string {
	if depth == 0 || g.IntN(4) == 0 {
		return pick(g, primitives...)
	}
	switch g.IntN(5) {
	case 0:
		return pick(g, "not ", "! ") + "(" + g.expression(depth-1) + ")"
	case 1:
		return "(" + g.expression(depth-1) + ") " + pick(g, "and", "or") + " " + g.expression(depth-1)
	}
	return g.expression(depth-1) + pick(g, " and ", " or ", " && ", " || ", " and not ", " or not ") + g.expression(depth-1)
}
