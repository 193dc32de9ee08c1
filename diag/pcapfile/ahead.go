package pcapfile

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"faultline/platform"
)

// counted counts what is read from the file as it lies on the disk.
type counted struct {
	r io.Reader
	n atomic.Int64
}

// Read reads and counts.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// errInflate marks compressed data that is damaged.
var errInflate = platform.Damaged("inflate", "the compressed data is damaged")

const (
	aheadPieces = 4
	aheadPiece  = 256 << 10
)

// ahead inflates in a goroutine of its own: that takes longer than all that is
// done with the packets.
type ahead struct {
	full, free chan []byte
	rest       []byte // of the piece that is being handed out
	piece      []byte
	err        error // why there are no more pieces; read after full is closed
	done       chan struct{}
	once       sync.Once
}

func readAhead(r io.Reader) *ahead {
	a := &ahead{full: make(chan []byte, aheadPieces), free: make(chan []byte, aheadPieces), done: make(chan struct{})}
	for range aheadPieces {
		a.free <- make([]byte, aheadPiece)
	}
	go a.run(r)
	return a
}

func (a *ahead) run(r io.Reader) {
	defer close(a.full)
	for {
		select {
		case <-a.done:
			a.err = io.EOF
			return
		case p := <-a.free:
			n, err := readFull(r, p)
			if n > 0 {
				a.full <- p[:n] // there is room for all pieces
			}
			if err != nil {
				a.err = inflateError(err)
				return
			}
		}
	}
}

// readFull reads until p is full, as io.ReadFull does, and keeps the error of r.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var more int
		more, err = r.Read(p[n:])
		n += more
	}
	return n, err
}

// inflateError tells damage apart from the end, and from a file that was cut off.
func inflateError(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return fmt.Errorf("%w: %w", errInflate, err)
}

// Read hands out what was inflated.
func (a *ahead) Read(p []byte) (int, error) {
	if len(a.rest) == 0 {
		if a.piece != nil {
			a.free <- a.piece[:cap(a.piece)]
			a.piece = nil
		}
		piece, ok := <-a.full
		if !ok {
			return 0, a.err
		}
		a.piece, a.rest = piece, piece
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

func (a *ahead) close() { a.once.Do(func() { close(a.done) }) }
