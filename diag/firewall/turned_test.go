package firewall

import (
	"net/netip"
	"testing"

	"faultline/platform"
)

// TestTurned: only a translation that certainly meets the packet is one.
func TestTurned(t *testing.T) {
	to := func(verdict platform.RuleVerdict, addr string, matches ...platform.RuleMatch) platform.FilterRule {
		return leads(verdict, addr, matches...)
	}
	for _, tt := range []struct {
		name   string
		chains []platform.RuleChain
		want   string
	}{
		{"no rules", nil, ""},
		{"another port's", []platform.RuleChain{hooked("output", "accept", -100, to(platform.RuleDNAT, "192.0.2.1", is("dport", "80")))}, ""},
		{"this port's", []platform.RuleChain{hooked("output", "accept", -100, to(platform.RuleDNAT, "192.0.2.1:8443", is("dport", "443")))}, "192.0.2.1"},
		{"in a chain that is jumped to", []platform.RuleChain{hooked("output", "accept", -100, leads(jump, "deep")), aside("deep", to(platform.RuleDNAT, "192.0.2.1"))}, "192.0.2.1"},
		{"in a chain that may be jumped to", []platform.RuleChain{hooked("output", "accept", -100, leads(jump, "deep", is("other x", "1"))), aside("deep", to(platform.RuleDNAT, "192.0.2.1"))}, ""},
		{"of what is not understood", []platform.RuleChain{hooked("output", "accept", -100, to(platform.RuleDNAT, "192.0.2.1", is("other x", "1")))}, ""},
		{"the source", []platform.RuleChain{hooked("postrouting", "accept", 100, to(platform.RuleSNAT, "198.51.100.9"))}, "198.51.100.9"},
		{"ARP's filter meets no TCP", []platform.RuleChain{in(ARP, hooked("output", "drop", 0))}, ""},
	} {
		p := Packet{Proto: "tcp", Src: netip.MustParseAddr("10.0.0.2"), Dst: netip.MustParseAddr("10.0.3.7"), Dport: 443, Owned: true, State: "new", Flags: "syn"}
		o := Trace(platform.RuleSet{Chains: tt.chains}, Step{"output", p}, Step{"postrouting", p})
		got := ""
		if len(o.Turned) > 0 {
			got = o.Turned[0].Destination().String()
		}
		if got != tt.want {
			t.Errorf("%s: got %q want %q", tt.name, got, tt.want)
		}
	}
}

// TestOtherFamilies: filters of ARP and of bridges see only what is theirs.
func TestOtherFamilies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		family string
		packet Packet
		stops  bool
	}{
		{"ARP by ARP's filter", ARP, Packet{Proto: ARP, Owned: true}, true},
		{"ARP by a filter of addresses", "inet", Packet{Proto: ARP, Owned: true}, false},
		{"by a bridge", "bridge", Packet{Proto: "tcp", Bridged: true, Owned: true}, true},
		{"not by a bridge", "bridge", Packet{Proto: "tcp", Owned: true}, false},
	} {
		set := platform.RuleSet{Chains: []platform.RuleChain{in(tt.family, hooked("output", "drop", 0))}}
		if got := Trace(set, Step{"output", tt.packet}).Stopped(); got != tt.stops {
			t.Errorf("%s: got %v want %v", tt.name, got, tt.stops)
		}
	}
}
