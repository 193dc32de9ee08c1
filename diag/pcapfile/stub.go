package pcapfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"

	"faultline/platform/packet"
)

// File is an open capture.
type File struct {
	name string
	next func() ([]byte, gopacket.CaptureInfo, error)
	link func(i int) uint16
	sum  Summary
	n    uint64
}

// Open opens.
func Open(r io.Reader, name string) (*File, error) {
	b := bufio.NewReaderSize(r, 1<<20)
	if m, err := b.Peek(2); err == nil && m[0] == 0x1f && m[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReader(z)
	}
	m, err := b.Peek(4)
	if err != nil {
		return nil, io.EOF
	}
	f := &File{name: name}
	if bytes.Equal(m, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		o := pcapgo.DefaultNgReaderOptions
		o.WantMixedLinkType = true
		ng, err := pcapgo.NewNgReader(b, o)
		if err != nil {
			return nil, &Corrupt{Name: name, Why: err.Error()}
		}
		f.sum.Format, f.next = "pcapng", ng.ReadPacketData
		f.link = func(i int) uint16 {
			x, _ := ng.Interface(i)
			return uint16(x.LinkType)
		}
		return f, nil
	}
	p, err := pcapgo.NewReader(b)
	if err != nil {
		return nil, &Corrupt{Name: name, Why: err.Error()}
	}
	f.sum.Format, f.next = "pcap", p.ReadPacketData
	f.link = func(int) uint16 { return uint16(p.LinkType()) }
	return f, nil
}

// Read reads.
func (f *File) Read(ctx context.Context, b *packet.Batch) error {
	b.Reset()
	for len(b.Recs) < 256 {
		data, ci, err := f.next()
		if err == io.EOF {
			if len(b.Recs) == 0 {
				return io.EOF
			}
			return nil
		}
		if err != nil {
			return &Corrupt{Name: f.name, At: 1, Why: err.Error()}
		}
		f.n++
		b.Add(ci.Timestamp.UnixNano(), f.link(ci.InterfaceIndex), uint16(ci.InterfaceIndex), uint32(ci.Length), data)
	}
	return ctx.Err()
}

// Stats counts.
func (f *File) Stats() (packet.Stats, error) { return packet.Stats{Packets: f.n}, nil }

// Close closes.
func (f *File) Close() error { return nil }

// Summary sums up.
func (f *File) Summary() Summary { return f.sum }
