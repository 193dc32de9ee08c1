package diag

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"faultline/diag/catalog"
	"faultline/platform"
)

// The ways of the cases: two addresses of each family, and a proxy.
var (
	v4      = WayTo(netip.MustParseAddr("192.0.2.1"))
	v4b     = WayTo(netip.MustParseAddr("192.0.2.2"))
	v6      = WayTo(netip.MustParseAddr("2001:db8::1"))
	v6b     = WayTo(netip.MustParseAddr("2001:db8::2"))
	allV6   = Way{Family: IPv6}
	proxied = Way{Via: "proxy.example:3128"}
)

// saw is an inferred finding, direct one seen at the place itself.
func saw(code catalog.Code, w Way) Finding {
	return Finding{Code: code, Way: w, Evidence: []Ref{{Check: ID("judge." + code)}}}
}

func direct(code catalog.Code, w Way) Finding {
	f := saw(code, w)
	f.Direct = true
	return f
}

func refuted(code catalog.Code, w Way) Finding {
	f := saw(code, w)
	f.Against = []Ref{{Check: "other.look"}}
	return f
}

func yes(name catalog.Claim, w Way) Claim {
	return Claim{Name: name, Way: w, Value: platform.Yes, Evidence: []Ref{{Check: ID("claim." + name)}}}
}

func no(name catalog.Claim, w Way) Claim {
	c := yes(name, w)
	c.Value = platform.No
	return c
}

type settleCase struct {
	name     string
	findings []Finding
	claims   []Claim
	ways     []Way
	drift    []Ref
	untried  map[ID][]string

	code       catalog.Code
	confidence catalog.Confidence
	untested   string // codes, in order
	rejected   string
	also       string
	meant      string
}

// everywhere is the zero way.
var everywhere Way

