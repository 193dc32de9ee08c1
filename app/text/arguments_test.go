package text

import (
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/rule"
)

// arguments are what findings give, by code, with types: S string, I int,
// B truth, D duration, T time, L list. {target}, {host}, {port}, {name} and {ports} come
// from the target.
const arguments = `
ok ways:L status:I proxy:S protocol:S software:S expected:S
inconclusive
link.disabled adapter:S
link.no-carrier adapter:S
link.no-adapter
address.none adapter:S family:S
address.link-local-only adapter:S address:S dhcp:S
ipv6.unavailable addresses:L
gateway.none address:S
route.rejected address:S route:S
gateway.silent gateway:S adapter:S
neighbour.silent address:S adapter:S
dns.no-resolver
dns.resolver-silent servers:L n:I seconds:D
dns.no-such-name n:I servers:L
dns.no-address n:I servers:L
dns.server-failure servers:L n:I
dns.server-failure servers:L n:I seconds:D
dns.refused servers:L n:I
dns.udp-blocked servers:L
dns.first-resolver-dead server:S other:S
dns.slow seconds:D
dns.slow seconds:D how:S
dns.overridden address:S path:S dns:L
ipv6.broken failing:L working:L
path.rejected address:S router:S icmp:S
path.loop address:S router:S icmp:S
tcp.rejected address:S router:S icmp:S
tcp.rejected address:S router:S icmp:S rule:S store:S to:S
tcp.refused address:S
tcp.refused address:S rule:S store:S to:S
tcp.refused-on-path address:S
tcp.filtered address:S seconds:D
tcp.no-reply address:S seconds:D
tcp.some-addresses working:L failing:L
tcp.answered-on-path address:S improbable:I
firewall.local-out address:S rule:S store:S to:S
firewall.local-out address:S rule:S store:S from:S
firewall.local-out address:S
firewall.local-out address:S servers:L n:I
listener.none address:S
tls.expired until:T subject:S issuer:S
tls.not-yet-valid from:T subject:S issuer:S
tls.wrong-clock clock:T other:T until:T from:T
tls.wrong-name names:L
tls.untrusted issuer:S subject:S
tls.untrusted issuer:S subject:S unfit:B
tls.incomplete-chain issuer:S subject:S
tls.stalled seconds:D
tls.reset
tls.not-tls
tls.alert alert:S
tls.alert alert:S offered:B
service.closes proxy:S
service.resets proxy:S
address.none adapter:S port:S family:S
gateway.none address:S adapter:S
gateway.silent gateway:S adapter:S held:S mac:S
gateway.silent gateway:S adapter:S unasked:B
neighbour.silent address:S adapter:S held:S mac:S
neighbour.silent address:S adapter:S unasked:B
path.loop address:S router:S icmp:S hops:I
listener.wrong-address address:S listens:S program:S adapter:S
tls.version alert:S version:S
tls.client-certificate alert:S
service.silent seconds:D
service.closes
service.resets
service.error status:I
service.denied
service.upstream-down status:I server:S
icmp.filtered address:S
web.none
clock.skewed by:D
recovered
changed at:T was:S now:S what:S
mtu.reduced mtu:I
dns.no-resolver order:L
dns.tcp-blocked servers:L n:I
dns.resolver-silent servers:L n:I seconds:D late:S
dns.resolver-silent servers:L n:I seconds:D rule:S
vpn.not-connected adapter:S address:S rule:S
dns.no-such-name n:I servers:L alias:S
dns.no-such-name n:I servers:L parent:S
dns.no-such-name n:I servers:L root:S
dns.no-address n:I servers:L alias:S
dns.server-failure servers:L n:I dnssec:S
dns.server-failure servers:L n:I lame:S
dns.search-domain found:S suffix:S full:S working:S
dns.split-view server:S teller:S working:S
dns.stale-cache server:S working:S address:S
dns.stale-cache server:S working:S
dns.filtered server:S address:S
dns.rebind-filtered server:S teller:S working:S
dns.wrong-answer server:S teller:S working:S address:S
listener.wrong-address address:S listens:S program:S
listener.backlog-full address:S listens:S n:I program:S
tcp.flaky address:S n:I of:I
tcp.limited address:S n:I of:I
local.ports-exhausted address:S
local.ports-exhausted address:S low:I high:I n:I
local.files-exhausted limit:I program:S
local.close-wait-leak address:S n:I program:S
mtu.black-hole address:S full:I mtu:I lost:S
mtu.black-hole address:S full:I lost:S
quality.loss address:S lost:I n:I low:I high:I repeats:I
quality.latency address:S rtt:D n:I limit:D
quality.jitter address:S spread:D rtt:D n:I limit:D
gateway.not-forwarding address:S gateway:S mac:S router:S
gateway.no-upstream address:S gateway:S others:L
path.silent address:S router:S others:L
path.host-absent address:S router:S other:S icmp:S
service.slow seconds:D
service.not-reading seconds:D
service.error protocol:S said:S
service.error protocol:S expected:S
service.error expected:S
service.denied protocol:S said:S
service.denied protocol:S said:S user:S
service.upstream-down status:I proxy:S
proxy.dead proxy:S from:S
proxy.auth proxy:S from:S scheme:S
proxy.auth scheme:S
proxy.auth-refused proxy:S from:S scheme:S
proxy.denied proxy:S from:S
proxy.required proxy:S from:S
proxy.script-unreachable script:S
portal.captive status:I
web.blocked location:S status:I
tls.intercepted issuer:S
tls.inspected issuer:S
firewall.local-out address:S rule:S store:S
firewall.local-out address:S unseen:S
firewall.local-out address:S kept:S
firewall.local-out address:S servers:L rule:S store:S
firewall.local-in address:S
firewall.local-in address:S servers:L
firewall.local-in address:S rule:S store:S
firewall.local-in address:S servers:L rule:S store:S
agent.blocks address:S rule:S store:S product:S
agent.blocks address:S servers:L rule:S store:S product:S
local.os-blocked address:S
route.rejected address:S route:S rule:S
route.overlap address:S adapter:S other:S route:S way:S metric:I othermetric:I
route.better-unused address:S adapter:S other:S route:S way:S metric:I othermetric:I
route.unexpected address:S adapter:S other:S route:S way:S metric:I othermetric:I
route.stale-host-route address:S adapter:S other:S route:S way:S metric:I othermetric:I
route.reverse-path address:S adapter:S names:L
vpn.not-connected address:S adapter:S
vpn.not-connected address:S adapter:S at:T
vpn.tunnel-dead address:S adapter:S other:S
link.loopback-down adapter:S
link.unstable adapter:S n:I
link.errors adapter:S n:I lost:I of:I
wifi.not-joined adapter:S
wifi.auth-failed adapter:S program:S
wifi.weak adapter:S signal:I
address.duplicate address:S adapter:S
address.dhcp-refused adapter:S program:S
address.gateway-off-subnet address:S gateway:S prefix:S
address.rogue-router gateway:S mac:S other:S
local.saturated adapter:S percent:I rate:I rtt:D`

