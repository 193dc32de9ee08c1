package firewall

import (
	"net/netip"
	"testing"

	"faultline/platform"
)

func is(field string, values ...string) platform.RuleMatch {
	return platform.RuleMatch{Field: field, Values: values}
}

func not(field string, values ...string) platform.RuleMatch {
	return platform.RuleMatch{Field: field, Not: true, Values: values}
}

func does(v platform.RuleVerdict, matches ...platform.RuleMatch) platform.FilterRule {
	return platform.FilterRule{Verdict: v, Matches: matches}
}

func leads(v platform.RuleVerdict, to string, matches ...platform.RuleMatch) platform.FilterRule {
	return platform.FilterRule{Verdict: v, To: to, Matches: matches}
}

func hooked(hook, policy string, priority int, rules ...platform.FilterRule) platform.RuleChain {
	return platform.RuleChain{Store: platform.NFTables, Family: "inet", Table: "t", Name: hook, Type: "filter", Hook: hook, Policy: policy, Priority: priority, Rules: rules}
}

func aside(name string, rules ...platform.FilterRule) platform.RuleChain {
	return platform.RuleChain{Store: platform.NFTables, Family: "inet", Table: "t", Name: name, Rules: rules}
}

func in(family string, c platform.RuleChain) platform.RuleChain { c.Family = family; return c }

const drop, accept, jump = platform.RuleDrop, platform.RuleAccept, platform.RuleJump

