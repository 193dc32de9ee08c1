package catalog_test

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/rule"
	"faultline/platform"
)

// promised are the verdicts that users may meet, as the program's manual lists
// them: code, layer, weight, parties of which the default is one. Codes are a
// contract; this list only grows.
const promised = `
link.no-adapter link blocks computer
wifi.not-joined link blocks computer,lan
wifi.auth-failed link blocks lan,computer
wifi.weak link degrades lan
link.disabled link blocks computer
link.no-carrier link blocks lan
link.errors link degrades lan
link.unstable link degrades lan,computer
link.loopback-down link blocks computer
address.none address blocks computer
address.link-local-only address blocks lan
address.dhcp-refused address blocks lan
address.duplicate address blocks lan
address.rogue-router address blocks lan
address.gateway-off-subnet address blocks computer
gateway.none route blocks computer
gateway.silent neighbour blocks lan
gateway.not-forwarding path blocks lan
gateway.no-upstream path blocks isp,lan
route.rejected route blocks computer
route.overlap route blocks computer
route.better-unused route blocks computer
route.unexpected route blocks vpn
vpn.not-connected route blocks vpn
vpn.tunnel-dead path blocks vpn
route.stale-host-route route blocks computer
route.reverse-path route blocks computer
neighbour.silent neighbour blocks server
dns.no-resolver name blocks computer
dns.resolver-silent name blocks lan,computer,vpn
dns.no-such-name name blocks service,computer
dns.no-address name blocks service
dns.server-failure name blocks service,lan
dns.refused name blocks lan
dns.udp-blocked name blocks lan
dns.tcp-blocked name blocks lan
dns.first-resolver-dead name degrades lan
dns.search-domain name blocks computer
dns.split-view name blocks vpn,computer
dns.stale-cache name blocks computer
dns.filtered name blocks lan
dns.rebind-filtered name blocks lan
dns.slow name degrades lan
dns.overridden name blocks computer
dns.wrong-answer name blocks lan
ipv6.broken path degrades isp,server,lan,vpn
ipv6.unavailable address blocks computer
path.loop path blocks isp
path.rejected path blocks internet
path.host-absent path blocks server
path.silent path blocks internet
path.no-return path blocks internet
mtu.black-hole path blocks internet,vpn,isp
mtu.reduced path notes none
tcp.refused transport blocks service
tcp.refused-on-path transport blocks internet
tcp.answered-on-path transport blocks lan,computer,internet
tcp.filtered transport blocks server
tcp.no-reply transport blocks internet
tcp.flaky transport degrades server
tcp.some-addresses transport degrades server
tcp.limited transport degrades server
tcp.rejected transport blocks internet
tcp.no-final-ack transport blocks internet
firewall.local-out firewall blocks computer
firewall.local-in firewall blocks computer
agent.blocks firewall blocks computer
local.ports-exhausted transport blocks computer
local.files-exhausted transport blocks computer
local.saturated path degrades computer
local.close-wait-leak transport blocks computer
local.os-blocked transport blocks computer
proxy.dead application blocks computer
proxy.auth application blocks computer
proxy.auth-refused application blocks computer
proxy.required application blocks lan
proxy.denied application blocks lan
proxy.script-unreachable application degrades lan
portal.captive application blocks lan
web.blocked application blocks lan
listener.none transport blocks service
listener.wrong-address transport blocks service
listener.backlog-full transport blocks service
tls.stalled session blocks service
tls.reset session blocks internet,service
tls.not-tls session blocks service
tls.alert session blocks service
tls.version session blocks service
tls.client-certificate session blocks service
tls.expired session blocks service
tls.not-yet-valid session blocks service
tls.wrong-clock session blocks computer
tls.wrong-name session blocks service
tls.untrusted session blocks service
tls.incomplete-chain session blocks service
tls.intercepted session blocks lan,computer
service.silent application blocks service
service.closes application blocks service
service.resets application blocks service
service.not-reading application blocks service
service.error application blocks service
service.denied application blocks service
service.upstream-down application blocks service
service.slow application degrades service
quality.loss path degrades internet
quality.latency path degrades internet
quality.jitter path degrades internet
quality.rate-limited path degrades isp
reset.no-listener transport blocks service
reset.refused-on-path transport blocks internet
reset.backlog-full transport blocks service
reset.app-abort application blocks service,computer
reset.gave-up application blocks service
reset.keepalive-race session blocks service
reset.stale transport blocks service
reset.network-change transport blocks computer,lan,vpn
reset.idle-timeout transport blocks internet
reset.idle-drop transport blocks internet
reset.keepalive path blocks internet,computer,lan,vpn,isp,server,service
reset.injected transport blocks internet
reset.blocked-content transport blocks internet
reset.firewall-reject firewall blocks internet,computer,lan,vpn,isp,server,service
reset.cut-short application blocks service
reset.unknown transport blocks none
reset.none - notes none
reset.handshake-abandoned transport notes none
reset.after-close transport notes none
reset.ignored transport notes none
`

