package dissect

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// cut is an IPv4 packet in pieces of size bytes.
func cut(id int, size int) [][]byte {
	body, all := segment("0123456789abcdef"), [][]byte{}
	for at := 0; at < len(body); at += size {
		more := 0x2000
		if at+size >= len(body) {
			more = 0
		}
		all = append(all, v4With(1, 6, id, more|at/8, body[at:min(at+size, len(body))]))
	}
	return all
}

// cut6 is the same of IPv6.
func cut6(id uint32, size int) [][]byte {
	body, all := segment("0123456789abcdef"), [][]byte{}
	for at := 0; at < len(body); at += size {
		more := 1
		if at+size >= len(body) {
			more = 0
		}
		all = append(all, v6(1, 44, join([]byte{6, 0}, u16(at|more), u32(id), body[at:min(at+size, len(body))])))
	}
	return all
}

// feed decodes packets a second apart, and tells each by a letter: T a
// segment, f a fragment that completes nothing, ? anything else.
func feed(d *Decoder, packets ...[]byte) (letters string, last Segment) {
	for i, p := range packets {
		s := Segment{}
		switch kind := d.Decode(101, int64(i)*1e9, p, uint32(len(p)), &s); {
		case kind == TCP:
			letters, last = letters+"T", s
		case s.Skip == wordFragment:
			letters += "f"
		default:
			letters += "?"
		}
	}
	return letters, last
}

// whole is what the packets of fragmented hold.
const whole = "0123456789abcdef"

// fragmented are packets in fragments, by name: what feed makes of them.
func fragmented() map[string]struct {
	packets [][]byte
	want    string
	payload string
} {
	a, other, body := cut(7, 16), cut(7, 16), segment(whole)
	for i := range other {
		other[i] = v4With(2, 6, 7, int(be16(a[i][6:])), a[i][20:])
	}
	reversed := slices.Clone(a)
	slices.Reverse(reversed)
	early, late := v4With(1, 6, 7, 0x2000, body[:40]), v4With(1, 6, 7, 4, bytes.Repeat([]byte("X"), 16))
	again := v4With(1, 6, 7, 0x2000, bytes.Repeat([]byte{0xff}, 40))
	return map[string]struct {
		packets [][]byte
		want    string
		payload string
	}{
		"in order":                 {a, "ffT", whole},
		"reversed":                 {reversed, "ffT", whole},
		"of eight bytes":           {cut(7, 8), "fffffT", whole},
		"IPv6":                     {cut6(7, 16), "ffT", whole},
		"two at once":              {[][]byte{a[0], other[0], a[1], other[1], a[2], other[2]}, "ffffTT", whole},
		"one missing":              {[][]byte{a[0], a[2]}, "ff", ""},
		"each twice":               {[][]byte{a[0], a[0], a[1], a[1], a[2]}, "ffffT", whole},
		"overlapping":              {[][]byte{early, late}, "fT", "01234567XXXXXXXX"},
		"overlapping, reversed":    {[][]byte{late, early}, "fT", "01234567XXXXXXXX"},
		"one offset, two contents": {[][]byte{early, again, late}, "ffT", "01234567XXXXXXXX"},
	}
}

func TestFragments(t *testing.T) {
	for name, c := range fragmented() {
		t.Run(name, func(t *testing.T) {
			if got, s := feed(New(), c.packets...); got != c.want || string(s.Payload) != c.payload || int(s.Len) != len(c.payload) {
				t.Errorf("got %s, %q, %d want %s, %q", got, s.Payload, s.Len, c.want, c.payload)
			}
		})
	}
}

// TestFragmentsAsTshark has tshark find the segments at the same packets,
// with the same payload.
func TestFragmentsAsTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed: nothing to compare with")
	}
	for name, c := range fragmented() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fragments.pcap")
			if err := os.WriteFile(path, pcapOf(101, c.packets...), 0o600); err != nil {
				t.Fatal(err)
			}
			want := []byte(strings.Repeat("f", len(c.packets)))
			for _, l := range shark(t, path) {
				if l == "" {
					continue
				}
				frame, _, _ := strings.Cut(l, "\t")
				n, _ := strconv.Atoi(frame)
				want[n-1] = 'T'
				if !strings.HasSuffix(l, fmt.Sprintf("\t%x", c.payload)) {
					t.Errorf("tshark reads %s want a payload of %x", l, c.payload)
				}
			}
			if c.want != string(want) {
				t.Errorf("got %s, tshark %s", c.want, want)
			}
		})
	}
}