// worked are the examples of the design; their numbers are its own.
var worked = []settleCase{
	{name: "1 local firewall beneath silence",
		findings: []Finding{saw("path.silent", v4), saw("tcp.no-reply", v4), direct("firewall.local-out", v4)},
		claims:   []Claim{no(catalog.Answers, v4), yes(catalog.DropSeen, v4)}, ways: []Way{v4},
		code: "firewall.local-out", confidence: catalog.Proven, rejected: "tcp.no-reply"},
	{name: "2 silence, firewall unread",
		findings: []Finding{saw("path.silent", v4), saw("tcp.no-reply", v4)}, ways: []Way{v4},
		claims: []Claim{no(catalog.Tunnel, v4)},
		code:   "path.silent", confidence: catalog.Possible, untested: "firewall.local-out"},
	{name: "3 stalled handshake over a black hole",
		findings: []Finding{direct("tls.stalled", v4), direct("mtu.black-hole", v4)},
		claims:   []Claim{yes(catalog.SmallExchangeWorks, v4), yes(catalog.LinkSteady, v4)}, ways: []Way{v4},
		code: "mtu.black-hole", confidence: catalog.Proven, rejected: "tls.stalled link.unstable"},
	{name: "4 nothing beyond the gateway",
		findings: []Finding{direct("dns.resolver-silent", everywhere), direct("gateway.no-upstream", everywhere)},
		claims:   []Claim{no(catalog.LocalDropped, everywhere), yes(catalog.ControlsDark, everywhere)},
		code:     "gateway.no-upstream", confidence: catalog.Proven, rejected: "firewall.local-out tcp.no-reply"},
	{name: "4a nothing beyond the gateway, with one control",
		findings: []Finding{saw("gateway.no-upstream", v4), saw("tcp.no-reply", v4)}, ways: []Way{v4},
		claims: []Claim{no(catalog.LocalDropped, v4)},
		code:   "gateway.no-upstream", confidence: catalog.Possible, untested: "tcp.no-reply", rejected: "firewall.local-out"},
	{name: "4b nothing beyond the gateway, firewall unread",
		findings: []Finding{direct("dns.resolver-silent", everywhere), direct("gateway.no-upstream", everywhere)},
		claims:   []Claim{yes(catalog.ControlsDark, everywhere)},
		code:     "gateway.no-upstream", confidence: catalog.Likely, untested: "firewall.local-out", rejected: "tcp.no-reply"},
	{name: "5 dead IPv6 behind a working IPv4",
		findings: []Finding{saw("path.silent", v6), saw("tcp.no-reply", v6), direct("ipv6.broken", allV6)},
		claims:   []Claim{yes(catalog.Answers, v4), no(catalog.Answers, v6)}, ways: []Way{v4, v6},
		code: "ipv6.broken", confidence: catalog.Proven},
	{name: "6 refused, TTL unknown",
		findings: []Finding{direct("tcp.refused", v4)}, claims: []Claim{no(catalog.Answers, v4)}, ways: []Way{v4},
		code: "tcp.refused", confidence: catalog.Likely, untested: "tcp.refused-on-path"},
	{name: "6b refused, TTL differs",
		findings: []Finding{direct("tcp.refused", v4), direct("tcp.refused-on-path", v4)},
		claims:   []Claim{yes(catalog.ResetTTLDiffers, v4)}, ways: []Way{v4},
		code: "tcp.refused-on-path", confidence: catalog.Likely, untested: "firewall.local-out", rejected: "tcp.refused"},
	{name: "7 unused adapter disabled, goal reached",
		findings: []Finding{direct("link.disabled", everywhere)}, claims: []Claim{yes(catalog.Answers, v4)}, ways: []Way{v4},
		code: OK, confidence: catalog.Proven, also: "link.disabled"},
	{name: "8 portal on 80, filter on 443",
		findings: []Finding{direct("tcp.filtered", v4), direct("portal.captive", everywhere)},
		claims:   []Claim{yes(catalog.ControlSame, everywhere)}, ways: []Way{v4},
		code: "portal.captive", confidence: catalog.Proven, rejected: "web.blocked"},
	{name: "9 proxy dead, direct blocked",
		findings: []Finding{direct("tcp.filtered", v4), direct("proxy.dead", proxied)},
		claims:   []Claim{no(catalog.Answers, proxied), no(catalog.Answers, v4)}, ways: []Way{proxied},
		code: "proxy.dead", confidence: catalog.Proven, also: "tcp.filtered"},
	{name: "10 loss, and the page came",
		findings: []Finding{direct("quality.loss", v4)}, claims: []Claim{yes(catalog.Answers, v4)}, ways: []Way{v4},
		code: "quality.loss", confidence: catalog.Proven},
	{name: "11 echo loss, TCP free of loss",
		findings: []Finding{refuted("quality.loss", v4)}, claims: []Claim{yes(catalog.Answers, v4)}, ways: []Way{v4},
		code: OK, confidence: catalog.Proven, rejected: "quality.loss"},
	{name: "12 nothing seen", code: Inconclusive},
	{name: "13 resolvers disagree, both addresses dead",
		findings: []Finding{refuted("dns.wrong-answer", everywhere), saw("tcp.no-reply", v4), saw("tcp.no-reply", v4b)},
		claims:   []Claim{no(catalog.ResolversAgree, everywhere), no(catalog.Answers, v4), no(catalog.Answers, v4b)}, ways: []Way{v4, v4b},
		code: "tcp.no-reply", confidence: catalog.Possible, untested: "firewall.local-out gateway.no-upstream", rejected: "dns.wrong-answer"},
	{name: "14 gateway, resolver and target silent",
		findings: []Finding{saw("tcp.no-reply", v4), direct("dns.resolver-silent", everywhere), direct("gateway.silent", everywhere)},
		claims:   []Claim{no(catalog.GatewayAlive, everywhere), yes(catalog.SearchLeaves, everywhere), yes(catalog.SearchHeard, everywhere)}, ways: []Way{v4},
		code: "gateway.silent", confidence: catalog.Proven, rejected: "gateway.no-upstream firewall.local-out firewall.local-in"},
}

