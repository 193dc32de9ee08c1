package text

// servicesWords: what is said of services that speak a protocol of their own,
// and of those that are slow or stop reading.
var servicesWords = map[string]string{
	"verdict.ok.spoken": "{target} answers, and {protocol} works on it. Nothing is wrong between this computer and it.",
	"verdict.ok.named":  "{target} answers, and {protocol} works on it ({software}). Nothing is wrong between this computer and it.",
	"verdict.ok.other":  "{target} answers. What answers there is {protocol}, although the port is usually one for {expected}. Nothing is wrong between this computer and it.",

	"verdict.service.slow":              "{target} can be reached quickly, but the service on it takes {seconds} to begin its answer, and did so twice. The time is lost there, not on the way.",
	"verdict.service.slow.head":         "{target} can be reached quickly, but the service on it drags its answer out: after {seconds} its beginning was still not complete, twice.",
	"verdict.service.not-reading":       "{target} accepts the connection but takes no data: it leaves no room for what is sent to it, and kept it so for {seconds}.",
	"verdict.service.error.protocol":    "{target} can be reached, but what answers there is {protocol}, not {expected}. A program that expects {expected} cannot talk to it.",
	"verdict.service.error.unreadable":  "{target} can be reached and answers, but what it says is no proper {expected}. A program that expects {expected} cannot talk to it.",
	"verdict.service.error.said":        "{target} can be reached, and {protocol} there answers that it cannot serve now: “{said}”. The network delivered everything correctly.",
	"verdict.service.denied.said":       "{target} can be reached, and {protocol} there turns this computer away: “{said}”. The network delivered everything correctly.",
	"verdict.service.denied.user":       "{target} can be reached, and {protocol} there turns this check away: “{said}”. The check named a user that it made up, so the program's own may be let in. The network delivered everything correctly.",
	"verdict.service.upstream-down.503": "{target} can be reached, but cannot serve now (HTTP {status}): the machine behind it does not answer, or is being serviced.",

	"callout.service.slow":        "The service takes {seconds}",
	"callout.service.not-reading": "The service takes no data",

	"check.talk.target.spoken": "{protocol} answers",
	"check.talk.target.named":  "{protocol} answers: {software}",
	"check.talk.target.said":   "{protocol} says “{said}”",

	"step.port.protocol":      "Check that {target} is the right address and port: {protocol} answers there.",
	"step.port.expected":      "Check that {target} is the right address and port for {expected}.",
	"step.service.load":       "Check the load of {host} and what the service waits for, such as a database or a name lookup.",
	"step.service.reads":      "Check whether the program on {host} hangs: its system accepts connections for it, and nobody reads them.",
	"step.service.limits":     "Check on {host} what the service says about this in its log: its limits, its start, its storage.",
	"step.access.said":        "Ask whoever runs {host} whether this computer may use {protocol} there.",
	"step.access.user":        "Try the program with its own user: this check named one that it made up.",
	"step.access.grant.user":  "Check on {host} whether {protocol} has a rule for this computer and that user.",
	"step.access.grant.said":  "Check on {host} which rule of {protocol} turned this computer away.",
	"step.service.behind.503": "Check the machines behind {host}, and whether the service is being serviced.",
}
