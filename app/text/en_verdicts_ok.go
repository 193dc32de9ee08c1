package text

// verdictsOK: what is said when no fault was found or none can be told, and the notes.
var verdictsOK = map[string]string{
	"verdict.ok":                     "{target} answers. Nothing is wrong between this computer and it.",
	"verdict.ok.http":                "{target} answers (HTTP {status}). Nothing is wrong between this computer and it.",
	"verdict.ok.tls":                 "{target} answers and agrees on encryption. Nothing is wrong between this computer and it.",
	"verdict.ok.banner":              "{target} answers, and so does the service on it. Nothing is wrong between this computer and it.",
	"verdict.ok.open":                "{target} accepts the connection. Nothing is wrong between this computer and it; the service was not asked anything.",
	"verdict.ok.refused":             "{host} answers, so it can be reached from this computer. It offers nothing on the ports that were tried ({ports}), as a machine without a web service does.",
	"verdict.ok.echo":                "{host} answers ping. Nothing is wrong between this computer and it.",
	"verdict.inconclusive":           "What could be seen is not enough for a verdict.",
	"verdict.inconclusive.untested":  "What could be seen is not enough for a verdict. {n} {n|check is|checks are} missing; the first that would help: {how}",
	"verdict.inconclusive.recovered": "It failed first and then recovered while it was being checked. What was wrong can no longer be seen.",
	"verdict.icmp.filtered":          "{address} does not answer ping. That alone is no fault: many machines are set to ignore it.",
	"verdict.web.none":               "No web service answers on {host}. Naming the program or the port would show more.",
	"verdict.clock.skewed":           "The clock of this computer is off by {by}.",
	"verdict.recovered":              "A test that failed first succeeded when it was repeated.",
	"verdict.mtu.reduced":            "Packets larger than {mtu} bytes do not fit through the way to {host}. The network says so properly, so this is no fault.",
}
