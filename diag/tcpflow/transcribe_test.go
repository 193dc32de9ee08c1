package tcpflow_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"faultline/diag/tcpflow"
	"faultline/platform/packet"
)

func transcribe(t *testing.T, c *capture, size int, want []int, l tcpflow.Limits) []tcpflow.Transcript {
	t.Helper()
	got, err := tcpflow.Transcribe(t.Context(), packet.NewMemory(&c.Batch, size), want, l)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTranscribe(t *testing.T) {
	c := conversation(told{0, syn, 0}, told{1, syn | ack, 0}, told{0, ack, 0}, told{0, ack, 300}, told{1, rst, 0})
	c.quote(seg{src: 1, dst: 2, sport: 40000, dport: 80, seq: 1001, flags: ack, payload: 8})
	got := transcribe(t, c, 2, []int{0}, tcpflow.Limits{})
	if len(got) != 1 || len(got[0].Segments) != 5 || got[0].Omitted != 0 || len(got[0].Notices) != 1 {
		t.Fatalf("got %+v", got)
	}
	s := got[0].Segments[3]
	if s.Frame != 4 || s.From != tcpflow.Client || s.Seq != 1001 || s.Ack != 9001 || s.Len != 300 || s.TTL != 64 || !s.DF || s.ID != 103 {
		t.Errorf("data: got %+v", s)
	}
	if len(s.Payload) != tcpflow.PayloadKept {
		t.Errorf("payload: got %d bytes want %d", len(s.Payload), tcpflow.PayloadKept)
	}
	if r := got[0].Segments[4]; r.From != tcpflow.Server || !r.Has(rst) || r.TTL != 57 {
		t.Errorf("reset: got %+v", r)
	}
	n := got[0].Notices[0]
	if n.By.String() != "10.0.0.9" || n.About != tcpflow.Client || n.Type != 3 || n.Code != 1 || n.Seq != 1001 || n.Frame != 6 {
		t.Errorf("notice: got %+v", n)
	}
	if !got[0].Stream.Notices || got[0].Start != 1e18 || got[0].End != 1e18+5e6 {
		t.Errorf("got %+v, %d to %d", got[0].Stream, got[0].Start, got[0].End)
	}
}

// TestTranscribeGoesWithTheFirstPass asks for every stream of a wild capture.
func TestTranscribeGoesWithTheFirstPass(t *testing.T) {
	c := chaos(5, 3000, 0, true)
	for _, flows := range []int{0, 15} {
		settings := tcpflow.Settings{Seed: 1, Flows: flows}
		first := map[int]tcpflow.Stream{}
		var want []int
		for s := range feed(c, 256, settings).All() {
			first[s.Number] = s
			want = append(want, s.Number)
		}
		slices.Reverse(want)
		got := transcribe(t, c, 7, want, tcpflow.Limits{Settings: settings})
		if len(got) != len(first) {
			t.Fatalf("got %d transcripts want %d", len(got), len(first))
		}
		for _, one := range got {
			if !reflect.DeepEqual(one.Stream, first[one.Stream.Number]) {
				t.Errorf("stream %d: got %+v want %+v", one.Stream.Number, one.Stream, first[one.Stream.Number])
			}
			if have, want := one.Omitted+len(one.Segments), one.Stream.From[0].Packets+one.Stream.From[1].Packets; have != want {
				t.Errorf("stream %d: got %d segments want %d", one.Stream.Number, have, want)
			}
			inOrder(t, one.Segments)
		}
		if again := transcribe(t, c, 256, want, tcpflow.Limits{Settings: settings}); !reflect.DeepEqual(got, again) {
			t.Error("a second time the transcripts differ")
		}
	}
}

func inOrder(t *testing.T, s []tcpflow.Segment) {
	t.Helper()
	if !slices.IsSortedFunc(s, func(a, b tcpflow.Segment) int { return a.Frame - b.Frame }) {
		t.Error("segments are not in order")
	}
}

// TestLongStream keeps the beginning, what surrounds the reset and the
// silence, and the end.
func TestLongStream(t *testing.T) {
	lines := []told{{0, syn, 0}, {1, syn | ack, 0}, {0, ack, 0}}
	for range 2000 {
		lines = append(lines, told{0, ack, 100}, told{1, ack, 0})
	}
	lines[2000] = told{1, rst, 0}
	c := conversation(lines...)
	for i := 3000; i < len(c.Recs); i++ {
		c.Recs[i].When += 5e9
	}
	got := transcribe(t, c, 256, []int{0}, tcpflow.Limits{PerStream: 120})[0]
	if len(got.Segments) > 120 || got.Omitted != len(lines)-len(got.Segments) {
		t.Errorf("got %d segments, %d omitted", len(got.Segments), got.Omitted)
	}
	frames := map[int]bool{}
	for _, s := range got.Segments {
		frames[s.Frame] = true
	}
	for _, want := range []int{1, 2, 3, 4, 20, 1995, 2000, 2001, 2005, 2995, 3000, 3001, 3005, len(lines) - 10, len(lines)} {
		if !frames[want] {
			t.Errorf("frame %d is not kept", want)
		}
	}
	inOrder(t, got.Segments)
}

// TestLimits bounds the memory of many long streams.
func TestLimits(t *testing.T) {
	c := &capture{}
	var want []int
	for i := range 50 {
		var lines []told
		for range 200 {
			lines = append(lines, told{0, ack | rst, 1})
		}
		c.tell(uint16(10000+i), 80, lines...)
		want = append(want, i)
	}
	l := tcpflow.Limits{Total: 960}
	got := transcribe(t, c, 256, want, l)
	if len(got) != l.Streams() || len(got) != 40 {
		t.Errorf("got %d transcripts want %d", len(got), l.Streams())
	}
	for _, one := range got {
		if len(one.Segments) > 24 {
			t.Errorf("stream %d: got %d segments want at most 24", one.Stream.Number, len(one.Segments))
		}
	}
}

func TestCopiesInTranscripts(t *testing.T) {
	data := seg{src: 1, dst: 2, sport: 40000, dport: 80, seq: 1100, ack: 9001, flags: ack, payload: 50, id: 7, ttl: 64}
	hop := data
	hop.ttl = 63
	got := transcribe(t, twice(data, hop, 2, 1000), 7, []int{0}, tcpflow.Limits{})[0]
	last := got.Segments[len(got.Segments)-1]
	if len(got.Segments) != 4 || last.Copies != 1 || !slices.Equal(last.CopyTTLs, []int{63}) || last.TTL != 64 {
		t.Errorf("got %d segments, the last %+v", len(got.Segments), last)
	}
}

// fails is a source that breaks after its packets.
type fails struct{ *packet.Memory }

var errBroken = errors.New("broken")

func (f fails) Read(ctx context.Context, b *packet.Batch) error {
	if err := f.Memory.Read(ctx, b); err != nil {
		return errBroken
	}
	return nil
}

func TestBrokenSourceKeepsWhatCameBefore(t *testing.T) {
	c := conversation(told{0, syn, 0}, told{1, rst | ack, 0})
	got, err := tcpflow.Transcribe(t.Context(), fails{packet.NewMemory(&c.Batch, 1)}, []int{0}, tcpflow.Limits{})
	if !errors.Is(err, errBroken) || len(got) != 1 || len(got[0].Segments) != 2 {
		t.Errorf("got %v, %+v", err, got)
	}
}
