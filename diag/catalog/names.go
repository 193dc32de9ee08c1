package catalog

import "faultline/platform"

var names = []Decl{
	{Code: "dns.no-resolver", Layer: Name, Party: Computer, Weight: Blocks, Rank: 70},
	{Code: "dns.udp-blocked", Layer: Name, Party: LAN, Weight: Blocks, Rank: 71, Refines: "dns.resolver-silent",
		Rivals: []Rival{byFirewall}},
	{Code: "dns.resolver-silent", Layer: Name, Party: LAN, Weight: Blocks, Rank: 72,
		Hides:  []Code{"dns.first-resolver-dead", "dns.slow"},
		Rivals: []Rival{byUplink, byFirewall, byReplies, {"dns.server-failure", ResolverAnswers, platform.No, NeedResolverLife}}},
	{Code: "dns.tcp-blocked", Layer: Name, Party: LAN, Weight: Blocks, Rank: 73},
	{Code: "dns.refused", Layer: Name, Party: LAN, Weight: Blocks, Rank: 74},
	{Code: "dns.server-failure", Layer: Name, Party: Service, Weight: Blocks, Rank: 75, Rivals: []Rival{byUplink}},
	// Neither is nearer than the other: where both fit, what they have in common
	// is told.
	{Code: "dns.search-domain", Layer: Name, Party: Computer, Weight: Blocks, Rank: 76, Refines: "dns.no-such-name"},
	{Code: "dns.split-view", Layer: Name, Party: VPN, Weight: Blocks, Rank: 76, Refines: "dns.no-such-name"},
	{Code: "dns.filtered", Layer: Name, Party: LAN, Weight: Blocks, Rank: 78, Hides: unanswered},
	{Code: "dns.rebind-filtered", Layer: Name, Party: LAN, Weight: Blocks, Rank: 79, Refines: "dns.no-address"},
	{Code: "dns.no-such-name", Layer: Name, Party: Service, Weight: Blocks, Rank: 80,
		Rivals: []Rival{byView}},
	{Code: "dns.no-address", Layer: Name, Party: Service, Weight: Blocks, Rank: 81, Rivals: []Rival{byView}},
	{Code: "dns.overridden", Layer: Name, Party: Computer, Weight: Blocks, Rank: 82,
		Hides: hides(unanswered, []Code{"tcp.refused", "tcp.rejected", "path.rejected", "tls.wrong-name", "neighbour.silent"})},
	{Code: "dns.stale-cache", Layer: Name, Party: Computer, Weight: Blocks, Rank: 83, Hides: unanswered},
	{Code: "dns.wrong-answer", Layer: Name, Party: LAN, Weight: Blocks, Rank: 84, Hides: unanswered},
	{Code: "dns.first-resolver-dead", Layer: Name, Party: LAN, Weight: Degrades, Rank: 85, Hides: []Code{"dns.slow"},
		Rivals: []Rival{byFirewall}},
	{Code: "dns.slow", Layer: Name, Party: LAN, Weight: Degrades, Rank: 86},
}
