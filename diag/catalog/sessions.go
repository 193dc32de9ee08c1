package catalog

import "faultline/platform"

var sessions = []Decl{
	{Code: "tls.intercepted", Layer: Session, Party: LAN, Weight: Blocks, Rank: 130, Refines: "tls.untrusted"},
	{Code: "tls.wrong-clock", Layer: Session, Party: Computer, Weight: Blocks, Rank: 131, Hides: []Code{"tls.expired", "tls.not-yet-valid"}},
	{Code: "tls.reset", Layer: Session, Party: Internet, Weight: Blocks, Rank: 132, Cap: Likely,
		Rivals: []Rival{{"service.resets", ControlSame, platform.No, NeedControlName}}},
	{Code: "tls.stalled", Layer: Session, Party: Service, Weight: Blocks, Rank: 133, Rivals: []Rival{byMTU, byLoss}},
	{Code: "tls.not-tls", Layer: Session, Party: Service, Weight: Blocks, Rank: 134},
	{Code: "tls.version", Layer: Session, Party: Service, Weight: Blocks, Rank: 135, Refines: "tls.alert"},
	{Code: "tls.client-certificate", Layer: Session, Party: Service, Weight: Blocks, Rank: 136, Refines: "tls.alert"},
	{Code: "tls.alert", Layer: Session, Party: Service, Weight: Blocks, Rank: 137},
	// Of several faults of one certificate the one that renewing it would not
	// cure comes first.
	{Code: "tls.untrusted", Layer: Session, Party: Service, Weight: Blocks, Rank: 140, Independent: true,
		Rivals: []Rival{{"tls.incomplete-chain", ChainComplete, platform.Yes, NeedChain}}},
	{Code: "tls.incomplete-chain", Layer: Session, Party: Service, Weight: Blocks, Rank: 141, Independent: true, Refines: "tls.untrusted"},
	{Code: "tls.wrong-name", Layer: Session, Party: Service, Weight: Blocks, Rank: 142, Independent: true},
	{Code: "tls.expired", Layer: Session, Party: Service, Weight: Blocks, Rank: 143, Independent: true, Rivals: []Rival{byClock}},
	{Code: "tls.not-yet-valid", Layer: Session, Party: Service, Weight: Blocks, Rank: 144, Independent: true, Rivals: []Rival{byClock}},
}

var applications = []Decl{
	{Code: "proxy.dead", Layer: Application, Party: Computer, Weight: Blocks, Rank: 101},
	{Code: "proxy.auth", Layer: Application, Party: Computer, Weight: Blocks, Rank: 102},
	{Code: "proxy.auth-refused", Layer: Application, Party: Computer, Weight: Blocks, Rank: 102, Refines: "proxy.auth"},
	{Code: "proxy.denied", Layer: Application, Party: LAN, Weight: Blocks, Rank: 103,
		Rivals: []Rival{{"service.denied", ProxyMade, platform.Yes, NeedDirectReply}}},
	{Code: "proxy.required", Layer: Application, Party: LAN, Weight: Blocks, Rank: 104, Hides: []Code{"tcp.no-reply", "tcp.filtered", "tcp.refused", "tcp.refused-on-path", "tcp.rejected", "path.silent"}},
	{Code: "proxy.script-unreachable", Layer: Application, Party: LAN, Weight: Degrades, Rank: 105},
	{Code: "portal.captive", Layer: Application, Party: LAN, Weight: Blocks, Rank: 106,
		Hides: []Code{"tcp.filtered", "tcp.no-reply", "tcp.refused", "tcp.rejected", "path.silent", "tls.wrong-name", "tls.untrusted", "tls.reset", "tls.stalled",
			"tls.not-tls", "tls.expired", "tls.alert", "service.resets", "service.closes", "service.denied"},
		Rivals: []Rival{{"web.blocked", ControlSame, platform.Yes, NeedControlName}}},
	{Code: "web.blocked", Layer: Application, Party: LAN, Weight: Blocks, Rank: 107, Cap: Likely, Hides: []Code{"tls.reset", "tls.wrong-name", "tls.untrusted", "service.resets", "service.denied"},
		Rivals: []Rival{byPortal}},
	{Code: "service.resets", Layer: Application, Party: Service, Weight: Blocks, Rank: 150, Cap: Likely},
	{Code: "service.closes", Layer: Application, Party: Service, Weight: Blocks, Rank: 151},
	{Code: "service.not-reading", Layer: Application, Party: Service, Weight: Blocks, Rank: 152, Cap: Likely,
		Rivals: []Rival{byAnswerer}},
	{Code: "service.silent", Layer: Application, Party: Service, Weight: Blocks, Rank: 153, Cap: Likely, Rivals: []Rival{byLoss}},
	{Code: "service.upstream-down", Layer: Application, Party: Service, Weight: Blocks, Rank: 154, Refines: "service.error"},
	{Code: "service.denied", Layer: Application, Party: Service, Weight: Blocks, Rank: 155},
	{Code: "service.error", Layer: Application, Party: Service, Weight: Blocks, Rank: 156},
	{Code: "service.slow", Layer: Application, Party: Service, Weight: Degrades, Rank: 157, Cap: Likely},
}

var notes = []Decl{
	{Code: "mtu.reduced", Layer: Path, Party: NoParty, Weight: Notes, Rank: 200},
	{Code: "icmp.filtered", Layer: Path, Party: NoParty, Weight: Notes, Rank: 201},
	{Code: "tls.inspected", Layer: Session, Party: NoParty, Weight: Notes, Rank: 202},
	{Code: "clock.skewed", Layer: NoLayer, Party: Computer, Weight: Notes, Rank: 203},
	{Code: "web.none", Layer: Application, Party: NoParty, Weight: Notes, Rank: 204},
	{Code: "recovered", Layer: NoLayer, Party: NoParty, Weight: Notes, Rank: 205},
	{Code: "changed", Layer: NoLayer, Party: NoParty, Weight: Notes, Rank: 206}, // since the target last answered on this network
}