// events are what captures tell; every one has the arguments common to events.
const events = `
reset.none
reset.no-listener
reset.refused-on-path
reset.backlog-full
reset.handshake-abandoned
reset.app-abort
reset.app-abort alert:I
reset.app-abort lost:I
reset.gave-up
reset.after-close
reset.after-close lost:I
reset.after-close instead:B
reset.keepalive-race
reset.stale
reset.network-change
reset.idle-timeout
reset.idle-drop
reset.keepalive
reset.injected
reset.blocked-content
reset.firewall-reject
reset.cut-short n:I lost:I
reset.ignored
reset.unknown
inconclusive
tcp.no-reply
tcp.filtered
tcp.no-final-ack
tcp.rejected
path.rejected
path.loop
mtu.black-hole n:I
service.not-reading
quality.loss n:I
path.silent`

const common = " capture:S client:S server:S by:S other:S at:S idle:D"

// shaped are the arguments that choose a message, with every value that they
// can have; the first is the one that a code without shapes has.
var shaped = map[catalog.Code]struct {
	name   string
	values []any
}{
	diag.OK:                 {"proof", []any{"http", "tls", "banner", "open", "refused", "echo", "proxy", "spoken", "named", "other"}},
	"route.rejected":        {"kind", []any{"blackhole", "unreachable", "prohibit"}},
	"tls.untrusted":         {"self", []any{"yes", "no"}},
	"tls.not-tls":           {"first", []any{"http", "ssh", "other"}},
	"service.denied":        {"status", []any{401, 403, 404, 429, 451}},
	"tcp.rejected":          {"router", []any{"192.0.2.9", "192.0.2.1"}},
	"path.rejected":         {"router", []any{"192.0.2.9", "192.0.2.1"}},
	"service.upstream-down": {"server", []any{"nginx", ""}},
	"address.none":          {"family", []any{"IPv4", ""}},
	"dns.slow":              {"how", []any{"encrypted", ""}},
	"tls.version":           {"version", []any{"TLS 1.0", ""}},

	"link.loopback-down": {"needed", []any{"resolver", "target"}}, "link.unstable": {"why", []any{"signal", "duplex"}},
	"wifi.not-joined":  {"state", []any{"blocked-hard", "blocked-soft", "off", "unjoined"}},
	"wifi.auth-failed": {"why", []any{"key", "sign-in", "eap"}}, "address.dhcp-refused": {"why", []any{"refused", "no-lease"}},
	"address.link-local-only":    {"dhcp", []any{"", "on", "off"}},
	"address.gateway-off-subnet": {"why", []any{"outside", "wide"}}, "address.duplicate": {"mac", []any{"02:00:00:00:00:07", ""}},
	"local.saturated":        {"way", []any{"sends", "receives"}},
	"proxy.dead":             {"why", []any{"refused", "name", "silent", "unreachable", "mute", "closes", "other"}},
	"proxy.denied":           {"status", []any{403, 0}},
	"portal.captive":         {"location", []any{"login.example", ""}},
	"tls.reset":              {"by", []any{"", "name", "all"}},
	"service.slow":           {"part", []any{"", "head"}},
	"listener.wrong-address": {"program", []any{"nginx", ""}},
	"listener.backlog-full":  {"program", []any{"nginx", ""}},
	"local.files-exhausted":  {"whose", []any{"own", "program", "system"}},
	"local.close-wait-leak":  {"program", []any{"nginx", ""}},
	"dns.split-view":         {"rule", []any{"", "corp.example", "mdns"}},
	diag.Inconclusive:        {"capture", []any{"yes", "canceled", "left"}},
	"reset.app-abort":        {"unread", []any{false, true}},
	"reset.keepalive":        {"shape", []any{"", "data"}},
	"reset.backlog-full":     {"shape", []any{"", "silent", "unheard"}},
	"reset.ignored":          {"shape", []any{"", "checksum"}},
	"reset.blocked-content":  {"name", []any{"", "forbidden.example"}},
	"dns.filtered":           {"how", []any{"blocked", "censored", "filtered", "address"}},
}