// aboutWays are the codes that degrade by comparing ways with each other: they
// decide where some work and some fail.
var aboutWays = []catalog.Code{"ipv6.broken", "tcp.some-addresses"}

func TestPromisedCodesAreDeclared(t *testing.T) {
	cat, seen := catalog.All(), 0
	for line := range strings.Lines(strings.TrimSpace(promised)) {
		f := strings.Fields(line)
		if len(f) != 4 {
			t.Fatalf("line %q", line)
		}
		seen++
		d, ok := cat[catalog.Code(f[0])]
		if !ok {
			t.Errorf("%s is not declared", f[0])
			continue
		}
		weight := catalog.Weight(f[2])
		if slices.Contains(aboutWays, d.Code) {
			weight = catalog.Partial
		}
		if string(d.Layer) != strings.Trim(f[1], "-") || d.Weight != weight {
			t.Errorf("%s: got layer %s, weight %s want %s, %s", d.Code, d.Layer, d.Weight, f[1], weight)
		}
		if !slices.Contains(strings.Split(f[3], ","), string(d.Party)) {
			t.Errorf("%s: got party %s want one of %s", d.Code, d.Party, f[3])
		}
	}
	for code, d := range cat {
		if d.Weight != catalog.Notes && !strings.Contains(promised, "\n"+string(code)+" ") {
			t.Errorf("%s decides and was promised to nobody", code)
		}
	}
	if seen < 90 {
		t.Errorf("only %d codes are promised", seen)
	}
}

func TestDeclarations(t *testing.T) {
	cat := catalog.All()
	known := func(of, what, code catalog.Code) catalog.Decl {
		d, ok := cat[code]
		if !ok {
			t.Errorf("%s: %s %s is not declared", of, what, code)
		}
		if code == of {
			t.Errorf("%s: %s itself", of, what)
		}
		return d
	}
	for code, d := range cat {
		if d.Rank <= 0 || d.Party == "" || d.Cap < catalog.Possible || d.Cap > catalog.Proven || d.Tunneled > d.Cap {
			t.Errorf("%s: rank %d, party %q, cap %q", code, d.Rank, d.Party, d.Cap)
		}
		for i, h := range d.Hides {
			known(code, "hides", h)
			if slices.Contains(d.Hides[:i], h) {
				t.Errorf("%s hides %s twice", code, h)
			}
			if h == d.Refines {
				t.Errorf("%s hides and refines %s", code, h)
			}
		}
		if d.Refines != "" {
			if general := known(code, "refines", d.Refines); general.Weight != d.Weight {
				t.Errorf("%s (%s) can never replace %s (%s)", code, d.Weight, d.Refines, general.Weight)
			}
		}
		for i, r := range d.Rivals {
			known(code, "rival", r.Code)
			if r.Claim == "" || r.Need == "" || r.Excludes == platform.Unknown {
				t.Errorf("%s: rival %s lacks its claim (%q), its need (%q) or what excludes it", code, r.Code, r.Claim, r.Need)
			}
			if slices.ContainsFunc(d.Rivals[:i], func(x catalog.Rival) bool { return x.Code == r.Code }) {
				t.Errorf("%s has the rival %s twice", code, r.Code)
			}
		}
		if d.Weight == catalog.Notes && len(d.Hides)+len(d.Rivals) > 0 {
			t.Errorf("%s is a note, and hides or has rivals", code)
		}
	}
}

// Following Hides and Refines from any code never leads back to it: two codes
// that explained each other would leave no root at all.
func TestNoCodeExplainsItself(t *testing.T) {
	cat := catalog.All()
	var walk func(path []catalog.Code)
	done := map[catalog.Code]bool{}
	walk = func(path []catalog.Code) {
		last := path[len(path)-1]
		next := slices.Clone(cat[last].Hides)
		if g := cat[last].Refines; g != "" {
			next = append(next, g)
		}
		for _, n := range next {
			if i := slices.Index(path, n); i >= 0 {
				t.Errorf("in a circle: %v", append(path[i:], n))
			} else if !done[n] {
				walk(append(slices.Clip(path), n))
			}
		}
		done[last] = true
	}
	for code := range cat {
		walk([]catalog.Code{code})
	}
}

