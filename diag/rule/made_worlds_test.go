package rule_test

import (
	"net/netip"
	"slices"
	"time"

	"faultline/diag/catalog"
	"faultline/platform"
)

// story is one story of a Windows computer: of documented formats, and of what
// platform/windows makes of them; no Windows was ever asked.
type story struct {
	name   string
	of     catalog.Code
	near   bool
	target string
	world  *world
}

// rowsOfWindows are mechanisms as platform/windows lists them for a user without
// the rights of an administrator.
func rowsOfWindows() (rows []platform.Mechanism) {
	for method, via := range map[string]string{
		"system.describe": "RtlGetVersion, process token", "links.all": "GetAdaptersAddresses, GetIfTable2", "links.counters": "GetIfTable2",
		"links.wireless": "wlanapi", "neighbors.resolve": "ResolveIpNetEntry2", "neighbors.all": "GetIpNetTable2",
		"routes.all": "GetIpForwardTable2", "routes.to": "GetBestRoute2", "names.resolvers": "GetAdaptersAddresses; registry",
		"names.hosts": "DataBasePath", "names.system": "GetAddrInfoExW", "proxies.for": "WinHttpGetIEProxyConfigForCurrentUser, WinHttpGetProxyForUrl",
		"dns.exchange": "Winsock", "dialer.tcp": "ConnectEx", "echo.send": "IcmpSendEcho2Ex", "datagrams.send": "Winsock",
		"talker.talk": "Winsock, crypto/tls", "clock.now": "W32Time", "logs.recent": "EvtQuery", "sockets.ports": "GetExtendedTcpTable",
	} {
		rows = append(rows, platform.Mechanism{Method: method, Via: via, State: platform.MechanismWorks, Tried: platform.TriedDecode})
	}
	for _, method := range []string{"routes.rules", "settings.read", "counters.read", "neighbors.claimants", "relays.try", "firewall.rules", "firewall.watchflow",
		"sockets.files", "resets.watch", "packets.capture"} {
		rows = append(rows, platform.Mechanism{Method: method, State: platform.MechanismUnsupported, Tried: platform.TriedNever})
	}
	slices.SortFunc(rows, func(a, b platform.Mechanism) int { return compareText(a.Method, b.Method) })
	return rows
}

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// Adapters of the stories, by the index that Windows gave them.
const (
	cableIndex  = 12
	radioIndex  = 7
	tunnelIndex = 31
)

var (
	gate     = addrOf("192.168.20.1")
	resolver = addrOf("192.168.20.53")
	site     = addrOf("203.0.113.80") // www.example.com
	inner    = addrOf("10.99.8.20")   // intranet.corp.example
	innerDNS = addrOf("10.99.0.53")
)

