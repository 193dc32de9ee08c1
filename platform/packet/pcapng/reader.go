package pcapng

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"faultline/platform/packet"
)

// The most that a file may ask of its reader.
const (
	maxBlock   = 16 << 20 // as in wireshark's reader
	maxPacket  = 256 << 10
	maxIfaces  = 1024
	batchRecs  = 256
	batchBytes = 1 << 20
)

// Block types and options of the format.
const (
	blockInterface = 1
	blockObsolete  = 2 // "packet block", superseded by the enhanced one
	blockSimple    = 3
	blockEnhanced  = 6
	blockSection   = 0x0A0D0D0A // a palindrome: read before the byte order is known

	orderMagic = 0x1A2B3C4D

	optionEnd        = 0
	optionResolution = 9  // if_tsresol
	optionOffset     = 14 // if_tsoffset
)

// Reader is a source of the packets of a file, which may be anybody's.
// Interfaces are numbered through all sections of the file.
//
// It is gopacket's writer's counterpart and not gopacket's reader, as that one
// panics on options that are too short and allocates what a file claims.
type Reader struct {
	in      *bufio.Reader
	size    int
	order   binary.ByteOrder // nil before the first section
	ifaces  []iface
	section int // the first interface of this section
	block   []byte
	given   uint64
	err     error // what ended the file
}

type iface struct {
	link   uint16
	snap   uint32
	units  uint64 // of time, in a second
	offset int64  // seconds
}

// NewReader returns a source of the packets of r, size at a time; 0: 256.
func NewReader(r io.Reader, size int) *Reader {
	if size <= 0 {
		size = batchRecs
	}
	return &Reader{in: bufio.NewReaderSize(r, 64<<10), size: size}
}

// Read fills b. What a broken file held before its fault is handed out first.
func (r *Reader) Read(ctx context.Context, b *packet.Batch) error {
	b.Reset()
	if err := ctx.Err(); err != nil {
		return err
	}
	for r.err == nil && len(b.Recs) < r.size && len(b.Buf) < batchBytes {
		r.err = r.next(b)
	}
	if len(b.Recs) == 0 {
		return r.err
	}
	r.given += uint64(len(b.Recs))
	return nil
}

// Stats counts what was handed out.
func (r *Reader) Stats() (packet.Stats, error) { return packet.Stats{Packets: r.given}, nil }

// Close does nothing: whoever opened the file closes it.
func (r *Reader) Close() error { return nil }

// next reads one block. io.EOF is the end between blocks.
func (r *Reader) next(b *packet.Batch) error {
	kind, body, err := r.read()
	if err != nil {
		return err
	}
	switch kind {
	case blockSection:
		return r.startSection(body)
	case blockInterface:
		return r.describe(body)
	case blockEnhanced:
		return r.enhanced(b, body)
	case blockSimple:
		return r.simple(b, body)
	case blockObsolete:
		return errors.New("reading packets: the obsolete packet block is not supported")
	}
	return nil
}

func (r *Reader) read() (kind uint32, body []byte, err error) {
	head, err := r.in.Peek(12)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF) && r.order != nil:
		return 0, nil, io.EOF
	case errors.Is(err, io.EOF):
		return 0, nil, fmt.Errorf("reading packets: %w", io.ErrUnexpectedEOF)
	case err != nil:
		return 0, nil, fmt.Errorf("reading packets: %w", err)
	}
	if err := r.setOrder(head); err != nil {
		return 0, nil, err
	}
	kind, length := r.order.Uint32(head), r.order.Uint32(head[4:])
	if length < 12 || length%4 != 0 || length > maxBlock {
		return 0, nil, fmt.Errorf("reading packets: a block of %d bytes", length)
	}
	return r.whole(kind, length)
}

// setOrder learns the byte order of a section from its head.
func (r *Reader) setOrder(head []byte) error {
	switch {
	case binary.LittleEndian.Uint32(head) != blockSection:
		if r.order == nil {
			return errors.New("reading packets: not a pcapng file")
		}
	case binary.LittleEndian.Uint32(head[8:]) == orderMagic:
		r.order = binary.LittleEndian
	case binary.BigEndian.Uint32(head[8:]) == orderMagic:
		r.order = binary.BigEndian
	default:
		return errors.New("reading packets: a section without byte order")
	}
	return nil
}

