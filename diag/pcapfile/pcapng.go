package pcapfile

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"faultline/platform"
	"faultline/platform/packet"
)

// The blocks of pcapng that are read (draft-ietf-opsawg-pcapng §4); others are
// passed over by their length.
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockOldPacket  = 2
	blockSimple     = 3
	blockStatistics = 5
	blockEnhanced   = 6

	sectionOrder = 0x1a2b3c4d

	optionEnd        = 0
	optionResolution = 9
	optionOffset     = 14
	optionDropped    = 5 // of statistics: by the interface
	optionDiscarded  = 7 // by the operating system
	optionLost       = 4 // of packets: by both, since the packet before

	blockLeast = 12 // type, length, length again
)

// pcapng reads the blocks of a pcapng file.
type pcapng struct {
	sum    *Summary
	order  order
	ifaces []iface // of the section that is being read
	first  int     // how many earlier sections had
	last   int64
	lost   int // what packets say was lost before them
}

// iface is an interface of a section.
type iface struct {
	link   uint16
	snap   uint32
	binary bool  // the resolution is a power of two
	power  uint8 // of ten or of two
	offset int64 // seconds
}

// records reads blocks.
func (p *pcapng) records(b []byte, recs []packet.Rec) (n int, all []packet.Rec, err error) {
	for len(recs) < mostRecs {
		size, r, isPacket, err := p.next(b[n:])
		if err != nil || size == 0 {
			return n, recs, err
		}
		if isPacket {
			r.Off += uint32(n)
			recs = append(recs, r)
		}
		n += size
	}
	return n, recs, nil
}

// next reads the block at the beginning of b. It returns how long it is, 0 when
// b does not hold the whole of it, and whether it is a packet.
func (p *pcapng) next(b []byte) (n int, r packet.Rec, isPacket bool, err error) {
	if len(b) < blockLeast {
		return 0, r, false, nil
	}
	if binary.BigEndian.Uint32(b) == blockSection {
		if err := p.section(b); err != nil {
			return 0, r, false, err
		}
	}
	if p.order == unordered {
		return 0, r, false, platform.Damaged("no-section", "no section header")
	}
	size := p.order.Uint32(b[4:])
	switch {
	case size < blockLeast || size%4 != 0:
		return 0, r, false, platform.Damaged("block", "a block of {n} bytes", "n", int(size))
	case size > mostBlock:
		return 0, r, false, platform.Damaged("block-most", "a block of {n} bytes, more than {most}", "n", int(size), "most", mostBlock)
	case int(size) > len(b):
		return 0, r, false, nil
	case p.order.Uint32(b[size-4:]) != size:
		return 0, r, false, platform.Damaged("block-lengths", "a block whose two lengths differ: {n} and {other}", "n", int(size), "other", int(p.order.Uint32(b[size-4:])))
	}
	r, isPacket, err = p.block(p.order.Uint32(b), b[8:size-4])
	r.Off += 8
	return int(size), r, isPacket, err
}

// section sets the byte order. A file may hold several sections, of either one.
func (p *pcapng) section(b []byte) error {
	for _, o := range []order{big, little} {
		if o.Uint32(b[8:]) == sectionOrder {
			p.order = o
			p.first += len(p.ifaces)
			p.ifaces = p.ifaces[:0]
			return nil
		}
	}
	return platform.Damaged("byte-order", "a section header with the byte order {bytes}", "bytes", fmt.Sprintf("% x", b[8:12]))
}

// block reads what lies between the lengths of a block. Offsets are within it.
func (p *pcapng) block(kind uint32, b []byte) (r packet.Rec, isPacket bool, err error) {
	o := p.order
	switch {
	case kind == blockInterface:
		return r, false, p.declare(b)
	case kind == blockStatistics && len(b) >= 12:
		p.count(b[12:])
		return r, false, nil
	case kind == blockEnhanced && len(b) >= 20:
		p.before(b)
		return p.packet(b, 20, int(o.Uint32(b)), uint64(o.Uint32(b[4:]))<<32|uint64(o.Uint32(b[8:])), o.Uint32(b[12:]), o.Uint32(b[16:]))
	case kind == blockOldPacket && len(b) >= 20:
		if n := o.Uint16(b[2:]); n != 0 && n != 0xffff { // the latter: not known
			p.lose(int(n))
		}
		return p.packet(b, 20, int(o.Uint16(b)), uint64(o.Uint32(b[4:]))<<32|uint64(o.Uint32(b[8:])), o.Uint32(b[12:]), o.Uint32(b[16:]))
	case kind == blockSimple && len(b) >= 4:
		return p.simple(b)
	case kind == blockEnhanced, kind == blockOldPacket, kind == blockSimple:
		return r, false, platform.Damaged("no-packet", "a packet block without a packet")
	}
	return r, false, nil
}

