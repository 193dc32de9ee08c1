package reset

// The features by name, as in Feature.Name. Each has words in app/text under
// "feature.<name>"; Feature.Args["how"] chooses among them.
const (
	// Form is the kind of reset, as the headers show it. how: abort, answer,
	// refusal, odd (rst-forms below).
	FeatureForm = "form"
	// TTL beside that of the sender's other packets. how: same, differs,
	// route (later packets of the sender have it too), unknown. Args: ttl, usual.
	FeatureTTL = "ttl"
	// IP identification. how: follows, zero, copied, jumps, none. Args: id, last.
	FeatureID = "ip-id"
	// The don't-fragment bit. how: lacks.
	FeatureDF = "df"
	// Flags that no stack sets with RST. how: odd. Args: flags.
	FeatureFlags = "flags"
	// TCP options. how: none, kept. They speak for nobody.
	FeatureOptions = "options"
	// The checksum, where the sender's others are right. how: wrong.
	FeatureChecksum = "checksum"
	// The window. how: zero, kept, other. Args: window.
	FeatureWindow = "window"
	// The sequence number beside the receiver's window. how: exact, in-window,
	// outside, unknown.
	FeatureSequence = "sequence"
	// Resets whose sequence numbers climb. how: climbs. Args: n.
	FeatureBurst = "burst"
	// The time since what it answers, beside the round trip. how: sooner, fits,
	// unknown. Args: ms, rtt.
	FeatureTiming = "timing"
	// What came after. how: nothing, goes-on, challenge, both, echoes. Args: n.
	FeatureAfter = "after"
	// Silence before, in seconds. how: long, none. Args: seconds.
	FeatureIdle = "idle"
	// The same silence before resets of other connections. Args: n, seconds.
	FeatureRepeats = "repeats"
	// What the sender did just before. how: request, alert, closed, probes,
	// resent, window, nothing. Args: n.
	FeatureBefore = "before"
	// ICMP says why. how: prohibited, unreachable, size. Args: by, type, code.
	FeatureICMP = "icmp"
	// The tampering stage (Connection Tampering, SIGCOMM 2023), named only. how:
	// post-syn, post-ack, post-psh, later.
	FeatureStage = "stage"
	// What a capture of the other end says (package join). how: confirmed, never,
	// lost, stopped, unreturned, open.
	FeatureOtherEnd = "other-end"
)

// The words of Event.Untested: what would tell. They have words under "open.<word>".
const (
	OpenOtherEnd = "other-end" // a capture at the other end
	OpenListener = "listener"  // the list of listeners and the packet filter's rules on the server
	OpenLog      = "log"       // the log of the program that cut
	OpenWhere    = "where"     // a capture at the other end, for what got lost
	OpenLonger   = "longer"    // a longer capture
	OpenDevice   = "device"    // the time limit of the devices on the way
)

// The keys of Event.Args beside client, server, by, other, which the composer adds:
// idle (seconds), shape (data for reset.keepalive, silent or unheard for
// reset.backlog-full, checksum for reset.ignored), name (of reset.blocked-content),
// lost (bytes of an answer that were thrown away), unread (true: a request that was
// taken and not answered), instead (true: a reset where a FIN was due), alert (the TLS alert's number), n (how many).
