package text

// ticketWords: lines of the text for a ticket: facts, no greeting, no adjective.
var ticketWords = map[string]string{
	"cli.ticket.target":   "Target: {target}, addresses: {addresses}",
	"cli.ticket.time":     "Time: {at}",
	"cli.ticket.from":     "From: adapter {adapter}, address {address}, gateway {gateway}",
	"cli.ticket.verdict":  "Verdict: {code}, confidence: {confidence}",
	"cli.ticket.works":    "Works:",
	"cli.ticket.fails":    "Fails:",
	"cli.ticket.evidence": "Evidence:",
	"cli.ticket.rejected": "Ruled out: {codes}",
	"cli.ticket.untested": "Not tested: {what}",
	"cli.ticket.tool":     "Seen by Faultline {version} on {os}",
}
