// Package pcapng writes packets to, and reads them from, the capture format
// pcapng (draft-ietf-opsawg-pcapng) with nanosecond time stamps.
//
// It never decodes what is in a packet, and opens no file on its own.
package pcapng

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"faultline/platform/packet"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// Writer writes one file. Several lanes may write to it at once.
type Writer struct {
	w io.Writer

	mu      sync.Mutex
	ng      *pcapgo.NgWriter // nil until the first interface: the format's writer wants one
	ifaces  int
	records int
	err     error // the first failure; nothing is written after it
}

// NewWriter returns a writer to w. Nothing is written before the first packet
// or the close of a lane.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Lane returns a way into the file with interfaces of its own.
func (w *Writer) Lane() *Lane { return &Lane{w: w, ids: map[source]int{}} }

// Flush writes what is buffered, and for a file without a packet its head.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ng == nil && w.err == nil {
		_, w.err = w.add(source{link: uint16(layers.LinkTypeEthernet)})
	}
	if w.err == nil {
		w.err = w.ng.Flush()
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

func (w *Writer) add(s source) (id int, err error) {
	if w.ifaces >= maxIfaces {
		return 0, errors.New("too many interfaces")
	}
	intf := pcapgo.NgInterface{LinkType: layers.LinkType(s.link), TimestampResolution: 9}
	w.ifaces++
	if w.ng != nil {
		return w.ng.AddInterface(intf)
	}
	section := pcapgo.NgSectionInfo{Application: "faultline"}
	w.ng, err = pcapgo.NewNgWriterInterface(w.w, intf, pcapgo.NgWriterOptions{SectionInfo: section})
	return 0, err
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
	info := gopacket.CaptureInfo{
		Timestamp: time.Unix(0, r.When), CaptureLength: len(data),
		Length: max(int(r.Wire), len(data)), InterfaceIndex: id,
	}
	if err = l.w.ng.WritePacket(info, data); err != nil {
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
