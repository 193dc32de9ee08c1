package catalog

import "faultline/platform"

// misled follows from an address that is not the right one.
var misled = hides(unanswered, []Code{
	"tcp.refused", "tcp.refused-on-path", "tcp.rejected", "path.rejected", "path.host-absent", "path.loop", "neighbour.silent",
	"listener.none", "tls.wrong-name", "tls.untrusted", "tls.not-tls", "tls.reset", "tls.stalled",
})

// unfound is what a system that was not told of a name says.
var unfound = []Code{"dns.refused", "dns.server-failure", "dns.no-such-name", "dns.no-address"}

// byRecord: the zone itself may hold an address that leads nowhere.
var byRecord = Rival{"dns.no-address", NameWithheld, platform.Yes, NeedResolvers}

var names = []Decl{
	{Code: "dns.no-resolver", Layer: Name, Party: Computer, Weight: Blocks, Rank: 70},
	{Code: "dns.udp-blocked", Layer: Name, Party: LAN, Weight: Blocks, Rank: 71, Refines: "dns.resolver-silent",
		Rivals: []Rival{byFirewall}},
	{Code: "dns.resolver-silent", Layer: Name, Party: LAN, Weight: Blocks, Rank: 72,
		Hides:  []Code{"dns.first-resolver-dead", "dns.slow", "dns.refused", "dns.server-failure"},
		Rivals: []Rival{byUplink, byFirewall, byReplies, {"dns.server-failure", ResolverAnswers, platform.No, NeedResolverLife}}},
	{Code: "dns.tcp-blocked", Layer: Name, Party: LAN, Weight: Blocks, Rank: 73, Rivals: []Rival{byFirewall}},
	{Code: "dns.filtered", Layer: Name, Party: LAN, Weight: Blocks, Rank: 74, Hides: hides(unfound, misled),
		Rivals: []Rival{byRecord}},
	{Code: "dns.rebind-filtered", Layer: Name, Party: LAN, Weight: Blocks, Rank: 74, Cap: Likely, Refines: "dns.no-address"},
	// Neither is nearer than the other: where both fit, what they have in common
	// is told.
	{Code: "dns.search-domain", Layer: Name, Party: Computer, Weight: Blocks, Rank: 76, Refines: "dns.no-such-name",
		Hides: hides(without(unfound, "dns.no-such-name"), misled)},
	{Code: "dns.split-view", Layer: Name, Party: VPN, Weight: Blocks, Rank: 76, Refines: "dns.no-such-name",
		Hides:  hides(without(unfound, "dns.no-such-name"), misled),
		Rivals: []Rival{{"dns.filtered", NameWithheld, platform.No, NeedNameRule}}},
	// Whether an answer is old, or wrong, only those who gave it know.
	{Code: "dns.stale-cache", Layer: Name, Party: Computer, Weight: Blocks, Rank: 77, Cap: Likely, Hides: hides(unfound, misled)},
	{Code: "dns.wrong-answer", Layer: Name, Party: LAN, Weight: Blocks, Rank: 77, Cap: Likely, Hides: misled},
	{Code: "dns.refused", Layer: Name, Party: LAN, Weight: Blocks, Rank: 78},
	{Code: "dns.server-failure", Layer: Name, Party: Service, Weight: Blocks, Rank: 79, Rivals: []Rival{byUplink}},
	{Code: "dns.no-such-name", Layer: Name, Party: Service, Weight: Blocks, Rank: 80,
		Rivals: []Rival{byView}},
	{Code: "dns.no-address", Layer: Name, Party: Service, Weight: Blocks, Rank: 81, Rivals: []Rival{byView}},
	{Code: "dns.overridden", Layer: Name, Party: Computer, Weight: Blocks, Rank: 82, Hides: misled},
	{Code: "dns.first-resolver-dead", Layer: Name, Party: LAN, Weight: Degrades, Rank: 85, Hides: []Code{"dns.slow"},
		Rivals: []Rival{byFirewall}},
	{Code: "dns.slow", Layer: Name, Party: LAN, Weight: Degrades, Rank: 86},
}
