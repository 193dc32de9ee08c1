// Package inflate unpacks gzip (RFC 1951, RFC 1952) in about half the time that
// compress/gzip takes: captures are large, and unpacking is what they wait for.
// It never packs, and reads no file by itself.
package inflate

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

var (
	// ErrHeader is what begins as no gzip file does.
	ErrHeader = errors.New("no gzip header")
	// ErrDamaged is compressed data that cannot be, or a checksum that is wrong.
	ErrDamaged = errors.New("damaged gzip data")
)

const (
	reach   = 32 << 10  // how far back a match may lie
	output  = 256 << 10 // what is unpacked at once
	slack   = 8 + most  // what a step may write beyond its end
	most    = 258       // bytes of a match
	input   = 64 << 10
	padding = 16 // bytes that are at hand before each step; zeros behind the end of the input
)

// Reader unpacks what it reads: one gzip member, or several in a row.
type Reader struct {
	in       io.Reader
	buf      []byte
	pos, end int    // what buf holds and was not taken
	padded   int    // zeros that came behind the end of the input
	readErr  error  // of in
	bits     uint64 // taken from buf and not used: the lowest bit is the next one
	n        uint   // how many of them count

	out    []byte
	w, r   int // written and handed out
	base   int // where the member began in out
	sum    uint32
	summed int // of out
	length uint32

	stored int // bytes to come of a block that is not compressed
	inside bool
	last   bool // the block is the last one of its member
	codes  codes
	err    error
}

// NewReader reads the header of the first member. Its error is ErrHeader, or
// one of r.
func NewReader(r io.Reader) (*Reader, error) {
	z := &Reader{in: r, buf: make([]byte, input+2*padding), out: make([]byte, reach+output+slack)}
	err := z.header()
	if z.overrun() {
		err = io.ErrUnexpectedEOF
	}
	return z, err
}

// Read hands out what was unpacked. Data that ends early is
// io.ErrUnexpectedEOF, as with compress/gzip.
func (z *Reader) Read(p []byte) (int, error) {
	for z.r == z.w {
		if z.err != nil {
			return 0, z.err
		}
		z.slide()
		w := z.w
		if z.err = z.step(); z.overrun() {
			z.w, z.err = w, io.ErrUnexpectedEOF
		}
		z.check()
	}
	n := copy(p, z.out[z.r:z.w])
	z.r += n
	return n, nil
}

// slide makes room: only what a match can reach stays.
func (z *Reader) slide() {
	if z.w < reach+output/2 {
		return
	}
	gone := z.w - reach
	copy(z.out, z.out[gone:z.w])
	z.w, z.r, z.summed, z.base = reach, reach, reach, max(z.base-gone, 0)
}

// check takes what was unpacked into the checksum.
func (z *Reader) check() {
	z.sum = crc32.Update(z.sum, crc32.IEEETable, z.out[z.summed:z.w])
	z.length += uint32(z.w - z.summed)
	z.summed = z.w
}

// overrun says that something was made of bits behind the end of the input.
func (z *Reader) overrun() bool { return int(z.n) < 8*(z.padded-(z.end-z.pos)) }

// step unpacks until a block ends or there is no more room; at the end of the
// input only a little at a time.
func (z *Reader) step() error {
	switch {
	case z.stored > 0:
		return z.copyStored()
	case z.inside:
		return z.symbols()
	case z.last:
		return z.trailer()
	}
	return z.block()
}

// block reads the header of a block (RFC 1951 §3.2.3).
func (z *Reader) block() error {
	if err := z.need(3); err != nil {
		return err
	}
	z.last = z.take(1) == 1
	switch z.take(2) {
	case 0:
		return z.beginStored()
	case 1:
		z.inside = true
		z.codes.fixed()
		return nil
	case 2:
		z.inside = true
		return z.dynamic()
	}
	return ErrDamaged
}

// beginStored reads the length of a block that is not compressed.
func (z *Reader) beginStored() error {
	z.align()
	if err := z.need(32); err != nil {
		return err
	}
	n, inverse := z.take(16), z.take(16)
	if n != ^inverse&0xffff {
		return ErrDamaged
	}
	z.stored = int(n)
	z.align()
	return nil
}

