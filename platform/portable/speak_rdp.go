package portable

import (
	"encoding/binary"
	"strconv"

	"faultline/platform"
)

// rdpRequest is an X.224 connection request in a TPKT (RFC 1006 §6) that offers
// TLS and CredSSP ([MS-RDPBCGR] 2.2.1.1), as today's clients do.
var rdpRequest = []byte{
	3, 0, 0, 19,
	14, 0xe0, 0, 0, 0, 0, 0,
	1, 0, 8, 0, 0x0b, 0, 0, 0,
}

// hearRDP reads the connection confirm ([MS-RDPBCGR] 2.2.1.2). A negotiation
// failure is an answer like any other: it says what the server would take.
func hearRDP(b []byte) (platform.Spoken, heard) {
	for i, want := range []byte{3, 0} {
		if i < len(b) && b[i] != want {
			return platform.Spoken{}, foreign
		}
	}
	if len(b) < 7 {
		return platform.Spoken{}, partly
	}
	const confirm, response, failure = 0xd0, 2, 3
	size := int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case b[5]&0xf0 != confirm || size < 11 || size > 64:
		return platform.Spoken{}, foreign
	case len(b) < size:
		return platform.Spoken{}, partly
	}
	said := platform.Spoken{Protocol: platform.RDP}
	if neg := b[11:size]; len(neg) >= 8 && (neg[0] == response || neg[0] == failure) {
		said.Code = map[byte]string{response: "selected ", failure: "failure "}[neg[0]] + strconv.Itoa(int(binary.LittleEndian.Uint32(neg[4:])))
	}
	return said, wholly
}