// farHiders explain something that lies nearer to this machine than they do.
var farHiders = map[[2]catalog.Code]string{
	{"path.rejected", "dns.resolver-silent"}:  "a router says that it has no way to the name server",
	{"dns.overridden", "neighbour.silent"}:    "the hosts file chose the neighbor that does not answer",
	{"dns.filtered", "neighbour.silent"}:      "the name server chose the neighbor that does not answer",
	{"dns.search-domain", "neighbour.silent"}: "the search list chose the neighbor that does not answer",
	{"dns.split-view", "neighbour.silent"}:    "the name server chose the neighbor that does not answer",
	{"dns.stale-cache", "neighbour.silent"}:   "what was kept chose the neighbor that does not answer",
	{"dns.wrong-answer", "neighbour.silent"}:  "the name server chose the neighbor that does not answer",
}

func TestWhatHidesIsNearer(t *testing.T) {
	cat, used := catalog.All(), 0
	for code, d := range cat {
		for _, h := range d.Hides {
			if d.Rank < cat[h].Rank {
				continue
			}
			if farHiders[[2]catalog.Code{code, h}] == "" {
				t.Errorf("%s (rank %d) hides %s (rank %d)", code, d.Rank, h, cat[h].Rank)
			}
			used++
		}
	}
	if used < len(farHiders) {
		t.Errorf("%d exceptions are listed and %d are needed", len(farHiders), used)
	}
}

// told are the codes that a check or a rule of the plan can tell.
func told(t *testing.T) (codes []catalog.Code) {
	t.Helper()
	plan := rule.Plan()
	for _, n := range plan.Checks {
		codes = append(codes, n.Tells()...)
	}
	for _, r := range plan.Rules {
		codes = append(codes, r.Tells...)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if len(codes) < 20 {
		t.Fatalf("only %d codes can be told", len(codes))
	}
	return codes
}

func TestEveryToldCodeIsDeclared(t *testing.T) {
	cat := catalog.All()
	for _, code := range told(t) {
		if _, ok := cat[code]; !ok {
			t.Errorf("%s is told and not declared", code)
		}
	}
}

// What captures tell is told by no check, and what is settled is told by one
// of them or by a rule: nothing has both sources.
func TestCapturesTellTheirOwnCodes(t *testing.T) {
	told, own := told(t), 0
	for code, d := range catalog.All() {
		if !d.FromCaptures {
			continue
		}
		own++
		if slices.Contains(told, code) {
			t.Errorf("%s is told from captures, and by a check or a rule", code)
		}
		if len(d.Hides)+len(d.Rivals) > 0 || d.Refines != "" {
			t.Errorf("%s is told from captures, and takes part in settling", code)
		}
	}
	if own < 20 {
		t.Errorf("only %d codes are told from captures", own)
	}
}

// waysFor are ways, with what is known of them, on which a code may decide.
func waysFor(weight catalog.Weight) (ways []diag.Way, claims []diag.Claim) {
	v4, v6 := diag.WayTo(netip.MustParseAddr("192.0.2.1")), diag.WayTo(netip.MustParseAddr("2001:db8::1"))
	answers := func(w diag.Way, v platform.Tri) diag.Claim {
		return diag.Claim{Name: catalog.Answers, Way: w, Value: v}
	}
	switch weight {
	case catalog.Partial:
		return []diag.Way{v4, v6}, []diag.Claim{answers(v4, platform.Yes), answers(v6, platform.No)}
	case catalog.Degrades:
		return []diag.Way{v4}, []diag.Claim{answers(v4, platform.Yes)}
	}
	return []diag.Way{v4}, []diag.Claim{answers(v4, platform.No)}
}

func settle(cat catalog.Catalog, d catalog.Decl, findings []diag.Finding, more ...diag.Claim) diag.Verdict {
	ways, claims := waysFor(d.Weight)
	claims = append(claims, diag.Claim{Name: catalog.Tunnel, Value: platform.No})
	return diag.Settle(cat, diag.Case{Findings: findings, Claims: append(claims, more...), Ways: ways})
}

// with is the catalogue with one declaration replaced.
func with(cat catalog.Catalog, d catalog.Decl) catalog.Catalog {
	cat = maps.Clone(cat)
	cat[d.Code] = d
	return cat
}
