package catalog

// resets are told from captures by package reset, which weighs evidence of its
// own: no claim excludes them, and Settle never sees them. Their rank orders
// the notes of a report.
var resets = []Decl{
	{Code: "reset.network-change", Layer: Transport, Party: Computer, Weight: Blocks, Rank: 160, FromCaptures: true},
	{Code: "reset.firewall-reject", Layer: Firewall, Party: Internet, Weight: Blocks, Rank: 161, FromCaptures: true},
	{Code: "reset.blocked-content", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 162, FromCaptures: true},
	{Code: "reset.injected", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 163, FromCaptures: true},
	{Code: "reset.refused-on-path", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 164, FromCaptures: true},
	{Code: "reset.idle-timeout", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 165, FromCaptures: true},
	{Code: "reset.idle-drop", Layer: Transport, Party: Internet, Weight: Blocks, Rank: 166, FromCaptures: true},
	{Code: "reset.keepalive", Layer: Path, Party: Internet, Weight: Blocks, Rank: 167, FromCaptures: true},
	{Code: "reset.backlog-full", Layer: Transport, Party: Service, Weight: Blocks, Rank: 168, FromCaptures: true},
	{Code: "reset.no-listener", Layer: Transport, Party: Service, Weight: Blocks, Rank: 169, FromCaptures: true},
	{Code: "reset.stale", Layer: Transport, Party: Service, Weight: Blocks, Rank: 170, FromCaptures: true},
	{Code: "reset.keepalive-race", Layer: Session, Party: Service, Weight: Blocks, Rank: 171, FromCaptures: true},
	{Code: "reset.gave-up", Layer: Application, Party: Service, Weight: Blocks, Rank: 172, FromCaptures: true},
	{Code: "reset.app-abort", Layer: Application, Party: Service, Weight: Blocks, Rank: 173, FromCaptures: true},
	{Code: "reset.cut-short", Layer: Application, Party: Service, Weight: Blocks, Rank: 174, FromCaptures: true},
	{Code: "reset.unknown", Layer: Transport, Party: NoParty, Weight: Blocks, Rank: 175, FromCaptures: true},
	{Code: "reset.ignored", Layer: Transport, Party: NoParty, Weight: Notes, Rank: 210, FromCaptures: true},
	{Code: "reset.handshake-abandoned", Layer: Transport, Party: NoParty, Weight: Notes, Rank: 211, FromCaptures: true},
	{Code: "reset.after-close", Layer: Transport, Party: NoParty, Weight: Notes, Rank: 212, FromCaptures: true},
	{Code: "reset.none", Layer: NoLayer, Party: NoParty, Weight: Notes, Rank: 213, FromCaptures: true},
}
