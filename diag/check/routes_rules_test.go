package check

import (
	"net/netip"
	"testing"

	"faultline/platform"
)

func rule4(priority int, action platform.RuleAction, table int) platform.RouteRule {
	return platform.RouteRule{Family: "ipv4", Priority: priority, Action: action, Table: table}
}

// port is a rule that prohibits packets to a port.
func port(n uint16, proto int) platform.RouteRule {
	r := rule4(99, platform.RuleProhibit, 0)
	r.Proto, r.Ports = proto, &platform.PortRange{Low: n, High: n}
	return r
}

func TestRejecter(t *testing.T) {
	pfx := netip.MustParsePrefix
	zero := 0
	main := rule4(32766, platform.RuleLookup, platform.MainTable)
	table := []platform.Route{
		{Dst: pfx("0.0.0.0/0"), Kind: platform.Unicast, Table: platform.MainTable},
		{Dst: pfx("192.0.2.0/24"), Kind: platform.Prohibit, Table: platform.MainTable},
		{Dst: pfx("192.0.2.128/25"), Kind: platform.Throw, Table: 7},
		{Dst: pfx("0.0.0.0/0"), Kind: platform.Unreachable, Table: 7},
	}
	to := rule4(100, platform.RuleProhibit, 0)
	to.Dst = pfx("198.51.100.0/24")
	from, not, users, marked := rule4(101, platform.RuleProhibit, 0), to, to, to
	from.Src = pfx("203.0.113.0/24")
	not.Not = true
	users.Users = &platform.UserRange{From: "1", To: "2"}
	marked.Mark, marked.Mask = 7, 0xff
	suppress := rule4(50, platform.RuleLookup, 7)
	suppress.Suppress = &zero
	for _, c := range []struct {
		name     string
		rules    []platform.RouteRule
		dst, src string
		kind     platform.RouteKind
		priority int
		route    string
	}{
		{"a rule to a network", []platform.RouteRule{to, main}, "198.51.100.1", "", platform.Prohibit, 100, ""},
		{"a rule to another network", []platform.RouteRule{to, main}, "203.0.113.1", "", platform.Prohibit, 0, ""},
		{"what it does not hold for", []platform.RouteRule{not, main}, "203.0.113.1", "", platform.Prohibit, 100, ""},
		{"a rule by source", []platform.RouteRule{from, main}, "198.51.100.1", "203.0.113.5", platform.Prohibit, 101, ""},
		{"a rule by another source", []platform.RouteRule{from, main}, "198.51.100.1", "198.51.100.5", platform.Prohibit, 0, ""},
		{"a rule for some users, who may be us", []platform.RouteRule{users, main}, "198.51.100.1", "", platform.Prohibit, 100, ""},
		{"a rule for marked packets", []platform.RouteRule{marked, main}, "198.51.100.1", "", platform.Prohibit, 0, ""},
		{"a route of the main table", []platform.RouteRule{to, main}, "192.0.2.1", "", platform.Prohibit, 32766, "192.0.2.0/24"},
		{"a route of another table", []platform.RouteRule{rule4(50, platform.RuleLookup, 7), main}, "203.0.113.1", "", platform.Unreachable, 50, "0.0.0.0/0"},
		{"thrown back to the next rule", []platform.RouteRule{rule4(50, platform.RuleLookup, 7), main}, "192.0.2.130", "", platform.Prohibit, 32766, "192.0.2.0/24"},
		{"a default route that does not count", []platform.RouteRule{suppress, main}, "203.0.113.1", "", platform.Unreachable, 0, ""},
		{"a rule for the port", []platform.RouteRule{port(443, 6), main}, "203.0.113.1", "", platform.Prohibit, 99, ""},
		{"a rule for another port", []platform.RouteRule{port(80, 6), main}, "203.0.113.1", "", platform.Prohibit, 0, ""},
		{"a rule for another protocol", []platform.RouteRule{port(443, 17), main}, "203.0.113.1", "", platform.Prohibit, 0, ""},
		{"of the other family", []platform.RouteRule{to, main}, "2001:db8::1", "", platform.Prohibit, 0, ""},
	} {
		src, _ := netip.ParseAddr(c.src)
		by, route, found := Rejecter(c.rules, table, Reach{Dst: netip.MustParseAddr(c.dst), Port: 443, Route: platform.Route{Source: src}}, c.kind)
		got := ""
		if route.Dst.IsValid() {
			got = route.Dst.String()
		}
		if found != (c.priority > 0) || by.Priority != c.priority || got != c.route {
			t.Errorf("%s: got rule %d, route %q, %v want %d, %q", c.name, by.Priority, got, found, c.priority, c.route)
		}
	}
}

