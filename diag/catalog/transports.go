package catalog

var transports = []Decl{
	{Code: "tcp.answered-on-path", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 110, Cap: Likely,
		Hides: []Code{"service.silent", "service.closes", "service.resets", "service.not-reading", "tls.stalled", "tls.reset"}},
	{Code: "tcp.refused-on-path", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 111, Cap: Likely, Refines: "tcp.refused",
		Rivals: []Rival{byFirewall}},
	{Code: "tcp.rejected", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 112,
		Hides: []Code{"tcp.no-reply", "tcp.filtered", "path.silent"}},
	{Code: "tcp.some-addresses", Layer: Transport, Party: Server, Weight: Partial, Rank: 90,
		Hides: []Code{"tcp.refused", "tcp.no-reply", "tcp.filtered", "tcp.rejected", "path.rejected", "path.silent"}},
	{Code: "tcp.flaky", Layer: Transport, Party: Server, Weight: Partial, Rank: 114},
	{Code: "tcp.limited", Layer: Transport, Party: Server, Weight: Degrades, Rank: 115},
	// One end cannot see inside the other machine (rule C2).
	{Code: "tcp.refused", Layer: Transport, Party: Service, Weight: Blocks, Rank: 120, Cap: Likely, Rivals: []Rival{byPath}},
	{Code: "tcp.filtered", Layer: Transport, Party: Server, Weight: Blocks, Rank: 121, Cap: Likely, Refines: "tcp.no-reply",
		Rivals: []Rival{byFirewall}},
	{Code: "tcp.no-reply", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 122, Cap: Likely,
		Rivals: []Rival{byFirewall, byUplink}},
	{Code: "tcp.no-final-ack", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 123},
	{Code: "listener.wrong-address", Layer: Transport, Party: Service, Weight: Blocks, Rank: 116, Refines: "listener.none"},
	{Code: "listener.backlog-full", Layer: Transport, Party: Service, Weight: Blocks, Rank: 117, Hides: []Code{"tcp.no-reply", "tcp.filtered"}},
	{Code: "listener.none", Layer: Transport, Party: Service, Weight: Blocks, Rivals: []Rival{byFilter}, Rank: 118, Refines: "tcp.refused"},
}

var locals = []Decl{
	{Code: "local.ports-exhausted", Layer: Transport, Party: Computer, Weight: Blocks, Rank: 34, Hides: unheard},
	{Code: "local.files-exhausted", Layer: Transport, Party: Computer, Weight: Blocks, Rank: 35, Hides: unheard},
	{Code: "local.close-wait-leak", Layer: Transport, Party: Computer, Weight: Blocks, Rank: 29, Hides: []Code{"local.ports-exhausted", "local.files-exhausted", "listener.backlog-full"}},
}
