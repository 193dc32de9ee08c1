package windows

import (
	"strings"
	"unicode"
)

const longestText = 512 // UTF-16 units

// pointedText reads the UTF-16 text, ended by a zero, to which the pointer at
// an offset of b leads, without what cannot be shown. Texts lie in the same
// buffer, whose address is base; one that does not is "".
func pointedText(b structure, base uint64, at, pointer int) string {
	to := uint64(b.u32(at))
	if pointer == 8 {
		to = b.u64(at)
	}
	if to < base || to-base >= uint64(len(b)) {
		return ""
	}
	return printed(b.wide(int(to-base), longestText))
}

// printed leaves out what cannot be shown.
func printed(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
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
		pid := int(structure(b).u32(i*size + 2*pointer + 28))
		if name := pointedText(b, base, i*size, pointer); pid != 0 && name != "" {
			names[pid] = append(names[pid], name)
		}
	}
	return names
}
