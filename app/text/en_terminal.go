package text

// terminalWords: how the command line puts words beside each other, and the
// lines of the text for a ticket.
var terminalWords = map[string]string{
	"cli.colon":           ": ",
	"cli.sureness":        "Confidence: {word}. {why}",
	"cli.progress.start":  "Checking {target}",
	"cli.exits":           "Exit codes: 0 works, 1 a fault was found, 2 not understood or not readable, 3 inconclusive, 130 ended early.",
	"ticket.target":       "Target: {target}",
	"ticket.addresses":    "Addresses: {addresses}",
	"ticket.time":         "Time: {time}",
	"ticket.from":         "From: {adapter}, {address}",
	"ticket.from.gateway": "From: {adapter}, {address}, gateway {gateway}",
	"ticket.booted":       "This computer started: {time}",
	"ticket.verdict":      "Verdict: {code} ({confidence})",
	"ticket.party":        "Who has to act: {party}",
	"ticket.works":        "Works: {checks}",
	"ticket.fails":        "Fails: {checks}",
	"ticket.unknown":      "Not known: {checks}",
	"ticket.evidence":     "Evidence:",
	"ticket.tool":         "Seen by Faultline {version} on {os}",
}
