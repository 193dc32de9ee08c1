package dissect

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
)

func decode(t *testing.T, link uint16, p []byte) *Segment {
	t.Helper()
	s := &Segment{}
	New().Decode(link, 0, p, uint32(len(p)), s)
	return s
}

func TestApart(t *testing.T) {
	packets := map[string][]byte{
		"none":              ether(0x0800, tcp4),
		"VLAN 5":            ether(0x8100, tag(5, 0x0800, tcp4)),
		"VLAN 6":            ether(0x8100, tag(6, 0x0800, tcp4)),
		"VLAN 5 in 6":       ether(0x8100, tag(6, 0x8100, tag(5, 0x0800, tcp4))),
		"VLAN 6 in 5":       ether(0x8100, tag(5, 0x8100, tag(6, 0x0800, tcp4))),
		"VNI 5":             ether(0x0800, v4(2, 17, datagramTo(4789, vxlan(5, ether(0x0800, tcp4))))),
		"VNI 6":             ether(0x0800, v4(2, 17, datagramTo(4789, vxlan(6, ether(0x0800, tcp4))))),
		"VNI 5, VLAN 6":     ether(0x0800, v4(2, 17, datagramTo(4789, vxlan(5, ether(0x8100, tag(6, 0x0800, tcp4)))))),
		"VNI 5 within VLAN": ether(0x8100, tag(6, 0x0800, v4(2, 17, datagramTo(4789, vxlan(5, ether(0x0800, tcp4)))))),
		"key 5":             ether(0x0800, v4(2, 47, join([]byte{0x20, 0, 8, 0}, u32(5), tcp4))),
		"key 0":             ether(0x0800, v4(2, 47, join([]byte{0x20, 0, 8, 0}, u32(0), tcp4))),
	}
	names := map[uint32]string{}
	for name, p := range packets {
		s := decode(t, 1, p)
		if s.Kind != TCP || names[s.Apart] != "" {
			t.Errorf("%s: got %d, %#x, which %q has too", name, s.Kind, s.Apart, names[s.Apart])
		}
		names[s.Apart] = name
	}
	same := map[string][]byte{
		"priority":              ether(0x8100, tag(0xe000, 0x0800, tcp4)),
		"labels":                ether(0x8847, mplsLabels(3, tcp4)),
		"a tunnel of no number": ether(0x0800, v4(2, 4, tcp4)),
	}
	for name, p := range same {
		if s := decode(t, 1, p); s.Kind != TCP || s.Apart != 0 {
			t.Errorf("%s: got %d, %#x want 0", name, s.Kind, s.Apart)
		}
	}
}

func TestLengths(t *testing.T) {
	whole := ether(0x0800, v4(1, 6, segment("0123456789")))
	tso := bytes.Clone(whole)
	tso[16], tso[17] = 0, 0
	jumbo := v6(1, 6, segment("0123456789"))
	jumbo[4], jumbo[5] = 0, 0
	for _, c := range []struct {
		name    string
		link    uint16
		packet  []byte
		wire    int
		options int
		payload string
		want    uint32
	}{
		{"whole", 1, whole, len(whole), 12, "0123456789", 10},
		{"payload cut", 1, whole[:len(whole)-7], len(whole), 12, "012", 10},
		{"options cut", 1, whole[:14+20+24], len(whole), 4, "", 10},
		{"options cut off", 1, whole[:14+20+20], len(whole), 0, "", 10},
		{"cut, and the file does not say so", 1, whole[:len(whole)-7], len(whole) - 7, 12, "012", 3},
		{"padded", 1, join(whole, []byte("pad")), len(whole) + 3, 12, "0123456789", 10},
		{"total length 0", 1, tso, len(tso), 12, "0123456789", 10},
		{"total length 0, cut", 1, tso[:len(tso)-4], len(tso), 12, "012345", 10},
		{"payload length 0", 101, jumbo, len(jumbo), 12, "0123456789", 10},
		{"wire length too small", 1, whole, 3, 12, "0123456789", 10},
		{"wire length absurd", 1, whole, 0x7fffffff, 12, "0123456789", 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Segment{}
			if New().Decode(c.link, 0, c.packet, uint32(c.wire), &s) != TCP {
				t.Fatalf("got %q want TCP", s.Skip)
			}
			if s.Len != c.want || string(s.Payload) != c.payload || len(s.Options) != c.options || s.HeaderLen != 32 {
				t.Errorf("got %d, %q, %d bytes of options want %d, %q, %d", s.Len, s.Payload, len(s.Options), c.want, c.payload, c.options)
			}
		})
	}
}