// sample returns a value of each type.
func sample(name, kind string) any {
	switch kind {
	case "I":
		return map[string]int{"status": 503, "mtu": 1400, "improbable": 47001, "signal": -82, "percent": 97, "rate": 1000, "lost": 4, "of": 20, "alert": 40}[name] + map[bool]int{true: 2}[name == "n"]
	case "D":
		return 1800 * time.Millisecond
	case "B":
		return true
	case "T":
		return time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)
	case "L":
		return []string{"192.0.2.7", "2001:db8::7"}
	}
	return map[string]string{"adapter": "eth0", "gateway": "192.0.2.254", "address": "192.0.2.1", "router": "192.0.2.9",
		"route": "192.0.2.0/24", "path": "/etc/hosts", "server": "192.0.2.53", "other": "192.0.2.54",
		"issuer": "Example Issuing CA", "subject": "intranet.example", "alert": "handshake failure", "program": "dhclient",
		"prefix": "192.0.2.5/25", "mac": "02:00:00:00:00:07",
		"rule": "100: from all to 192.0.2.0/24 prohibit", "way": "192.0.2.254 (eth1)",
		"proxy": "192.0.2.8:3128", "from": "environment", "scheme": "Basic", "script": "http://proxy.example", "location": "login.example",
		"protocol": "SMTP", "expected": "SSH", "software": "Postfix", "said": "554 no service", "user": "faultline",
		"listens": "127.0.0.1:8080", "capture": "yes", "client": "192.0.2.20:50000", "by": "192.0.2.1:443", "at": "2026-11-24 13:00:05 UTC",
		"alias": "host.example", "root": "yes", "parent": "example", "dnssec": "yes", "lame": "yes", "late": "yes", "found": "intranet.corp.example",
		"suffix": "corp.example", "full": "intranet.example", "working": "192.0.2.3", "teller": "192.0.2.55"}[name]
}

