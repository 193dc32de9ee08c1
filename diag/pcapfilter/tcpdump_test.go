package pcapfilter

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// filters are all forms, and what is odd about them.
var filters = append([]string{
	"", "host 10.1.2.3 and port 80", "src 10.0.0.1 and dst 10.0.0.2", "src and dst host 127.0.0.1", "dst or src net 172.16",
	"host (10.0.0.1 or 10.0.0.2)", "host 10.0.0.1 or 10.0.0.2 or 192.168.1.1", "not host 10.0.0.1 and 10.0.0.2", "host not 10.0.0.1",
	"ip net 192.168.1.0/24", "net 192.168.0.0/23", "net 0.0.0.0/0", "rarp net 10", "ip6 host ::1", "net ::/0", "net fe80::/10", "net 2001:db8::1",
	"host 2001:db8::1/128", "port 0x50", "port 0120", "port 80 or not 443", "not port 80 or 443", "portrange 90-22", "udp portrange 53", "dst port not 80",
	"portrange (22-53 or 8000-9000)", "tcp or udp and port 53", "tcp or (udp and port 53)", "not tcp and not udp", "!tcp && !(udp || icmp)", "not not tcp",
	"vlan and tcp", "vlan 5 and port 80", "vlan 5 and vlan 6", "vlan and vlan and host 10.0.0.1", "vlan or tcp", "tcp or vlan", "not vlan and udp",
	"vlan 5 or vlan 6", "vlan and not arp", "vlan and tcp[tcpflags] & tcp-rst != 0", "vlan and net 2001:db8::/32",
	"tcp[tcpflags] & tcp-rst = 0", "not (tcp[13] & 4 != 0)", "tcp[13]=18", "(tcp[13] & 4) != 0 and port 80", "tcp[12] >> 4 = 5", "tcp[12] & 0xf0 >> 2 > 3",
	"tcp[(tcp[12] >> 4) * 4] > 100", "4 & tcp[13] = 4", "tcp[13] - 2 = 0", "tcp[13] & -4 = 0x10", "udp[4:2] = 8", "ip[6:2] & 0x1fff != 0", "ip[2:2] > 60",
	"ip6[6] = 58", "icmp6[0] = 135", "arp[6:2] = 1", "sctp[0:4] > 0x00500000", "ip[16:4] = 0x0a000002", "1 = 1 and tcp", "2 + 3 * 4 - 1 << 1 | 1 = 27",
	"tcp[0:2] = udp[0:2]", "ip[8] < 64 and ip[9] = 6 or ip6[7] >= 64", "tcp[13] / 2 = 1", "icmp[icmpcode] = 1 or icmp[0] = 3", "tcp-syn = 2",
	"proto 17", "ip proto 6", `proto \sctp`, "ip6 proto 44", "src or dst port 80 and not dst net 10",
}, primitives...)

// dump is which packets of a file tcpdump selects, with an option for it.
func dump(t *testing.T, path, option, filter string) []int {
	t.Helper()
	cmd := exec.Command("tcpdump", "-n", option, "-r", path, "-w", "-", filter)
	errors := bytes.Buffer{}
	cmd.Stderr = &errors
	out, err := cmd.Output()
	switch {
	case strings.Contains(errors.String(), "expression rejects all packets"):
		return []int{}
	case err != nil:
		t.Fatalf("%q: tcpdump: %v\n%s", filter, err, errors.String())
	}
	return numbers(out)
}

func selected(t *testing.T, link uint16, frames [][]byte, filter string) []int {
	t.Helper()
	f, err := Parse(filter)
	if err != nil {
		t.Fatalf("%q: %v", filter, err)
	}
	all := []int{}
	for i, p := range frames {
		if f.Match(link, p) {
			all = append(all, i)
		}
	}
	return all
}

func needTcpdump(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("tcpdump is not installed: nothing to compare with")
	}
}

// The options of tcpdump that tests compare with. Its optimizer leaves out
// reads of packets that change nothing else, and in libpcap 1.10 also makes
// mistakes with masks ("A or B and A", A being ip6 dst net 2001:db8::/47):
// some packets it selects only with, some only without.
const (
	usual     = "-t" // of no effect when writing
	unchanged = "-O" // no optimizer
)

// against compares filters on frames with tcpdump: what is selected must be
// what tcpdump selects with one of the options. A filter that selects nothing
// or all of the frames shows little, so most must not.
func against(t *testing.T, link uint16, frames [][]byte, filters []string, options ...string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "frames.pcap")
	if err := os.WriteFile(path, file(uint32(link), frames), 0o600); err != nil {
		t.Fatal(err)
	}
	telling := 0
	for _, filter := range filters {
		got, want := selected(t, link, frames, filter), [][]int{}
		for _, option := range options {
			want = append(want, dump(t, path, option, filter))
		}
		if len(got) > 0 && len(got) < len(frames) {
			telling++
		}
		for i := range frames {
			_, here := slices.BinarySearch(got, i)
			if !slices.ContainsFunc(want, func(w []int) bool { _, there := slices.BinarySearch(w, i); return there == here }) {
				t.Errorf("%q: got %d packets want %d; packet %d: got %t: %x", filter, len(got), len(want[0]), i, here, frames[i])
				break
			}
		}
	}
	if telling < len(filters)*2/3 {
		t.Errorf("got %d of %d filters that select some and not all", telling, len(filters))
	}
}

func TestAsTcpdump(t *testing.T) {
	needTcpdump(t)
	against(t, 1, newGenerator(1).capture(10000, false), filters, usual)
}

func TestAsTcpdumpOnPacketsCutShort(t *testing.T) {
	needTcpdump(t)
	against(t, 1, newGenerator(2).capture(10000, true), filters, usual, unchanged)
}

func TestAsTcpdumpComposed(t *testing.T) {
	needTcpdump(t)
	g, composed := newGenerator(3), []string{}
	for range 200 {
		composed = append(composed, g.expression(3))
	}
	against(t, 1, g.capture(10000, false), composed, usual, unchanged)
}

// TestAsTcpdumpOnOtherLinks puts the same packets behind other headers.
// tcpdump knows no tags there.
func TestAsTcpdumpOnOtherLinks(t *testing.T) {
	needTcpdump(t)
	untagged := slices.DeleteFunc(slices.Clone(filters), func(f string) bool { return strings.Contains(f, "vlan") })
	sll, sll2 := []byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, make([]byte, 18)
	for _, c := range []struct {
		name  string
		link  uint16
		frame func(f []byte) []byte
	}{
		{"raw", 101, func(f []byte) []byte { return f[14:] }},
		{"cooked", 113, func(f []byte) []byte { return slices.Concat(sll, f[12:]) }},
		{"cooked v2", 276, func(f []byte) []byte { return slices.Concat(f[12:14], sll2, f[14:]) }},
		{"PPP", 9, func(f []byte) []byte {
			return slices.Concat([]byte{0xff, 3, 0, map[byte]byte{8: 0x21, 0x86: 0x57}[f[12]]}, f[14:])
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			frames := [][]byte{}
			for _, f := range newGenerator(4).capture(4000, false) {
				if t := int(f[12])<<8 | int(f[13]); t == etherIPv4 || t == etherIPv6 {
					frames = append(frames, c.frame(f))
				}
			}
			against(t, c.link, frames, untagged, usual)
		})
	}
}
