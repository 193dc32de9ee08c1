package rule_test

import (
	"net/netip"
	"slices"

	"faultline/platform"
)

// windowsStories are the faults of Windows computers, each with its odd but
// healthy twin.
func windowsStories() []story {
	negotiate := platform.ProxyReply{Status: 407, Auth: "Negotiate"}
	lets := platform.ProxyReply{Status: 200}
	managed := func() *world {
		return office("Ethernet", `CORP\alice`).vpn("Corp VPN").through(negotiate, "CN=Corp TLS Inspection CA").filtered("Contoso Endpoint Firewall")
	}
	inside := "https://intranet.corp.example"
	outside := "https://www.example.com"
	return []story{
		{"managed laptop, within the company", "ok", true, inside, office("Ethernet", `CORP\alice`).vpn("Corp VPN").
			through(negotiate, "CN=Corp TLS Inspection CA").direct()},
		{"managed laptop, through the proxy that inspects", "ok", true, outside, office("Ethernet", `CORP\alice`).vpn("Corp VPN").
			through(platform.ProxyReply{Status: 200}, "CN=Zscaler Intermediate Root CA")},
		{"managed laptop, the proxy takes the session's sign-in", "proxy.auth", true, outside, managed()},
		{"managed laptop, the session's sign-in was given", "proxy.auth-refused", true, outside, managed().signs(lets)},
		{"managed laptop, the session's sign-in is refused", "proxy.auth-refused", false, outside, managed().signs(negotiate)},
		{"managed laptop, the proxy does not let there", "proxy.denied", false, outside, managed().signs(platform.ProxyReply{Status: 403, Server: "squid"})},
		{"managed laptop, the proxy is down", "proxy.dead", false, outside, managed().set(func(w *world) {
			delete(w.machines[addrOf("192.168.20.8")].services, 8080)
		})},
		{"managed laptop, the proxy inspects and is not trusted", "tls.intercepted", false, outside, managed().signs(lets).untrusting()},
		{"the proxy wants a password", "proxy.auth", false, outside, office("Ethernet", `CORP\alice`).
			through(platform.ProxyReply{Status: 407, Auth: "Basic"}, "CN=Corp TLS Inspection CA")},
		{"Chinese names", "ok", true, outside, office("以太网", `WORKGROUP\张伟`).radio("无线网络连接", platform.WirelessUnjoined)},
		{"Chinese names, nothing listens", "tcp.refused", false, "https://shop.example.com:8443", office("以太网", `WORKGROUP\张伟`).set(func(w *world) {
			w.zones[resolver]["shop.example.com"] = []netip.Addr{addrOf("203.0.113.90")}
			w.machines[addrOf("203.0.113.90")] = machine{hops: 9, services: map[uint16]service{443: web("shop.example.com", "CN=Example Public CA")}}
		})},
		{"German names", "ok", true, outside, office("LAN-Verbindung 2", `FIRMA\Jürgen Müßig`).radio("Drahtlosnetzwerkverbindung", platform.WirelessBlockedSoft)},
		{"German names, no default route", "gateway.none", false, outside, office("LAN-Verbindung 2", `FIRMA\Jürgen Müßig`).set(func(w *world) {
			w.routes = w.routes[1:]
		})},
		{"Wi-Fi that hides its details", "ok", true, outside, office("Ethernet", `PC\eva`).radio("WLAN", platform.WirelessJoined).unplugged()},
		{"Wi-Fi that hides its details, the name server is silent", "dns.resolver-silent", false, outside,
			office("Ethernet", `PC\eva`).radio("WLAN", platform.WirelessJoined).unplugged().set(func(w *world) { delete(w.zones, resolver) })},
		{"Wi-Fi off", "wifi.not-joined", false, outside, office("Ethernet", `PC\eva`).radio("WLAN", platform.WirelessBlockedSoft).unplugged()},
		{"Wi-Fi on and in no network", "wifi.not-joined", false, outside, office("Ethernet", `PC\eva`).radio("WLAN", platform.WirelessUnjoined).unplugged()},
		{"Wi-Fi off, a cable in", "wifi.not-joined", true, outside, office("Ethernet", `PC\eva`).radio("WLAN", platform.WirelessBlockedSoft)},
		{"VPN down", "dns.no-such-name", true, inside, office("Ethernet", `CORP\alice`).vpn("Corp VPN").set(hangUp)},
		{"VPN down, a policy has names looked up through it", "vpn.not-connected", false, inside, office("Ethernet", `CORP\alice`).vpn("Corp VPN").set(func(w *world) {
			rules := w.resolvers.Upstream
			hangUp(w)
			w.resolvers.Upstream = rules
		})},
		{"VPN down, by address", "vpn.not-connected", false, "https://10.99.8.20", office("Ethernet", `CORP\alice`).vpn("Corp VPN").set(hangUp)},
		{"VPN down, and not needed", "vpn.not-connected", true, outside, office("Ethernet", `CORP\alice`).vpn("Corp VPN").set(hangUp)},
		{"a rule for names that a VPN left", "dns.resolver-silent", false, inside, office("Ethernet", `CORP\alice`).vpn("Corp VPN").set(leftover)},
		{"a rule for other names that a VPN left", "dns.resolver-silent", true, outside, office("Ethernet", `CORP\alice`).vpn("Corp VPN").set(leftover)},
		{"name servers over HTTPS alone", "dns.resolver-silent", true, outside, office("Ethernet", `PC\eva`).overHTTPS()},
		{"name servers over HTTPS alone, which is blocked", "dns.slow", false, outside, office("Ethernet", `PC\eva`).overHTTPS().set(func(w *world) { w.noHTTPS = true })},
		{"hosts file names a dead address", "dns.overridden", false, outside, office("Ethernet", `PC\eva`).set(func(w *world) {
			w.hosts = map[string]netip.Addr{"www.example.com": addrOf("203.0.113.99")}
		})},
		{"hosts file names an address that serves", "dns.overridden", true, outside, office("Ethernet", `PC\eva`).set(func(w *world) {
			w.hosts = map[string]netip.Addr{"www.example.com": addrOf("203.0.113.99")}
			w.machines[addrOf("203.0.113.99")] = w.machines[site]
		})},
		{"a self-assigned address", "address.link-local-only", false, outside, office("Ethernet", `PC\eva`).selfAssigned()},
		{"a self-assigned address and no DHCP", "address.link-local-only", false, outside, office("Ethernet", `PC\eva`).selfAssigned().set(func(w *world) {
			w.links[1].DHCP = platform.No
		})},
		{"a self-assigned address on a switch for virtual machines", "address.link-local-only", true, outside, office("Ethernet", `PC\eva`).set(func(w *world) {
			w.links = append(w.links, platform.Link{Index: 44, Name: "vEthernet (Default Switch)", Kind: platform.Ethernet, Up: true, Carrier: platform.Yes, MTU: 1500,
				Addresses: []platform.Address{{Prefix: prefixOf("169.254.12.9/16"), LinkLocal: true}}})
			w.routes = append(w.routes, on(44, "vEthernet (Default Switch)", "169.254.0.0/16", netip.Addr{}, 271))
		})},
		{"a laptop with adapters of every kind", "ok", true, outside, office("Ethernet", `PC\eva`).radio("WLAN", platform.WirelessJoined).unplugged().crowded()},
		{"a desktop with adapters of every kind", "ok", true, outside, office("Ethernet", `PC\eva`).crowded()},
		{"adapters of every kind, and a VPN of Windows' own", "ok", true, inside, office("Ethernet", `CORP\alice`).vpn("Corp VPN").crowded().set(func(w *world) {
			w.links[2].Kind = platform.PPP
		})},
		{"adapters of every kind, nothing listens", "tcp.refused", false, "https://www.example.com:8443", office("Ethernet", `PC\eva`).crowded().set(func(w *world) {
			far := w.machines[site]
			far.drops = false
			w.machines[site] = far
		})},
		{"adapters of every kind, Wi-Fi in no network", "wifi.not-joined", false, outside,
			office("Ethernet", `PC\eva`).radio("WLAN", platform.WirelessUnjoined).unplugged().crowded()},
		{"adapters of every kind, a self-assigned address", "address.link-local-only", false, outside, office("Ethernet", `PC\eva`).selfAssigned().crowded()},
		{"adapters of every kind, nothing plugged in", "link.no-carrier", false, outside, office("Ethernet", `PC\eva`).crowded().set(func(w *world) {
			w.links[1].Carrier, w.links[1].Addresses = platform.No, nil
			w.routes, w.resolvers.Servers = slices.DeleteFunc(w.routes, func(r platform.Route) bool { return r.Link == cableIndex }), nil
		})},
		{"adapters of every kind, the cable's is disabled", "link.disabled", false, outside, office("Ethernet", `PC\eva`).crowded().set(func(w *world) {
			w.links = slices.DeleteFunc(w.links, func(l platform.Link) bool { return l.Kind == platform.Ethernet && l.Index != cableIndex })
			w.links[1].Up, w.links[1].Carrier, w.links[1].Addresses = false, platform.Unknown, nil
			w.routes, w.resolvers.Servers = slices.DeleteFunc(w.routes, func(r platform.Route) bool { return r.Link == cableIndex }), nil
		})},
	}
}

