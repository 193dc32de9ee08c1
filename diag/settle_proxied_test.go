package diag

import (
	"testing"
	"testing/synctest"
	"time"

	"faultline/diag/catalog"
)

// Through a proxy the target's name is the proxy's to look up, and the direct
// ways are controls.
func TestSettleThroughAProxy(t *testing.T) {
	by4 := Way{Family: IPv4, Via: "192.0.2.8:3128"}
	byName := Way{Via: "proxy.example:3128"}
	for _, tt := range []struct {
		name     string
		way      Way
		findings []Finding
		claims   []Claim
		want     catalog.Code
	}{
		{"works, the name does not exist here", by4, []Finding{direct("dns.no-such-name", everywhere)}, []Claim{yes(catalog.Answers, by4)}, OK},
		{"works, direct blocked", by4, []Finding{direct("tcp.no-reply", v4)}, []Claim{yes(catalog.Answers, by4), no(catalog.Answers, v4)}, OK},
		{"dead, the name does not exist here", by4, []Finding{direct("dns.no-such-name", everywhere), {Code: "proxy.dead", Way: by4}}, []Claim{no(catalog.Answers, by4)}, "proxy.dead"},
		{"dead, direct works", by4, []Finding{{Code: "proxy.dead", Way: by4}}, []Claim{no(catalog.Answers, by4), yes(catalog.Answers, v4)}, "proxy.dead"},
		{"dead, no name server is heard", by4, []Finding{direct("dns.resolver-silent", everywhere), {Code: "proxy.dead", Way: by4}}, []Claim{no(catalog.Answers, by4)}, "proxy.dead"},
		{"not found, no name server is heard", byName, []Finding{direct("dns.resolver-silent", everywhere), {Code: "proxy.dead", Way: byName}}, []Claim{no(catalog.Answers, byName)}, "dns.resolver-silent"},
		{"dead, its gateway is silent", by4, []Finding{direct("gateway.silent", Way{Family: IPv4}), {Code: "proxy.dead", Way: by4}}, []Claim{no(catalog.Answers, by4)}, "gateway.silent"},
		{"dead, the other family's gateway is silent", by4, []Finding{direct("gateway.silent", allV6), {Code: "proxy.dead", Way: by4}}, []Claim{no(catalog.Answers, by4)}, "proxy.dead"},
	} {
		if got := Settle(catalog.All(), Case{Findings: tt.findings, Claims: tt.claims, Ways: []Way{tt.way}}); got.Code != tt.want {
			t.Errorf("%s: got %s want %s", tt.name, got.Code, tt.want)
		}
	}
}

// A working proxy does not wait for what looks at the direct way.
func TestRunDoesNotWaitForTheDirectWay(t *testing.T) {
	by := Way{Family: IPv4, Via: "192.0.2.8:3128"}
	for name, tt := range map[string]struct {
		proxied bool
		took    time.Duration
	}{"looks at the direct way": {false, ms(10)}, "looks at the proxy": {true, ms(1010)}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pending := fake(Spec[string]{ID: "pending", Probe: takes(ms(1010)), Claims: []catalog.Claim{catalog.Answers}, Proxied: tt.proxied})
				first := fake(Spec[string]{ID: "first", Probe: takes(ms(10)), Judge: says(Judgement{Claims: []Claim{yes(catalog.Answers, by)}})})
				plan := Plan{Checks: []Node{first, pending}, Ways: func(View) []Way { return []Way{by} }, Reads: []Node{pending}}
				wantAt(t, "the run took", play(t, t.Context(), plan, Options{}).Took, tt.took)
			})
		})
	}
}
