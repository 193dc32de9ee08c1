package dissect

import (
	"encoding/binary"
	"fmt"
)

// The link types (https://www.tcpdump.org/linktypes.html).
const (
	linkNull     = 0
	linkEthernet = 1
	linkPPP      = 9
	linkRaw12    = 12 // DLT_RAW of most systems, written as such by some tools
	linkRaw14    = 14 // DLT_RAW of OpenBSD
	linkPPPHDLC  = 50
	linkPPPoE    = 51
	linkRaw      = 101
	linkCHDLC    = 104
	linkWireless = 105
	linkLoop     = 108
	linkSLL      = 113
	linkRadiotap = 127
	linkPPI      = 192
	linkIPv4     = 228
	linkIPv6     = 229
	linkNFLOG    = 239
	linkSLL2     = 276
)

// header is what the header of a link says: the Ethernet type of what
// follows, where that begins, and why nothing is to be found there.
type header struct {
	carries uint16
	size    int
	skip    string
}

// Carries returns the Ethernet type of what a packet carries behind the
// header of its link, 0 where that is unknown, and where it begins; beyond
// the end of data where that is too short. It passes no VLAN tag.
func Carries(link uint16, data []byte) (etherType uint16, at int) {
	h := linkHeader(link, data)
	if h.skip != "" {
		return 0, len(data)
	}
	return h.carries, h.size
}

func (d *Decoder) link(link uint16, b span, s *Segment) Kind {
	if link == linkEthernet {
		return d.ethernet(b, s)
	}
	switch h := linkHeader(link, b.p); {
	case h.skip == wordLink:
		return s.skip(d.unknownLink(link))
	case h.skip != "":
		return s.skip(h.skip)
	case h.size > len(b.p):
		return b.short(s)
	default:
		return d.etherType(h.carries, b.from(h.size), s)
	}
}

func linkHeader(link uint16, p []byte) header {
	switch link {
	case linkEthernet:
		return typed(p, 12, 14)
	case linkSLL:
		return typed(p, 14, 16)
	case linkSLL2:
		return typed(p, 0, 20)
	case linkRaw12, linkRaw14, linkRaw:
		return rawHeader(p)
	case linkIPv4:
		return header{carries: etherIPv4}
	case linkIPv6:
		return header{carries: etherIPv6}
	case linkNull, linkLoop:
		return loopbackHeader(p)
	case linkPPP, linkPPPHDLC, linkCHDLC:
		return pppHeader(p)
	case linkPPPoE:
		return header{carries: etherPPPoE}
	case linkWireless:
		return wirelessHeader(p, 1)
	case linkRadiotap:
		return radiotapHeader(p)
	case linkNFLOG:
		return nflogHeader(p)
	case linkPPI:
		return ppiHeader(p)
	}
	return header{skip: wordLink}
}

// typed is a header of size bytes, with the Ethernet type at a fixed place.
func typed(p []byte, at, size int) header {
	if len(p) < size {
		return header{size: size}
	}
	return header{carries: be16(p[at:]), size: size}
}

// rawHeader has no bytes: the first four bits of IP tell its version.
func rawHeader(p []byte) header {
	switch {
	case len(p) == 0:
		return header{size: 1}
	case p[0]>>4 == 4:
		return header{carries: etherIPv4}
	case p[0]>>4 == 6:
		return header{carries: etherIPv6}
	}
	return header{skip: wordMalformed}
}

// loopbackHeader reads the address family in front of each packet of BSD's
// loopback: in the byte order of the machine that captured (NULL) or of the
// network (LOOP), and with another number for IPv6 on each system.
func loopbackHeader(p []byte) header {
	if len(p) < 4 {
		return header{size: 4}
	}
	family := be32(p)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(p)
	}
	switch family {
	case 2:
		return header{carries: etherIPv4, size: 4}
	case 10, 23, 24, 28, 30: // Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin
		return header{carries: etherIPv6, size: 4}
	}
	return header{skip: wordFamily}
}

// ppiHeader reads CACE's per-packet information; what it says of the radio is
// of no use here.
func ppiHeader(p []byte) header {
	if len(p) < 8 {
		return header{size: 8}
	}
	size, link := int(binary.LittleEndian.Uint16(p[2:])), binary.LittleEndian.Uint32(p[4:])
	switch {
	case size < 8 || link == linkPPI || link > 0xffff:
		return header{skip: wordMalformed}
	case size > len(p):
		return header{size: size}
	}
	return linkHeader(uint16(link), p[size:]).behind(size)
}

// behind is a header with another one of size bytes in front.
func (h header) behind(size int) header {
	h.size += size
	return h
}

// mostUnknown is how many link types that are not known get a word each.
const mostUnknown = 32

func (d *Decoder) unknownLink(link uint16) string {
	word, seen := d.unknown[link]
	switch {
	case seen:
		return word
	case len(d.unknown) >= mostUnknown:
		return wordLink
	case d.unknown == nil:
		d.unknown = map[uint16]string{}
	}
	word = fmt.Sprintf("link type %d", link)
	d.unknown[link] = word
	return word
}
