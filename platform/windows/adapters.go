package windows

import (
	"net/netip"
	"slices"
)

// adapter is what GetAdaptersAddresses tells of one adapter that IP runs on.
type adapter struct {
	luid              uint64
	index4, index6    int // 0: the family does not run on it
	id                string
	name, description string // FriendlyName is the user's word, in any language
	suffix            string // connection-specific DNS suffix
	suffixes          []string
	mac               []byte
	flags             uint32
	mtu               uint32
	kind              uint32 // IfType
	status            uint32 // OperStatus
	speed             uint64
	metric4, metric6  int
	dhcpServer        netip.Addr
	unicast           []unicast
	gateways, dns     []netip.Addr
}

// unicast is one address of an adapter.
type unicast struct {
	prefix                     netip.Prefix
	prefixOrigin, suffixOrigin uint32
	dad                        uint32
}

// Numbers of iptypes.h, ifdef.h, nldef.h and ipifcons.h.
const (
	operUp         = 1
	operNotPresent = 6

	byDHCPv4 = 0x4 // IP_ADAPTER_DHCP_ENABLED

	dadTentative  = 1 // IpDadStateTentative
	dadDuplicate  = 2
	dadDeprecated = 3

	prefixAdvertised = 4 // IpPrefixOriginRouterAdvertisement
	suffixRandom     = 5 // IpSuffixOriginRandom
)

// layout holds where the fields of GetAdaptersAddresses lie, for pointers of
// one width.
type layout struct {
	pointer int

	next, name, unicast, dns, suffix, description, friendly, mac, macLength  int
	flags, mtu, kind, status, index6, speed, gateway, metric4, metric6, luid int
	dhcp, suffixes, size                                                     int

	entryAddress, prefixOrigin, suffixOrigin, dad, onLink int // of IP_ADAPTER_UNICAST_ADDRESS_LH
	suffixText                                            int // of IP_ADAPTER_DNS_SUFFIX
}

// IP_ADAPTER_ADDRESSES_LH, IP_ADAPTER_UNICAST_ADDRESS_LH and their like, of
// iptypes.h. That of 32 bit begins alike; 64-bit numbers are aligned to eight.
var layout64 = layout{pointer: 8,
	next: 8, name: 16, unicast: 24, dns: 48, suffix: 56, description: 64, friendly: 72, mac: 80, macLength: 88,
	flags: 92, mtu: 96, kind: 100, status: 104, index6: 108, speed: 184, gateway: 208, metric4: 216, metric6: 220, luid: 224,
	dhcp: 232, suffixes: 440, size: 448,
	entryAddress: 16, prefixOrigin: 32, suffixOrigin: 36, dad: 40, onLink: 56, suffixText: 8}

var layout32 = layout{pointer: 4,
	next: 8, name: 12, unicast: 16, dns: 28, suffix: 32, description: 36, friendly: 40, mac: 44, macLength: 52,
	flags: 56, mtu: 60, kind: 64, status: 68, index6: 72, speed: 144, gateway: 164, metric4: 168, metric6: 172, luid: 176,
	dhcp: 184, suffixes: 368, size: 376,
	entryAddress: 12, prefixOrigin: 20, suffixOrigin: 24, dad: 28, onLink: 44, suffixText: 4}

const (
	mostAdapters = 1024
	mostEntries  = 256 // addresses, servers and gateways of one adapter, each
	mostName     = 512 // characters
	maxMAC       = 8   // MAX_ADAPTER_ADDRESS_LENGTH

)

// placeholders stand where no IPv6 name server is set, as
// draft-ietf-ipv6-dns-discovery once proposed; nobody answers there.
var placeholders = []netip.Addr{netip.MustParseAddr("fec0:0:0:ffff::1"), netip.MustParseAddr("fec0:0:0:ffff::2"), netip.MustParseAddr("fec0:0:0:ffff::3")}

