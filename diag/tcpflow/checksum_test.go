package tcpflow

import (
	"encoding/binary"
	"slices"
	"testing"

	"faultline/diag/dissect"
)

// TestSumOf: a checksum is right, wrong, or nobody can tell.
func TestSumOf(t *testing.T) {
	whole := func(text string, v6 bool) []byte {
		b := make([]byte, 20, 64)
		b[0], b[8], b[9] = 0x45, 64, 6
		copy(b[12:], []byte{192, 0, 2, 1, 198, 51, 100, 2})
		if v6 {
			b = make([]byte, 40, 80)
			b[0], b[5], b[6], b[7] = 0x60, byte(20+len(text)), 6, 64
			b[8], b[24], b[39] = 0x20, 0x20, 1
		}
		head := len(b)
		b = append(append(b, 0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0), text...)
		if !v6 {
			b[3] = byte(len(b))
		}
		binary.BigEndian.PutUint16(b[head+16:], ^uint16(folded(pseudo(b, head)+words(b[head:]))))
		return b
	}
	field := func(b []byte, value uint16) []byte {
		b = slices.Clone(b)
		binary.BigEndian.PutUint16(b[36:], value)
		return b
	}
	four := whole("hello", false)
	for _, c := range []struct {
		name  string
		frame []byte
		kept  int
		want  Sum
	}{
		{"right", four, 45, SumRight},
		{"right, IPv6", whole("hello", true), 65, SumRight},
		{"right, no payload", whole("", false), 40, SumRight},
		{"wrong", field(four, 0x1234), 45, SumWrong},
		{"nothing in it", field(four, 0), 45, SumWrong},
		{"to be filled in by the adapter", field(four, uint16(folded(pseudo(four, 20)))), 45, SumUnknown},
		{"to be filled in for each piece", field(four, uint16(folded(pseudo(four, 20)-25))), 45, SumUnknown},
		{"not captured whole", four, 43, SumUnknown},
		{"only the header", four, 40, SumUnknown},
		{"not even the header", four, 36, SumUnknown},
		{"padded", append(slices.Clone(four), 0, 0, 0), 48, SumRight},
	} {
		var s dissect.Segment
		const rawIP = 101
		if kind := dissect.New().Decode(rawIP, 0, c.frame[:c.kept], uint32(len(c.frame)), &s); kind != dissect.TCP {
			t.Fatalf("%s: got %v, want TCP", c.name, kind)
		}
		if got := sumOf(&s, c.frame[:c.kept]); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

// TestSumOfFragments: what was put together is longer than the frame that it ended in.
func TestSumOfFragments(t *testing.T) {
	s := dissect.Segment{HeaderLen: 20, Len: 900, Payload: make([]byte, 900)}
	if got := sumOf(&s, make([]byte, 60)); got != SumUnknown {
		t.Errorf("got %v want %v", got, SumUnknown)
	}
}

// pseudo adds up the pseudo header of a packet.
func pseudo(b []byte, head int) uint64 {
	addresses := b[12:20]
	if head == 40 {
		addresses = b[8:40]
	}
	return 6 + uint64(len(b)-head) + words(addresses)
}