// TestTrace: a SYN from 10.0.0.2 to 10.0.3.7:443, sent by the user 1000.
func TestTrace(t *testing.T) {
	const passes, stopped, unknown = "passes", "stopped", "unknown"
	dev := in("netdev", hooked("egress", "accept", 0, does(drop)))
	dev.Devices = []string{"eth0"}
	other := dev
	other.Devices = []string{"eth1"}
	nowhere := dev
	nowhere.Devices = nil
	for _, tt := range []struct {
		name   string
		chains []platform.RuleChain
		want   string
	}{
		{"no rules", nil, passes},
		{"policy", []platform.RuleChain{hooked("output", "drop", 0)}, stopped},
		{"policy, and the port allowed", []platform.RuleChain{hooked("output", "drop", 0, does(accept, is("dport", "80", "443")))}, passes},
		{"policy, and another port allowed", []platform.RuleChain{hooked("output", "drop", 0, does(accept, is("dport", "80", "22-25")))}, stopped},
		{"policy, and established allowed", []platform.RuleChain{hooked("output", "drop", 0, does(accept, is("ct.state", "established", "related")))}, stopped},
		{"port", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("proto", "tcp"), is("dport", "400-500")))}, stopped},
		{"port of the other protocol", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("proto", "udp"), is("dport", "443")))}, passes},
		{"protocol by number", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("proto", "6")))}, stopped},
		{"prefix", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("daddr", "10.0.0.0/16")))}, stopped},
		{"range of addresses", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("daddr", "10.0.3.1-10.0.3.6")))}, passes},
		{"all but a prefix", []platform.RuleChain{hooked("output", "accept", 0, does(drop, not("daddr", "10.0.0.0/16")))}, passes},
		{"a user", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("uid", "1000")))}, stopped},
		{"another user", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("uid", "0", "33")))}, passes},
		{"all users but one", []platform.RuleChain{hooked("output", "accept", 0, does(drop, not("uid", "1000")))}, passes},
		{"users in a range", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("uid", "500-2000")))}, stopped},
		{"the adapter", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("oif", "eth*")))}, stopped},
		{"another adapter", []platform.RuleChain{hooked("output", "accept", 0, does(drop, not("oif", "eth0")))}, passes},
		{"an adapter that packets come by", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("iif", "eth0")))}, passes},
		{"a limit, above", []platform.RuleChain{hooked("output", "accept", 0, does(drop, not("limit")))}, unknown},
		{"a limit, within, then the policy", []platform.RuleChain{hooked("output", "drop", 0, does(accept, is("limit")))}, unknown},
		{"not understood, then dropped alike", []platform.RuleChain{hooked("output", "drop", 0, does(drop, is("other thing")))}, stopped},
		{"not understood, for another port", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("other thing"), is("dport", "80")))}, passes},
		{"not understood", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("other thing")))}, unknown},
		{"a program decides", []platform.RuleChain{hooked("output", "accept", 0, does(platform.RuleQueue))}, unknown},
		{"SYN alone", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("tcp.flags", "fin,syn,rst,ack", "syn")))}, stopped},
		{"SYN and ACK", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("tcp.flags", "syn,ack", "syn,ack")))}, passes},
		{"any flag", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("tcp.flags", "rst,syn")))}, stopped},
		{"no mark", []platform.RuleChain{hooked("output", "accept", 0, does(drop, not("mark", "0xca6c")))}, stopped},
		{"a mark", []platform.RuleChain{hooked("output", "accept", 0, does(drop, is("mark", "0x1/0x1")))}, passes},
		{"a mark set before", []platform.RuleChain{hooked("output", "accept", -150, does(platform.RuleMark)), in("ip", hooked("output", "accept", 0, does(drop, not("mark", "1"))))}, unknown},
		{"a chain that is jumped to", []platform.RuleChain{hooked("output", "accept", 0, leads(jump, "x")), aside("x", does(drop))}, stopped},
		{"a chain that nobody jumps to", []platform.RuleChain{hooked("output", "accept", 0), aside("x", does(drop))}, passes},
		{"a chain that returns", []platform.RuleChain{hooked("output", "accept", 0, leads(jump, "x"), does(drop)), aside("x", does(platform.RuleReturn), does(accept))}, stopped},
		{"goto ends in the policy", []platform.RuleChain{hooked("output", "drop", 0, leads(platform.RuleGoto, "x"), does(accept)), aside("x")}, stopped},
		{"a chain that jumps to itself", []platform.RuleChain{hooked("output", "accept", 0, leads(jump, "x")), aside("x", leads(jump, "x"), leads(jump, "x"))}, unknown},
		{"a jump to nowhere", []platform.RuleChain{hooked("output", "accept", 0, leads(jump, "y"))}, unknown},
		{"accepted first, dropped by a later chain", []platform.RuleChain{hooked("output", "accept", -10, does(accept)), in("ip", hooked("output", "accept", 0, does(drop)))}, stopped},
		{"IPv6 only", []platform.RuleChain{in("ip6", hooked("output", "drop", 0))}, passes},
		{"bridge", []platform.RuleChain{in("bridge", hooked("output", "drop", 0))}, passes},
		{"forward", []platform.RuleChain{hooked("forward", "drop", 0)}, passes},
		{"input", []platform.RuleChain{hooked("input", "drop", 0)}, passes},
		{"the device", []platform.RuleChain{dev}, stopped},
		{"another device", []platform.RuleChain{other}, passes},
		{"some device", []platform.RuleChain{nowhere}, unknown},
		{"postrouting", []platform.RuleChain{hooked("postrouting", "drop", 0)}, stopped},
		{"sent elsewhere before the filter", []platform.RuleChain{
			hooked("output", "accept", -100, leads(platform.RuleDNAT, "192.0.2.1:8443", is("dport", "443"))), in("ip", hooked("output", "accept", 0, does(drop, is("dport", "443"))))}, passes},
		{"sent here, where it is dropped", []platform.RuleChain{
			hooked("output", "accept", -100, leads(platform.RuleRedirect, ":8080")), in("ip", hooked("output", "accept", 0, does(drop, is("daddr", "127.0.0.0/8"), is("dport", "8080"))))}, stopped},
		{"not tracked", []platform.RuleChain{hooked("output", "accept", -300, does(platform.RuleNoTrack)), in("ip", hooked("output", "drop", 0, does(accept, is("ct.state", "new"))))}, stopped},
		{"a group", []platform.RuleChain{hooked("output", "accept", 0, does(drop, platform.RuleMatch{Field: "daddr", Set: "bad"}))}, stopped},
		{"a group that is cut", []platform.RuleChain{hooked("output", "accept", 0, does(drop, platform.RuleMatch{Field: "dport", Set: "some"}))}, unknown},
		{"a group that is not there", []platform.RuleChain{hooked("output", "accept", 0, does(drop, platform.RuleMatch{Field: "dport", Set: "none"}))}, unknown},
		{"a type of address", []platform.RuleChain{hooked("output", "accept", 0, does(drop, not("fib.type", "local")))}, stopped},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set := platform.RuleSet{Chains: tt.chains, Sets: []platform.RuleGroup{
				{Family: "inet", Table: "t", Name: "bad", Values: []string{"10.0.3.0/24"}}, {Family: "inet", Table: "t", Name: "some", Values: []string{"80"}, Cut: true}}}
			p := Packet{Proto: "tcp", Src: netip.MustParseAddr("10.0.0.2"), Dst: netip.MustParseAddr("10.0.3.7"), Dport: 443, Out: "eth0",
				UID: 1000, GID: 1000, Owned: true, State: "new", Flags: "syn", DstType: "unicast"}
			o := Trace(set, Step{"output", p}, Step{"postrouting", p}, Step{"egress", p})
			got := map[bool]string{true: passes}[o.Passes()] + map[bool]string{true: stopped}[o.Stopped()]
			if got == "" {
				got = unknown
			}
			if got != tt.want {
				t.Errorf("got %s (%+v), want %s", got, o, tt.want)
			}
		})
	}
}

