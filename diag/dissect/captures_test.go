package dissect

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// record is one packet of a capture.
type record struct {
	link uint16
	wire uint32
	when int64
	data []byte
}

// readPcap reads a classic capture file of known soundness.
func readPcap(t *testing.T, p []byte) []record {
	t.Helper()
	if len(p) < 24 {
		t.Fatalf("got %d bytes, want a capture file", len(p))
	}
	order, unit := binary.ByteOrder(binary.LittleEndian), int64(1000)
	switch binary.BigEndian.Uint32(p) {
	case 0xa1b2c3d4:
		order = binary.BigEndian
	case 0xa1b23c4d:
		order, unit = binary.BigEndian, 1
	case 0x4d3cb2a1:
		unit = 1
	}
	link := uint16(order.Uint32(p[20:]))
	var all []record
	for p = p[24:]; len(p) >= 16; {
		n := int(order.Uint32(p[8:]))
		when := int64(order.Uint32(p))*1e9 + int64(order.Uint32(p[4:]))*unit
		all = append(all, record{link, order.Uint32(p[12:]), when, p[16 : 16+n]})
		p = p[16+n:]
	}
	return all
}

// fields are what tshark tells of a frame's innermost headers. Those of an
// ICMP error's quotation count as innermost too.
var fields = []string{"frame.number", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
	"tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len", "tcp.window_size_value", "tcp.hdr_len", "ip.ttl", "ipv6.hlim"}

// line writes a segment as tshark writes fields.
func line(frame int, s *Segment) string {
	v4, v6, ttl4, ttl6 := [2]string{s.Source().Addr().String(), s.Destination().Addr().String()}, [2]string{}, fmt.Sprint(s.TTL), ""
	if s.V6 {
		v4, v6, ttl4, ttl6 = v6, v4, ttl6, ttl4
	}
	return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t0x%04x\t%d\t%d\t%d\t%s\t%s", frame, v4[0], v4[1], v6[0], v6[1],
		s.SrcPort, s.DstPort, s.Seq, s.Ack, s.Flags, s.Len, s.Window, s.HeaderLen, ttl4, ttl6)
}

// shark is what tshark says of the TCP frames of a file, a line each.
func shark(t *testing.T, path string) []string {
	t.Helper()
	args := []string{"-r", path, "-Y", "tcp && !icmp && !icmpv6", "-T", "fields", "-E", "occurrence=l", "-o", "tcp.relative_sequence_numbers:false"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("reading %s with tshark: %v", path, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// classic is a file as a classic capture, whatever its format.
func classic(t *testing.T, path string) []byte {
	t.Helper()
	out, err := exec.Command("tshark", "-r", path, "-F", "nsecpcap", "-w", "-").Output()
	if err != nil {
		t.Fatalf("converting %s with tshark: %v", path, err)
	}
	return out
}

func TestCapturesAsTshark(t *testing.T) {
	dir := os.Getenv("FAULTLINE_CAPTURES")
	if dir == "" {
		t.Skip("FAULTLINE_CAPTURES is not set: no captures to compare on")
	}
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed: nothing to compare with")
	}
	paths, _ := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if len(paths) == 0 {
		t.Fatalf("got no captures in %s", dir)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { compare(t, path) })
	}
}

func compare(t *testing.T, path string) {
	want := shark(t, path)
	d, s, got := New(), Segment{}, []string{}
	for i, r := range readPcap(t, classic(t, path)) {
		if d.Decode(r.link, r.when, r.data, r.wire, &s) == TCP {
			got = append(got, line(i+1, &s))
		}
	}
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Fatalf("of %s\ngot  %s\nwant %s", strings.Join(fields, " "), g, w)
		}
	}
}
