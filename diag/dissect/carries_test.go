package dissect

import "testing"

func TestCarries(t *testing.T) {
	for _, c := range []struct {
		name string
		link uint16
		give []byte
		want uint16
		at   int
	}{
		{"Ethernet", 1, ether(0x0806, []byte{1}), 0x0806, 14},
		{"a tag is not passed", 1, ether(0x8100, tag(5, 0x0800, tcp4)), 0x8100, 14},
		{"too short", 1, make([]byte, 13), 0, 14},
		{"cooked", 276, join([]byte{0x86, 0xdd}, make([]byte, 18)), 0x86dd, 20},
		{"raw", 101, tcp6, 0x86dd, 0},
		{"loopback", 0, []byte{30, 0, 0, 0, 0x60}, 0x86dd, 4},
		{"PPP", 9, []byte{0xff, 3, 0, 0x21, 0x45}, 0x0800, 4},
		{"radiotap", 127, radio(0, dot11(8, 1, []byte{0, 0}, snap(0x0800, tcp4))), 0x0800, 17 + 26 + 8},
		{"NFLOG, big-endian", 239, []byte{10, 0, 0, 5, 0, 8, 0, 1, 8, 0, 1, 0, 0, 5, 0, 9, 0x60}, 0x86dd, 16},
		{"NFLOG without a packet", 239, []byte{2, 0, 0, 5, 0, 0, 1, 0, 0, 0, 1, 0}, 0, 12},
		{"NFLOG of another family", 239, []byte{7, 0, 0, 5, 8, 0, 9, 0}, 0, 8},
		{"a beacon", 105, []byte{0x80, 0, 0, 0}, 0, 4},
		{"unknown", 147, tcp4, 0, len(tcp4)},
	} {
		if got, at := Carries(c.link, c.give); got != c.want || at != c.at {
			t.Errorf("%s: got %#x, %d want %#x, %d", c.name, got, at, c.want, c.at)
		}
	}
}
