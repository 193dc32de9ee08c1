package dissect

import "encoding/binary"

// radiotap passes the header that drivers put before 802.11 frames
// (radiotap.org): of its fields only the flags matter, which say whether a
// frame check sequence ends the frame and whether its header is padded.
func (d *Decoder) radiotap(b span, s *Segment) Kind {
	if len(b.p) < 8 {
		return b.short(s)
	}
	size := int(binary.LittleEndian.Uint16(b.p[2:]))
	switch {
	case b.p[0] != 0 || size < 8:
		return s.skip(wordMalformed)
	case size > len(b.p):
		return b.short(s)
	}
	return d.wireless(b.from(size), radiotapFlags(b.p[:size]), s)
}

// The flags of radiotap that matter here.
const (
	flagFCS    = 0x10
	flagPadded = 0x20
)

// radiotapFlags finds the field of flags: the second one, behind a time stamp
// of eight bytes and the bitmaps, the last of which lacks bit 31.
func radiotapFlags(p []byte) uint8 {
	present, at := binary.LittleEndian.Uint32(p[4:]), 8
	for more := present; more>>31 != 0; at += 4 {
		if at+4 > len(p) {
			return 0
		}
		more = binary.LittleEndian.Uint32(p[at:])
	}
	if present&1 != 0 {
		at = (at+7)&^7 + 8
	}
	if present&2 == 0 || at >= len(p) {
		return 0
	}
	return p[at]
}

// wireless reads an IEEE 802.11 data frame (§9.3.2).
func (d *Decoder) wireless(b span, flags uint8, s *Segment) Kind {
	if len(b.p) < 24 {
		if len(b.p) >= 2 && b.p[0]>>2&3 != 2 {
			return s.skip(wordManagement)
		}
		return b.short(s)
	}
	size, word := wirelessHeader(b.p)
	if word != "" {
		return s.skip(word)
	}
	if flags&flagPadded != 0 {
		size = (size + 3) &^ 3
	}
	if size > len(b.p) {
		return b.short(s)
	}
	b = b.from(size)
	if flags&flagFCS != 0 {
		b.wire = max(b.wire-4, 0)
		b.p = b.p[:min(len(b.p), b.wire)]
	}
	return d.llc(b, s)
}

// wirelessHeader is the size of the header of a data frame of at least 24
// bytes, or why there is nothing in it to be read.
func wirelessHeader(p []byte) (size int, word string) {
	kind, subtype, control := p[0]>>2&3, p[0]>>4, p[1]
	switch {
	case kind != 2:
		return 0, wordManagement
	case subtype&4 != 0:
		return 0, wordNoData
	case control&0x40 != 0:
		return 0, wordEncrypted
	case control&4 != 0 || p[22]&15 != 0:
		return 0, wordPiece
	}
	size = 24
	if control&3 == 3 { // between access points: a fourth address
		size += 6
	}
	if subtype&8 != 0 { // quality of service
		if size < len(p) && p[size]&0x80 != 0 {
			return 0, wordAggregate
		}
		size += 2
		if control&0x80 != 0 { // high throughput
			size += 4
		}
	}
	return size, ""
}
