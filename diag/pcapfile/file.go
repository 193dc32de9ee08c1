package pcapfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"faultline/platform/packet"
)

const (
	window     = 512 << 10 // what is read at once
	mostRecs   = 512       // of a batch
	mostPacket = 256 << 10 // libpcap's MAXIMUM_SNAPLEN
	mostBlock  = 16 << 20
	mostIfaces = 1 << 16
	fewReads   = 100 // without a byte, and the reader is broken
)

// Corrupt says where a file ceased to make sense. What came before was read.
type Corrupt struct {
	Name string
	At   int64 // byte of the (uncompressed) file
	Err  error // a *platform.Damage: "a packet of 4294967295 bytes"
}

// Error names the file, the byte and what is wrong there.
func (c *Corrupt) Error() string {
	return fmt.Sprintf("%s: corrupt at byte %d: %s", c.Name, c.At, c.Err)
}

// Unwrap returns what is wrong there.
func (c *Corrupt) Unwrap() error { return c.Err }

// Summary is what is known of a file so far.
type Summary struct {
	Format    string // "pcap", "pcapng"
	Nano      bool   // time stamps are finer than a microsecond
	Gzip      bool
	Links     []uint16 // link types in order of appearance
	Bytes     int64    // of the file as it lies on the disk, read so far
	Truncated bool     // the last packet is not whole
	Clock     int      // how often the time stamps went backwards
	Dropped   int      // packets that the capture missed, as far as it says so (pcapng: interface statistics, or the packets themselves)
}

// File is a capture file that is being read. It is a packet.Source: its batches
// lie in its own window and are valid until the next Read.
type File struct {
	name   string
	in     io.Reader
	raw    *counted
	close  func()
	win    []byte
	at     int   // where in the window the next record begins
	end    int   // of what the window holds
	before int64 // bytes of the file before the window
	eof    bool
	form   format
	sum    Summary
	last   int64
	given  uint64
	err    error // what ended it
}

// format is one of the file formats. Both read from the window's bytes alone.
type format interface {
	// records reads the whole records at the beginning of b, and appends the
	// packets among them to recs until those are mostRecs. It returns the bytes of
	// what it read. Offsets are within b.
	records(b []byte, recs []packet.Rec) (n int, all []packet.Rec, err error)
}

// Open reads the beginning of a capture. An error names the file, and says what
// it begins with where that is no capture.
func Open(r io.Reader, name string) (*File, error) {
	f := &File{name: name, raw: &counted{r: r}, close: func() {}, win: make([]byte, window)}
	f.in = f.raw
	if err := f.detect(); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// Read fills b with the next packets, at most mostRecs. It returns io.EOF after the
// last one, and a *Corrupt where the file makes no sense any more.
func (f *File) Read(ctx context.Context, b *packet.Batch) error {
	b.Recs = b.Recs[:0]
	for f.err == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.parse(b)
		if len(b.Recs) > 0 {
			b.Buf = f.win[:f.end]
			return nil
		}
		if f.err == nil {
			f.err = f.fill()
		}
	}
	return f.err
}

// parse takes the whole records of the window.
func (f *File) parse(b *packet.Batch) {
	n, recs, err := f.form.records(f.win[f.at:f.end], b.Recs)
	f.seen(recs)
	b.Recs = recs
	f.at += n
	if err != nil {
		f.err = &Corrupt{f.name, f.before + int64(f.at), err}
	}
}

// seen notes what packets tell of the file, and makes their offsets those of the
// window.
func (f *File) seen(recs []packet.Rec) {
	base, last := uint32(f.at), f.last
	for i := range recs {
		r := &recs[i]
		r.Off += base
		if r.When < last {
			f.sum.Clock++
		}
		last = r.When
		if n := len(f.sum.Links); n == 0 || f.sum.Links[n-1] != r.Link { // seldom
			f.link(r.Link)
		}
	}
	f.last = last
	f.given += uint64(len(recs))
}

func (f *File) link(number uint16) {
	if !slices.Contains(f.sum.Links, number) {
		f.sum.Links = append(f.sum.Links, number)
	}
}

// fill makes room and reads on. At the end of the file what is left of a record
// is none.
func (f *File) fill() error {
	if f.at > 0 {
		f.before += int64(f.at)
		f.end = copy(f.win, f.win[f.at:f.end])
		f.at = 0
	}
	if f.end == len(f.win) {
		f.win = append(f.win, make([]byte, len(f.win))...) // next bounds it
	}
	for range fewReads {
		n, err := f.in.Read(f.win[f.end:])
		f.end += n
		switch {
		case n > 0:
			return nil
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			f.eof = true
			f.sum.Truncated = f.end > 0 || err != io.EOF
			return io.EOF
		case errors.Is(err, errInflate):
			return &Corrupt{f.name, f.before + int64(f.end), err}
		case err != nil:
			return fmt.Errorf("reading %s: %w", f.name, err)
		}
	}
	return fmt.Errorf("reading %s: %w", f.name, io.ErrNoProgress)
}

// Summary says what is known so far.
func (f *File) Summary() Summary {
	s := f.sum
	s.Bytes, s.Links = f.raw.n.Load(), slices.Clone(s.Links)
	return s
}

// Stats counts the packets handed out.
func (f *File) Stats() (packet.Stats, error) { return packet.Stats{Packets: f.given}, nil }

// Close ends the reading ahead; the reader itself is its owner's to close.
func (f *File) Close() error {
	f.close()
	return nil
}
