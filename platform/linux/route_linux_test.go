package linux

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/vishvananda/netlink"

	"faultline/platform"
)

func addRoute(t *testing.T, prefix string, r netlink.Route) {
	t.Helper()
	_, dst, err := net.ParseCIDR(prefix)
	if err != nil {
		t.Fatal(err)
	}
	r.Dst = dst
	if err := netlink.RouteAdd(&r); err != nil {
		t.Fatalf("adding the route to %s: %v", prefix, err)
	}
}

func TestRouteTo(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() {
		for i, kind := range []int{6, 7, 8} { // blackhole, unreachable, prohibit
			addRoute(t, "10.80.0.0/1"+string(rune('4'+i)), netlink.Route{Type: kind})
			addRoute(t, "fd80:"+string(rune('1'+i))+"::/64", netlink.Route{Type: kind})
		}
		addRoute(t, "10.81.0.0/16", netlink.Route{Gw: net.ParseIP("10.77.1.253"), Priority: 50, MTU: 1300, Protocol: 16})
		addRoute(t, "10.82.0.0/16", netlink.Route{Via: &netlink.Via{AddrFamily: 10, Addr: net.ParseIP(nearIP6)}, LinkIndex: linkOf(t, "c0").Attrs().Index})
		addRoute(t, "10.90.0.0/16", netlink.Route{Gw: net.ParseIP(nearIP), Table: 77})
		_, to, _ := net.ParseCIDR("10.90.0.0/16")
		rule := netlink.NewRule()
		rule.Dst, rule.Table, rule.Priority = to, 77, 100
		if err := netlink.RuleAdd(rule); err != nil {
			t.Fatal(err)
		}
	})
	pfx := netip.MustParsePrefix
	for _, c := range []struct {
		name, dst, src string
		want           platform.Route
	}{
		{"default", serverIP, "", platform.Route{Dst: pfx("0.0.0.0/0"), Gateway: netip.MustParseAddr(nearIP), Source: netip.MustParseAddr(clientIP), Kind: platform.Unicast, Table: 254, Protocol: "boot", LinkName: "c0"}},
		{"default, from an address", serverIP, clientIP, platform.Route{Dst: pfx("0.0.0.0/0"), Gateway: netip.MustParseAddr(nearIP), Kind: platform.Unicast, Table: 254, Protocol: "boot", LinkName: "c0"}},
		{"default over IPv6", serverIP6, "", platform.Route{Dst: pfx("::/0"), Gateway: netip.MustParseAddr(nearIP6), Source: netip.MustParseAddr(clientIP6), Kind: platform.Unicast, Table: 254, Metric: 1024, Protocol: "boot", LinkName: "c0"}},
		{"on-link", "10.77.1.9", "", platform.Route{Dst: pfx("10.77.1.0/24"), Source: netip.MustParseAddr(clientIP), Kind: platform.Unicast, Table: 254, Protocol: "kernel", LinkName: "c0"}},
		{"own address", clientIP, "", platform.Route{Dst: pfx(clientIP + "/32"), Source: netip.MustParseAddr(clientIP), Kind: platform.Local, Table: 255, Protocol: "kernel", LinkName: "lo"}},
		{"metric, mtu, protocol", "10.81.1.1", "", platform.Route{Dst: pfx("10.81.0.0/16"), Gateway: netip.MustParseAddr("10.77.1.253"), Source: netip.MustParseAddr(clientIP), Kind: platform.Unicast, Table: 254, Metric: 50, MTU: 1300, Protocol: "dhcp", LinkName: "c0"}},
		{"IPv4 by way of IPv6", "10.82.1.1", "", platform.Route{Dst: pfx("10.82.0.0/16"), Gateway: netip.MustParseAddr(nearIP6), Source: netip.MustParseAddr(clientIP), Kind: platform.Unicast, Table: 254, Protocol: "boot", LinkName: "c0"}},
		{"table of a rule", "10.90.1.1", "", platform.Route{Dst: pfx("10.90.0.0/16"), Gateway: netip.MustParseAddr(nearIP), Source: netip.MustParseAddr(clientIP), Kind: platform.Unicast, Table: 77, Protocol: "boot", LinkName: "c0"}},
		{"blackhole", "10.83.0.1", "", platform.Route{Dst: pfx("10.80.0.0/14"), Kind: platform.Blackhole, Table: 254, Protocol: "boot"}},
		{"unreachable", "10.81.255.1", "", platform.Route{Dst: pfx("10.81.0.0/16"), Gateway: netip.MustParseAddr("10.77.1.253"), Source: netip.MustParseAddr(clientIP), Kind: platform.Unicast, Table: 254, Metric: 50, MTU: 1300, Protocol: "dhcp", LinkName: "c0"}},
		{"prohibit", "10.80.0.1", "", platform.Route{Dst: pfx("10.80.0.0/16"), Kind: platform.Prohibit, Table: 254, Protocol: "boot"}},
		{"blackhole over IPv6", "fd80:1::1", "", platform.Route{Dst: pfx("fd80:1::/64"), Kind: platform.Blackhole, Table: 254, Metric: 1024, Protocol: "boot"}},
		{"unreachable over IPv6", "fd80:2::1", "", platform.Route{Dst: pfx("fd80:2::/64"), Kind: platform.Unreachable, Table: 254, Metric: 1024, Protocol: "boot"}},
		{"prohibit over IPv6", "fd80:3::1", "", platform.Route{Dst: pfx("fd80:3::/64"), Kind: platform.Prohibit, Table: 254, Metric: 1024, Protocol: "boot"}},
	} {
		l.in(l.client, func() {
			ask := platform.RouteAsk{Dst: netip.MustParseAddr(c.dst)}
			if c.src != "" {
				ask.Src = netip.MustParseAddr(c.src)
			}
			got, err := routes{}.To(t.Context(), ask)
			if err != nil {
				t.Errorf("%s: got error %v", c.name, err)
			}
			if got.Link = 0; got != c.want {
				t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
			}
		})
	}
	l.in(l.client, func() {
		if _, err := (routes{}).To(t.Context(), platform.RouteAsk{Dst: netip.MustParseAddr(serverIP), Src: netip.MustParseAddr("192.0.2.1")}); !errors.Is(err, platform.ErrNotFound) {
			t.Errorf("foreign source: got %v want %v", err, platform.ErrNotFound)
		}
	})
	l.in(newNamespace(t), func() {
		for _, dst := range []string{serverIP, serverIP6} {
			if _, err := (routes{}).To(t.Context(), platform.RouteAsk{Dst: netip.MustParseAddr(dst)}); !errors.Is(err, platform.ErrUnreachableNet) {
				t.Errorf("to %s without routes: got %v want %v", dst, err, platform.ErrUnreachableNet)
			}
		}
	})
}

