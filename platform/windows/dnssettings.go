package windows

import (
	"net/netip"

	"faultline/platform"
)

// dnsLayout holds where the fields of DNS_INTERFACE_SETTINGS3, DNS_SERVER_PROPERTY
// and DNS_DOH_SERVER_SETTINGS of netioapi.h lie, for pointers of one width.
type dnsLayout struct {
	pointer, size int

	servers, count, properties                      int // set by hand or by a policy
	profileServers, profileCount, profileProperties int // of the network that it is in

	propertySize, property int
}

var dnsLayout64 = dnsLayout{pointer: 8, size: 112,
	servers: 24, count: 80, properties: 88, profileServers: 56, profileCount: 96, profileProperties: 104,
	propertySize: 24, property: 16}

var dnsLayout32 = dnsLayout{pointer: 4, size: 72,
	servers: 20, count: 56, properties: 60, profileServers: 44, profileCount: 64, profileProperties: 68,
	propertySize: 16, property: 12}

// Numbers of netioapi.h; the fields named are alike for both widths.
const (
	propertyServer = 4
	propertyKind   = 8
	propertyDoH    = 1 // DnsServerDohProperty

	dohSize         = 16
	dohFlags        = 8
	dohAuto         = 0x1 // DNS_DOH_SERVER_SETTINGS_ENABLE_AUTO
	dohOn           = 0x2 // DNS_DOH_SERVER_SETTINGS_ENABLE
	dohFallsBack    = 0x4 // DNS_DOH_SERVER_SETTINGS_FALLBACK_TO_UDP
	dohByDiscovery  = 0x10
	mostProperties  = 64
	mostServerNames = 4096
)

// peeker reads what a structure points to; nothing at nil.
type peeker interface {
	bytes(at uint64, n int) structure
	text(at uint64, most int) string
}

func (l dnsLayout) at(s structure, field int) uint64 {
	if l.pointer == 4 {
		return uint64(s.u32(field))
	}
	return s.u64(field)
}

// encrypted tells how each server is asked that has a property for DNS over HTTPS.
func (l dnsLayout) encrypted(s structure, mem peeker) map[netip.Addr]string {
	all := map[netip.Addr]string{}
	for _, f := range [][3]int{{l.servers, l.count, l.properties}, {l.profileServers, l.profileCount, l.profileProperties}} {
		names := words(mem.text(l.at(s, f[0]), mostServerNames))
		n := int(min(s.u32(f[1]), mostProperties))
		properties := mem.bytes(l.at(s, f[2]), n*l.propertySize)
		for i := range n {
			p := properties.part(i*l.propertySize, l.propertySize)
			server := p.u32(propertyServer)
			if p.u32(propertyKind) != propertyDoH || uint64(server) >= uint64(len(names)) {
				continue
			}
			a, err := netip.ParseAddr(names[server])
			how := overHTTPS(mem.bytes(l.at(p, l.property), dohSize).u64(dohFlags))
			if err == nil && how != "" {
				all[a.Unmap()] = how
			}
		}
	}
	return all
}

func overHTTPS(flags uint64) string {
	switch {
	case flags&(dohAuto|dohOn|dohByDiscovery) == 0:
		return ""
	case flags&dohFallsBack != 0:
		return platform.EncryptionPreferred
	}
	return platform.EncryptionRequired
}

// encrypt notes how servers are asked; how is by the index of the adapter.
func encrypt(servers []platform.Resolver, how map[int]map[netip.Addr]string) {
	for i, s := range servers {
		servers[i].Encrypted = how[s.Link][s.Addr.Addr().WithZone("")]
	}
}
