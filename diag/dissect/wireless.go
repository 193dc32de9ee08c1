package dissect

import "encoding/binary"

// radiotapHeader passes what drivers put before 802.11 frames (radiotap.org).
// Of its fields only the flags matter, for the padding: the frame check
// sequence that may end a frame lies behind all that IP counts.
func radiotapHeader(p []byte) header {
	if len(p) < 8 {
		return header{size: 8}
	}
	size := int(binary.LittleEndian.Uint16(p[2:]))
	switch {
	case p[0] != 0 || size < 8:
		return header{skip: wordMalformed}
	case size > len(p):
		return header{size: size}
	}
	align := 1
	if radiotapFlags(p[:size])&flagPadded != 0 {
		align = 4
	}
	return wirelessHeader(p[size:], align).behind(size)
}

// flagPadded says that the 802.11 header fills up words.
const flagPadded = 0x20

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

// wirelessHeader reads an IEEE 802.11 data frame (§9.3.2), its header a
// multiple of align bytes, with the LLC and SNAP in it.
func wirelessHeader(p []byte, align int) header {
	switch {
	case len(p) >= 2 && p[0]>>2&3 != 2:
		return header{skip: wordManagement}
	case len(p) < 24:
		return header{size: 24}
	}
	if word := unreadable(p); word != "" {
		return header{skip: word}
	}
	size, qos := wirelessSize(p)
	if qos > 0 && qos < len(p) && p[qos]&0x80 != 0 {
		return header{skip: wordAggregate}
	}
	size = (size + align - 1) / align * align
	if size+8 > len(p) {
		return header{size: size + 8}
	}
	return snapHeader(p[size:]).behind(size)
}

// unreadable says why there is nothing to be read in a data frame.
func unreadable(p []byte) (word string) {
	switch subtype, control := p[0]>>4, p[1]; {
	case subtype&4 != 0:
		return wordNoData
	case control&0x40 != 0:
		return wordEncrypted
	case control&4 != 0 || p[22]&15 != 0:
		return wordPiece
	}
	return ""
}

// wirelessSize is the size of a data frame's header, and where in it the
// control of the quality of service lies, if there is one.
func wirelessSize(p []byte) (size, qos int) {
	size = 24
	if p[1]&3 == 3 { // between access points: a fourth address
		size += 6
	}
	if p[0]&0x80 == 0 {
		return size, 0
	}
	qos, size = size, size+2
	if p[1]&0x80 != 0 { // high throughput
		size += 4
	}
	return size, qos
}
