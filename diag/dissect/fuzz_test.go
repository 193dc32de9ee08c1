package dissect

import (
	"bytes"
	"testing"
)

// FuzzDecode decodes hostile packets, each cut in two as a further pair, by
// one decoder: nothing may be read beyond the data, nor kept beyond the
// limits, and a packet decodes alike every time but for fragments.
func FuzzDecode(f *testing.F) {
	for _, c := range innermost {
		f.Add(c.link, uint32(len(c.packet)), c.packet)
	}
	for _, p := range append(cut(7, 16), cut6(7, 16)...) {
		f.Add(uint16(101), uint32(len(p)), p)
	}
	f.Add(uint16(101), uint32(0), v4(2, 1, icmpError(3, 4, 1400, tcp4)))
	f.Add(uint16(101), uint32(0), v6(2, 58, icmpError(2, 0, 1280, tcp6)))
	d := New()
	f.Fuzz(func(t *testing.T, link uint16, wire uint32, data []byte) {
		half := len(data) / 2
		for _, p := range [][]byte{data, data[:half:half], data[half:]} {
			before, s := bytes.Clone(p), Segment{}
			kind := d.Decode(link, 0, p, wire, &s)
			checkSegment(t, kind, &s)
			if !bytes.Equal(before, p) {
				t.Error("the data was changed")
			}
		}
		if err := d.fragments.sound(); err != nil {
			t.Error(err)
		}
	})
}

func checkSegment(t *testing.T, kind Kind, s *Segment) {
	t.Helper()
	switch {
	case kind != s.Kind, (kind == Skipped) != (s.Skip != ""):
		t.Errorf("got %d, %d, %q", kind, s.Kind, s.Skip)
	case kind == TCP && (s.HeaderLen < 20 || len(s.Options) > int(s.HeaderLen)-20 || len(s.Payload) > int(s.Len)):
		t.Errorf("got a header of %d, %d options, payload %d of %d", s.HeaderLen, len(s.Options), len(s.Payload), s.Len)
	case !s.V6 && s.Src != [16]byte{s.Src[0], s.Src[1], s.Src[2], s.Src[3]}:
		t.Errorf("got %v as an IPv4 address", s.Src)
	}
	s.Source()
	s.Destination()
}