// more are healthy twins, double faults and mixed families.
var more = []settleCase{
	{name: "15 bare host with an expired certificate",
		findings: []Finding{direct("tls.expired", v4)},
		claims:   []Claim{yes(catalog.Answers, v4), yes(catalog.ClockRight, everywhere)}, ways: []Way{v4},
		code: OK, confidence: catalog.Proven, also: "tls.expired"},
	{name: "16 IPv6 rejected by a router, IPv4 works",
		findings: []Finding{direct("path.rejected", v6), direct("ipv6.broken", allV6)},
		claims:   []Claim{yes(catalog.Answers, v4), no(catalog.Answers, v6)}, ways: []Way{v6, v4},
		code: "ipv6.broken", confidence: catalog.Proven},
	{name: "17 certificate untrusted, wrong name and expired",
		findings: []Finding{direct("tls.expired", v4), direct("tls.wrong-name", v4), direct("tls.untrusted", v4)},
		claims:   []Claim{yes(catalog.ChainComplete, v4), yes(catalog.ClockRight, everywhere), no(catalog.Answers, v4)}, ways: []Way{v4},
		code: "tls.untrusted", confidence: catalog.Proven, rejected: "tls.incomplete-chain", also: "tls.wrong-name tls.expired"},
	{name: "18 first resolver dead, page works",
		findings: []Finding{direct("dns.first-resolver-dead", everywhere), direct("dns.slow", everywhere)},
		claims:   []Claim{yes(catalog.Answers, v4), no(catalog.LocalDropped, everywhere)}, ways: []Way{v4},
		code: "dns.first-resolver-dead", confidence: catalog.Proven, rejected: "firewall.local-out"},
	{name: "19 IPv4 refused and IPv6 silent",
		findings: []Finding{direct("tcp.refused", v4), saw("tcp.no-reply", v6)},
		claims:   []Claim{no(catalog.Answers, v4), no(catalog.Answers, v6), no(catalog.ResetTTLDiffers, v4)}, ways: []Way{v6, v4},
		code: "tcp.refused", confidence: catalog.Likely, rejected: "tcp.refused-on-path", also: "tcp.no-reply"},
	{name: "20 of two addresses of one family one is dead",
		findings: []Finding{saw("tcp.no-reply", v4b), direct("tcp.some-addresses", everywhere)},
		claims:   []Claim{yes(catalog.Answers, v4), no(catalog.Answers, v4b)}, ways: []Way{v4, v4b},
		code: "tcp.some-addresses", confidence: catalog.Proven},
	{name: "21 local firewall and a refusal from afar",
		findings: []Finding{direct("firewall.local-out", v6), direct("tcp.refused", v4)},
		claims:   []Claim{no(catalog.Answers, v4), no(catalog.Answers, v6), yes(catalog.DropSeen, v6)}, ways: []Way{v4, v6},
		code: "firewall.local-out", confidence: catalog.Proven, rejected: "tcp.no-reply", also: "tcp.refused"},
	{name: "22 gateway silent for IPv6 only, both fail",
		findings: []Finding{direct("gateway.silent", allV6), saw("tcp.no-reply", v6), saw("tcp.no-reply", v4)},
		claims:   []Claim{no(catalog.Answers, v4), no(catalog.Answers, v6), no(catalog.GatewayAlive, allV6), yes(catalog.SearchLeaves, allV6), yes(catalog.SearchHeard, allV6), no(catalog.LocalDropped, v4), yes(catalog.BeyondGateway, v4)}, ways: []Way{v4, v6},
		code: "gateway.silent", confidence: catalog.Proven, rejected: "gateway.no-upstream firewall.local-out firewall.local-in", also: "tcp.no-reply"},
	{name: "23 findings on unused ways only",
		findings: []Finding{direct("quality.loss", v4), direct("tcp.refused", v4b), direct("tcp.some-addresses", v4)},
		claims:   []Claim{yes(catalog.Answers, proxied)}, ways: []Way{proxied},
		code: OK, confidence: catalog.Proven, also: "quality.loss", meant: "tcp.some-addresses tcp.refused"},
	{name: "23b the proxy lets through, and this computer and its name servers have faults",
		findings: []Finding{saw("dns.resolver-silent", everywhere), direct("link.disabled", everywhere), saw("gateway.no-upstream", everywhere), direct("firewall.local-out", v4), saw("service.closes", proxied)},
		claims:   []Claim{yes(catalog.Answers, proxied)}, ways: []Way{proxied},
		code: OK, confidence: catalog.Proven, also: "link.disabled dns.resolver-silent service.closes", meant: "firewall.local-out gateway.no-upstream"},
	{name: "23c one way is past the proxy",
		findings: []Finding{direct("tcp.refused", v4b)}, claims: []Claim{yes(catalog.Answers, proxied), yes(catalog.Answers, v4)}, ways: []Way{proxied, v4},
		code: OK, confidence: catalog.Proven, also: "tcp.refused"},
	{name: "23d the proxy does not let through",
		findings: []Finding{direct("tcp.refused", v4b), direct("proxy.denied", proxied)}, claims: []Claim{no(catalog.Answers, proxied), yes(catalog.ProxyMade, proxied)}, ways: []Way{proxied},
		code: "proxy.denied", confidence: catalog.Proven, rejected: "service.denied", also: "tcp.refused"},
	{name: "24 recovered while we looked",
		findings: []Finding{saw("tcp.no-reply", v4), saw("path.silent", v4)},
		claims:   []Claim{yes(catalog.Recovered, v4), no(catalog.Answers, v4)}, ways: []Way{v4},
		code: Inconclusive, also: "recovered"},
	{name: "25 one way recovered, the other still refuses",
		findings: []Finding{saw("path.silent", v6), direct("tcp.refused", v4)},
		claims:   []Claim{yes(catalog.Recovered, v6), no(catalog.Answers, v4), no(catalog.Answers, v6)}, ways: []Way{v4, v6},
		code: "tcp.refused", confidence: catalog.Likely, untested: "tcp.refused-on-path", also: "recovered"},
	{name: "26 the route changed while we looked",
		findings: []Finding{direct("gateway.none", v4)}, drift: []Ref{{Check: "judge.gateway.none"}},
		claims: []Claim{no(catalog.Answers, v4)}, ways: []Way{v4},
		code: "gateway.none", confidence: catalog.Possible},
	{name: "27 something else changed while we looked",
		findings: []Finding{direct("gateway.none", v4)}, drift: []Ref{{Check: "counters.read"}},
		claims: []Claim{no(catalog.Answers, v4)}, ways: []Way{v4},
		code: "gateway.none", confidence: catalog.Proven},
	{name: "28 expired or a wrong clock",
		findings: []Finding{direct("tls.expired", v4)}, claims: []Claim{no(catalog.Answers, v4)}, ways: []Way{v4},
		code: "tls.expired", confidence: catalog.Likely, untested: "tls.wrong-clock"},
	{name: "29 wrong clock makes the certificate look expired",
		findings: []Finding{direct("tls.expired", v4), direct("tls.wrong-clock", v4)},
		claims:   []Claim{no(catalog.ClockRight, everywhere), no(catalog.Answers, v4)}, ways: []Way{v4},
		code: "tls.wrong-clock", confidence: catalog.Proven},
	{name: "30 two exact reasons for an unknown name",
		findings: []Finding{direct("dns.no-such-name", everywhere), direct("dns.search-domain", everywhere), direct("dns.split-view", everywhere)},
		code:     "dns.no-such-name", confidence: catalog.Possible, untested: "dns.split-view", also: "dns.search-domain dns.split-view"},
	{name: "31 the narrower claim counts",
		findings: []Finding{direct("path.silent", v6b)},
		claims:   []Claim{no(catalog.LocalDropped, allV6), yes(catalog.LocalDropped, v6b), no(catalog.Answers, v6b), no(catalog.Tunnel, v6b)}, ways: []Way{v6b},
		code: "path.silent", confidence: catalog.Likely, untested: "firewall.local-out"},
	{name: "32 open port, and an improbable one opens too",
		findings: []Finding{saw("tcp.answered-on-path", v4)},
		claims:   []Claim{yes(catalog.Answers, v4), no(catalog.Answers, v4)}, ways: []Way{v4},
		code: "tcp.answered-on-path", confidence: catalog.Likely},
	{name: "33 one address works, nothing is known of the other",
		claims: []Claim{yes(catalog.Answers, v4)}, ways: []Way{v4, v4b},
		code: Inconclusive},
	{name: "34 cable out, and everything that follows",
		findings: []Finding{direct("link.no-carrier", everywhere), direct("address.none", everywhere), direct("gateway.none", everywhere),
			direct("dns.resolver-silent", everywhere), saw("tcp.no-reply", v4)},
		ways: []Way{v4}, code: "link.no-carrier", confidence: catalog.Proven},
	{name: "35 two causes on one way, neither explains the other",
		findings: []Finding{direct("dns.refused", everywhere), direct("dns.no-resolver", everywhere)},
		code:     "dns.no-resolver", confidence: catalog.Likely, also: "dns.refused"},
	{name: "36 what is only inferred hides nothing that was seen",
		findings: []Finding{saw("firewall.local-out", v4), direct("tcp.refused", v4)}, claims: []Claim{no(catalog.ResetTTLDiffers, v4)}, ways: []Way{v4},
		code: "tcp.refused", confidence: catalog.Likely, rejected: "tcp.refused-on-path", also: "firewall.local-out"},
	{name: "37 what one address shows says nothing of the other",
		findings: []Finding{direct("gateway.no-upstream", everywhere)}, ways: []Way{v4, v6},
		claims: []Claim{no(catalog.LocalDropped, v4), yes(catalog.ControlsDark, everywhere)},
		code:   "gateway.no-upstream", confidence: catalog.Likely, untested: "firewall.local-out", rejected: "tcp.no-reply"},
	{name: "38 a counter of drops moved, and nothing says whose they were",
		findings: []Finding{saw("tcp.no-reply", v4), direct("firewall.local-out", v4)}, ways: []Way{v4},
		code: "firewall.local-out", confidence: catalog.Possible, untested: "tcp.no-reply"},
	{name: "39 bare host without web service, noted once for two ports",
		findings: []Finding{saw("web.none", v4), saw("web.none", v4)}, claims: []Claim{yes(catalog.Answers, v4)}, ways: []Way{v4},
		code: OK, confidence: catalog.Proven, also: "web.none"},
	{name: "40 link-local address only, and why",
		findings: []Finding{direct("address.none", everywhere), direct("address.dhcp-refused", everywhere), direct("gateway.none", everywhere)},
		untried:  map[ID][]string{"judge.address.dhcp-refused": {"logs.recent"}},
		code:     "address.dhcp-refused", confidence: catalog.Possible},
	{name: "41 what a router says within a tunnel",
		findings: []Finding{direct("path.rejected", v4)},
		claims:   []Claim{yes(catalog.RouterHasNoRoute, v4), no(catalog.Answers, v4), yes(catalog.Tunnel, v4)}, ways: []Way{v4},
		code: "path.rejected", confidence: catalog.Possible, rejected: "path.host-absent"},
	{name: "42 what a router says, and no tunnel",
		findings: []Finding{direct("path.rejected", v4)},
		claims:   []Claim{yes(catalog.RouterHasNoRoute, v4), no(catalog.Answers, v4), no(catalog.Tunnel, v4)}, ways: []Way{v4},
		code: "path.rejected", confidence: catalog.Proven, rejected: "path.host-absent"},
	{name: "43 seen by what was never run on its system",
		findings: []Finding{direct("gateway.none", v4)}, untried: map[ID][]string{"judge.gateway.none": {"routes.to"}},
		code: "gateway.none", confidence: catalog.Possible},
	{name: "44 something else was never run",
		findings: []Finding{direct("gateway.none", v4)}, untried: map[ID][]string{"judge.gateway.silent": {"neighbors.resolve"}},
		code: "gateway.none", confidence: catalog.Proven},
	{name: "45 a rival that only such a mechanism speaks against counts as open",
		findings: []Finding{direct("path.rejected", v4)}, untried: map[ID][]string{"claim.router.no-route": {"echo.send"}},
		claims: []Claim{yes(catalog.RouterHasNoRoute, v4), no(catalog.Answers, v4), no(catalog.Tunnel, v4)}, ways: []Way{v4},
		code: "path.rejected", confidence: catalog.Likely, rejected: "path.host-absent"},
	{name: "46 what answers is no finding",
		claims: []Claim{yes(catalog.Answers, v4)}, ways: []Way{v4}, untried: map[ID][]string{"claim.answers": {"dialer.tcp"}},
		code: OK, confidence: catalog.Proven},
}

