package text

// historyWords: what is remembered of earlier runs, and comparison with another
// host.
var historyWords = map[string]string{
	"check.history.last":          "When it last worked",
	"check.history.last.some":     "last worked {at}",
	"check.history.last.none":     "no earlier run is kept",
	"check.control.host":          "Host to compare with",
	"check.control.host.answers":  "{addresses} answers",
	"check.control.host.silent":   "{addresses} does not answer either",
	"check.control.host.notfound": "its name is not known here",
	"skip.no-control":             "No host to compare with was named (--control).",
	"title.changed":               "something changed since it last worked",
	"verdict.changed":             "Since it last worked here ({at}), this changed: {was} → {now}.",
	"verdict.changed.servers":     "Since it last worked here ({at}), the name servers changed: {was} → {now}.",
	"verdict.changed.addresses":   "Since it last worked here ({at}), the target's addresses changed: {was} → {now}.",
	"verdict.changed.gateway":     "Since it last worked here ({at}), the gateway's address changed: {was} → {now}.",
	"verdict.changed.adapter":     "Since it last worked here ({at}), the traffic to the target leaves by another adapter: {was} → {now}.",
	"verdict.changed.mtu":         "Since it last worked here ({at}), the adapter's MTU changed: {was} → {now}.",
	"verdict.changed.pathmtu":     "Since it last worked here ({at}), the path MTU changed: {was} → {now}.",
	"cli.history.none":            "No run is kept.",
	"cli.history.forgotten":       "{n} {n|run|runs} forgotten.",
	"cli.history.tunnel":          "through the tunnel {via}",
	"cli.help.history":            "Show or forget what is kept of runs that found no fault.",
	"cli.help.history_list":       "List what is kept: targets, networks, times.",
	"cli.help.history_forget":     "Forget a target, or everything.",
	"cli.help.forget_target":      "Target to forget; without it, everything is forgotten.",
	"cli.help.no_history":         "Neither compare with earlier runs nor keep this one.",
	"cli.help.control":            "Another host to compare with; it is asked only when something fails.",
	"cli.help.as":                 "Look as this user does: with this user's rights, rules and proxies (root only).",
	"cli.error.as":                "Looking as {user} is not possible: {why}.",
	"cli.error.control":           "The host to compare with: {why}",
}
