package windows

import (
	"encoding/binary"
	"net/netip"
	"unicode/utf16"
)

// made is a structure that is spelled by hand, from the layout that its decoder
// names.
type made []byte

func (m made) u8(v ...byte) made { return append(m, v...) }

func (m made) u16(v uint16) made { return binary.LittleEndian.AppendUint16(m, v) }

func (m made) u32(v ...uint32) made {
	for _, n := range v {
		m = binary.LittleEndian.AppendUint32(m, n)
	}
	return m
}

func (m made) u64(v ...uint64) made {
	for _, n := range v {
		m = binary.LittleEndian.AppendUint64(m, n)
	}
	return m
}

func (m made) addr(s string) made { return append(m, netip.MustParseAddr(s).AsSlice()...) }

// port is a port in network order, in a DWORD.
func (m made) port(p uint16) made { return append(binary.BigEndian.AppendUint16(m, p), 0, 0) }

func (m made) wide(s string) made {
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		m = m.u16(u)
	}
	return m
}

// zero appends so many bytes.
func (m made) zero(n int) made { return append(m, make([]byte, n)...) }
