package windows

import "encoding/binary"

// Kinds of VARIANT (wtypes.h) in which WMI gives whole numbers: uint16 and less
// as VT_I4 or narrower (learn.microsoft.com, "Numbers" of WMI).
const (
	variantI2   = 2
	variantI4   = 3
	variantText = 8 // VT_BSTR
	variantUI1  = 17
	variantUI2  = 18
	variantUI4  = 19
)

// variantNumber reads a number out of the kind of a VARIANT and its value.
func variantNumber(kind uint16, value [8]byte) (uint32, bool) {
	switch kind {
	case variantUI1:
		return uint32(value[0]), true
	case variantI2, variantUI2:
		return uint32(binary.LittleEndian.Uint16(value[:])), true
	case variantI4, variantUI4:
		return binary.LittleEndian.Uint32(value[:]), true
	}
	return 0, false
}

// template is what one template of MSFT_NetTCPSetting says of the ports that are
// handed out: where they begin, and how many there are.
type template struct{ start, count uint32 }

// portRange is the range that all templates agree on. netsh and PowerShell take
// no range that begins below 1025 or has fewer than 255 ports
// (learn.microsoft.com, "The default dynamic port range for TCP/IP has changed").
func portRange(all []template) (low, high int, ok bool) {
	for _, t := range all {
		from, to := int(t.start), int(t.start)+int(t.count)-1
		if t.start < 1025 || t.start > 65535 || t.count < 255 || t.count > 65535 || to > 65535 || ok && (from != low || to != high) {
			return 0, 0, false
		}
		low, high, ok = from, to, true
	}
	return low, high, ok
}