func TestICMPErrors(t *testing.T) {
	routed := join([]byte{0x60, 0, 0, 0, 0, 60, 44, 61}, tcp6[8:40], []byte{6, 0, 0, 1}, u32(9), segment("hello"))
	for _, c := range []struct {
		name       string
		packet     []byte
		kind, code uint8
		mtu        uint32
		from       string
		source     string
		flags      uint16
	}{
		{"eight bytes", v4(2, 1, icmpError(3, 13, 0, tcp4[:28])), 3, 13, 0, "10.0.2.1", "10.0.1.1:40000", 0},
		{"whole", v4(2, 1, icmpError(3, 4, 1400, tcp4)), 3, 4, 1400, "10.0.2.1", "10.0.1.1:40000", 0x18},
		{"time exceeded", v4(2, 1, icmpError(11, 0, 0, tcp4)), 11, 0, 0, "10.0.2.1", "10.0.1.1:40000", 0x18},
		{"parameter problem", v4(2, 1, icmpError(12, 0, 0, tcp4)), 12, 0, 0, "10.0.2.1", "10.0.1.1:40000", 0x18},
		{"IPv6 unreachable", v6(2, 58, icmpError(1, 4, 0, tcp6)), 1, 4, 0, "2001:db8:2::1", "[2001:db8:1::1]:40000", 0x18},
		{"IPv6 too big", v6(2, 58, icmpError(2, 0, 1280, tcp6)), 2, 0, 1280, "2001:db8:2::1", "[2001:db8:1::1]:40000", 0x18},
		{"first fragment of IPv6", v6(2, 58, icmpError(2, 0, 1280, routed)), 2, 0, 1280, "2001:db8:2::1", "[2001:db8:1::1]:40000", 0x18},
		{"IPv6 about IPv4", v6(2, 58, icmpError(3, 0, 0, tcp4)), 3, 0, 0, "2001:db8:2::1", "10.0.1.1:40000", 0x18},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := decode(t, 101, c.packet)
			if s.Kind != ICMP || s.ICMPType != c.kind || s.ICMPCode != c.code || s.MTU != c.mtu {
				t.Fatalf("got %d, %q, type %d, code %d, MTU %d", s.Kind, s.Skip, s.ICMPType, s.ICMPCode, s.MTU)
			}
			if from := addrPort(s.ICMPFrom, s.ICMPFromV6, 0).Addr(); from != netip.MustParseAddr(c.from) {
				t.Errorf("from: got %v want %s", from, c.from)
			}
			if got := fmt.Sprint(s.Source()); got != c.source || s.Seq != 1000 || s.Flags != c.flags {
				t.Errorf("got %s, seq %d, flags %#x want %s, 1000, %#x", got, s.Seq, s.Flags, c.source, c.flags)
			}
		})
	}
}

func TestFourthVersionAfterSixth(t *testing.T) {
	s := decode(t, 101, v6(2, 4, tcp4))
	if s.Src != [16]byte{10, 0, 1, 1} || s.V6 || s.ID != 7 {
		t.Errorf("got %v, v6 %t, id %d want 10.0.1.1 and nothing of the outer header", s.Src, s.V6, s.ID)
	}
}
