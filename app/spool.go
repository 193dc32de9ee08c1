package app

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"faultline/platform/packet"
)

// What is kept of a capture that can be read only once: of each packet what
// headers and the first words need, and of the whole no more than this.
const (
	spoolPacket = 512
	spoolMost   = 4 << 30
)

// spool keeps the headers of a capture that cannot be read again (a pipe) in a
// temporary file, so that the second pass can. The file has no name any more
// where the system allows that, and is removed in any case.
type spool struct {
	file  *os.File
	named bool // the file still has its name
	out   *bufio.Writer
	size  int64
	most  int64
	full  bool // the rest of the capture was not kept
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "faultline-*") // with the rights 0600
	if err != nil {
		return nil, fmt.Errorf("keeping what can be read only once: %w", err)
	}
	named := os.Remove(f.Name()) != nil // some systems remove no file that is open: close does it there
	return &spool{file: f, named: named, out: bufio.NewWriterSize(f, 1<<20), most: spoolMost}, nil
}

// head is a record as it lies in the file, before its bytes.
type head struct {
	When        int64
	Len, Wire   uint32
	Link, Iface uint16
}

const headSize = 20

// keep appends the packets of a batch.
func (s *spool) keep(b *packet.Batch) error {
	for i, r := range b.Recs {
		data := b.Bytes(i)
		data = data[:min(len(data), spoolPacket)]
		if s.full = s.full || s.size+headSize+int64(len(data)) > s.most; s.full {
			return nil
		}
		var h [headSize]byte
		if _, err := binary.Encode(h[:], binary.LittleEndian, head{r.When, uint32(len(data)), r.Wire, r.Link, r.Iface}); err != nil {
			return err
		}
		_, err := s.out.Write(append(h[:], data...))
		if err != nil {
			return fmt.Errorf("keeping what can be read only once: %w", err)
		}
		s.size += headSize + int64(len(data))
	}
	return nil
}

// again returns what was kept as a source.
func (s *spool) again() (packet.Source, error) {
	if err := s.out.Flush(); err != nil {
		return nil, fmt.Errorf("keeping what can be read only once: %w", err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading it again: %w", err)
	}
	return &spooled{in: bufio.NewReaderSize(s.file, 1<<20)}, nil
}

func (s *spool) close() {
	_ = s.file.Close()
	if s.named {
		_ = os.Remove(s.file.Name())
	}
}

// spooled reads the packets of a spool.
type spooled struct {
	in  *bufio.Reader
	all uint64
	buf [spoolPacket]byte
}

const spooledBatch = 256

func (s *spooled) Read(ctx context.Context, b *packet.Batch) error {
	b.Reset()
	for len(b.Recs) < spooledBatch && ctx.Err() == nil {
		var h head
		var raw [headSize]byte
		_, err := io.ReadFull(s.in, raw[:])
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			_, err = binary.Decode(raw[:], binary.LittleEndian, &h)
		}
		if err == nil {
			_, err = io.ReadFull(s.in, s.buf[:min(h.Len, spoolPacket)])
		}
		if err != nil {
			return fmt.Errorf("reading it again: %w", err)
		}
		b.Add(h.When, h.Link, h.Iface, h.Wire, s.buf[:h.Len])
		s.all++
	}
	if len(b.Recs) == 0 && ctx.Err() == nil {
		return io.EOF
	}
	return ctx.Err()
}

func (s *spooled) Stats() (packet.Stats, error) { return packet.Stats{Packets: s.all}, nil }

func (s *spooled) Close() error { return nil }
