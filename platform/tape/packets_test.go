package tape

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"testing"

	"faultline/platform"
	"faultline/platform/packet"
)

type packets struct{ of map[int]*packet.Batch }

func (p packets) Capture(_ context.Context, q platform.CaptureAsk) (packet.Source, error) {
	if b, ok := p.of[q.Link]; ok {
		return packet.NewMemory(b, 2), nil
	}
	return nil, platform.ErrPermission
}

func some(n int, iface uint16) *packet.Batch {
	b := &packet.Batch{}
	for i := range n {
		b.Add(int64(i)*1e9+7, uint16(1+i%2*112), iface+uint16(i%2), uint32(100+i), bytes.Repeat([]byte{byte(iface)}, i))
	}
	return b
}

func TestCapture(t *testing.T) {
	want := map[int]*packet.Batch{1: some(5, 3), 2: some(8, 0), 3: {}}
	h := platform.Unsupported()
	h.Packets = packets{want}
	h, log := Record(h, clock())
	var file bytes.Buffer
	log.PacketsTo("packets.pcapng", &file)

	// Two captures whose packets interleave in the file, one without packets
	// and one that was denied.
	var sources []packet.Source
	for link := 1; link <= 3; link++ {
		src, err := h.Packets.Capture(t.Context(), platform.CaptureAsk{Link: link})
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, src)
	}
	if _, err := h.Packets.Capture(t.Context(), platform.CaptureAsk{Link: 4}); !errors.Is(err, platform.ErrPermission) {
		t.Errorf("denied: got %v want %v", err, platform.ErrPermission)
	}
	if got := len(log.Lines()); got != 1 {
		t.Errorf("lines while three captures run: got %d want 1", got)
	}
	for running := true; running; {
		running = false
		for _, src := range sources {
			if src.Read(t.Context(), &packet.Batch{}) == nil {
				running = true
			}
		}
	}
	for _, src := range sources {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}

	lines := through(t, log.Lines())
	played := Play(lines, Packets(func() (io.Reader, error) { return bytes.NewReader(file.Bytes()), nil }))
	for link, want := range want {
		src, err := played.Packets.Capture(t.Context(), platform.CaptureAsk{Link: link})
		if err != nil {
			t.Fatalf("link %d: %v", link, err)
		}
		got, err := packet.Collect(t.Context(), src, 100)
		if err != nil {
			t.Errorf("link %d: %v", link, err)
		}
		if !same(got, want) {
			t.Errorf("link %d: got %+v want %+v", link, got, want)
		}
		src.Close()
	}
	lines[0].Packets.First += 2 // past two records, one of them of the other capture
	if src, err := played.Packets.Capture(t.Context(), platform.CaptureAsk{Link: 1}); err != nil {
		t.Error(err)
	} else if got, err := packet.Collect(t.Context(), src, 100); err != nil || len(got.Recs) != 3 {
		t.Errorf("from a later first record: got %d packets, %v want 3", len(got.Recs), err)
	}
	if _, err := played.Packets.Capture(t.Context(), platform.CaptureAsk{Link: 4}); !errors.Is(err, platform.ErrPermission) {
		t.Errorf("denied on replay: got %v want %v", err, platform.ErrPermission)
	}
	if _, err := Play(lines).Packets.Capture(t.Context(), platform.CaptureAsk{Link: 1}); !errors.Is(err, platform.ErrNotRecorded) {
		t.Errorf("without the file: got %v want %v", err, platform.ErrNotRecorded)
	}
}

func same(a, b *packet.Batch) bool {
	return len(a.Recs) == len(b.Recs) && bytes.Equal(a.Buf, b.Buf) && (len(a.Recs) == 0 || reflect.DeepEqual(a.Recs, b.Recs))
}

func TestCaptureOfAShortFile(t *testing.T) {
	h := platform.Unsupported()
	h.Packets = packets{map[int]*packet.Batch{1: some(3, 0)}}
	h, log := Record(h, clock())
	var file bytes.Buffer
	log.PacketsTo("packets.pcapng", &file)
	src, err := h.Packets.Capture(t.Context(), platform.CaptureAsk{Link: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := packet.Collect(t.Context(), src, 100); err != nil {
		t.Fatal(err)
	}
	src.Close()
	lines := log.Lines()
	lines[0].Packets.Last = 4
	played := Play(lines, Packets(func() (io.Reader, error) { return &file, nil }))
	src, err = played.Packets.Capture(t.Context(), platform.CaptureAsk{Link: 1})
	if err != nil {
		t.Fatal(err)
	}
	got, err := packet.Collect(t.Context(), src, 100)
	if !errors.Is(err, platform.ErrNotRecorded) || len(got.Recs) != 3 {
		t.Errorf("got %d packets, %v want 3 and %v", len(got.Recs), err, platform.ErrNotRecorded)
	}
}

func TestCaptureThatIsNotKept(t *testing.T) {
	h := platform.Unsupported()
	h.Packets = packets{map[int]*packet.Batch{1: some(3, 0)}}
	h, log := Record(h, clock())
	src, err := h.Packets.Capture(t.Context(), platform.CaptureAsk{Link: 1})
	if err != nil {
		t.Fatal(err)
	}
	got, err := packet.Collect(t.Context(), src, 100)
	if err != nil || len(got.Recs) != 3 {
		t.Errorf("live: got %d packets, %v want 3", len(got.Recs), err)
	}
	src.Close()
	src.Close()
	if got := len(log.Lines()); got != 1 {
		t.Errorf("lines: got %d want 1", got)
	}
	if _, err := Play(log.Lines()).Packets.Capture(t.Context(), platform.CaptureAsk{Link: 1}); !errors.Is(err, platform.ErrNotRecorded) {
		t.Errorf("replay: got %v want %v", err, platform.ErrNotRecorded)
	}
}
