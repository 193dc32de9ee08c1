package tcpflow_test

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	"faultline/diag/tcpflow"
	"faultline/platform/packet"
)

// records makes packets of anything: a link type, a time step, a length and
// that many bytes, again and again.
func records(data []byte) *capture {
	c := &capture{now: 1e18}
	links := []uint16{raw, 1, 113, 276, 0, 12, 228, 229}
	for len(data) >= 6 && len(c.Recs) < 400 {
		c.now += int64(int16(binary.LittleEndian.Uint16(data[1:]))) * 100_000
		n := min(int(data[3]), len(data)-6)
		c.Add(c.now, links[data[0]%8], uint16(data[5]%2), uint32(n)+uint32(data[4]), data[6:6+n])
		data = data[6+n:]
	}
	return c
}

// FuzzFeed holds that nothing breaks, that batches and seeds do not matter,
// and that the second pass goes with the first.
func FuzzFeed(f *testing.F) {
	for _, seed := range []uint64{1, 2} {
		var data []byte
		c := chaos(seed, 60, 0, true)
		for i, r := range c.Recs {
			data = append(data, 0, 10, 0, byte(min(r.Len, 255)), 0, 0)
			data = append(data, c.Bytes(i)[:min(r.Len, 255)]...)
		}
		f.Add(data, uint8(5))
	}
	f.Fuzz(func(t *testing.T, data []byte, flows uint8) {
		c := records(data)
		s := tcpflow.Settings{Seed: 1, Flows: int(flows)}
		one, many := feed(c, 1, s), feed(c, 256, tcpflow.Settings{Seed: 2, Flows: int(flows)})
		if a, b := all(one), all(many); !reflect.DeepEqual(a, b) {
			t.Fatalf("batches of 1: %v, of 256: %v", a, b)
		}
		var numbers []int
		for s := range one.All() {
			numbers = append(numbers, s.Number)
		}
		got, err := tcpflow.Transcribe(t.Context(), packet.NewMemory(&c.Batch, 7), numbers, tcpflow.Limits{Settings: s})
		if err != nil {
			t.Fatal(err)
		}
		if have := slices.Collect(one.All()); len(got) != len(have) {
			t.Fatalf("got %d transcripts of %d streams", len(got), len(have))
		}
		for _, x := range got {
			if n := x.Stream.From[0].Packets + x.Stream.From[1].Packets; n != len(x.Segments)+x.Omitted {
				t.Fatalf("stream %d: got %d segments of %d", x.Stream.Number, len(x.Segments)+x.Omitted, n)
			}
		}
	})
}
