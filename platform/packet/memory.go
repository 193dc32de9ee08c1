package packet

import (
	"context"
	"fmt"
	"io"
)

// Memory is a source over packets that are at hand, in batches of a chosen
// size.
type Memory struct {
	from *Batch
	size int
	next int
}

// NewMemory returns a source of the packets of from, size at a time.
func NewMemory(from *Batch, size int) *Memory {
	return &Memory{from: from, size: max(size, 1)}
}

// Read fills b with the next packets.
func (m *Memory) Read(ctx context.Context, b *Batch) error {
	b.Reset()
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.next >= len(m.from.Recs) {
		return io.EOF
	}
	for end := min(m.next+m.size, len(m.from.Recs)); m.next < end; m.next++ {
		r := m.from.Recs[m.next]
		b.Add(r.When, r.Link, r.Iface, r.Wire, m.from.Bytes(m.next))
	}
	return nil
}

// Stats counts what was handed out.
func (m *Memory) Stats() (Stats, error) { return Stats{Packets: uint64(m.next)}, nil }

// Close does nothing.
func (m *Memory) Close() error { return nil }

// Collect reads src to its end into one batch of at most limit packets; more
// is an error beside the first limit.
func Collect(ctx context.Context, src Source, limit int) (*Batch, error) {
	all, b := &Batch{}, &Batch{}
	for {
		switch err := src.Read(ctx, b); {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return all, err
		}
		for i, r := range b.Recs {
			if len(all.Recs) == limit {
				return all, fmt.Errorf("collecting packets: more than %d", limit)
			}
			all.Add(r.When, r.Link, r.Iface, r.Wire, b.Bytes(i))
		}
	}
}
