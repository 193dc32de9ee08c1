package dissect

import (
	"bytes"
	"reflect"
	"testing"
)

// FuzzDecode decodes hostile packets, and each half of them: nothing may be
// read beyond the data, nor changed in it, nor kept beyond the limits.
func FuzzDecode(f *testing.F) {
	for _, c := range innermost {
		f.Add(c.link, uint32(len(c.packet)), c.packet)
	}
	for _, p := range append(cut(7, 16), cut6(7, 16)...) {
		f.Add(uint16(101), uint32(len(p)), p)
	}
	f.Add(uint16(101), uint32(0), v4(2, 1, icmpError(3, 4, 1400, tcp4)))
	f.Add(uint16(101), uint32(0), v6(2, 58, icmpError(2, 0, 1280, tcp6)))
	f.Fuzz(func(t *testing.T, link uint16, wire uint32, data []byte) {
		d, half := New(), len(data)/2
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

// FuzzUsual reads packets the usual way and, without the Ethernet header, the long
// one: both must see the same.
func FuzzUsual(f *testing.F) {
	options := segment("12345678options")
	options[12] = 0x70
	for _, ip := range [][]byte{tcp4, v4(2, 6, options), v4(2, 17, options)} {
		frame := ether(etherIPv4, ip)
		f.Add(uint32(len(frame)), frame)
		f.Add(uint32(2000), frame[:len(frame)-3])
		f.Add(uint32(60), join(frame, []byte{1, 2, 3, 4, 5, 6}))
	}
	f.Fuzz(func(t *testing.T, wire uint32, p []byte) {
		var got, want Segment
		if len(p) < usualIP || !got.usual(p, wire) {
			return
		}
		New().Decode(linkIPv4, 0, p[usualIP:], max(wire, usualIP)-usualIP, &want)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
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
