package pcapfile

import (
	"encoding/binary"
	"math/bits"
)

// order is a byte order. It is no binary.ByteOrder: calls through an interface
// would take longer than what they do.
type order uint8

const (
	unordered order = iota // not known yet
	little
	big
)

// Uint16 reads two bytes.
func (o order) Uint16(b []byte) uint16 {
	if o == big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

// Uint32 reads four bytes.
func (o order) Uint32(b []byte) uint32 {
	x := binary.LittleEndian.Uint32(b)
	if o == big {
		x = bits.ReverseBytes32(x)
	}
	return x
}

// Uint64 reads eight bytes.
func (o order) Uint64(b []byte) uint64 {
	x := binary.LittleEndian.Uint64(b)
	if o == big {
		x = bits.ReverseBytes64(x)
	}
	return x
}