// sampled is a verdict with sample arguments, one for each shape.
func sampled(line string) []diag.Verdict {
	fields := strings.Fields(line)
	v := diag.Verdict{Code: catalog.Code(fields[0]), Party: catalog.Server, Args: diag.Args{}}
	for _, f := range fields[1:] {
		name, kind, _ := strings.Cut(f, ":")
		v.Args[name] = sample(name, kind)
	}
	all := []diag.Verdict{}
	for _, value := range shaped[v.Code].values {
		s := v
		s.Args = diag.Args{shaped[v.Code].name: value}
		for name, other := range v.Args {
			if name != shaped[v.Code].name {
				s.Args[name] = other
			}
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		all = append(all, v)
	}
	return all
}

// verdicts are all codes that have full texts, in all their shapes.
func verdicts() []diag.Verdict {
	var all []diag.Verdict
	for _, line := range strings.Split(strings.TrimSpace(arguments), "\n") {
		all = append(all, sampled(line)...)
	}
	for _, line := range strings.Split(strings.TrimSpace(events), "\n") {
		all = append(all, sampled(line+common)...)
	}
	untested := diag.Untested{Code: "firewall.local-out", Need: catalog.NeedLocalFirewall}
	return append(all,
		diag.Verdict{Code: diag.Inconclusive},
		diag.Verdict{Code: diag.Inconclusive, Untested: []diag.Untested{untested, untested}},
		diag.Verdict{Code: diag.Inconclusive, Untested: []diag.Untested{untested}},
		diag.Verdict{Code: diag.Inconclusive, Also: []diag.Finding{{Code: "recovered"}}})
}

func targets(t *testing.T) map[string]diag.Target {
	t.Helper()
	all := map[string]diag.Target{}
	for _, given := range []string{"intranet.example:8443", "intranet.example", "[2001:db8::7]:22"} {
		target, err := diag.ParseTarget(given)
		if err != nil {
			t.Fatalf("ParseTarget(%q): %v", given, err)
		}
		all[given] = target
	}
	return all
}

// complete fails when a message was left with a gap.
func complete(t *testing.T, w *Words, where, s string) {
	t.Helper()
	unknown := w.Say("word.unknown", nil)
	if s == "" || strings.ContainsAny(s, "{}|") || strings.Contains(s, unknown) {
		t.Errorf("%s in %s: got %q, want a whole sentence", where, w.Lang(), s)
	}
}

func TestVerdictsAreWholeInEveryShape(t *testing.T) {
	for _, lang := range Languages() {
		w, _ := For(lang)
		for given, target := range targets(t) {
			for _, v := range verdicts() {
				where := string(v.Code) + " " + shape(v) + " of " + given
				complete(t, w, where, w.Verdict(v, target))
				if w.Verdict(v, target) == w.Say("verdict", diag.Args{"title": w.Title(v.Code)}) {
					t.Errorf("%s in %s: got only the title, want a text of its own", where, lang)
				}
			}
		}
	}
}

func TestFirstStepCanBeDoneNow(t *testing.T) {
	for _, lang := range Languages() {
		w, _ := For(lang)
		for given, target := range targets(t) {
			for _, v := range verdicts() {
				steps := w.Steps(v, target)
				if isNote(v.Code) {
					continue
				}
				if len(steps) < 2 || len(steps) > 4 || steps[0].Who != You {
					t.Errorf("%s %s: got steps %+v, want 2 to 4, the first for the reader", v.Code, shape(v), steps)
				}
				for _, s := range steps {
					complete(t, w, string(v.Code)+" "+shape(v)+" of "+given, s.Text)
				}
			}
		}
	}
}

func TestEveryTextHasItsPlan(t *testing.T) {
	for _, v := range verdicts() {
		if p := plan(v); len(p) == 2 && p[0] == again && p[1] == ticket && !isNote(v.Code) && v.Code != diag.Inconclusive {
			t.Errorf("%s: got no plan of steps, want one", v.Code)
		}
	}
}

func TestWhatRulesTellHasTexts(t *testing.T) {
	en, _ := For(English)
	for _, r := range rule.All() {
		for _, code := range r.Tells {
			if !slices.ContainsFunc(en.Keys(), func(k string) bool {
				return k == "verdict."+string(code) || strings.HasPrefix(k, "verdict."+string(code)+".")
			}) {
				t.Errorf("%s of rule %s: got no text, want one", code, r.Name)
			}
		}
	}
}

func isNote(c catalog.Code) bool { return catalog.All()[c].Weight == catalog.Notes }

func TestStepsAreForThePartyOfTheVerdict(t *testing.T) {
	w, _ := For(English)
	for _, tt := range []struct {
		name  string
		party catalog.Party
		want  string
	}{
		{"computed", catalog.VPN, "vpn"},
		{"none", catalog.NoParty, You},
		{"not said", "", You},
	} {
		t.Run(tt.name, func(t *testing.T) {
			steps := w.Steps(diag.Verdict{Code: "gateway.silent", Party: tt.party}, diag.Target{})
			if got := steps[2].Who; got != tt.want {
				t.Errorf("who of step 3: got %q, want %q", got, tt.want)
			}
		})
	}
}
