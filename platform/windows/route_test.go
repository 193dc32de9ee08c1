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

// TestOwnAddresses: packets to this machine's own addresses never leave it.
func TestOwnAddresses(t *testing.T) {
	r := madeHost()
	for _, c := range []struct {
		to   string
		link int
		own  bool
	}{{"192.0.2.7", 4, true}, {"10.8.0.2", 9, true}, {"127.0.0.1", 0, true}, {"192.0.2.9", 0, false}} {
		link, own := r.settled(platform.RouteAsk{Dst: netip.MustParseAddr(c.to)})
		if link != c.link || own != c.own {
			t.Errorf("%s: got %d, %v, want %d, %v", c.to, link, own, c.link, c.own)
		}
	}
	listed, made := r.local(netip.MustParseAddr("192.0.2.7"), 4), r.local(netip.MustParseAddr("10.8.0.2"), 9)
	if listed.Kind != platform.Local || listed.Dst.Bits() != 32 || made.Kind != platform.Local || made.LinkName != "VPN" || made.Source.String() != "10.8.0.2" {
		t.Errorf("got %+v and %+v, want both local", listed, made)
	}
}

// TestTheSystemsOwnChoice: its row gets what rows have from elsewhere.
func TestTheSystemsOwnChoice(t *testing.T) {
	row, ok := decodeForward(structure(madeForward(4, "0.0.0.0/0", "192.0.2.1", 5, 3, 0)))
	got := madeHost().answer(row, netip.MustParseAddr("192.0.2.7"))
	if !ok || got.Metric != 30 || got.LinkName != "Ethernet" || got.Kind != platform.Unicast || got.Source.String() != "192.0.2.7" || got.Protocol != "static" {
		t.Errorf("got %+v, want the metrics of both added up", got)
	}
}

func TestIPInterfaces(t *testing.T) {
	row := func(family uint16, index, metric, mtu uint32, connected byte) made {
		b := make(made, ipRowSize)
		copy(b, made{}.u16(family))
		copy(b[ipIndex:], made{}.u32(index))
		copy(b[ipMetric:], made{}.u32(metric, mtu))
		b[ipConnected] = connected
		return b
	}
	table := append(append(append(made{}.u32(3, 0), row(familyIPv4, 4, 25, 1500, 1)...), row(familyIPv6, 4, 35, 1280, 0)...), row(99, 4, 1, 1, 1)...)
	on := decodeIPInterfaces(table)
	if v4 := on[onIP{4, false}]; len(on) != 2 || v4.metric != 25 || v4.mtu != 1500 || !v4.connected || on[onIP{4, true}].connected {
		t.Errorf("got %+v, want both families of adapter 4", on)
	}
	for _, c := range []struct {
		name string
		on   map[onIP]ipInterface
		want int
	}{
		{"the smaller of both", on, 1280},
		{"of one", map[onIP]ipInterface{{4, false}: {mtu: 1400}}, 1400},
		{"not told", nil, 0},
		{"of GetAdaptersAddresses", ipOfAdapters([]adapter{{index4: 4, metric4: 7, status: operUp}}), 0},
	} {
		if got := mtuOf(c.on, 4); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
	if got := ipOfAdapters([]adapter{{index4: 4, metric4: 7, status: operUp}})[onIP{4, false}]; got.metric != 7 || !got.connected {
		t.Errorf("got %+v, want metric 7, connected", got)
	}
}
