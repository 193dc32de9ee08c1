package rule

import (
	"net/netip"
	"testing"

	"faultline/platform"
)

func TestUnstable(t *testing.T) {
	for _, c := range []struct {
		name  string
		later platform.LinkCounters
		why   string
	}{
		{"old counts alone", platform.LinkCounters{CarrierLost: 40, TxPackets: 100}, ""},
		{"once", platform.LinkCounters{CarrierLost: 41, TxPackets: 100}, ""},
		{"twice", platform.LinkCounters{CarrierLost: 42, TxPackets: 100}, "signal"},
		{"counted anew", platform.LinkCounters{CarrierLost: 1, TxPackets: 100}, ""},
		{"collisions in half duplex", platform.LinkCounters{CarrierLost: 40, TxPackets: 200, Collisions: 30, Duplex: "half"}, "duplex"},
		{"a few collisions in half duplex", platform.LinkCounters{CarrierLost: 40, TxPackets: 200, Collisions: 3, Duplex: "half"}, ""},
		{"collisions in full duplex", platform.LinkCounters{CarrierLost: 40, TxPackets: 200, Collisions: 30, Duplex: "full"}, ""},
	} {
		f := unstable(platform.LinkCounters{CarrierLost: 40, TxPackets: 100, Name: "eth0"}, c.later)
		if got, _ := f.Args["why"].(string); got != c.why {
			t.Errorf("%s: got %q want %q", c.name, got, c.why)
		}
	}
}

func TestCapacity(t *testing.T) {
	for _, c := range []struct {
		name string
		link platform.LinkCounters
		rate int64
		what string
	}{
		{"its speed", platform.LinkCounters{Speed: 1e9}, 1e9, "speed"},
		{"limited", platform.LinkCounters{Speed: 1e9, Shaped: 1e6}, 1e6, "shaped"},
		{"a limit that is none", platform.LinkCounters{Speed: 1e9, Shaped: 1e10}, 1e9, "speed"},
		{"not told", platform.LinkCounters{}, 0, "speed"},
	} {
		if rate, what := capacity(c.link); rate != c.rate || what != c.what {
			t.Errorf("%s: got %d, %s want %d, %s", c.name, rate, what, c.rate, c.what)
		}
	}
}

func TestEnoughLost(t *testing.T) {
	for _, c := range []struct {
		lost, of int
		want     bool
	}{{0, 0, false}, {2, 20, false}, {3, 20, true}, {3, 100, false}, {20, 20, true}} {
		if got := enoughLost(c.lost, c.of); got != c.want {
			t.Errorf("%d of %d: got %v want %v", c.lost, c.of, got, c.want)
		}
	}
}

func TestStrangers(t *testing.T) {
	got := strangersOf([]string{"00:00:5e:00:01:07", "02:00:00:00:00:01", "00:00:0c:07:ac:01", "00:00:5e:00:02:01"})
	if len(got) != 1 || got[0] != "02:00:00:00:00:01" {
		t.Errorf("got %v want the machine whose address is its own", got)
	}
}

func TestMasters(t *testing.T) {
	port := platform.Link{Index: 2, Name: "eth0", Kind: platform.Ethernet, Up: true, Carrier: platform.No, Master: 3}
	bridge := platform.Link{Index: 3, Name: "br0", Kind: platform.Bridge, Up: true, Carrier: platform.No}
	vlan := platform.Link{Index: 4, Name: "eth0.7", Kind: platform.Ethernet, Up: true, Carrier: platform.No, Parent: 3}
	links := []platform.Link{port, bridge, vlan}
	if got := cause(links, vlan); got.Name != "eth0" {
		t.Errorf("a VLAN on a bridge: got %s want eth0", got.Name)
	}
	off := port
	off.Up, off.Carrier = false, platform.Unknown
	if got := linkFault(cause([]platform.Link{off, bridge}, bridge), true); got.Code != "link.disabled" || got.Args["adapter"] != "eth0" {
		t.Errorf("a port that is off: got %s of %v", got.Code, got.Args)
	}
	if hears(links, bridge) || !hears(nil, platform.Link{Index: 9, Up: true, Carrier: platform.Yes}) {
		t.Error("got a signal of a dark bridge, or none of an adapter that has one")
	}
}

func TestOutside(t *testing.T) {
	gate := addr("192.0.2.1")
	for _, c := range []struct {
		name string
		link platform.Link
		want string
	}{
		{"within", platform.Link{Addresses: onNet("192.0.2.7/24")}, ""},
		{"beside", platform.Link{Addresses: onNet("192.0.2.200/25")}, "192.0.2.200/25"},
		{"an address alone", platform.Link{Addresses: onNet("192.0.2.200/32")}, ""},
		{"a second prefix holds it", platform.Link{Addresses: onNet("198.51.100.7/24", "192.0.2.7/28")}, ""},
		{"point to point", platform.Link{PointToPoint: true, Addresses: onNet("198.51.100.7/24")}, ""},
		{"a peer", platform.Link{Addresses: []platform.Address{{Prefix: onNet("198.51.100.7/24")[0].Prefix, Peer: gate}}}, ""},
		{"no address", platform.Link{}, ""},
	} {
		if got := outside(c.link, gate); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func onNet(prefixes ...string) (all []platform.Address) {
	for _, p := range prefixes {
		all = append(all, platform.Address{Prefix: netip.MustParsePrefix(p)})
	}
	return all
}
