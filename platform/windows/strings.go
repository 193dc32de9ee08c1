package windows

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
)

const longestText = 512 // UTF-16 units

// pointedText reads the UTF-16 text, ended by a zero, to which the pointer at
// an offset of b leads. Texts lie in the same buffer, whose address is base;
// one that does not is "".
func pointedText(b []byte, base uint64, at, pointer int) string {
	if at < 0 || at+pointer > len(b) {
		return ""
	}
	to := uint64(binary.LittleEndian.Uint32(b[at:]))
	if pointer == 8 {
		to = binary.LittleEndian.Uint64(b[at:])
	}
	if to < base || to-base >= uint64(len(b)) {
		return ""
	}
	return wideText(b[to-base:])
}

// wideText reads UTF-16 text up to a zero, without what cannot be shown.
func wideText(b []byte) string {
	var units []uint16
	for ; len(b) >= 2 && len(units) < longestText; b = b[2:] {
		u := binary.LittleEndian.Uint16(b)
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, string(utf16.Decode(units)))
}

// decodeOwnerModule reads the name in TCPIP_OWNER_MODULE_BASIC_INFO
// (iprtrmib.h): that of a service where one owns the socket.
func decodeOwnerModule(b []byte, base uint64, pointer int) string {
	return pointedText(b, base, 0, pointer)
}

// decodeServices reads the names of services by their process from an array of
// ENUM_SERVICE_STATUS_PROCESSW (winsvc.h): two pointers, then nine DWORDs, of
// which the eighth is the process.
func decodeServices(b []byte, base uint64, count, pointer int) map[int][]string {
	size := 2*pointer + 36
	size += (pointer - size%pointer) % pointer
	names := make(map[int][]string)
	for i := 0; i < count && (i+1)*size <= len(b); i++ {
		pid := int(binary.LittleEndian.Uint32(b[i*size+2*pointer+28:]))
		if name := pointedText(b, base, i*size, pointer); pid != 0 && name != "" {
			names[pid] = append(names[pid], name)
		}
	}
	return names
}