func addrOf(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefixOf(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// office is a healthy computer on a cable, with a user's own rights.
func office(cable, user string) *world {
	return &world{
		facts: platform.SystemFacts{OS: "windows", Arch: "amd64", Release: "Windows 11 24H2", Kernel: "10.0.26100", User: user,
			TimeZone: "UTC", Booted: time.Date(2026, 11, 25, 7, 0, 0, 0, time.UTC)},
		mechanisms: rowsOfWindows(),
		links: []platform.Link{
			{Index: 1, Name: "Loopback Pseudo-Interface 1", Kind: platform.Loopback, Up: true, MTU: 65535,
				Addresses: []platform.Address{{Prefix: prefixOf("127.0.0.1/8")}, {Prefix: prefixOf("::1/128")}}},
			{Index: cableIndex, Name: cable, Kind: platform.Ethernet, Up: true, Carrier: platform.Yes, MTU: 1500, MAC: "02:00:5e:10:00:99",
				Addresses: []platform.Address{{Prefix: prefixOf("192.168.20.140/24")}, {Prefix: prefixOf("fe80::9d:1/64"), LinkLocal: true}}},
		},
		routes: []platform.Route{
			on(cableIndex, cable, "0.0.0.0/0", gate, 25), on(cableIndex, cable, "192.168.20.0/24", netip.Addr{}, 281),
			on(1, "Loopback Pseudo-Interface 1", "127.0.0.0/8", netip.Addr{}, 331),
		},
		resolvers: platform.Resolvers{Servers: []platform.Resolver{{Addr: netip.AddrPortFrom(resolver, 53), Link: cableIndex, From: "adapter"}},
			Ndots: 1, Order: []string{"files", "dns"}, Caches: []string{"dnscache"}, Source: "GetAdaptersAddresses"},
		zones: map[netip.Addr]zone{resolver: {"www.example.com": {site}}},
		machines: map[netip.Addr]machine{
			gate: {}, resolver: {services: map[uint16]service{53: {}}},
			site: {hops: 9, drops: true, services: map[uint16]service{443: web("www.example.com", "CN=Example Public CA"), 80: {status: 301}}},
		},
	}
}

func on(link int, name, dst string, gateway netip.Addr, metric int) platform.Route {
	return platform.Route{Dst: prefixOf(dst), Gateway: gateway, Link: link, LinkName: name, Kind: platform.Unicast, Table: 254, Metric: metric, Protocol: "static"}
}

// web is a service with a certificate that Windows trusts.
func web(name, issuer string) service {
	return service{status: 200, trust: platform.Yes, chain: []platform.Certificate{{Subject: "CN=" + name, Issuer: issuer, Names: []string{name},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), SHA256: "00"}}}
}

// vpn lets a VPN that is always on lead to the company: its adapter, its routes,
// and a rule of the Name Resolution Policy Table.
func (w *world) vpn(name string) *world {
	w.links = append(w.links, platform.Link{Index: tunnelIndex, Name: name, Kind: platform.Tunnel, Up: true, Carrier: platform.Yes, MTU: 1400, NoARP: true, PointToPoint: true,
		Addresses: []platform.Address{{Prefix: prefixOf("10.99.200.7/32")}}})
	w.routes = append(w.routes, on(tunnelIndex, name, "10.99.0.0/16", netip.Addr{}, 1))
	w.resolvers.Upstream = []platform.Resolver{{Addr: netip.AddrPortFrom(innerDNS, 53), From: "NRPT", Domains: []string{"corp.example"}, Only: true}}
	w.zones[innerDNS] = zone{"intranet.corp.example": {inner}}
	w.machines[innerDNS] = machine{by: tunnelIndex, services: map[uint16]service{53: {}}}
	w.machines[inner] = machine{by: tunnelIndex, services: map[uint16]service{443: web("intranet.corp.example", "CN=Corp Issuing CA 2")}}
	return w
}

// radio gives the computer a Wi-Fi adapter; without a cable it is the way out.
func (w *world) radio(name string, state platform.WirelessState) *world {
	joined := state == platform.WirelessJoined
	w.links = append(w.links, platform.Link{Index: radioIndex, Name: name, Kind: platform.WiFi, Up: true, Carrier: platform.TriOf(joined), MTU: 1500, MAC: "02:00:5e:10:00:98"})
	w.wireless = []platform.Wireless{{Link: radioIndex, Name: name, State: state}}
	return w
}

// unplugged takes the cable's adapter away; its way is then the radio's, where
// that joined a network.
func (w *world) unplugged() *world {
	cable := w.links[1]
	w.links = slices.Delete(slices.Clone(w.links), 1, 2)
	w.routes, w.resolvers.Servers = w.routes[2:3], nil
	if radio := &w.links[1]; radio.Carrier == platform.Yes {
		radio.Addresses = cable.Addresses
		w.routes = append(w.routes, on(radioIndex, radio.Name, "0.0.0.0/0", gate, 35), on(radioIndex, radio.Name, "192.168.20.0/24", netip.Addr{}, 291))
		w.resolvers.Servers = []platform.Resolver{{Addr: netip.AddrPortFrom(resolver, 53), Link: radioIndex, From: "adapter"}}
	}
	return w
}

// selfAssigned is an address that Windows gave itself (RFC 3927).
func (w *world) selfAssigned() *world {
	w.links[1].Addresses = []platform.Address{{Prefix: prefixOf("169.254.77.3/16"), LinkLocal: true}, {Prefix: prefixOf("fe80::9d:1/64"), LinkLocal: true}}
	w.links[1].DHCP = platform.Yes
	w.routes = append(w.routes[2:3:3], on(cableIndex, w.links[1].Name, "169.254.0.0/16", netip.Addr{}, 281))
	w.resolvers.Servers = nil
	return w
}

// through has a script choose a proxy, which answers CONNECT like this; direct
// connections to the world are dropped.
func (w *world) through(reply platform.ProxyReply, issuer string) *world {
	proxy := addrOf("192.168.20.8")
	for _, z := range w.zones {
		z["proxy.corp.example"], z["wpad.corp.example"] = []netip.Addr{proxy}, []netip.Addr{proxy}
	}
	w.machines[proxy] = machine{services: map[uint16]service{8080: {proxy: &reply, status: 400}, 80: {status: 200}}}
	far := w.machines[site]
	far.services = map[uint16]service{443: web("www.example.com", issuer)}
	far.by, far.deaf = -1, true
	w.machines[site] = far
	w.proxies = platform.ProxyFacts{Sources: []platform.ProxySource{{From: "windows", Script: "http://wpad.corp.example/wpad.dat",
		Proxy: &platform.Proxy{Scheme: "http", Host: "proxy.corp.example", Port: 8080}}}}
	return w
}

// filtered has a product of another maker filter beside the system's firewall.
func (w *world) filtered(product string) *world {
	w.settings = &platform.SettingFacts{Filters: []string{product},
		Believes: &platform.Belief{IPv4: "internet", IPv6: "no-traffic", Categories: []string{"domain"}}}
	return w
}

// overHTTPS has the system ask its name servers over HTTPS and in no other way.
func (w *world) overHTTPS() *world {
	for i := range w.resolvers.Servers {
		w.resolvers.Servers[i].Encrypted = platform.EncryptionRequired
	}
	return w
}

// signs has the proxy answer like this once the session's sign-in was given.
func (w *world) signs(reply platform.ProxyReply) *world {
	reply.SignedIn = "Negotiate"
	for addr, m := range w.machines {
		if s, there := m.services[8080]; there {
			s.signed = &reply
			w.machines[addr].services[8080] = s
		}
	}
	return w
}

// untrusting has this computer not know who made the certificates out there.
func (w *world) untrusting() *world {
	s := w.machines[site].services[443]
	s.trust = platform.No
	w.machines[site].services[443] = s
	return w
}

// direct has the same script send the target directly.
func (w *world) direct() *world {
	w.proxies = platform.ProxyFacts{Sources: []platform.ProxySource{{From: "windows", Script: "http://wpad.corp.example/wpad.dat", Bypassed: true}}}
	return w
}

func (w *world) set(f func(*world)) *world {
	f(w)
	return w
}
