package tcpflow_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"faultline/diag/tcpflow"
	"faultline/platform/packet"
)

// TestFirstPassMakesNoDifference transcribes some streams of wild captures with
// and without what the first pass found, where that let go of streams, too.
func TestFirstPassMakesNoDifference(t *testing.T) {
	for seed := range uint64(8) {
		for _, flows := range []int{0, 11, 6, 4} {
			c := chaos(seed, 2000, []int{0, 60}[seed%2], seed%4 >= 2)
			settings := tcpflow.Settings{Seed: seed, Flows: flows}
			first := feed(c, 256, settings)
			var want []int
			for s := range first.All() {
				if s.Number%3 == 0 {
					want = append(want, s.Number)
				}
			}
			plain := transcribe(t, c, 256, want, tcpflow.Limits{Settings: settings})
			if seed%2 == 0 {
				first.Keep(func(number int) bool { return number%3 == 0 })
			}
			got := transcribe(t, c, 256, want, tcpflow.Limits{Settings: settings, First: first})
			if len(got) != len(want) || len(plain) != len(want) {
				t.Fatalf("seed %d, %d flows: got %d and %d transcripts want %d", seed, flows, len(got), len(plain), len(want))
			}
			for i := range got {
				if !reflect.DeepEqual(got[i], plain[i]) {
					t.Fatalf("seed %d, %d flows: got %+v\nwant %+v", seed, flows, got[i], plain[i])
				}
			}
		}
	}
}

// counts is a source that counts how often it is read.
type counts struct {
	*packet.Memory
	reads int
}

func (c *counts) Read(ctx context.Context, b *packet.Batch) error {
	c.reads++
	return c.Memory.Read(ctx, b)
}

// TestSecondPassEndsEarly reads no further than the wanted stream goes, but up
// to an ICMP error that quotes it later.
func TestSecondPassEndsEarly(t *testing.T) {
	for _, quoted := range []bool{false, true} {
		c := conversation(told{0, syn, 0}, told{1, syn | ack, 0}, told{0, ack, 0}, told{1, rst, 0})
		c.tell(50000, 80, slices.Repeat([]told{{0, ack, 10}, {1, ack, 20}}, 50)...)
		want := 4
		if quoted {
			c.quote(seg{src: 1, dst: 2, sport: 40000, dport: 80, seq: 1001, flags: ack, payload: 8})
			want = len(c.Recs)
		}
		c.tell(50001, 80, told{0, syn, 0})
		first := feed(c, 256, tcpflow.Settings{Seed: 1})
		first.Keep(func(number int) bool { return number == 0 })
		src := &counts{Memory: packet.NewMemory(&c.Batch, 1)}
		got, err := tcpflow.Transcribe(t.Context(), src, []int{0}, tcpflow.Limits{First: first})
		if err != nil || len(got) != 1 || len(got[0].Segments) != 4 || len(got[0].Notices) == 1 != quoted || got[0].End != first.Last {
			t.Fatalf("quoted %v: got %+v, %v", quoted, got, err)
		}
		if src.reads != want {
			t.Errorf("quoted %v: got %d packets read want %d", quoted, src.reads, want)
		}
		for s := range first.All() {
			if s.Number != 0 {
				t.Errorf("got stream %d, which was not to be kept", s.Number)
			}
		}
	}
}
