package windows

import (
	"errors"
	"net/netip"
	"testing"

	"faultline/platform"
)

// madeForward spells MIB_IPFORWARD_ROW2 by hand.
func madeForward(index uint32, dst, gateway string, metric, protocol, origin uint32) made {
	p := netip.MustParsePrefix(dst)
	b := make(made, forwardRowSize)
	put := func(at int, v made) { copy(b[at:], v) }
	put(forwardIndex, made{}.u32(index))
	put(forwardDst, appendInet(nil, p.Addr(), 0))
	b[forwardBits] = byte(p.Bits())
	next := netip.IPv4Unspecified()
	if gateway != "" {
		next = netip.MustParseAddr(gateway)
	} else if p.Addr().Is6() {
		next = netip.IPv6Unspecified()
	}
	put(forwardNextHop, appendInet(nil, next, 0))
	put(forwardMetric, made{}.u32(metric))
	put(forwardProtocol, made{}.u32(protocol))
	put(forwardOrigin, made{}.u32(origin))
	return b
}

func madeForwardTable(all ...made) made {
	t := made{}.u32(uint32(len(all)), 0)
	for _, m := range all {
		t = append(t, m...)
	}
	return t
}

// madeHost is a laptop with a cable, Wi-Fi that is down and a VPN.
func madeHost() *routing {
	one := func(s string) []unicast { return []unicast{{prefix: netip.MustParsePrefix(s), dad: 4}} }
	all := []adapter{
		{index4: 4, name: "Ethernet", status: operUp, unicast: one("192.0.2.7/24")},
		{index4: 5, name: "WLAN", status: 2, unicast: one("198.51.100.7/24")},
		{index4: 9, name: "VPN", status: operUp, unicast: one("10.8.0.2/24")},
	}
	on := map[onIP]ipInterface{{4, false}: {metric: 25, connected: true}, {5, false}: {metric: 5}, {9, false}: {metric: 1, connected: true}}
	return newRouting(decodeForwardTable(madeForwardTable(
		madeForward(4, "0.0.0.0/0", "192.0.2.1", 0, 3, 2),
		madeForward(5, "0.0.0.0/0", "198.51.100.1", 0, 3, 2),
		madeForward(4, "192.0.2.0/24", "", 256, 2, 1),
		madeForward(4, "192.0.2.7/32", "", 256, 2, 1),
		madeForward(4, "192.0.2.255/32", "", 256, 2, 1),
		madeForward(9, "10.0.0.0/8", "10.8.0.1", 0, 3, 0),
		madeForward(4, "10.0.0.0/8", "192.0.2.1", 50, 3, 0),
		madeForward(9, "203.0.113.9/32", "10.8.0.1", 1, 10006, 0),
		madeForward(4, "224.0.0.0/4", "", 256, 2, 1),
	)), all, on)
}

func TestChoice(t *testing.T) {
	for _, c := range []struct {
		name, to, link, gateway, source string
		ask                             platform.RouteAsk
	}{
		{"the default route of what is up", "8.8.8.8", "Ethernet", "192.0.2.1", "192.0.2.7", platform.RouteAsk{}},
		{"the longest prefix", "203.0.113.9", "VPN", "10.8.0.1", "10.8.0.2", platform.RouteAsk{}},
		{"the smallest sum of metrics", "10.1.2.3", "VPN", "10.8.0.1", "10.8.0.2", platform.RouteAsk{}},
		{"by an adapter", "10.1.2.3", "Ethernet", "192.0.2.1", "192.0.2.7", platform.RouteAsk{Link: 4}},
		{"from an address", "10.1.2.3", "Ethernet", "192.0.2.1", "192.0.2.7", platform.RouteAsk{Src: netip.MustParseAddr("192.0.2.7")}},
		{"a neighbor", "192.0.2.9", "Ethernet", "", "192.0.2.7", platform.RouteAsk{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.ask.Dst = netip.MustParseAddr(c.to)
			got, err := madeHost().choose(c.ask)
			gateway := ""
			if got.Gateway.IsValid() {
				gateway = got.Gateway.String()
			}
			if err != nil || got.LinkName != c.link || gateway != c.gateway || got.Source.String() != c.source {
				t.Errorf("got %+v, %v, want by %s on %s from %s", got, err, c.gateway, c.link, c.source)
			}
		})
	}
}

func TestNoRoute(t *testing.T) {
	r := newRouting(nil, nil, nil)
	if _, err := r.choose(platform.RouteAsk{Dst: netip.MustParseAddr("192.0.2.1")}); !errors.Is(err, platform.ErrUnreachableNet) {
		t.Errorf("got %v, want %v", err, platform.ErrUnreachableNet)
	}
}

func TestRouteKinds(t *testing.T) {
	want := map[string]platform.RouteKind{"192.0.2.7/32": platform.Local, "192.0.2.255/32": platform.Broadcast, "224.0.0.0/4": platform.Multicast,
		"203.0.113.9/32": platform.Unicast, "0.0.0.0/0": platform.Unicast}
	for _, r := range madeHost().table {
		if kind, ok := want[r.Dst.String()]; ok && r.Kind != kind {
			t.Errorf("%v: got %s, want %s", r.Dst, r.Kind, kind)
		}
		if r.Dst.Bits() == 0 && (r.Protocol != "dhcp" || r.Down != (r.LinkName == "WLAN")) {
			t.Errorf("got %+v, want it from DHCP, and down where there is no signal", r)
		}
	}
}

func FuzzForwardTable(f *testing.F) {
	f.Add([]byte(madeForwardTable(madeForward(4, "2001:db8::/32", "fe80::1", 1, 3, 3))))
	f.Add([]byte(made{}.u32(9, 0).zero(forwardRowSize)))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range newRouting(decodeForwardTable(b), nil, nil).table {
			if !r.Dst.IsValid() || r.Link <= 0 {
				t.Errorf("got %+v", r)
			}
		}
	})
}
