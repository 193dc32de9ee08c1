package tcpflow_test

import (
	"slices"
	"testing"

	"faultline/diag/tcpflow"
)

func TestEviction(t *testing.T) {
	open := []told{{0, syn, 0}, {1, syn | ack, 0}, {0, ack, 0}}
	closed := append(slices.Clone(open), told{0, ack | fin, 0}, told{1, ack | fin, 0})
	for _, c := range []struct {
		name  string
		lines []told
		quiet int64 // before the last stream
		want  tcpflow.Evicted
		kept  int
	}{
		{"closed ones go first", closed, 61e9, tcpflow.Evicted{Closed: 10}, 1},
		{"closed lately", closed, 1e9, tcpflow.Evicted{Open: 1}, 10},
		{"silence goes next", []told{{0, syn, 0}}, 131e9, tcpflow.Evicted{Silent: 10}, 1 + 10},
		{"open ones only then", open, 3600e9, tcpflow.Evicted{Open: 1}, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &capture{now: 1e18}
			for i := range uint16(10) {
				k.tell(40000+i, 80, c.lines...)
			}
			k.now += c.quiet
			k.tell(50000, 80, open...)
			r := feed(k, 7, tcpflow.Settings{Seed: 1, Flows: 10})
			if r.Evicted != c.want || r.Streams != 11 {
				t.Errorf("got %+v of %d streams want %+v of 11", r.Evicted, r.Streams, c.want)
			}
			if got := len(slices.Collect(r.All())); got != c.kept {
				t.Errorf("kept: got %d want %d", got, c.kept)
			}
		})
	}
}

// TestEvictionIsExactForClosed feeds many more streams than are kept.
func TestEvictionIsExactForClosed(t *testing.T) {
	k := &capture{now: 1e18}
	for i := range uint16(500) {
		k.tell(10000+i, 80, told{0, syn, 0}, told{1, syn | ack, 0}, told{0, ack, 0}, told{0, ack, 9}, told{0, ack | fin, 0}, told{1, ack | fin, 0})
		k.now += 10e9
	}
	few, many := feed(k, 256, tcpflow.Settings{Seed: 1, Flows: 20}), feed(k, 256, tcpflow.Settings{Seed: 1})
	if few.Counts != many.Counts || few.Streams != many.Streams || few.Evicted.Open+few.Evicted.Silent != 0 || few.Evicted.Closed == 0 {
		t.Errorf("got %+v, %d streams, %+v want %+v, %d", few.Counts, few.Streams, few.Evicted, many.Counts, many.Streams)
	}
}

// TestEvictedOpenIsALowerBound marks what was let go while it was open.
func TestEvictedOpenIsALowerBound(t *testing.T) {
	k := &capture{now: 1e18}
	for i := range uint16(30) {
		k.tell(10000+i, 80, told{0, syn, 0}, told{1, syn | ack, 0})
	}
	bounds := 0
	for s := range feed(k, 256, tcpflow.Settings{Seed: 1, Flows: 10}).All() {
		if s.Evicted {
			bounds++
		}
	}
	if bounds != 20 {
		t.Errorf("got %d lower bounds want 20", bounds)
	}
}
