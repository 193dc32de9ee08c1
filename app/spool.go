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

// spool keeps the headers of a capture that cannot be read again (a pipe), or
// not without unpacking it again, in a temporary file for the second pass. The file has no name any more
// where the system allows that, and is removed in any case.
type spool struct {
	file  *os.File
	named bool // the file still has its name
	out   *bufio.Writer
	size  int64
	most  int64
	full  bool // the rest of the capture was not kept
}

// spoolError says that what can be read only once could not be kept: it is the
// folder of temporary files that has to change, not the capture.
type spoolError struct{ err error }

func (e *spoolError) Error() string {
	return "keeping what can be read only once in " + os.TempDir() + ": " + e.err.Error()
}

func (e *spoolError) Unwrap() error { return e.err }

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "faultline-*") // with the rights 0600
	if err != nil {
		return nil, &spoolError{err}
	}
	named := os.Remove(f.Name()) != nil // some systems remove no file that is open: close does it there
	return &spool{file: f, named: named, out: bufio.NewWriterSize(f, 1<<20), most: spoolMost}, nil
}

// headSize is what lies before the bytes of a packet: when it came, how many
// bytes are kept and were on the wire, its link type and interface.
const headSize = 20

// keep appends the packets of a batch.
func (s *spool) keep(b *packet.Batch) error {
	var h [headSize]byte
	order := binary.LittleEndian
	for i, r := range b.Recs {
		data := b.Bytes(i)
		data = data[:min(len(data), spoolPacket)]
		if s.full = s.full || s.size+headSize+int64(len(data)) > s.most; s.full {
			return nil
		}
		order.PutUint64(h[:], uint64(r.When))
		order.PutUint32(h[8:], uint32(len(data)))
		order.PutUint32(h[12:], r.Wire)
		order.PutUint16(h[16:], r.Link)
		order.PutUint16(h[18:], r.Iface)
		_, err := s.out.Write(h[:])
		if err == nil {
			_, err = s.out.Write(data)
		}
		if err != nil {
			return &spoolError{err}
		}
		s.size += headSize + int64(len(data))
	}
	return nil
}

// again returns what was kept as a source.
func (s *spool) again() (packet.Source, error) {
	if err := s.out.Flush(); err != nil {
		return nil, &spoolError{err}
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
	order := binary.LittleEndian
	for len(b.Recs) < spooledBatch && ctx.Err() == nil {
		var h [headSize]byte
		_, err := io.ReadFull(s.in, h[:])
		if errors.Is(err, io.EOF) {
			break
		}
		n := min(order.Uint32(h[8:]), spoolPacket)
		if err == nil {
			_, err = io.ReadFull(s.in, s.buf[:n])
		}
		if err != nil {
			return fmt.Errorf("reading it again: %w", err)
		}
		b.Add(int64(order.Uint64(h[:])), order.Uint16(h[16:]), order.Uint16(h[18:]), order.Uint32(h[12:]), s.buf[:n])
		s.all++
	}
	if len(b.Recs) == 0 && ctx.Err() == nil {
		return io.EOF
	}
	return ctx.Err()
}

func (s *spooled) Stats() (packet.Stats, error) { return packet.Stats{Packets: s.all}, nil }

func (s *spooled) Close() error { return nil }