// crowded adds the adapters that the drivers of a healthy computer have made:
// those for virtual machines and containers, for tunnels that nobody uses, for
// phones, and those where nothing is plugged in. Some give themselves addresses.
func (w *world) crowded() *world {
	idle := func(index int, name string, kind platform.LinkKind) platform.Link {
		return platform.Link{Index: index, Name: name, Kind: kind, Up: true, Carrier: platform.No, MTU: 1500, MAC: "02:00:5e:20:00:01", DHCP: platform.Yes}
	}
	serves := func(index int, name, prefix string) {
		p := prefixOf(prefix)
		w.links = append(w.links, platform.Link{Index: index, Name: name, Kind: platform.Bridge, Up: true, Carrier: platform.Yes, MTU: 1500, MAC: "00:15:5d:20:00:02",
			Addresses: []platform.Address{{Prefix: p}, {Prefix: prefixOf("fe80::20:2/64"), LinkLocal: true}}, DHCP: platform.No})
		w.routes = append(w.routes, on(index, name, p.Masked().String(), netip.Addr{}, 5256))
	}
	serves(50, "vEthernet (Default Switch)", "172.28.32.1/20")
	serves(51, "vEthernet (WSL (Hyper-V firewall))", "172.20.0.1/20")
	serves(52, "vEthernet (nat)", "172.17.208.1/20")
	serves(53, "VMware Network Adapter VMnet8", "192.168.233.1/24")
	serves(54, "VirtualBox Host-Only Network", "192.168.56.1/24")
	serves(55, "Npcap Loopback Adapter", "169.254.12.9/16")
	last := &w.links[len(w.links)-1]
	last.DHCP, last.Addresses[0].LinkLocal = platform.Yes, true
	tap := idle(60, "OpenVPN TAP-Windows6", platform.Tunnel)
	tap.Tunnel = &platform.Ends{}
	teredo := platform.Link{Index: 61, Name: "Teredo Tunneling Pseudo-Interface", Kind: platform.Tunnel, Up: true, Carrier: platform.Yes, MTU: 1280, NoARP: true, PointToPoint: true,
		Addresses: []platform.Address{{Prefix: prefixOf("2001:0:cb00:7101:2c5c:3fe1:3f57:eb73/64")}, {Prefix: prefixOf("fe80::2c5c:3fe1:3f57:eb73/64"), LinkLocal: true}}, Tunnel: &platform.Ends{Sent: 12}}
	isatap := idle(62, "isatap.{7D5C1BAE-3F4C-4B57-9E16-000000000000}", platform.Tunnel)
	isatap.NoARP, isatap.MAC, isatap.DHCP, isatap.Tunnel = true, "", platform.Unknown, &platform.Ends{}
	off := platform.Link{Index: 63, Name: "Ethernet 3", Kind: platform.Ethernet, MTU: 1500, MAC: "02:00:5e:20:00:03"}
	w.links = append(w.links, tap, teredo, isatap, off, idle(64, "Bluetooth Network Connection", platform.OtherLink), idle(65, "Local Area Connection* 1", platform.Bridge),
		idle(66, "Local Area Connection* 2", platform.Bridge), idle(67, "Cellular", platform.OtherLink), idle(68, "Ethernet 2", platform.Ethernet))
	w.routes = append(w.routes, on(61, teredo.Name, "2001::/32", netip.Addr{}, 331))
	return w
}

// hangUp ends the VPN: its adapter stays, its routes and its rules for names go.
func hangUp(w *world) {
	last := &w.links[len(w.links)-1]
	last.Carrier, last.Addresses = platform.No, nil
	w.routes, w.resolvers.Upstream = w.routes[:3], nil
}

// leftover is a rule for names of a VPN that is no longer installed.
func leftover(w *world) {
	w.links, w.routes = w.links[:2], w.routes[:3]
}
