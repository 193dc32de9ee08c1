package text

import (
	"cmp"
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
	case "firewall.local-out":
		return when(has(v, "servers"), "names")
	case "address.none":
		return when(filled(v, "family"), "family")
	case "tls.version":
		return when(filled(v, "version"), "old")
	case "dns.server-failure":
		return first(v, "dnssec", "lame", "seconds")
	case "dns.no-such-name", "dns.no-address":
		return first(v, "alias", "parent")
	case "dns.resolver-silent":
		return when(has(v, "late"), "late")
	case "dns.no-resolver":
		return when(has(v, "order"), "order")
	case "dns.stale-cache":
		return when(!has(v, "address"), "none")
	case "dns.filtered":
		return when(v.Args["how"] == "address", "address")
	case "dns.split-view":
		return when(filled(v, "rule"), map[bool]string{true: "mdns", false: "rule"}[v.Args["rule"] == "mdns"])
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

// first is the shape of the first argument that there is.
func first(v diag.Verdict, args ...string) string {
	for _, a := range args {
		if has(v, a) {
			return cmp.Or(map[string]string{"seconds": "silent"}[a], a)
		}
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