func TestTraceOfWhatIsNotRead(t *testing.T) {
	p := Packet{Proto: "tcp", Dst: netip.MustParseAddr("10.0.3.7"), Dport: 443, Owned: true}
	for name, set := range map[string]platform.RuleSet{"unread": {Unread: []string{"iptables-legacy"}}, "cut": {Cut: true}} {
		if o := Trace(set, Step{"output", p}); o.Passes() || o.Stopped() {
			t.Errorf("%s: got %+v, want it not known", name, o)
		}
	}
}

func TestProducts(t *testing.T) {
	base := hooked("output", "drop", 0, leads(jump, "ufw-user-output"))
	rule := does(drop)
	commented := platform.FilterRule{Verdict: drop, Comment: "wg-quick(8) rule for wg0"}
	for _, tt := range []struct {
		name, want string
		agent      bool
		b          Blocker
	}{
		{"by the chain that led there", "ufw", false, Blocker{Chain: aside("x"), Rule: &rule, Through: []string{"output", "ufw-user-output"}}},
		{"the default of a managed chain", "ufw", false, Blocker{Chain: base, Through: []string{"output"}}},
		{"by the table", "Mullvad VPN", true, Blocker{Chain: platform.RuleChain{Table: "mullvad", Name: "output"}, Rule: &rule, Through: []string{"output"}}},
		{"by the comment", "WireGuard (wg-quick)", true, Blocker{Chain: hooked("output", "", 0), Rule: &commented, Through: []string{"output"}}},
		{"nobody's", "", false, Blocker{Chain: hooked("output", "", 0), Rule: &rule, Through: []string{"output"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := tt.b.Product()
			if got.Name != tt.want || got.Agent != tt.agent || ok != (tt.want != "") {
				t.Errorf("got %q (agent %v), want %q (%v)", got.Name, got.Agent, tt.want, tt.agent)
			}
		})
	}
}

func TestFatesAndNaming(t *testing.T) {
	set := platform.RuleSet{Chains: []platform.RuleChain{
		hooked("input", "drop", 0, does(accept, is("dport", "22")), does(accept, is("saddr", "10.0.0.0/8"), is("dport", "5432"))),
		hooked("forward", "drop", 0, does(drop, is("dport", "22"))),
	}}
	fate := func(port uint16) string {
		for _, f := range Fates(set, port) {
			if !f.Out && f.Family == "ipv4" {
				return map[[2]bool]string{{true, false}: "passes", {false, true}: "stopped"}[[2]bool{f.Passes(), f.Stopped()}]
			}
		}
		return "none"
	}
	for port, want := range map[uint16]string{22: "passes", 80: "stopped", 5432: ""} {
		if got := fate(port); got != want {
			t.Errorf("port %d from outside: got %q, want %q", port, got, want)
		}
	}
	if got := Naming(set, 22); len(got) != 1 || got[0].Hook != "input" {
		t.Errorf("rules that name port 22: got %+v, want the one of input", got)
	}
}
