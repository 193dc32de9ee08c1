package text

import (
	"slices"
	"strconv"

	"faultline/diag"
	"faultline/diag/catalog"
)

// shapes names the argument whose value chooses among the messages of a code.
var shapes = map[catalog.Code]string{
	diag.OK:          "proof",
	"route.rejected": "kind",
	"tls.untrusted":  "self",
	"tls.not-tls":    "first",
	"service.denied": "status",
}

// shape returns which of a code's messages says what is so; "" the general one.
func shape(v diag.Verdict) string {
	switch v.Code {
	case diag.Inconclusive:
		return inconclusiveShape(v)
	case "tcp.rejected":
		return when(v.Args["router"] == v.Args["address"], "itself")
	case "firewall.local-out", "firewall.local-in":
		return when(has(v, "servers"), "names") + when(has(v, "rule"), "rule") + when(has(v, "unseen"), "unseen")
	case "agent.blocks":
		return when(has(v, "servers"), "names")
	case "address.none":
		return when(filled(v, "family"), "family")
	case "tls.version":
		return when(filled(v, "version"), "old")
	case "dns.server-failure":
		return when(has(v, "seconds"), "silent")
	case "service.upstream-down":
		return when(filled(v, "server"), "named")
	}
	switch value := v.Args[shapes[v.Code]].(type) {
	case string:
		return value
	case int:
		return strconv.Itoa(value)
	}
	return ""
}

// inconclusiveShape tells a fault that went away while we looked from one that
// could not be seen well enough.
func inconclusiveShape(v diag.Verdict) string {
	recovered := slices.ContainsFunc(v.Also, func(f diag.Finding) bool { return f.Code == "recovered" })
	switch {
	case recovered:
		return "recovered"
	case len(v.Untested) > 0:
		return "untested"
	}
	return ""
}

func has(v diag.Verdict, arg string) bool {
	_, ok := v.Args[arg]
	return ok
}

func filled(v diag.Verdict, arg string) bool {
	s, _ := v.Args[arg].(string)
	return s != ""
}

func when(so bool, shape string) string {
	if so {
		return shape
	}
	return ""
}
