package tcpflow_test

import (
	"reflect"
	"testing"

	"faultline/diag/tcpflow"
)

// TestFirstPassMakesNoDifference transcribes some streams of wild captures with
// and without what the first pass found, where that let go of streams, too.
func TestFirstPassMakesNoDifference(t *testing.T) {
	for seed := range uint64(20) {
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
				first.Keep(func(s *tcpflow.Stream) bool { return s.Number%3 == 0 })
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