// image is the buffer that GetAdaptersAddresses filled, and the address at
// which it lay: its structures point to each other.
type image struct {
	bytes structure
	base  uint64
	layout
}

// follow returns what lies at a pointer, up to the end of the buffer; nothing
// for a pointer that leads out of it.
func (m image) follow(s structure, at int) structure {
	p := s.u64(at)
	if m.pointer == 4 {
		p = uint64(s.u32(at))
	}
	if p < m.base || p-m.base >= uint64(len(m.bytes)) {
		return nil
	}
	return m.bytes[p-m.base:]
}

// list walks a linked list whose elements point to the next at the same place.
func (m image) list(s structure, head, next, most int, yield func(structure)) {
	for e := m.follow(s, head); e != nil && most > 0; e, most = m.follow(e, next), most-1 {
		yield(e)
	}
}

// sockaddr follows SOCKET_ADDRESS (ws2def.h): a pointer and a length.
func (m image) sockaddr(s structure, at int) netip.Addr {
	n := int(s.u32(at + m.pointer))
	return m.follow(s, at).part(0, min(n, sizeSockaddrInet)).inet()
}

// decodeAdapters reads the list that GetAdaptersAddresses makes.
func decodeAdapters(b []byte, base uint64, l layout) (all []adapter) {
	m := image{b, base, l}
	for s, n := structure(b), 0; s.has(0, l.size) && n < mostAdapters; n++ {
		all = append(all, m.adapter(s))
		s = m.follow(s, l.next)
	}
	return all
}

func (m image) adapter(s structure) adapter {
	a := adapter{
		luid: s.u64(m.luid), index4: int(s.u32(4)), index6: int(s.u32(m.index6)),
		id: m.narrow(s, m.name), name: m.wide(s, m.friendly), description: m.wide(s, m.description), suffix: m.wide(s, m.suffix),
		mac:   s.part(m.mac, min(int(s.u32(m.macLength)), maxMAC)),
		flags: s.u32(m.flags), mtu: s.u32(m.mtu), kind: s.u32(m.kind), status: s.u32(m.status), speed: s.u64(m.speed),
		metric4: int(s.u32(m.metric4)), metric6: int(s.u32(m.metric6)), dhcpServer: m.sockaddr(s, m.dhcp),
	}
	m.list(s, m.unicast, 8, mostEntries, func(e structure) {
		if u := m.address(e); u.prefix.IsValid() {
			a.unicast = append(a.unicast, u)
		}
	})
	a.gateways, a.dns = m.addresses(s, m.gateway), servers(m.addresses(s, m.dns))
	m.list(s, m.suffixes, 0, mostEntries, func(e structure) {
		if t := e.wide(m.suffixText, mostName); t != "" {
			a.suffixes = append(a.suffixes, t)
		}
	})
	return a
}

func (m image) address(e structure) unicast {
	addr := m.sockaddr(e, m.entryAddress)
	return unicast{prefix: netip.PrefixFrom(addr, int(e.u8(m.onLink))), prefixOrigin: e.u32(m.prefixOrigin),
		suffixOrigin: e.u32(m.suffixOrigin), dad: e.u32(m.dad)}
}

func (m image) addresses(s structure, head int) (all []netip.Addr) {
	m.list(s, head, 8, mostEntries, func(e structure) {
		if a := m.sockaddr(e, m.entryAddress); a.IsValid() {
			all = append(all, a)
		}
	})
	return all
}

func (m image) wide(s structure, at int) string { return m.follow(s, at).wide(0, mostName) }

// narrow reads the adapter's GUID, which is ASCII.
func (m image) narrow(s structure, at int) string {
	t := m.follow(s, at)
	return string(t[:max(0, slices.Index(t[:min(len(t), mostName)], 0))])
}

// servers leaves the placeholders out.
func servers(all []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(all, func(a netip.Addr) bool { return slices.Contains(placeholders, a) })
}