// whole reads a block of the length that its head claims, growing with what
// is really there, and returns what lies between the lengths at its ends.
func (r *Reader) whole(kind, length uint32) (uint32, []byte, error) {
	r.block = r.block[:0]
	for len(r.block) < int(length) {
		step := min(int(length)-len(r.block), 64<<10)
		r.block = append(r.block, make([]byte, step)...)
		if _, err := io.ReadFull(r.in, r.block[len(r.block)-step:]); err != nil {
			return 0, nil, fmt.Errorf("reading packets: %w", io.ErrUnexpectedEOF)
		}
	}
	if r.order.Uint32(r.block[length-4:]) != length {
		return 0, nil, errors.New("reading packets: a block with two lengths")
	}
	return kind, r.block[8 : length-4], nil
}

var errShort = errors.New("reading packets: a block shorter than its contents")

func (r *Reader) startSection(body []byte) error {
	if len(body) < 16 {
		return errShort
	}
	if major := r.order.Uint16(body[4:]); major != 1 {
		return fmt.Errorf("reading packets: pcapng version %d", major)
	}
	r.section = len(r.ifaces)
	return nil
}

func (r *Reader) describe(body []byte) error {
	if len(body) < 8 {
		return errShort
	}
	if len(r.ifaces) >= maxIfaces {
		return fmt.Errorf("reading packets: more than %d interfaces", maxIfaces)
	}
	i := iface{link: r.order.Uint16(body), snap: r.order.Uint32(body[4:]), units: 1e6}
	err := r.options(body[8:], func(code uint16, value []byte) error {
		switch {
		case code == optionResolution && len(value) == 1:
			i.units = unitsOf(value[0])
		case code == optionOffset && len(value) == 8:
			i.offset = int64(r.order.Uint64(value))
		case code == optionResolution || code == optionOffset:
			return errShort
		}
		return nil
	})
	if err == nil && i.units == 0 {
		err = errors.New("reading packets: a time resolution out of range")
	}
	r.ifaces = append(r.ifaces, i)
	return err
}

func (r *Reader) options(b []byte, each func(code uint16, value []byte) error) error {
	for len(b) >= 4 {
		code, length := r.order.Uint16(b), int(r.order.Uint16(b[2:]))
		if code == optionEnd {
			return nil
		}
		padded := 4 + (length+3)&^3
		if padded > len(b) {
			return errShort
		}
		if err := each(code, b[4:4+length]); err != nil {
			return err
		}
		b = b[padded:]
	}
	return nil
}

// unitsOf reads if_tsresol: a power of ten, or of two with the high bit set.
// It returns 0 for what 64 bits cannot count.
func unitsOf(resolution byte) uint64 {
	exponent := resolution & 0x7F
	if resolution&0x80 != 0 {
		if exponent > 63 {
			return 0
		}
		return 1 << exponent
	}
	if exponent > 19 {
		return 0
	}
	units := uint64(1)
	for range exponent {
		units *= 10
	}
	return units
}

func (r *Reader) enhanced(b *packet.Batch, body []byte) error {
	if len(body) < 20 {
		return errShort
	}
	at := int64(r.order.Uint32(body)) + int64(r.section)
	if at >= int64(len(r.ifaces)) {
		return errors.New("reading packets: a packet of an interface that is not described")
	}
	stamp := uint64(r.order.Uint32(body[4:]))<<32 | uint64(r.order.Uint32(body[8:]))
	kept, wire := r.order.Uint32(body[12:]), r.order.Uint32(body[16:])
	if kept > maxPacket || int(kept) > len(body)-20 {
		return errShort
	}
	i := r.ifaces[at]
	b.Add(i.when(stamp), i.link, uint16(at), max(wire, kept), body[20:20+kept])
	return nil
}

// simple reads a packet without a time, of the section's first interface.
func (r *Reader) simple(b *packet.Batch, body []byte) error {
	if len(body) < 4 {
		return errShort
	}
	if r.section >= len(r.ifaces) {
		return errors.New("reading packets: a packet of an interface that is not described")
	}
	i := r.ifaces[r.section]
	wire := r.order.Uint32(body)
	kept := wire
	if i.snap != 0 {
		kept = min(wire, i.snap)
	}
	if kept > maxPacket || int(kept) > len(body)-4 {
		return errShort
	}
	b.Add(0, i.link, uint16(r.section), wire, body[4:4+kept])
	return nil
}

// when returns nanoseconds since 1970. Times that do not fit wrap around: they
// are nonsense of the file, and no reason to refuse its packets.
func (i iface) when(stamp uint64) int64 {
	if i.units == 1e9 {
		return int64(stamp) + i.offset*1e9
	}
	seconds, rest := stamp/i.units, stamp%i.units
	hi, lo := bits.Mul64(rest, 1e9)
	nanos, _ := bits.Div64(hi, lo, i.units) // rest < units, so it fits
	return (int64(seconds)+i.offset)*1e9 + int64(nanos)
}
