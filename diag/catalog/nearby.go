package catalog

import "faultline/platform"

// What cannot but follow when nothing leaves this machine, or nothing comes
// back to it.
var (
	// unresolved: no name server is heard.
	unresolved = []Code{"dns.resolver-silent", "dns.udp-blocked", "dns.first-resolver-dead", "dns.slow", "dns.server-failure"}
	// unanswered: the addresses that were tried are not heard.
	unanswered = []Code{
		"path.silent", "tcp.no-reply", "tcp.filtered", "tcp.flaky", "quality.loss", "quality.latency", "quality.jitter",
		"proxy.dead", "proxy.script-unreachable",
	}
	// unheard: nothing out there is heard.
	unheard = hides(unanswered, []Code{"vpn.tunnel-dead", "gateway.no-upstream"})
	// silenced: what a silent next hop explains. A target that shows life on
	// another port is beyond it.
	silenced = without(unheard, "tcp.filtered")
	// diverted: what happens to packets on a way that they should not take.
	diverted = []Code{"gateway.silent", "neighbour.silent", "path.rejected", "path.host-absent", "path.loop"}
	// stranded: this machine has no way out.
	stranded = hides(unresolved, unheard, []Code{"gateway.none", "gateway.silent", "neighbour.silent", "route.rejected", "vpn.not-connected", "dns.no-resolver", "ipv6.unavailable", "gateway.not-forwarding", "path.rejected"})
	// unaddressed: this machine has no address to speak from.
	unaddressed = hides(stranded, []Code{"address.none", "address.link-local-only", "address.dhcp-refused"})
)

func hides(groups ...[]Code) (all []Code) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

var links = []Decl{
	{Code: "link.no-adapter", Layer: Link, Party: Computer, Weight: Blocks, Rank: 10, Hides: unaddressed},
	{Code: "link.loopback-down", Layer: Link, Party: Computer, Weight: Blocks, Rank: 11, Hides: hides(unresolved, unheard)},
	{Code: "wifi.auth-failed", Layer: Link, Party: LAN, Weight: Blocks, Rank: 12, Hides: unaddressed, Refines: "wifi.not-joined"},
	{Code: "wifi.not-joined", Layer: Link, Party: Computer, Weight: Blocks, Rank: 13, Hides: hides(unaddressed, []Code{"link.disabled"}), Refines: "link.no-carrier"},
	{Code: "link.disabled", Layer: Link, Party: Computer, Weight: Blocks, Rank: 14, Hides: unaddressed},
	{Code: "link.no-carrier", Layer: Link, Party: LAN, Weight: Blocks, Rank: 15, Hides: unaddressed},
	{Code: "link.unstable", Layer: Link, Party: LAN, Weight: Degrades, Rank: 16},
	{Code: "link.errors", Layer: Link, Party: LAN, Weight: Degrades, Rank: 17, Cap: Likely},
	{Code: "wifi.weak", Layer: Link, Party: LAN, Weight: Degrades, Rank: 18},
}

var addresses = []Decl{
	{Code: "address.duplicate", Layer: Address, Party: LAN, Weight: Blocks, Rank: 20,
		// Another machine has the address: that is seen. That it is what breaks the
		// way is not, as answers may well go to the right one of the two.
		Rivals: []Rival{{"tcp.no-reply", AddressUnused, platform.Yes, NeedAddressAlone}},
		Hides:  hides(unresolved, unheard, []Code{"address.none", "ipv6.unavailable", "gateway.none", "service.silent", "tls.stalled"})},
	{Code: "address.dhcp-refused", Layer: Address, Party: LAN, Weight: Blocks, Rank: 21, Hides: hides(stranded, []Code{"address.link-local-only"}), Refines: "address.none"},
	{Code: "address.link-local-only", Layer: Address, Party: LAN, Weight: Blocks, Rank: 22, Hides: stranded, Refines: "address.none"},
	{Code: "address.none", Layer: Address, Party: Computer, Weight: Blocks, Rank: 23, Hides: stranded},
	{Code: "address.rogue-router", Layer: Address, Party: LAN, Weight: Blocks, Rank: 24, Hides: hides(unresolved, unheard), Cap: Likely},
	{Code: "address.gateway-off-subnet", Layer: Address, Party: Computer, Weight: Blocks, Rank: 25, Cap: Likely,
		Hides: hides(unresolved, unheard, []Code{"neighbour.silent"})},
	{Code: "ipv6.unavailable", Layer: Address, Party: Computer, Weight: Blocks, Rank: 26},
}

