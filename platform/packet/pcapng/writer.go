// Package pcapng writes packets to, and reads them from, the capture format
// pcapng (draft-ietf-opsawg-pcapng) with nanosecond time stamps.
//
// It never decodes what is in a packet, and opens no file on its own.
package pcapng

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"

	"faultline/platform/packet"
)

// Writer writes one file. Several lanes may write to it at once.
type Writer struct {
	mu      sync.Mutex
	out     *bufio.Writer
	ifaces  int // 0: not even the section has begun
	records int
	err     error // the first failure; nothing is written after it
}

// NewWriter returns a writer to w. Nothing is written before the first packet
// or the close of a lane.
func NewWriter(w io.Writer) *Writer { return &Writer{out: bufio.NewWriter(w)} }

// Lane returns a way into the file with interfaces of its own.
func (w *Writer) Lane() *Lane { return &Lane{w: w, ids: map[source]int{}} }

// Flush writes what is buffered, and for a file without a packet its head.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ifaces == 0 && w.err == nil {
		_, w.err = w.add(source{link: linkEthernet})
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.wrapped()
}

func (w *Writer) wrapped() error {
	if w.err == nil {
		return nil
	}
	return fmt.Errorf("writing packets: %w", w.err)
}

// source is what a pcapng interface stands for: an interface of the source
// seen through one link type.
type source struct{ iface, link uint16 }

const linkEthernet = 1

func (w *Writer) add(s source) (id int, err error) {
	if w.ifaces >= maxIfaces {
		return 0, errors.New("too many interfaces")
	}
	if w.ifaces == 0 {
		err = w.block(sectionBlock())
	}
	if err == nil {
		err = w.block(interfaceBlock(s.link))
	}
	w.ifaces++
	return w.ifaces - 1, err
}

func (w *Writer) block(b []byte) error {
	_, err := w.out.Write(b)
	return err
}

// Lane is the part of a file that one source writes.
type Lane struct {
	w           *Writer
	ids         map[source]int
	first, last int
}

// Write appends the packets of a batch.
func (l *Lane) Write(b *packet.Batch) error {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	for i, r := range b.Recs {
		if l.w.err != nil {
			break
		}
		l.w.err = l.write(r, b.Bytes(i))
	}
	return l.w.wrapped()
}

func (l *Lane) write(r packet.Rec, data []byte) (err error) {
	from := source{iface: r.Iface, link: r.Link}
	id, known := l.ids[from]
	if !known {
		if id, err = l.w.add(from); err != nil {
			return err
		}
		l.ids[from] = id
	}
	r.Wire = max(r.Wire, uint32(len(data)))
	if err = l.w.block(packetBlock(id, r, data)); err != nil {
		return err
	}
	l.w.records++
	if l.first == 0 {
		l.first = l.w.records
	}
	l.last = l.w.records
	return nil
}

// Range returns the first and the last record of the file that this lane
// wrote, numbered from 1; zero when it wrote none.
func (l *Lane) Range() (first, last int) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.first, l.last
}

// Ifaces maps the interfaces of the file that are this lane's to the numbers
// that its source uses for them.
func (l *Lane) Ifaces() map[int]uint16 {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	if len(l.ids) == 0 {
		return nil
	}
	ifaces := make(map[int]uint16, len(l.ids))
	for from, id := range l.ids {
		ifaces[id] = from.iface
	}
	return ifaces
}

// Err returns what keeps the file from being complete.
func (l *Lane) Err() error {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.wrapped()
}
