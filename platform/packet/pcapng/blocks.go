package pcapng

import (
	"encoding/binary"

	"faultline/platform/packet"
)

// What is written is in little endian, with time stamps in nanoseconds.
const (
	optionApplication = 4 // shb_userappl
	nanoseconds       = 9 // if_tsresol: a power of ten
)

// block puts the contents of a block between its type and its lengths, padded to
// four bytes (draft-ietf-opsawg-pcapng §3.1).
func block(kind uint32, body []byte) []byte {
	order := binary.LittleEndian
	size := uint32(12 + (len(body)+3)&^3)
	b := make([]byte, 8, size)
	order.PutUint32(b, kind)
	order.PutUint32(b[4:], size)
	b = append(b, body...)
	b = append(b, make([]byte, int(size)-4-len(b))...)
	return order.AppendUint32(b, size)
}

// option appends an option, padded to four bytes, and the end of the options.
func option(b []byte, code uint16, value string) []byte {
	order := binary.LittleEndian
	b = order.AppendUint16(b, code)
	b = order.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	b = append(b, make([]byte, -len(value)&3)...)
	return order.AppendUint32(b, optionEnd)
}

// sectionBlock begins a section of unknown length, in version 1.0 of the format
// (§4.1).
func sectionBlock() []byte {
	order := binary.LittleEndian
	b := order.AppendUint32(nil, orderMagic)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint64(b, ^uint64(0))
	return block(blockSection, option(b, optionApplication, "faultline"))
}

// interfaceBlock describes an interface that keeps packets of any length (§4.2).
func interfaceBlock(link uint16) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(link))
	b = binary.LittleEndian.AppendUint32(b, 0)
	return block(blockInterface, option(b, optionResolution, string(rune(nanoseconds))))
}

// packetBlock is a packet of interface id (§4.3).
func packetBlock(id int, r packet.Rec, data []byte) []byte {
	order := binary.LittleEndian
	b := make([]byte, 20, 20+len(data))
	order.PutUint32(b, uint32(id))
	order.PutUint32(b[4:], uint32(uint64(r.When)>>32))
	order.PutUint32(b[8:], uint32(r.When))
	order.PutUint32(b[12:], uint32(len(data)))
	order.PutUint32(b[16:], r.Wire)
	return block(blockEnhanced, append(b, data...))
}
