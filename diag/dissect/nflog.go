package dissect

import "encoding/binary"

// nflogPayload is the field of NFLOG that holds the packet.
const nflogPayload = 9

// nflogHeader reads what netfilter puts before a packet that a rule has logged:
// the address family, and fields in the byte order of the machine that captured,
// of which the packet is one (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html).
func nflogHeader(p []byte) header {
	const fixed, field = 4, 4
	if len(p) < fixed+field {
		return header{size: fixed + field}
	}
	carries := map[byte]uint16{2: etherIPv4, 10: etherIPv6}[p[0]]
	if carries == 0 {
		return header{skip: wordFamily}
	}
	var order binary.ByteOrder = binary.LittleEndian
	if int(order.Uint16(p[fixed:])) > len(p)-fixed {
		order = binary.BigEndian
	}
	for at := fixed; at+field <= len(p); {
		if order.Uint16(p[at+2:]) == nflogPayload {
			return header{carries: carries, size: at + field}
		}
		size := max(field, int(order.Uint16(p[at:])))
		at += (size + 3) / 4 * 4
	}
	return header{skip: wordMalformed}
}