func TestRoutesAll(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() {
		addRoute(t, "10.90.0.0/16", netlink.Route{Table: 77, MultiPath: []*netlink.NexthopInfo{{Gw: net.ParseIP(nearIP)}, {Gw: net.ParseIP("10.77.1.253")}}})
		got, err := routes{}.All(t.Context(), platform.Reading{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []platform.Route{
			{Dst: netip.MustParsePrefix("10.90.0.0/16"), Gateway: netip.MustParseAddr(nearIP), LinkName: "c0", Kind: platform.Unicast, Table: 77, Protocol: "boot"},
			{Dst: netip.MustParsePrefix("10.90.0.0/16"), Gateway: netip.MustParseAddr("10.77.1.253"), LinkName: "c0", Kind: platform.Unicast, Table: 77, Protocol: "boot"},
			{Dst: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr(nearIP), LinkName: "c0", Kind: platform.Unicast, Table: 254, Protocol: "boot"},
			{Dst: netip.MustParsePrefix("::/0"), Gateway: netip.MustParseAddr(nearIP6), LinkName: "c0", Kind: platform.Unicast, Table: 254, Metric: 1024, Protocol: "boot"},
			{Dst: netip.MustParsePrefix(clientIP + "/32"), Source: netip.MustParseAddr(clientIP), LinkName: "c0", Kind: platform.Local, Table: 255, Protocol: "kernel"},
		} {
			if !holds(got, want) {
				t.Errorf("got no %+v in %+v", want, got)
			}
		}
	})
	// The far end goes: the routes stay and cannot be used.
	l.in(l.router, func() {
		if err := netlink.LinkSetDown(linkOf(t, "r0")); err != nil {
			t.Fatal(err)
		}
	})
	l.in(l.client, func() {
		eventually(t, "the default route is down", func() bool {
			got, err := routes{}.All(t.Context(), platform.Reading{})
			return err == nil && holds(got, platform.Route{Dst: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr(nearIP),
				LinkName: "c0", Kind: platform.Unicast, Table: 254, Protocol: "boot", Down: true})
		})
	})
}

func holds(all []platform.Route, want platform.Route) bool {
	for _, r := range all {
		if r.Link = 0; r == want {
			return true
		}
	}
	return false
}
