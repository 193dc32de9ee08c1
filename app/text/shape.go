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
	"changed":        "what",
	"service.denied": "status",

	"link.loopback-down": "needed", "link.unstable": "why", "wifi.not-joined": "state", "wifi.auth-failed": "why",
	"address.dhcp-refused": "why", "address.link-local-only": "dhcp", "dns.slow": "how", "address.gateway-off-subnet": "why", "local.saturated": "way",
	"proxy.dead":            "why",
	"tls.reset":             "by",
	"local.files-exhausted": "whose",
	"reset.keepalive":       "shape",
	"reset.backlog-full":    "shape",
	"reset.ignored":         "shape",
}

// shape returns which of a code's messages says what is so; "" the general one.
func shape(v diag.Verdict) string {
	for _, of := range []func(diag.Verdict) string{captured, special, hostShape, wayShape, nameShape, serviceShape} {
		if s := of(v); s != "" {
			return s
		}
	}
	switch value := v.Args[shapes[v.Code]].(type) {
	case string:
		return value
	case int:
		return strconv.Itoa(value)
	}
	return ""
}

// hostShape is that of what this computer, or the program that is asked for, does.
func hostShape(v diag.Verdict) string {
	switch v.Code {
	case diag.Inconclusive:
		return inconclusiveShape(v)
	case "firewall.local-out", "firewall.local-in":
		return when(has(v, "servers"), "names") + when(has(v, "rule"), "rule") + when(has(v, "unseen"), "unseen")
	case "agent.blocks":
		return when(has(v, "servers"), "names")
	case "address.none":
		return when(filled(v, "family"), "family")
	case "address.duplicate":
		return when(!filled(v, "mac"), "test")
	case "listener.wrong-address", "listener.backlog-full", "local.close-wait-leak":
		return when(filled(v, "program"), "named")
	case "local.ports-exhausted":
		return when(has(v, "n"), "counted")
	}
	return ""
}

// wayShape is that of what the way does.
func wayShape(v diag.Verdict) string {
	switch v.Code {
	case "tcp.rejected", "path.rejected":
		return when(v.Args["router"] == v.Args["address"], "itself")
	case "route.rejected":
		return when(filled(v, "rule"), "rule")
	case "vpn.not-connected":
		return when(has(v, "at"), "before") + when(has(v, "rule"), "rule")
	case "mtu.black-hole":
		return when(!has(v, "mtu"), "unsized")
	case "proxy.auth":
		return when(!filled(v, "proxy"), "way")
	case "proxy.denied":
		return when(v.Args["status"] == 0, "socks")
	case "portal.captive":
		return when(filled(v, "location"), "leads")
	}
	return ""
}

// nameShape is that of what is wrong with names.
func nameShape(v diag.Verdict) string {
	switch v.Code {
	case "dns.server-failure":
		return first(v, "dnssec", "lame", "seconds")
	case "dns.no-such-name", "dns.no-address":
		return first(v, "alias", "root", "parent")
	case "dns.resolver-silent":
		return first(v, "late", "rule")
	case "dns.no-resolver":
		return when(has(v, "order"), "order")
	case "dns.stale-cache":
		return when(!has(v, "address"), "none")
	case "dns.filtered":
		return when(v.Args["how"] == "address", "address")
	case "dns.split-view":
		return when(filled(v, "rule"), map[bool]string{true: "mdns", false: "rule"}[v.Args["rule"] == "mdns"])
	}
	return ""
}

// serviceShape is that of what the service answers, and of how a connection to it
// was reset.
func serviceShape(v diag.Verdict) string {
	switch v.Code {
	case "tls.version":
		return when(filled(v, "version"), "old")
	case "service.upstream-down":
		if filled(v, "proxy") {
			return cmp.Or(when(v.Args["status"] == 0, "mute"), "proxy")
		}
		return behindShape(v)
	case "service.error":
		return errorShape(v)
	case "service.slow":
		return when(filled(v, "part"), "head")
	case "service.denied":
		return when(filled(v, "said"), cmp.Or(when(filled(v, "user"), "user"), "said"))
	case "reset.app-abort":
		return abortShape(v)
	case "reset.after-close":
		return cmp.Or(when(has(v, "lost"), "lost"), when(v.Args["instead"] == true, "instead"))
	case "reset.blocked-content":
		return when(filled(v, "name"), "name")
	}
	return ""
}

// special tells the rarer shape of a code by an argument that only it has; "" the
// usual one.
func special(v diag.Verdict) string {
	switch v.Code {
	case "firewall.local-out":
		return cmp.Or(when(has(v, "rule"), first(v, "to", "from")), first(v, "kept"))
	case "tcp.refused", "tcp.rejected":
		return first(v, "to")
	case "address.none":
		return when(filled(v, "port"), "port")
	case "gateway.none":
		return when(filled(v, "adapter"), "direct")
	case "gateway.silent", "neighbour.silent":
		return first(v, "held", "unasked")
	case "path.loop":
		return when(has(v, "hops"), "ttl")
	case "tls.untrusted":
		return first(v, "unfit")
	case "tls.alert":
		return first(v, "offered")
	case "service.closes", "service.resets":
		return when(filled(v, "proxy"), "proxy")
	case "listener.wrong-address":
		return when(filled(v, "adapter"), when(filled(v, "program"), "named")+"adapter")
	}
	return ""
}

// behindShape tells a status that may be the service's own from one that only a
// machine before it sends.
func behindShape(v diag.Verdict) string {
	if v.Args["status"] == 503 {
		return "503"
	}
	return when(filled(v, "server"), "named")
}

// errorShape tells an error that the service reports from an answer in another
// protocol, or in none.
func errorShape(v diag.Verdict) string {
	switch {
	case filled(v, "said"):
		return "said"
	case filled(v, "protocol"):
		return "protocol"
	}
	return when(filled(v, "expected"), "unreadable")
}

// abortShape tells what a program did just before it cut a connection.
func abortShape(v diag.Verdict) string {
	switch {
	case v.Args["alert"] == sealedAlert:
		return "sealed"
	case has(v, "alert"):
		return "alert"
	case has(v, "lost"):
		return "lost"
	}
	return when(v.Args["unread"] == true, "unread")
}

// sealedAlert stands for a TLS alert whose number is encrypted.
const sealedAlert = 255

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
