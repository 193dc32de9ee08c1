package dissect

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tcp4 and tcp6 are the innermost packets of most cases.
var (
	tcp4 = v4(1, 6, segment("hello"))
	tcp6 = v6(1, 6, segment("hello"))
)

// innermost are packets of every way that leads to tcp4 or tcp6.
var innermost = []struct {
	name   string
	link   uint16
	packet []byte
	v6     bool
	tunnel bool
	apart  bool
}{
	{name: "Ethernet", link: 1, packet: ether(0x0800, tcp4)},
	{name: "Ethernet, IPv6", link: 1, packet: ether(0x86dd, tcp6), v6: true},
	{name: "Ethernet with padding", link: 1, packet: ether(0x0800, join(tcp4, make([]byte, 9)))},
	{name: "Ethernet, IPv6 with padding", link: 1, packet: ether(0x86dd, join(tcp6, make([]byte, 9))), v6: true},
	{name: "802.3 with SNAP", link: 1, packet: ether(8+len(tcp4), snap(0x0800, tcp4))},
	{name: "VLAN", link: 1, packet: ether(0x8100, tag(0x6005, 0x0800, tcp4)), apart: true},
	{name: "priority tag", link: 1, packet: ether(0x8100, tag(0x6000, 0x0800, tcp4))},
	{name: "802.1ad", link: 1, packet: ether(0x88a8, tag(5, 0x8100, tag(6, 0x86dd, tcp6))), v6: true, apart: true},
	{name: "QinQ", link: 1, packet: ether(0x9100, tag(5, 0x8100, tag(6, 0x0800, tcp4))), apart: true},
	{name: "four tags", link: 1, packet: ether(0x8100, tag(5, 0x8100, tag(6, 0x8100, tag(7, 0x8100, tag(8, 0x0800, tcp4))))), apart: true},
	{name: "raw 12", link: 12, packet: tcp4},
	{name: "raw 14", link: 14, packet: tcp6, v6: true},
	{name: "raw", link: 101, packet: tcp4},
	{name: "raw, IPv6", link: 101, packet: tcp6, v6: true},
	{name: "raw IPv4", link: 228, packet: tcp4},
	{name: "raw IPv6", link: 229, packet: tcp6, v6: true},
	{name: "null, big endian", link: 0, packet: join([]byte{0, 0, 0, 2}, tcp4)},
	{name: "null, little endian", link: 0, packet: join([]byte{2, 0, 0, 0}, tcp4)},
	{name: "null, IPv6 of NetBSD", link: 0, packet: join([]byte{24, 0, 0, 0}, tcp6), v6: true},
	{name: "null, IPv6 of FreeBSD", link: 0, packet: join([]byte{0, 0, 0, 28}, tcp6), v6: true},
	{name: "null, IPv6 of Darwin", link: 0, packet: join([]byte{30, 0, 0, 0}, tcp6), v6: true},
	{name: "loop", link: 108, packet: join([]byte{0, 0, 0, 24}, tcp6), v6: true},
	{name: "cooked", link: 113, packet: join([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0}, tcp4)},
	{name: "cooked with VLAN", link: 113, packet: join([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x81, 0}, tag(9, 0x0800, tcp4)), apart: true},
	{name: "cooked v2", link: 276, packet: join([]byte{0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, tcp6), v6: true},
	{name: "PPP", link: 9, packet: join([]byte{0xff, 3, 0, 0x21}, tcp4)},
	{name: "PPP, no address", link: 9, packet: join([]byte{0, 0x57}, tcp6), v6: true},
	{name: "PPP, short protocol", link: 9, packet: join([]byte{0x21}, tcp4)},
	{name: "PPP in HDLC", link: 50, packet: join([]byte{0xff, 3, 0, 0x57}, tcp6), v6: true},
	{name: "Cisco HDLC", link: 104, packet: join([]byte{0x0f, 0, 8, 0}, tcp4)},
	{name: "PPPoE", link: 1, packet: ether(0x8864, join([]byte{0x11, 0, 0, 9}, u16(len(tcp4)+2), []byte{0, 0x21}, tcp4))},
	{name: "PPPoE as a link", link: 51, packet: join([]byte{0x11, 0, 0, 9}, u16(len(tcp4)+2), []byte{0, 0x21}, tcp4)},
	{name: "MPLS", link: 1, packet: ether(0x8847, mplsLabels(1, tcp4))},
	{name: "MPLS, three labels", link: 1, packet: ether(0x8847, mplsLabels(3, tcp6)), v6: true},
	{name: "MPLS pseudowire", link: 1, packet: ether(0x8847, mplsLabels(2, join(u32(1), ether(0x0800, tcp4)))), tunnel: true},
	{name: "802.11", link: 105, packet: dot11(0, 1, snap(0x0800, tcp4))},
	{name: "802.11, QoS", link: 105, packet: dot11(8, 2, []byte{0, 0}, snap(0x86dd, tcp6)), v6: true},
	{name: "802.11, QoS and HT control", link: 105, packet: dot11(8, 0x82, []byte{0, 0, 0, 0, 0, 0}, snap(0x0800, tcp4))},
	{name: "802.11, four addresses", link: 105, packet: dot11(8, 3, []byte{2, 0, 0, 0, 0, 4, 0, 0}, snap(0x0800, tcp4))},
	{name: "radiotap", link: 127, packet: radio(0, dot11(0, 1, snap(0x0800, tcp4)))},
	{name: "radiotap, frame check sequence", link: 127, packet: radio(0x10, dot11(0, 1, snap(0x0800, tcp4), make([]byte, 4)))},
	{name: "radiotap, padded", link: 127, packet: radio(0x20, dot11(8, 1, []byte{0, 0, 0, 0}, snap(0x0800, tcp4)))},
	{name: "radiotap, two bitmaps", link: 127, packet: join([]byte{0, 0, 13, 0, 2, 0, 0, 0x80, 0, 0, 0, 0, 0x10}, dot11(0, 1, snap(0x0800, tcp4), make([]byte, 4)))},
	{name: "NFLOG", link: 239, packet: join([]byte{2, 0, 0, 5, 8, 0, 1, 0, 8, 0, 1, 0, 5, 0, 10, 0, 0, 0, 0, 0}, []byte{byte(len(tcp4) + 4), 0, 9, 0}, tcp4)},
	{name: "PPI", link: 192, packet: join([]byte{0, 0, 8, 0, 105, 0, 0, 0}, dot11(0, 1, snap(0x0800, tcp4)))},
	{name: "IPv4 in IPv4", link: 1, packet: ether(0x0800, v4(2, 4, tcp4)), tunnel: true},
	{name: "IPv6 in IPv4", link: 1, packet: ether(0x0800, v4(2, 41, tcp6)), v6: true, tunnel: true},
	{name: "IPv4 in IPv6", link: 1, packet: ether(0x86dd, v6(2, 4, tcp4)), tunnel: true},
	{name: "IPv6 in IPv6", link: 1, packet: ether(0x86dd, v6(2, 41, tcp6)), v6: true, tunnel: true},
	{name: "eight tunnels", link: 1, packet: ether(0x0800, nested(8)), tunnel: true},
	{name: "GRE", link: 101, packet: v4(2, 47, join([]byte{0, 0, 8, 0}, tcp4)), tunnel: true},
	{name: "GRE with all", link: 101, packet: v4(2, 47, join([]byte{0xb0, 0, 0x86, 0xdd, 0, 0, 0, 0}, u32(77), u32(3), tcp6)), v6: true, tunnel: true, apart: true},
	{name: "GRE, Ethernet", link: 101, packet: v4(2, 47, teb(ether(0x0800, tcp4))), tunnel: true},
	{name: "GRE, PPP", link: 101, packet: v4(2, 47, join([]byte{0x30, 0x81, 0x88, 0x0b}, u16(len(tcp4)+4), u16(3), u32(1), u32(1), []byte{0xff, 3, 0, 0x21}, tcp4)), tunnel: true},
	{name: "ERSPAN I", link: 101, packet: v4(2, 47, join([]byte{0, 0, 0x88, 0xbe}, ether(0x0800, tcp4))), tunnel: true},
	{name: "ERSPAN II", link: 101, packet: v4(2, 47, join([]byte{0x10, 0, 0x88, 0xbe}, u32(1), []byte{0x10, 1, 0, 1, 0, 0, 0, 0}, ether(0x0800, tcp4))), tunnel: true},
	{name: "ERSPAN III", link: 101, packet: v4(2, 47, join([]byte{0x10, 0, 0x22, 0xeb}, u32(1), []byte{0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, ether(0x0800, tcp4))), tunnel: true},
	{name: "VXLAN", link: 101, packet: v4(2, 17, datagramTo(4789, vxlan(55, ether(0x0800, tcp4)))), tunnel: true, apart: true},
	{name: "VXLAN of old", link: 101, packet: v6(2, 17, datagramTo(8472, vxlan(55, ether(0x86dd, tcp6)))), v6: true, tunnel: true, apart: true},
	{name: "Geneve", link: 101, packet: v4(2, 17, datagramTo(6081, join([]byte{1, 0, 0x65, 0x58, 0, 0, 5, 0, 0, 0, 1, 0}, ether(0x0800, tcp4)))), tunnel: true, apart: true},
	{name: "Teredo", link: 101, packet: v4(2, 17, datagramTo(3544, tcp6)), v6: true, tunnel: true},
	{name: "Teredo with all", link: 101, packet: v4(2, 17, datagramTo(3544, join([]byte{0, 1, 2, 3}, make([]byte, 2+3+9), []byte{0, 0, 1, 2, 3, 4, 5, 6}, tcp6))), v6: true, tunnel: true},
	{name: "GTP-U", link: 101, packet: v4(2, 17, datagramTo(2152, join([]byte{0x30, 255}, u16(len(tcp4)), u32(5), tcp4))), tunnel: true},
	{name: "GTP-U with an extension", link: 101, packet: v4(2, 17, datagramTo(2152, join([]byte{0x34, 255}, u16(len(tcp4)+8), u32(5), []byte{0, 0, 0, 0x85, 1, 0, 1, 0}, tcp4))), tunnel: true},
	{name: "authentication header", link: 101, packet: v4(1, 51, join([]byte{6, 4, 0, 0}, make([]byte, 20), segment("hello")))},
	{name: "extension headers", link: 101, packet: v6(1, 0, join([]byte{60, 0, 1, 4, 0, 0, 0, 0}, extensions(3, segment("hello")))), v6: true},
	{name: "sixteen extension headers", link: 101, packet: v6(1, 60, extensions(15, segment("hello"))), v6: true},
	{name: "authentication header, IPv6", link: 101, packet: v6(1, 51, join([]byte{6, 4, 0, 0}, make([]byte, 20), segment("hello"))), v6: true},
	{name: "atomic fragment", link: 101, packet: v6(1, 44, join([]byte{6, 0, 0, 0}, u32(9), segment("hello"))), v6: true},
	{name: "Ethernet in IPv6", link: 101, packet: v6(2, 143, ether(0x0800, tcp4)), tunnel: true},
	{name: "EtherIP", link: 101, packet: v4(2, 97, join([]byte{0x30, 0}, ether(0x0800, tcp4))), tunnel: true},
}

const (
	lineTCP = "\t40000\t80\t1000\t2000\t0x0018\t5\t502\t32\t0101080a0000000700000009\t68656c6c6f"
	line4   = "1\t10.0.1.1\t10.0.1.2\t61\t0x0007\t1\t0x00\t\t\t" + lineTCP
	line6   = "1\t\t\t\t\t\t\t2001:db8:1::1\t2001:db8:1::2\t61" + lineTCP
)

func TestInnermost(t *testing.T) {
	for _, c := range innermost {
		t.Run(c.name, func(t *testing.T) {
			s := Segment{}
			if got := New().Decode(c.link, 0, c.packet, uint32(len(c.packet)), &s); got != TCP {
				t.Fatalf("kind: got %d, %q want TCP", got, s.Skip)
			}
			want := line4
			if c.v6 {
				want = line6
			}
			if got := line(1, &s); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if s.Tunnel != c.tunnel || (s.Apart != 0) != c.apart {
				t.Errorf("tunnel, apart: got %t, %#x want %t, %t", s.Tunnel, s.Apart, c.tunnel, c.apart)
			}
			if string(s.Payload) != "hello" || len(s.Options) != 12 || s.DF == c.v6 {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// alone are the cases of innermost that tshark 4.0.17 reads nothing in, by
// its defaults.
var alone = map[string]bool{"MPLS pseudowire": true, "VXLAN of old": true}

// TestInnermostAsTshark reads the cases of each link type with tshark in one
// go, so that the packets of these tests are what they say they are.
func TestInnermostAsTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed: nothing to compare with")
	}
	frames, names := map[uint16][][]byte{}, map[uint16][]string{}
	for _, c := range innermost {
		if !alone[c.name] {
			frames[c.link], names[c.link] = append(frames[c.link], c.packet), append(names[c.link], c.name)
		}
	}
	for link := range frames {
		path := filepath.Join(t.TempDir(), "cases.pcap")
		if err := os.WriteFile(path, pcapOf(link, frames[link]...), 0o600); err != nil {
			t.Fatal(err)
		}
		got := shark(t, path)
		for i, p := range frames[link] {
			s := Segment{}
			New().Decode(link, 0, p, uint32(len(p)), &s)
			if want := line(i+1, &s); i >= len(got) || !alike(got[i], want) {
				t.Fatalf("link type %d, %s:\ntshark %s\nhere   %s", link, names[link][i], got[min(i, len(got)-1)], want)
			}
		}
	}
}

// alike compares all that the second line tells: where one IP version is
// within the other, tshark tells of both.
func alike(shark, here string) bool {
	them, us := strings.Split(shark, "\t"), strings.Split(here, "\t")
	for i := range us {
		if us[i] != "" && us[i] != them[i] {
			return false
		}
	}
	return len(us) == len(them)
}

// pcapOf is a capture file of packets.
func pcapOf(link uint16, packets ...[]byte) []byte {
	f := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	f = append(f, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0)
	f = binary.LittleEndian.AppendUint32(f, uint32(link))
	for i, p := range packets {
		for _, v := range []int{1700000000, i, len(p), len(p)} {
			f = binary.LittleEndian.AppendUint32(f, uint32(v))
		}
		f = append(f, p...)
	}
	return f
}

func TestSkipped(t *testing.T) {
	long := ether(0x0800, tcp4)
	for _, c := range []struct {
		name   string
		link   uint16
		packet []byte
		more   int // bytes that were not kept
		want   string
	}{
		{"nothing", 1, nil, 0, "malformed"},
		{"cut in Ethernet", 1, long[:10], 90, "cut"},
		{"cut in IPv4", 1, long[:30], 90, "cut"},
		{"cut in TCP", 1, long[:49], 90, "cut"},
		{"cut in IPv6", 101, tcp6[:39], 90, "cut"},
		{"packet ends in TCP", 101, v4(1, 6, segment("")[:19]), 0, "malformed"},
		{"header longer than segment", 101, v4(1, 6, join(segment("")[:12], []byte{0xf0}, make([]byte, 11))), 0, "malformed"},
		{"header shorter than itself", 101, v4(1, 6, join(segment("")[:12], []byte{0x40}, make([]byte, 11))), 0, "malformed"},
		{"total length below header", 101, join([]byte{0x45, 0, 0, 19}, tcp4[4:]), 0, "malformed"},
		{"IPv4 header too small", 101, join([]byte{0x44}, tcp4[1:]), 0, "malformed"},
		{"version 5", 101, []byte{0x55}, 0, "malformed"},
		{"IPv6 as IPv4", 228, tcp6, 0, "malformed"},
		{"IPv4 as IPv6", 229, tcp4, 0, "malformed"},
		{"ARP", 1, ether(0x0806, make([]byte, 28)), 0, "arp"},
		{"other Ethernet type", 1, ether(0x4321, nil), 0, "other ethertype"},
		{"spanning tree", 1, ether(38, make([]byte, 46)), 0, "llc"},
		{"five tags", 1, ether(0x8100, tag(5, 0x8100, tag(6, 0x8100, tag(7, 0x8100, tag(8, 0x8100, tag(9, 0x0800, tcp4)))))), 0, "too many VLAN tags"},
		{"seventeen labels", 1, ether(0x8847, mplsLabels(17, tcp4)), 0, "too many MPLS labels"},
		{"sixty tunnels", 1, ether(0x0800, nested(60)), 0, "too many tunnels"},
		{"300 extension headers", 101, v6(1, 60, extensions(300, segment(""))), 0, "too many IPv6 headers"},
		{"extension header beyond the end", 101, v6(1, 60, []byte{6, 9, 0, 0, 0, 0, 0, 0}), 0, "malformed"},
		{"no next header", 101, v6(1, 59, nil), 0, "no next header"},
		{"UDP", 1, ether(0x0800, v4(1, 17, datagramTo(53, nil))), 0, "udp"},
		{"echo", 101, v4(1, 1, icmpError(8, 0, 1, nil)), 0, "icmp"},
		{"error about UDP", 101, v4(1, 1, icmpError(3, 3, 0, v4(1, 17, datagramTo(53, nil)))), 0, "icmp"},
		{"neighbor solicitation", 101, v6(1, 58, icmpError(135, 0, 0, nil)), 0, "ipv6 neighbor discovery"},
		{"echo of IPv6", 101, v6(1, 58, icmpError(128, 0, 0, nil)), 0, "icmpv6"},
		{"SCTP", 101, v4(1, 132, nil), 0, "sctp"},
		{"ESP", 101, v6(1, 50, make([]byte, 16)), 0, "esp"},
		{"other protocol", 101, v4(1, 250, nil), 0, "other IP protocol"},
		{"link type", 147, tcp4, 0, "link type 147"},
		{"family", 0, join([]byte{7, 0, 0, 0}, tcp4), 0, "other address family"},
		{"PPP control", 9, []byte{0xff, 3, 0xc0, 0x21, 1, 1}, 0, "ppp"},
		{"PPPoE discovery", 1, ether(0x8863, make([]byte, 6)), 0, "pppoe"},
		{"beacon", 105, join([]byte{0x80, 0}, make([]byte, 30)), 0, "802.11 management"},
		{"acknowledgement", 105, []byte{0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 1}, 0, "802.11 management"},
		{"802.11 of another version", 105, join([]byte{9}, dot11(0, 1, snap(0x0800, tcp4))[1:]), 0, "malformed"},
		{"null data", 105, dot11(4, 1), 0, "802.11 without data"},
		{"encrypted", 105, dot11(0, 0x41, make([]byte, 30)), 0, "802.11 encrypted"},
		{"aggregate", 105, dot11(8, 1, []byte{0x80, 0}, make([]byte, 30)), 0, "802.11 a-msdu"},
		{"piece", 105, dot11(0, 5, make([]byte, 30)), 0, "802.11 fragment"},
		{"GRE of version 2", 101, v4(2, 47, []byte{0, 2, 8, 0, 0x45}), 0, "gre"},
		{"GRE with nothing", 101, v4(2, 47, []byte{0, 0, 8, 0}), 0, "gre"},
		{"Teredo bubble", 101, v4(2, 17, datagramTo(3544, v6(1, 59, nil))), 0, "no next header"},
		{"VXLAN without a number", 101, v4(2, 17, datagramTo(4789, make([]byte, 60))), 0, "udp"},
		{"first fragment", 101, v4With(1, 6, 7, 0x2000, segment("hello.__")[:40]), 0, "fragment"},
		{"fragment that was cut", 101, v4With(1, 6, 7, 0x2000, make([]byte, 40))[:50], 10, "cut"},
		{"fragment of no bytes", 101, v4With(1, 6, 7, 0x2000, nil), 0, "malformed"},
		{"fragment of odd length", 101, v4With(1, 6, 7, 0x2000, make([]byte, 41)), 0, "malformed"},
		{"fragment beyond the largest", 101, v4With(1, 6, 7, 0x1fff, make([]byte, 41)), 0, "fragments beyond limits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Segment{}
			kind := New().Decode(c.link, 0, c.packet, uint32(len(c.packet)+c.more), &s)
			if kind != Skipped || s.Kind != Skipped || s.Skip != c.want {
				t.Errorf("got %d, %q want %q", kind, s.Skip, c.want)
			}
		})
	}
}

func TestWordsAreFew(t *testing.T) {
	d, s, words := New(), Segment{}, map[string]bool{}
	for link := range 1 << 16 {
		if d.Decode(uint16(link), 0, nil, 0, &s) == Skipped && strings.Contains(s.Skip, "link") {
			words[s.Skip] = true
		}
	}
	if len(words) != mostUnknown+1 {
		t.Errorf("got %d words want %d", len(words), mostUnknown+1)
	}
}