// TestFragmentsTwice has a packet that was captured twice found twice.
func TestFragmentsTwice(t *testing.T) {
	if got, _ := feed(New(), append(cut(7, 16), cut(7, 16)...)...); got != "ffTffT" {
		t.Errorf("got %s want ffTffT", got)
	}
}

// TestFragmentBeyondTheLast leaves out what lies behind the end.
func TestFragmentBeyondTheLast(t *testing.T) {
	body := segment(whole)
	last, beyond := v4With(1, 6, 7, 4, body[32:]), v4With(1, 6, 7, 0x2000|6, make([]byte, 16))
	if got, s := feed(New(), last, beyond, v4With(1, 6, 7, 0x2000, body[:32])); got != "ffT" || string(s.Payload) != whole {
		t.Errorf("got %s, %q want ffT, %q", got, s.Payload, whole)
	}
}

// TestFragmentedTunnel finds a segment in a tunnel whose packets were cut up.
func TestFragmentedTunnel(t *testing.T) {
	body := datagramTo(4789, vxlan(5, ether(0x0800, tcp4)))
	got, s := feed(New(), v4With(2, 17, 9, 0x2000, body[:80]), v4With(2, 17, 9, 10, body[80:]))
	if got != "fT" || !s.Tunnel || s.TTL != 61 || string(s.Payload) != "hello" {
		t.Errorf("got %s, %+v", got, s)
	}
}

// TestManyFragments: a datagram may come in as many as hundreds of pieces of two units.
func TestManyFragments(t *testing.T) {
	var d Decoder
	body := segment(strings.Repeat("x", 313*16-20))
	for at := 0; at < len(body); at += 16 {
		more, want := 0x2000, TCP
		if at+16 >= len(body) {
			more = 0
		}
		p, s := v4With(1, 6, 7, more|at/8, body[at:min(at+16, len(body))]), Segment{}
		if kind := d.Decode(101, int64(at), p, uint32(len(p)), &s); more == 0 && (kind != want || s.Len != 313*16-20) {
			t.Errorf("got kind %v with %d bytes, want %v with %d", kind, s.Len, want, 313*16-20)
		}
	}
}

func TestFragmentTooLate(t *testing.T) {
	d, s, a := New(), Segment{}, cut(7, 16)
	for i, when := range []int64{0, 20e9, 31e9} {
		d.Decode(101, when, a[i], uint32(len(a[i])), &s)
	}
	if s.Kind != Skipped || s.Skip != wordFragment {
		t.Errorf("got %d, %q want a fragment", s.Kind, s.Skip)
	}
}

func TestFragmentLimits(t *testing.T) {
	for _, c := range []struct {
		name string
		give func(i int) []byte
	}{
		{"many datagrams", func(i int) []byte { return cut6(uint32(i), 16)[0] }},
		{"many pieces", func(i int) []byte { return v4With(1, 6, 7, 0x2000|i&0xfff, make([]byte, 8)) }},
		{"the same piece", func(int) []byte { return v4With(1, 6, 7, 0x2001, make([]byte, 8)) }},
		{"many bytes", func(i int) []byte {
			return v6(byte(i>>8), 44, join([]byte{6, 0, 0, 1}, u32(uint32(i)), make([]byte, 40000)))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, s := New(), Segment{}
			for i := range 3000 {
				p := c.give(i)
				d.Decode(101, int64(i), p, uint32(len(p)), &s)
				if err := d.fragments.sound(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// sound says what is wrong with the accounts, or beyond the limits.
func (f *fragments) sound() error {
	kept := 0
	for _, g := range f.open {
		n := 0
		for _, p := range g.pieces {
			n += len(p.data)
		}
		if n != g.kept || len(g.pieces) > mostPieces {
			return fmt.Errorf("a datagram of %d pieces: got %d bytes counted as %d", len(g.pieces), n, g.kept)
		}
		kept += n
	}
	if kept != f.kept || kept > mostKept || len(f.by) != len(f.open) || len(f.open) > mostDatagrams {
		return fmt.Errorf("%d datagrams: got %d bytes counted as %d", len(f.open), kept, f.kept)
	}
	return nil
}