var routes = []Decl{
	{Code: "firewall.local-out", Layer: Firewall, Party: Computer, Weight: Blocks, Rank: 30,
		Rivals: []Rival{{"tcp.no-reply", DropSeen, platform.Yes, NeedLocalFirewall}},
		Hides:  hides(unresolved, unheard, []Code{"tcp.rejected", "path.rejected", "path.host-absent", "tcp.refused", "tcp.refused-on-path", "ipv6.broken", "service.silent", "tls.stalled", "neighbour.silent", "gateway.silent"})},
	// A counter alone may speak of other packets; rules that block may not have
	// met any.
	{Code: "firewall.local-in", Layer: Firewall, Party: Computer, Weight: Blocks, Rank: 31,
		Rivals: []Rival{{"tcp.no-reply", DropSeen, platform.Yes, NeedLocalFirewall}, {"tcp.filtered", RulesBlock, platform.Yes, NeedLocalFirewall}},
		Hides:  hides(unresolved, unheard, []Code{"tcp.refused", "tcp.refused-on-path", "listener.none", "ipv6.broken", "neighbour.silent", "gateway.silent"})},
	{Code: "agent.blocks", Layer: Firewall, Party: Computer, Weight: Blocks, Rank: 32, Refines: "firewall.local-out",
		Rivals: []Rival{{"tcp.no-reply", DropSeen, platform.Yes, NeedLocalFirewall}},
		Hides: hides(unresolved, unheard, []Code{"tcp.rejected", "tcp.refused", "tcp.refused-on-path", "service.resets", "ipv6.broken",
			"service.silent", "tls.stalled", "neighbour.silent", "gateway.silent", "listener.none"})},
	{Code: "local.os-blocked", Layer: Transport, Party: Computer, Weight: Blocks, Rank: 33, Cap: Likely, Hides: hides(unresolved, unheard),
		Rivals: []Rival{byFirewall}},
	// A packet is routed before the output filter sees it.
	{Code: "route.rejected", Layer: Route, Party: Computer, Weight: Blocks, Rank: 28,
		Hides: hides(unresolved, unheard, []Code{"gateway.none", "gateway.silent", "neighbour.silent", "firewall.local-out", "ipv6.broken"})},
	{Code: "route.overlap", Layer: Route, Party: Computer, Weight: Blocks, Rank: 41,
		Hides: hides(unresolved, unheard, diverted), Rivals: []Rival{byTarget}},
	{Code: "route.stale-host-route", Layer: Route, Party: Computer, Weight: Blocks, Rank: 42,
		Hides: hides(unresolved, unheard, diverted), Rivals: []Rival{byTarget}},
	{Code: "route.better-unused", Layer: Route, Party: Computer, Weight: Blocks, Rank: 43,
		Hides: hides(unresolved, unheard, diverted), Rivals: []Rival{byTarget}},
	{Code: "vpn.not-connected", Layer: Route, Party: VPN, Weight: Blocks, Rank: 44,
		Hides:  hides(unresolved, unheard, diverted, []Code{"gateway.none", "dns.no-such-name", "dns.split-view"}),
		Rivals: []Rival{{"tcp.no-reply", VPNNeeded, platform.Yes, NeedVPN}}},
	{Code: "route.unexpected", Layer: Route, Party: VPN, Weight: Blocks, Rank: 45,
		Hides:  hides(unresolved, unheard, diverted),
		Rivals: []Rival{byTarget, {"vpn.tunnel-dead", TunnelDead, platform.No, NeedInside}}},
	{Code: "route.reverse-path", Layer: Route, Party: Computer, Weight: Blocks, Rank: 46,
		Hides:  hides(unresolved, unheard, []Code{"gateway.silent"}), // whose answers may be dropped too
		Rivals: []Rival{{"tcp.no-reply", ReplyDropped, platform.Yes, NeedReplies}}},
	{Code: "gateway.none", Layer: Route, Party: Computer, Weight: Blocks, Rank: 47,
		Hides: hides(unresolved, unheard, []Code{"gateway.silent", "neighbour.silent", "dns.no-resolver"})},
	{Code: "gateway.silent", Layer: Neighbor, Party: LAN, Weight: Blocks, Rank: 50,
		Hides: hides(unresolved, silenced, []Code{"ipv6.broken"}),
		Rivals: []Rival{{"gateway.no-upstream", GatewayAlive, platform.No, NeedGateway}, {"firewall.local-out", SearchLeaves, platform.Yes, NeedLocalFirewall},
			{"firewall.local-in", SearchHeard, platform.Yes, NeedLocalFirewall}}},
	{Code: "neighbour.silent", Layer: Neighbor, Party: Server, Weight: Blocks, Rank: 51, Cap: Likely,
		Hides:  hides(unresolved, silenced),
		Rivals: []Rival{{"route.overlap", ControlSame, platform.No, NeedRouteMeant}}},
}

func without(codes []Code, less Code) (rest []Code) {
	for _, c := range codes {
		if c != less {
			rest = append(rest, c)
		}
	}
	return rest
}
