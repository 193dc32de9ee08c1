package linux

import (
	"net/netip"
	"reflect"
	"testing"

	"faultline/platform"
)

func ruleMessage(family, dst, src, tos, table, action byte, flags uint32) body {
	return body{}.u8(family, dst, src, tos, table, 0, 0, action).u32(flags)
}

func TestDecodeRule(t *testing.T) {
	pfx := netip.MustParsePrefix
	zero := 0
	for _, c := range []struct {
		name string
		in   body
		want platform.RouteRule
	}{
		{"main", ruleMessage(2, 0, 0, 0, 254, 1, 0).attr(rulePriority, u32(32766)).attr(ruleTable, u32(254)).attr(ruleSuppress, u32(0xffffffff)).attr(ruleProtocol, []byte{2}),
			platform.RouteRule{Family: "ipv4", Priority: 32766, Action: platform.RuleLookup, Table: 254, Protocol: "kernel"}},
		{"prohibit to a network", ruleMessage(2, 24, 0, 0, 0, 8, 0).attr(ruleDst, ip("192.0.2.0")).attr(rulePriority, u32(100)),
			platform.RouteRule{Family: "ipv4", Priority: 100, Dst: pfx("192.0.2.0/24"), Action: platform.RuleProhibit}},
		{"a VPN's rule", ruleMessage(10, 0, 0, 0, 252, 1, ruleInvert).attr(ruleMark, u32(0xca6c)).attr(ruleMask, u32(0xffffffff)).attr(ruleTable, u32(51820)),
			platform.RouteRule{Family: "ipv6", Mark: 0xca6c, Mask: 0xffffffff, Not: true, Action: platform.RuleLookup, Table: 51820}},
		{"suppressing", ruleMessage(2, 0, 0, 0, 254, 1, 0).attr(ruleSuppress, u32(0)),
			platform.RouteRule{Family: "ipv4", Action: platform.RuleLookup, Table: 254, Suppress: &zero}},
		{"of users, from a network, by adapters", ruleMessage(2, 0, 8, 0, 0, 7, 0).attr(ruleSrc, ip("10.0.0.0")).attr(ruleUsers, append(u32(1000), u32(1001)...)).attr(ruleIn, []byte("lo\x00")).attr(ruleOut, []byte("x0\x00")),
			platform.RouteRule{Family: "ipv4", Src: pfx("10.0.0.0/8"), Users: &platform.UserRange{From: "1000", To: "1001"}, In: "lo", Out: "x0", Action: platform.RuleUnreachable}},
		{"of a service", ruleMessage(2, 0, 0, 16, 0, 6, 0), platform.RouteRule{Family: "ipv4", More: true, Action: platform.RuleBlackhole}},
		{"of a port", ruleMessage(2, 0, 0, 0, 0, 3, 0).attr(ruleIPProto, []byte{6}).attr(ruleTarget, host.AppendUint16(host.AppendUint16(nil, 443), 444)),
			platform.RouteRule{Family: "ipv4", Proto: 6, Ports: &platform.PortRange{Low: 443, High: 444}, Action: platform.RuleNop}},
		{"from a port", ruleMessage(2, 0, 0, 0, 0, 3, 0).attr(ruleSource, u32(5)), platform.RouteRule{Family: "ipv4", More: true, Action: platform.RuleNop}},
	} {
		if got, ok := decodeRule(c.in.b); !ok || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v want %+v", c.name, got, ok, c.want)
		}
	}
	for name, b := range map[string]body{"other family": ruleMessage(128, 0, 0, 0, 0, 1, 0), "unknown action": ruleMessage(2, 0, 0, 0, 0, 4, 0), "too high": ruleMessage(2, 0, 0, 0, 0, 200, 0), "short": {b: []byte{2, 0}}} {
		if got, ok := decodeRule(b.b); ok {
			t.Errorf("%s: got %+v want none", name, got)
		}
	}
}

func TestEnds(t *testing.T) {
	addr := netip.MustParseAddr
	stats := host.AppendUint64(host.AppendUint64(nil, 3), 4)
	for _, c := range []struct {
		name, kind  string
		data, stats []byte
		want        platform.Ends
	}{
		{"ipip", "ipip", attribute(attribute(nil, 2, ip("192.0.2.1")), 3, ip("192.0.2.2")), stats,
			platform.Ends{Local: addr("192.0.2.1"), Remote: addr("192.0.2.2"), Received: 3, Sent: 4}},
		{"gre", "gre", attribute(attribute(nil, 6, ip("192.0.2.1")), 7, ip("192.0.2.2")), nil,
			platform.Ends{Local: addr("192.0.2.1"), Remote: addr("192.0.2.2")}},
		{"to anywhere", "sit", attribute(nil, 3, ip("0.0.0.0")), nil, platform.Ends{}},
		{"wireguard", "wireguard", attribute(nil, 3, ip("192.0.2.2")), stats, platform.Ends{Received: 3, Sent: 4}},
	} {
		if got := ends(c.kind, c.data, c.stats); *got != c.want {
			t.Errorf("%s: got %+v want %+v", c.name, *got, c.want)
		}
	}
}

func FuzzDecodeRule(f *testing.F) {
	f.Add(ruleMessage(2, 24, 0, 0, 0, 8, 0).attr(ruleDst, ip("192.0.2.0")).b)
	f.Add(ruleMessage(10, 0, 0, 0, 252, 1, ruleInvert).attr(ruleUsers, append(u32(1), u32(2)...)).b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok := decodeRule(b)
		if ok && (r.Action == "" || r.Family == "" || r.Suppress != nil && *r.Suppress < 0) {
			t.Errorf("got %+v", r)
		}
		ends("ipip", b, b)
	})
}

func TestDecodeSetting(t *testing.T) {
	for in, want := range map[string]string{"1\n": "1", "32768\t60999\n": "32768 60999", "": "", "\xff1": "1"} {
		if got := decodeSetting([]byte(in)); got != want {
			t.Errorf("%q: got %q want %q", in, got, want)
		}
	}
}

func FuzzDecodeSetting(f *testing.F) {
	f.Add([]byte("1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := decodeSetting(b); len(got) > maxSetting {
			t.Errorf("got %d bytes", len(got))
		}
	})
}