func TestRuleText(t *testing.T) {
	r := platform.RouteRule{Family: "ipv4", Priority: 9, Not: true, Src: netip.MustParsePrefix("192.0.2.0/24"), Mark: 7, Mask: 255,
		Users: &platform.UserRange{From: "1", To: "2"}, Action: platform.RuleLookup, Table: 77}
	if got, want := RuleText(r), "9: not from 192.0.2.0/24 fwmark 0x7/0xff uidrange 1-2 lookup 77"; got != want {
		t.Errorf("got %q want %q", got, want)
	}
	r = rule4(5, platform.RuleProhibit, 0)
	if got, want := RuleText(r), "5: from all prohibit"; got != want {
		t.Errorf("got %q want %q", got, want)
	}
}

func TestPartner(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.0/31": "192.0.2.1", "192.0.2.1/31": "192.0.2.0", "192.0.2.1/30": "192.0.2.2", "192.0.2.2/30": "192.0.2.1",
		"192.0.2.1/24": "", "192.0.2.1/32": "", "2001:db8::/127": "2001:db8::1", "2001:db8::1/126": "",
	} {
		got := partner(netip.MustParsePrefix(in))
		if want == "" && got.IsValid() || want != "" && got.String() != want {
			t.Errorf("%s: got %v want %q", in, got, want)
		}
	}
}

func TestOthers(t *testing.T) {
	pfx, addr := netip.MustParsePrefix, netip.MustParseAddr
	link := func(i int, k platform.LinkKind, up bool, carrier platform.Tri) platform.Link {
		return platform.Link{Index: i, Kind: k, Up: up, Carrier: carrier}
	}
	links := []platform.Link{link(1, platform.Loopback, true, platform.Unknown), link(2, platform.Ethernet, true, platform.Yes),
		link(3, platform.Ethernet, true, platform.Yes), link(4, platform.Ethernet, true, platform.No), link(5, platform.Ethernet, false, platform.Unknown),
		link(6, platform.Tunnel, true, platform.Yes), link(7, platform.Ethernet, true, platform.Yes)}
	route := func(dst string, link, table, metric int) platform.Route {
		return platform.Route{Dst: pfx(dst), Kind: platform.Unicast, Link: link, Table: table, Metric: metric}
	}
	table := []platform.Route{route("0.0.0.0/0", 2, platform.MainTable, 0), route("0.0.0.0/0", 3, platform.MainTable, 9), route("0.0.0.0/0", 3, platform.MainTable, 5),
		route("0.0.0.0/0", 4, platform.MainTable, 1), route("0.0.0.0/0", 5, platform.MainTable, 1), route("192.0.2.0/24", 6, 77, 0), route("198.51.100.0/24", 7, platform.MainTable, 0)}
	chosen := Reach{Dst: addr("192.0.2.1"), Route: table[0]}
	got := Others(table, links, chosen)
	if len(got) != 2 || got[0].Link != 3 || got[0].Metric != 5 || got[1].Link != 6 {
		t.Errorf("got %+v want by adapter 3 with metric 5, then by 6", got)
	}
	chosen.Problem = platform.ErrUnreachableNet
	if got := Others(table, links, chosen); len(got) > 0 {
		t.Errorf("without a route: got %+v want none", got)
	}
}

func TestDetourAnswers(t *testing.T) {
	dst := netip.MustParseAddr("192.0.2.1")
	icmp := func(from string) *platform.ICMP {
		return &platform.ICMP{From: netip.MustParseAddr(from), Type: 3, Code: 1}
	}
	for _, c := range []struct {
		name string
		d    Detour
		want platform.Tri
	}{
		{"nothing was asked", Detour{}, platform.Unknown},
		{"a port opens", Detour{Dials: []platform.Dial{{Ended: platform.DialSilent}, {Ended: platform.DialOpen}}}, platform.Yes},
		{"a port refuses", Detour{Dials: []platform.Dial{{Ended: platform.DialRefused}}}, platform.Yes},
		{"an echo comes", Detour{Dials: []platform.Dial{{Ended: platform.DialSilent}}, Echoes: []platform.EchoReply{{Answered: true}}}, platform.Yes},
		{"a router turns it away", Detour{Dials: []platform.Dial{{Ended: platform.DialICMP, ICMP: icmp("192.0.2.9")}}}, platform.No},
		{"the target turns it away", Detour{Dst: dst, Dials: []platform.Dial{{Ended: platform.DialICMP, ICMP: icmp("192.0.2.1")}}}, platform.Yes},
		{"silence", Detour{Dials: []platform.Dial{{Ended: platform.DialSilent}}, Echoes: []platform.EchoReply{{}}}, platform.No},
		{"this machine would not send", Detour{Dials: []platform.Dial{{Ended: platform.DialLocal}}}, platform.Unknown},
	} {
		if got := c.d.Answers(); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}