// copyStored copies what of a stored block is at hand and has room.
func (z *Reader) copyStored() error {
	if err := z.fill(); err != nil {
		return err
	}
	n := min(z.stored, z.end-z.padded-z.pos, len(z.out)-slack-z.w)
	if n <= 0 {
		return io.ErrUnexpectedEOF
	}
	copy(z.out[z.w:], z.buf[z.pos:z.pos+n])
	z.w, z.pos, z.stored = z.w+n, z.pos+n, z.stored-n
	return nil
}

// trailer compares the checksum, and begins the next member if there is one.
func (z *Reader) trailer() error {
	z.align()
	if err := z.need(32); err != nil {
		return err
	}
	sum := z.take(32)
	if err := z.need(32); err != nil {
		return err
	}
	if sum != uint64(z.sum) || z.take(32) != uint64(z.length) {
		return ErrDamaged
	}
	z.align()
	if err := z.fill(); err != nil {
		return err
	}
	if z.pos >= z.end-z.padded {
		return io.EOF
	}
	return z.header()
}

// The flags of a header (RFC 1952 §2.3.1).
const (
	hasSum = 1 << (iota + 1)
	hasExtra
	hasName
	hasComment
)

// header reads the header of a member.
func (z *Reader) header() error {
	z.sum, z.length, z.last, z.base = 0, 0, false, z.w
	magic, err := z.number(3)
	if err != nil {
		return err
	}
	if magic != 0x088b1f {
		return ErrHeader
	}
	flags, err := z.number(1)
	if err == nil {
		_, err = z.number(6) // time, level, system
	}
	if err == nil && flags&hasExtra != 0 {
		var n uint64
		if n, err = z.number(2); err == nil {
			err = z.pass(int(n), false)
		}
	}
	for _, text := range []uint64{hasName, hasComment} {
		if err == nil && flags&text != 0 {
			err = z.pass(1<<16, true)
		}
	}
	if err == nil && flags&hasSum != 0 {
		_, err = z.number(2)
	}
	return err
}

// number reads n bytes, at most 6.
func (z *Reader) number(n uint) (uint64, error) {
	if err := z.need(8 * n); err != nil {
		return 0, err
	}
	return z.take(8 * n), nil
}

// pass reads n bytes, or until one is zero.
func (z *Reader) pass(n int, text bool) error {
	for range n {
		b, err := z.number(1)
		if err != nil {
			return err
		}
		if text && b == 0 {
			return nil
		}
	}
	if text {
		return ErrHeader
	}
	return nil
}

// need sees to n bits being at hand, at most 56.
func (z *Reader) need(n uint) error {
	if z.n >= n {
		return nil
	}
	if err := z.fill(); err != nil {
		return err
	}
	z.refill()
	return nil
}

// refill takes bytes until 56 bits or more are at hand. The bits above those
// that count are those of the next byte already, and are taken again then.
func (z *Reader) refill() {
	z.bits |= binary.LittleEndian.Uint64(z.buf[z.pos:]) << z.n
	z.pos += int(63-z.n) >> 3
	z.n |= 56
}

// take uses n bits that are at hand.
func (z *Reader) take(n uint) uint64 {
	x := z.bits & (1<<n - 1)
	z.bits >>= n
	z.n -= n
	return x
}

// align gives whole bytes back.
func (z *Reader) align() {
	z.pos -= int(z.n / 8)
	z.bits, z.n = 0, 0 // what is left of a byte is dropped
}

// fill sees to enough bytes being in buf from pos on. What was taken last stays
// before pos, as align may give it back.
func (z *Reader) fill() error {
	for z.end-z.pos < padding {
		gone := max(z.pos-padding, 0)
		copy(z.buf, z.buf[gone:z.end])
		z.pos, z.end = z.pos-gone, z.end-gone
		if z.readErr == io.EOF {
			clear(z.buf[z.end : z.end+padding])
			z.end, z.padded = z.end+padding, z.padded+padding
			return nil
		}
		if z.readErr != nil {
			return z.readErr
		}
		var n int
		n, z.readErr = z.in.Read(z.buf[z.end:input])
		z.end += n
	}
	return nil
}
