package windows

import (
	"encoding/binary"
	"net/netip"
	"unicode/utf16"
)

// structure is one structure of the system as it lies in memory, little-endian
// on every machine that Windows runs on. What lies beyond its end is zero: an
// older system writes shorter ones.
type structure []byte

func (s structure) has(at, n int) bool { return at >= 0 && n >= 0 && at <= len(s) && n <= len(s)-at }

func (s structure) u8(at int) uint8 {
	if !s.has(at, 1) {
		return 0
	}
	return s[at]
}

func (s structure) u16(at int) uint16 {
	if !s.has(at, 2) {
		return 0
	}
	return binary.LittleEndian.Uint16(s[at:])
}

func (s structure) u32(at int) uint32 {
	if !s.has(at, 4) {
		return 0
	}
	return binary.LittleEndian.Uint32(s[at:])
}

func (s structure) u64(at int) uint64 {
	if !s.has(at, 8) {
		return 0
	}
	return binary.LittleEndian.Uint64(s[at:])
}

// part is the structure within another, or nothing.
func (s structure) part(at, n int) structure {
	if !s.has(at, n) {
		return nil
	}
	return s[at : at+n]
}

// wide reads UTF-16 up to its end or NUL, at most n units.
func (s structure) wide(at, n int) string {
	var units []uint16
	for ; n > 0 && s.has(at, 2) && s.u16(at) != 0; at, n = at+2, n-1 {
		units = append(units, s.u16(at))
	}
	return string(utf16.Decode(units))
}

// Families of ws2def.h and the sizes of their addresses.
const (
	familyIPv4 = 2
	familyIPv6 = 23

	sizeSockaddrIn   = 16
	sizeSockaddrInet = 28 // SOCKADDR_INET of ws2ipdef.h: as long as SOCKADDR_IN6
)

// inet reads SOCKADDR_INET (ws2ipdef.h): the family, the port, and the address
// at 4 for IPv4, at 8 for IPv6. The zone is left to who knows the adapter.
func (s structure) inet() netip.Addr {
	switch {
	case s.u16(0) == familyIPv4 && s.has(4, 4):
		return netip.AddrFrom4([4]byte(s[4:8]))
	case s.u16(0) == familyIPv6 && s.has(8, 16):
		return netip.AddrFrom16([16]byte(s[8:24])).Unmap()
	}
	return netip.Addr{}
}

// appendInet appends a as SOCKADDR_INET; scope is the index of the adapter
// that an address of one link belongs to.
func appendInet(b []byte, a netip.Addr, scope uint32) []byte {
	var s [sizeSockaddrInet]byte
	switch a = a.Unmap(); {
	case a.Is4():
		binary.LittleEndian.PutUint16(s[0:], familyIPv4)
		copy(s[4:], a.AsSlice())
	case a.Is6():
		binary.LittleEndian.PutUint16(s[0:], familyIPv6)
		copy(s[8:], a.AsSlice())
		if a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() {
			binary.LittleEndian.PutUint32(s[24:], scope)
		}
	}
	return append(b, s[:]...)
}

// rows cuts a table of netioapi.h or iprtrmib.h into its rows: their number,
// then the rows from first on, each of one size. Fewer than were announced are
// an answer that was cut off, and still true.
func rows(b []byte, first, size int) (all []structure) {
	s := structure(b)
	for n := s.u32(0); n > 0 && s.has(first, size); n, first = n-1, first+size {
		all = append(all, s.part(first, size))
	}
	return all
}
