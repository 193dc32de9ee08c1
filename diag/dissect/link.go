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
	linkSLL2     = 276
)

func (d *Decoder) link(link uint16, b span, s *Segment) Kind {
	switch link {
	case linkEthernet:
		return d.ethernet(b, s)
	case linkRaw12, linkRaw14, linkRaw:
		return d.ip(b, s)
	case linkIPv4:
		return d.ipv4(b, s)
	case linkIPv6:
		return d.ipv6(b, s)
	case linkNull, linkLoop:
		return d.loopback(b, s)
	case linkSLL:
		return d.cooked(b, 14, 16, s)
	case linkSLL2:
		return d.cooked(b, 0, 20, s)
	case linkPPP, linkPPPHDLC, linkCHDLC:
		return d.ppp(b, s)
	case linkPPPoE:
		return d.pppoe(b, s)
	case linkWireless:
		return d.wireless(b, 0, s)
	case linkRadiotap:
		return d.radiotap(b, s)
	case linkPPI:
		return d.ppi(b, s)
	}
	return s.skip(d.unknownLink(link))
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

// loopback reads the address family in front of each packet of BSD's
// loopback: in the byte order of the machine that captured (NULL) or of the
// network (LOOP), and with another number for IPv6 on each system.
func (d *Decoder) loopback(b span, s *Segment) Kind {
	if len(b.p) < 4 {
		return b.short(s)
	}
	family := be32(b.p)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(b.p)
	}
	switch family {
	case 2:
		return d.ipv4(b.from(4), s)
	case 10, 23, 24, 28, 30: // Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin
		return d.ipv6(b.from(4), s)
	}
	return s.skip(wordFamily)
}

// cooked reads the headers that Linux makes up for the interface "any".
func (d *Decoder) cooked(b span, protocol, size int, s *Segment) Kind {
	if len(b.p) < size {
		return b.short(s)
	}
	switch t := be16(b.p[protocol:]); t {
	case 4: // LINUX_SLL_P_802_2
		return d.llc(b.from(size), s)
	default:
		return d.etherType(t, b.from(size), s)
	}
}

// ppi reads the header of CACE's per-packet information; what it says of the
// radio is of no use here.
func (d *Decoder) ppi(b span, s *Segment) Kind {
	if len(b.p) < 8 {
		return b.short(s)
	}
	size, link := int(binary.LittleEndian.Uint16(b.p[2:])), binary.LittleEndian.Uint32(b.p[4:])
	switch {
	case size < 8 || link == linkPPI || link > 0xffff:
		return s.skip(wordMalformed)
	case size > len(b.p):
		return b.short(s)
	}
	return d.link(uint16(link), b.from(size), s)
}
