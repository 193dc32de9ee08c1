package catalog

import "faultline/platform"

var paths = []Decl{
	{Code: "gateway.not-forwarding", Layer: Path, Party: LAN, Weight: Blocks, Rank: 60, Cap: Likely,
		Hides: hides(unresolved, unheard), Rivals: []Rival{byTarget, {"path.silent", ControlsDark, platform.Yes, NeedBeyond}}},
	{Code: "gateway.no-upstream", Layer: Path, Party: ISP, Weight: Blocks, Rank: 61,
		Hides:  hides(unresolved, unanswered, []Code{"vpn.tunnel-dead", "ipv6.broken", "portal.captive"}),
		Rivals: []Rival{byFirewall, {"tcp.no-reply", ControlsDark, platform.Yes, NeedBeyond}}},
	{Code: "vpn.tunnel-dead", Layer: Path, Party: VPN, Weight: Blocks, Rank: 62, Cap: Likely,
		Hides: hides(unresolved, unanswered), Rivals: []Rival{byUplink}},
	{Code: "local.saturated", Layer: Path, Party: Computer, Weight: Degrades, Rank: 63, Cap: Likely, Hides: []Code{"quality.loss", "quality.latency", "quality.jitter"}},
	{Code: "ipv6.broken", Layer: Path, Party: ISP, Weight: Partial, Rank: 89, Hides: hides(unanswered,
		[]Code{"tcp.refused", "tcp.rejected", "path.rejected", "tcp.some-addresses"})},
	{Code: "path.loop", Layer: Path, Party: ISP, Weight: Blocks, Tunneled: Possible, Rank: 91, Cap: Likely, Hides: []Code{"path.silent", "tcp.no-reply"}},
	{Code: "path.rejected", Layer: Path, Party: Internet, Weight: Blocks, Tunneled: Possible, Rank: 92, Hides: []Code{"path.silent", "tcp.no-reply", "tcp.filtered", "dns.resolver-silent"},
		Rivals: []Rival{{"path.host-absent", RouterHasNoRoute, platform.Yes, NeedRouterControl}}},
	{Code: "path.host-absent", Layer: Path, Party: Server, Weight: Blocks, Tunneled: Possible, Rank: 93, Cap: Likely, Refines: "path.rejected"},
	{Code: "path.no-return", Layer: Path, Party: Internet, Weight: Blocks, Tunneled: Possible, Rank: 94, Hides: []Code{"path.silent", "tcp.no-reply"}},
	// Silence is what is left when nothing nearer explains it.
	{Code: "path.silent", Layer: Path, Party: Internet, Weight: Blocks, Tunneled: Possible, Rank: 119, Hides: []Code{"tcp.no-reply"},
		Rivals: []Rival{byFirewall}},
	{Code: "mtu.black-hole", Layer: Path, Party: Internet, Weight: Blocks, Rank: 96,
		Hides:  []Code{"tls.stalled", "service.silent", "service.not-reading"},
		Rivals: []Rival{{"tls.stalled", SmallExchangeWorks, platform.Yes, NeedLargePackets}, {"link.unstable", LinkSteady, platform.Yes, NeedSteady}}},
	{Code: "quality.loss", Layer: Path, Party: Internet, Weight: Degrades, Rank: 97},
	{Code: "quality.latency", Layer: Path, Party: Internet, Weight: Degrades, Rank: 98},
	{Code: "quality.jitter", Layer: Path, Party: Internet, Weight: Degrades, Rank: 99},
	{Code: "quality.rate-limited", Layer: Path, Party: ISP, Weight: Degrades, Rank: 100, Cap: Likely},
}
