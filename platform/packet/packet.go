// Package packet is the one shape in which packets travel: batches of record
// descriptors over one buffer. A capture file, a live ring, the helper's pipe
// and a replay look alike through it.
//
// It never decodes what is in a packet.
package packet

import "context"

// Rec describes one packet of a batch.
type Rec struct {
	When  int64  // nanoseconds since 1970, UTC
	Off   uint32 // where its bytes begin in Batch.Buf
	Len   uint32 // bytes kept
	Wire  uint32 // bytes that the packet had on the wire
	Link  uint16 // link type, as LINKTYPE_ of pcap
	Iface uint16 // which interface of the source
}

// Batch is a number of packets over one buffer. It is valid until the next
// Read of the source that filled it.
type Batch struct {
	Buf  []byte
	Recs []Rec
}

// Bytes returns the bytes of record i.
func (b *Batch) Bytes(i int) []byte {
	r := b.Recs[i]
	return b.Buf[r.Off : r.Off+r.Len]
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() { b.Buf, b.Recs = b.Buf[:0], b.Recs[:0] }

// Add appends a copy of one packet.
func (b *Batch) Add(when int64, link, iface uint16, wire uint32, data []byte) {
	off := uint32(len(b.Buf))
	b.Buf = append(b.Buf, data...)
	b.Recs = append(b.Recs, Rec{When: when, Off: off, Len: uint32(len(data)), Wire: wire, Link: link, Iface: iface})
}

// Source yields batches. Read returns io.EOF after the last packet.
type Source interface {
	Read(ctx context.Context, b *Batch) error
	Stats() (Stats, error)
	Close() error
}

// Stats counts what a source saw.
type Stats struct {
	Packets uint64 // handed out
	Dropped uint64 // lost before they reached us, as far as the source can tell
}