func TestSettle(t *testing.T) {
	for _, c := range slices.Concat(worked, more) {
		t.Run(c.name, func(t *testing.T) {
			v := Settle(catalog.All(), Case{c.findings, c.claims, c.ways, c.drift, c.untried})
			if v.Code != c.code || v.Confidence != c.confidence {
				t.Errorf("verdict: got %s, %s want %s, %s", v.Code, v.Confidence, c.code, c.confidence)
			}
			same(t, "untested", v.Untested, func(u Untested) catalog.Code { return u.Code }, c.untested)
			same(t, "rejected", v.Rejected, func(r Rejected) catalog.Code { return r.Code }, c.rejected)
			same(t, "also", v.Also, func(f Finding) catalog.Code { return f.Code }, c.also)
			same(t, "meant", v.Meant, func(f Finding) catalog.Code { return f.Code }, c.meant)
		})
	}
}

func same[T any](t *testing.T, what string, got []T, code func(T) catalog.Code, want string) {
	t.Helper()
	var codes []string
	for _, g := range got {
		codes = append(codes, string(code(g)))
	}
	if list := strings.Join(codes, " "); list != want {
		t.Errorf("%s: got %q want %q", what, list, want)
	}
}

func TestSettleFillsTheVerdict(t *testing.T) {
	f := direct("tcp.refused", v4)
	f.Party, f.Args = catalog.Server, Args{"port": 443}
	twin := direct("tcp.refused", v4b)
	twin.Evidence = []Ref{{Check: "another"}, {Check: "judge.tcp.refused"}}
	v := Settle(catalog.All(), Case{Findings: []Finding{f, twin}, Ways: []Way{v4, v4b}})
	if v.Layer != catalog.Transport || v.Party != catalog.Server || v.Way != v4 || v.Args["port"] != 443 {
		t.Errorf("got layer %s, party %s, way %v, args %v", v.Layer, v.Party, v.Way, v.Args)
	}
	if want := []Ref{{Check: "another"}, {Check: "judge.tcp.refused"}}; !slices.Equal(v.Evidence, want) {
		t.Errorf("evidence: got %v want %v", v.Evidence, want)
	}
	if got := Open(catalog.All(), v); !slices.Equal(got, []catalog.Claim{catalog.ResetTTLDiffers}) {
		t.Errorf("open claims: got %v want %v", got, catalog.ResetTTLDiffers)
	}
}

func TestSettleTellsByWhatItIsOK(t *testing.T) {
	page, control := yes(catalog.Answers, v4), yes(catalog.Answers, v4b)
	page.Args, control.Args = Args{"proof": "http"}, Args{"proof": "open"}
	page.Evidence = []Ref{{Check: "talk"}}
	v := Settle(catalog.All(), Case{Claims: []Claim{control, page}, Ways: []Way{v4}})
	if v.Code != OK || v.Way != v4 || v.Args["proof"] != "http" {
		t.Errorf("got %s by %v on %v want ok by http on %v", v.Code, v.Args, v.Way, v4)
	}
	if want := []Ref{{Check: "talk"}}; !slices.Equal(v.Evidence, want) {
		t.Errorf("evidence: got %v want %v: a control proves nothing about the way in use", v.Evidence, want)
	}
}
