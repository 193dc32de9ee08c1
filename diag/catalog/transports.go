package catalog

import "faultline/platform"

var transports = []Decl{
	{Code: "tcp.answered-on-path", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 110, Cap: Likely,
		Hides: []Code{"service.silent", "service.closes", "service.resets", "service.not-reading", "tls.stalled", "tls.reset"}},
	{Code: "tcp.refused-on-path", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 111, Cap: Likely, Refines: "tcp.refused",
		Rivals: []Rival{byFirewall, {"tcp.refused", ResetTTLDiffers, platform.Yes, NeedResetTTL}}},
	{Code: "tcp.rejected", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 112,
		Hides: []Code{"tcp.no-reply", "tcp.filtered", "path.silent"}},
	{Code: "tcp.some-addresses", Layer: Transport, Party: Server, Weight: Partial, Rank: 90,
		Hides: []Code{"tcp.refused", "tcp.no-reply", "tcp.filtered", "tcp.rejected", "path.rejected", "path.silent"}},
	{Code: "tcp.flaky", Layer: Transport, Party: Server, Weight: Degrades, Rank: 95, Cap: Likely,
		Hides:  []Code{"quality.loss"},
		Rivals: []Rival{{"quality.loss", LossFree, platform.Yes, NeedLossControl}}},
	{Code: "tcp.limited", Layer: Transport, Party: Server, Weight: Degrades, Rank: 115, Cap: Likely},
	// One end cannot see inside the other machine (rule C2).
	{Code: "tcp.refused", Layer: Transport, Party: Service, Weight: Blocks, Rank: 120, Cap: Likely, Rivals: []Rival{byPath}},
	{Code: "tcp.filtered", Layer: Transport, Party: Server, Weight: Blocks, Rank: 121, Cap: Likely, Refines: "tcp.no-reply",
		Rivals: []Rival{byFirewall}},
	{Code: "tcp.no-reply", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 122, Cap: Likely,
		Rivals: []Rival{byFirewall, byUplink}},
	{Code: "tcp.no-final-ack", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 123},
	{Code: "listener.wrong-address", Layer: Transport, Party: Service, Weight: Blocks, Rivals: []Rival{byFilter}, Rank: 116, Refines: "listener.none"},
	{Code: "listener.backlog-full", Layer: Transport, Party: Service, Weight: Blocks, Rank: 117,
		Hides: []Code{"tcp.no-reply", "tcp.filtered", "path.silent"}},
	{Code: "listener.none", Layer: Transport, Party: Service, Weight: Blocks, Rivals: []Rival{byFilter}, Rank: 118, Refines: "tcp.refused"},
}

// untaken: what connections meet that the program on this machine does not take.
var untaken = []Code{"listener.backlog-full", "service.silent", "tls.stalled"}

var locals = []Decl{
	{Code: "local.ports-exhausted", Layer: Transport, Party: Computer, Weight: Blocks, Rank: 34, Hides: unheard},
	{Code: "local.files-exhausted", Layer: Transport, Party: Computer, Weight: Blocks, Rank: 35,
		Hides: hides(unresolved, unheard, untaken)},
	{Code: "local.close-wait-leak", Layer: Transport, Party: Computer, Weight: Blocks, Rank: 29,
		Rivals: []Rival{{"service.silent", ShortageSeen, platform.Yes, NeedPrograms}},
		Hides:  hides(unheard, untaken, []Code{"local.ports-exhausted", "local.files-exhausted"})},
}
