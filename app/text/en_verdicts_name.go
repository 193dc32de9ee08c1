package text

// verdictsName: verdicts about names.
var verdictsName = map[string]string{
	"verdict.dns.no-resolver":           "No name server is set on this computer, so {name} cannot be looked up.",
	"verdict.dns.resolver-silent":       "{name} cannot be looked up: the name {servers|server|servers} {servers} {servers|does|do} not answer.",
	"verdict.dns.no-such-name":          "The name {name} does not exist. {n} name {n|server says|servers say} so.",
	"verdict.dns.no-address":            "The name {name} exists, but it has no address that this computer can use. {n} name {n|server says|servers say} so.",
	"verdict.dns.server-failure":        "The name {servers|server|servers} {servers} cannot look up {name}: {servers|it answers|they answer} with an error.",
	"verdict.dns.server-failure.silent": "The name {servers|server|servers} {servers} {servers|answers|answer} other questions, but not the one for {name}.",
	"verdict.dns.refused":               "The name {servers|server|servers} {servers} {servers|refuses|refuse} to look up {name} for this computer.",
	"verdict.dns.udp-blocked":           "Name lookups over UDP get no answer from {servers}, and the same lookups over TCP do. Something on the way drops UDP to port 53.",
	"verdict.dns.first-resolver-dead":   "The first name server, {server}, does not answer; the next one, {other}, does. Every name is found late, once the first has been waited for.",
	"verdict.dns.slow.encrypted":        "This computer asks its name servers over HTTPS alone (encrypted DNS), and got no answer for {name} within {seconds}. Asked without encryption they answer: HTTPS to them may be blocked on the way.",
	"verdict.dns.slow":                  "Names are found, but late: looking up {name} took {seconds}.",
	"verdict.dns.overridden":            "The file {path} on this computer sends {name} to {address}, and the connection to that address fails. The name servers say {dns}.",
}