// before reads what an enhanced packet block says was lost since the packet before
// (epb_dropcount, draft-ietf-opsawg-pcapng §4.3). Few writers give packets options.
func (p *pcapng) before(b []byte) {
	at := 20 + (int(p.order.Uint32(b[12:]))+3)&^3
	if at+12 > len(b) || at < 20 {
		return
	}
	options(p.order, b[at:], func(code uint16, v []byte) {
		if code == optionLost && len(v) == 8 && p.order.Uint64(v) < mostMissed {
			p.lose(int(p.order.Uint64(v)))
		}
	})
}

// lose adds up what packets say was lost before them. Interface statistics count the
// same packets: what is told is the higher one, never the sum.
func (p *pcapng) lose(n int) {
	p.lost = min(p.lost+n, mostMissed)
	p.sum.Dropped = max(p.sum.Dropped, p.lost)
}

// packet makes the record of a packet that begins at off.
func (p *pcapng) packet(b []byte, off, number int, stamp uint64, kept, wire uint32) (r packet.Rec, isPacket bool, err error) {
	switch {
	case number >= len(p.ifaces):
		return r, false, platform.Damaged("interface", "a packet of interface {n}, which is not declared", "n", number)
	case kept > mostPacket || int(kept) > len(b)-off:
		return r, false, platform.Damaged("packet-block", "a packet of {n} bytes in a block of {most}", "n", int(kept), "most", len(b))
	}
	i := p.ifaces[number]
	p.last = i.when(stamp)
	return packet.Rec{When: p.last, Off: uint32(off), Len: kept, Wire: wire, Link: i.link, Iface: uint16(p.first + number)}, true, nil
}

// simple is a packet of the first interface, without a time: it takes that of
// the packet before.
func (p *pcapng) simple(b []byte) (r packet.Rec, isPacket bool, err error) {
	if len(p.ifaces) == 0 {
		return r, false, platform.Damaged("interface", "a packet of interface {n}, which is not declared", "n", 0)
	}
	i, wire := p.ifaces[0], p.order.Uint32(b)
	kept := min(wire, uint32(len(b)-4))
	if i.snap > 0 {
		kept = min(kept, i.snap)
	}
	return packet.Rec{When: p.last, Off: 4, Len: kept, Wire: wire, Link: i.link, Iface: uint16(p.first)}, true, nil
}

// declare reads an interface description.
func (p *pcapng) declare(b []byte) error {
	switch {
	case len(b) < 8:
		return platform.Damaged("interface-cut", "an interface block that is cut off")
	case p.first+len(p.ifaces) >= mostIfaces:
		return platform.Damaged("interfaces", "more than {n} interfaces", "n", mostIfaces)
	}
	i := iface{link: p.order.Uint16(b), snap: p.order.Uint32(b[4:]), power: 6}
	options(p.order, b[8:], func(code uint16, v []byte) {
		switch {
		case code == optionResolution && len(v) >= 1:
			i.binary, i.power = v[0]&0x80 != 0, v[0]&0x7f
		case code == optionOffset && len(v) >= 8:
			i.offset = int64(p.order.Uint64(v))
		}
	})
	p.sum.Nano = p.sum.Nano || i.binary && i.power > 20 || !i.binary && i.power > 6
	p.ifaces = append(p.ifaces, i)
	return nil
}

// mostMissed is more than a capture can miss; all ones stand for a number that is not
// known.
const mostMissed = 1 << 48

// count reads the options of interface statistics (draft-ietf-opsawg-pcapng §4.6).
// They count from the beginning of the capture: the latest of an interface says all,
// and the highest of a file is told.
func (p *pcapng) count(b []byte) {
	missed := 0
	options(p.order, b, func(code uint16, v []byte) {
		if len(v) == 8 && (code == optionDropped || code == optionDiscarded) && p.order.Uint64(v) < mostMissed {
			missed = max(missed, int(p.order.Uint64(v))) // not the sum: some tools write one into both
		}
	})
	p.sum.Dropped = max(p.sum.Dropped, missed)
}

// options goes through the options of a block up to the end of them, or to what is
// no option.
func options(o order, b []byte, each func(code uint16, v []byte)) {
	for len(b) >= 4 {
		code, n := o.Uint16(b), int(o.Uint16(b[2:]))
		if code == optionEnd || 4+n > len(b) {
			return
		}
		each(code, b[4:4+n])
		b = b[min(4+(n+3)&^3, len(b)):]
	}
}

// when turns a time stamp into nanoseconds since 1970. What does not fit wraps
// around, as no honest file holds it.
func (i iface) when(stamp uint64) int64 {
	base := i.offset * 1e9
	if i.binary {
		if i.power >= 64 {
			return base
		}
		whole, part := stamp>>i.power, stamp&(1<<i.power-1)
		high, low := bits.Mul64(part, 1e9)
		return base + int64(whole*1e9) + int64(high<<(64-i.power)|low>>i.power)
	}
	n := i.power
	for ; n < 9; n++ {
		stamp *= 10
	}
	for ; n > 9; n-- {
		stamp /= 10
	}
	return base + int64(stamp)
}
