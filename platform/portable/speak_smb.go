package portable

import (
	"encoding/binary"
	"fmt"

	"faultline/platform"
)

const smbHeader = 64 // of SMB2 ([MS-SMB2] 2.2.1.2)

// smbNegotiate is an SMB2 NEGOTIATE request ([MS-SMB2] 2.2.3) for every dialect
// from 2.0.2 to 3.1.1. The last needs a negotiate context; its salt serves
// nothing here, as no session follows.
func smbNegotiate() []byte {
	dialects := []uint16{0x0202, 0x0210, 0x0300, 0x0302, 0x0311}
	h := make([]byte, smbHeader)
	copy(h, "\xfeSMB")
	h[4], h[14] = smbHeader, 1 // StructureSize, CreditRequest
	b := binary.LittleEndian.AppendUint16(h, 36)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(dialects)))
	b = append(b, 1, 0, 0, 0, 0, 0, 0, 0) // signing enabled, no capabilities
	b = append(b, "faultline-client"...)  // ClientGuid
	contexts := (smbHeader + 36 + 2*len(dialects) + 7) / 8 * 8
	b = binary.LittleEndian.AppendUint32(b, uint32(contexts))
	b = append(b, 1, 0, 0, 0) // one context
	for _, d := range dialects {
		b = binary.LittleEndian.AppendUint16(b, d)
	}
	b = append(b, make([]byte, contexts-len(b))...)
	// SMB2_PREAUTH_INTEGRITY_CAPABILITIES: SHA-512, a salt of 32 bytes.
	b = append(b, 1, 0, 38, 0, 0, 0, 0, 0, 1, 0, 32, 0, 1, 0)
	b = append(b, make([]byte, 32)...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// hearSMB reads the answer: its status, and the dialect that the server chose.
func hearSMB(b []byte) (platform.Spoken, heard) {
	const transport = 4
	for i, want := range []byte("\x00") {
		if i < len(b) && b[i] != want {
			return platform.Spoken{}, foreign
		}
	}
	if len(b) < transport+4 {
		return platform.Spoken{}, partly
	}
	size, m := int(binary.BigEndian.Uint32(b)), b[transport:]
	switch {
	case string(m[:4]) == "\xffSMB":
		return platform.Spoken{Protocol: platform.SMB, Software: "SMB1"}, wholly
	case string(m[:4]) != "\xfeSMB" || size < smbHeader:
		return platform.Spoken{}, foreign
	case len(m) < min(size, smbHeader+6):
		return platform.Spoken{}, partly
	}
	said := platform.Spoken{Protocol: platform.SMB}
	if status := binary.LittleEndian.Uint32(m[8:]); status != 0 {
		said.Code = fmt.Sprintf("0x%08x", status)
		return said, wholly
	}
	if size >= smbHeader+6 {
		d := binary.LittleEndian.Uint16(m[smbHeader+4:])
		said.Software = fmt.Sprintf("SMB %x.%x.%x", d>>8, d>>4&0xf, d&0xf)
	}
	return said, wholly
}
