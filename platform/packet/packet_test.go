package packet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"testing"
)

func some(n int) *Batch {
	b := &Batch{}
	for i := range n {
		b.Add(int64(i), 1, uint16(i%3), uint32(i+1), bytes.Repeat([]byte{byte(i)}, i%5))
	}
	return b
}

func TestMemoryInBatches(t *testing.T) {
	want := some(300)
	for _, size := range []int{-1, 1, 7, 256, 300, 1000} {
		m := NewMemory(want, size)
		got, err := Collect(t.Context(), m, 300)
		if err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("size %d: the packets differ", size)
		}
		if stats, _ := m.Stats(); stats.Packets != 300 {
			t.Errorf("size %d: stats: got %d want 300", size, stats.Packets)
		}
		if err := m.Read(t.Context(), &Batch{}); err != io.EOF {
			t.Errorf("size %d: after the end: got %v want %v", size, err, io.EOF)
		}
	}
}

func TestMemoryBatchSize(t *testing.T) {
	m, b := NewMemory(some(10), 7), &Batch{}
	for _, want := range []int{7, 3} {
		if err := m.Read(t.Context(), b); err != nil || len(b.Recs) != want {
			t.Errorf("got %d packets, %v want %d", len(b.Recs), err, want)
		}
	}
}

func TestMemoryEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := NewMemory(some(1), 1).Read(ctx, &Batch{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v want %v", err, context.Canceled)
	}
}

func TestCollectLimit(t *testing.T) {
	got, err := Collect(t.Context(), NewMemory(some(10), 3), 4)
	if err == nil || len(got.Recs) != 4 {
		t.Errorf("got %d packets, %v want 4 and an error", len(got.Recs), err)
	}
}

func TestBytesAndReset(t *testing.T) {
	b := some(5)
	if got, want := b.Bytes(3), []byte{3, 3, 3}; !bytes.Equal(got, want) {
		t.Errorf("bytes: got %v want %v", got, want)
	}
	b.Reset()
	if len(b.Recs) != 0 || len(b.Buf) != 0 || cap(b.Recs) == 0 {
		t.Errorf("reset: got %d records, %d bytes, room for %d", len(b.Recs), len(b.Buf), cap(b.Recs))
	}
}
