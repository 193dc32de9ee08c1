package tcpflow

import (
	"reflect"
	"testing"
)

func TestParseOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		give string
		want Options
	}{
		{"none", "", Options{Scale: -1}},
		{"of a SYN", "\x02\x04\x05\xb4\x04\x02\x08\x0a\x00\x00\x00\x07\x00\x00\x00\x00\x01\x03\x03\x07",
			Options{MSS: 1460, Scale: 7, SACKPermitted: true, Timestamps: true, TSVal: 7, Any: true}},
		{"scale 0", "\x03\x03\x00\x00", Options{Scale: 0, Any: true}},
		{"scale too large", "\x03\x03\xff\x00", Options{Scale: 14, Any: true}},
		{"two blocks of SACK", "\x01\x01\x05\x12\x00\x00\x00\x01\x00\x00\x00\x02\xff\xff\xff\xfe\x00\x00\x00\x05",
			Options{Scale: -1, SACK: [][2]uint32{{1, 2}, {0xfffffffe, 5}}, Any: true}},
		{"nothing behind the end", "\x00\x02\x04\x05\xb4", Options{Scale: -1, Any: true}},
		{"others", "\x13\x12aaaaaaaaaaaaaaaa\x1e\x04aa", Options{Scale: -1, Other: 2, Any: true}},
		{"wrong length", "\x02\x03\x05\x03\x03\x01", Options{Scale: 1, Other: 1, Any: true}},
		{"length 0", "\x08\x00\x03\x03\x01", Options{Scale: -1, Any: true}},
		{"cut off within an option", "\x04\x02\x08\x0a\x00\x00", Options{Scale: -1, SACKPermitted: true, Any: true}},
		{"cut off before a length", "\x04\x02\x08", Options{Scale: -1, SACKPermitted: true, Any: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ParseOptions([]byte(c.give)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func FuzzParseOptions(f *testing.F) {
	f.Add([]byte("\x02\x04\x05\xb4\x01\x03\x03\x07"))
	f.Add([]byte("\x01\x01\x05\x12aaaabbbbccccdddd"))
	f.Add([]byte("\x08\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		o := ParseOptions(b)
		if o.Scale < -1 || o.Scale > mostScale || len(o.SACK)*8+o.Other*2 > len(b) {
			t.Errorf("got %+v out of %d bytes", o, len(b))
		}
	})
}
