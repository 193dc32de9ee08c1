package dissect

import (
	"bytes"
	"fmt"
	"slices"
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

func TestFragments(t *testing.T) {
	other := cut(8, 16)
	for i := range other {
		other[i][15] = 9
	}
	a := cut(7, 16)
	reversed := slices.Clone(a)
	slices.Reverse(reversed)
	for _, c := range []struct {
		name    string
		packets [][]byte
		want    string
	}{
		{"in order", a, "fffT"[len("fffT")-len(a):]},
		{"reversed", reversed, "fffT"[len("fffT")-len(a):]},
		{"of eight bytes", cut(7, 8), "fffffT"},
		{"IPv6", cut6(7, 16), "ffT"},
		{"two at once", [][]byte{a[0], other[0], a[1], other[1], a[2], other[2]}, "ffffTT"},
		{"one missing", [][]byte{a[0], a[2]}, "ff"},
		{"each twice", [][]byte{a[0], a[0], a[1], a[1], a[2]}, "ffffT"},
		{"twice whole", append(slices.Clone(a), a...), "ffTffT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, s := feed(New(), c.packets...)
			if got != c.want {
				t.Fatalf("got %s want %s", got, c.want)
			}
			if got[len(got)-1] == 'T' && (string(s.Payload) != "0123456789abcdef" || s.Len != 16 || s.SrcPort != 40000) {
				t.Errorf("got %q, %d from %d", s.Payload, s.Len, s.SrcPort)
			}
		})
	}
}

// TestFragmentOverlap has the piece that begins first win, and of two that
// begin alike the one that came first.
func TestFragmentOverlap(t *testing.T) {
	body := segment("0123456789abcdef")
	early := v4With(1, 6, 7, 0x2000, body[:40])
	alike := v4With(1, 6, 7, 0x2000, bytes.Repeat([]byte{0xff}, 40))
	late := v4With(1, 6, 7, 4, bytes.Repeat([]byte("X"), 16))
	if got, s := feed(New(), early, alike, late); got != "ffT" || string(s.Payload) != "01234567XXXXXXXX" {
		t.Errorf("got %s, %q want ffT and 01234567XXXXXXXX", got, s.Payload)
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
	if kept != f.kept || kept > mostKept || len(f.open) > mostDatagrams {
		return fmt.Errorf("%d datagrams: got %d bytes counted as %d", len(f.open), kept, f.kept)
	}
	return nil
}
