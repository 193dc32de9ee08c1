package windows

import (
	"errors"
	"net/netip"
	"testing"

	"faultline/platform"
)

type madeRoute struct {
	dst      string
	gateway  string
	link     uint32
	metric   uint32
	protocol uint32
	origin   uint32
}

// madeForwardTable writes MIB_IPFORWARD_ROW2 (netioapi.h) by hand.
func madeForwardTable(all ...madeRoute) []byte {
	m := make(madeMemory, 8+104*len(all))
	m.u32(0, uint32(len(all)))
	for i, r := range all {
		row := m[8+104*i : 8+104*(i+1)]
		p := netip.MustParsePrefix(r.dst)
		row.u32(8, r.link)
		row.inet(12, p.Addr().String())
		row.u8(40, byte(p.Bits()))
		row.inet(44, r.gateway)
		row.u32(84, r.metric)
		row.u32(88, r.protocol)
		row.u32(100, r.origin)
	}
	return m
}

// madeIPInterfaces writes MIB_IPINTERFACE_ROW (netioapi.h) by hand: metric 25
// and 5, MTU 1500 and 1280; the second adapter is connected as well.
func madeIPInterfaces() []byte {
	m := make(madeMemory, 8+168*3)
	m.u32(0, 3)
	for i, v := range []struct{ index, metric, mtu uint32 }{{12, 25, 1500}, {20, 5, 1280}, {30, 1, 1500}} {
		row := m[8+168*i:]
		row.u16(0, 2)
		row.u32(16, v.index)
		row.u32(148, v.metric)
		row.u32(152, v.mtu)
		row.u8(156, byte(map[bool]int{true: 1}[v.index != 30]))
	}
	return m
}

func madeRouting() *routing {
	pfx := netip.MustParsePrefix
	table := madeForwardTable(
		madeRoute{"0.0.0.0/0", "192.0.2.1", 12, 0, 3, 0},
		madeRoute{"0.0.0.0/0", "10.8.0.1", 20, 30, 3, 0},
		madeRoute{"0.0.0.0/1", "10.8.0.1", 20, 0, 3, 0},
		madeRoute{"192.0.2.0/24", "0.0.0.0", 12, 256, 2, 0},
		madeRoute{"192.0.2.10/32", "0.0.0.0", 12, 256, 2, 0},
		madeRoute{"192.0.2.255/32", "0.0.0.0", 12, 256, 2, 0},
		madeRoute{"224.0.0.0/4", "0.0.0.0", 12, 256, 2, 0},
		madeRoute{"203.0.113.0/24", "192.0.2.3", 12, 10, 3, 2},
		madeRoute{"203.0.113.0/24", "192.0.2.4", 12, 20, 19, 0},
		madeRoute{"198.51.100.0/24", "192.0.3.1", 30, 0, 3, 0},
		madeRoute{"127.0.0.0/8", "0.0.0.0", 1, 256, 2, 0},
	)
	all := []adapter{
		{index4: 1, index6: 1, name: "Loopback", status: 1, unicast: []unicast{{prefix: pfx("127.0.0.1/8"), dad: 4}, {prefix: pfx("::1/128"), dad: 4}}},
		{index4: 12, index6: 12, name: "WLAN", status: 1, unicast: []unicast{{prefix: pfx("169.254.1.1/16"), dad: 4}, {prefix: pfx("192.0.2.9/24"), dad: 3},
			{prefix: pfx("192.0.2.10/24"), dad: 4}, {prefix: pfx("fe80::1/64"), dad: 4}}},
		{index4: 20, name: "VPN", status: 1, unicast: []unicast{{prefix: pfx("10.8.0.2/32"), dad: 4}}},
	}
	return newRouting(decodeForwardTable(table), all, decodeIPInterfaces(madeIPInterfaces()))
}

func TestDecodeForwardTable(t *testing.T) {
	want := map[string]platform.Route{
		"0.0.0.0/0":       {Kind: platform.Unicast, Metric: 25, Protocol: "static", Link: 12, LinkName: "WLAN"},
		"192.0.2.10/32":   {Kind: platform.Local, Metric: 281, Protocol: "kernel", Link: 12, LinkName: "WLAN"},
		"192.0.2.255/32":  {Kind: platform.Broadcast, Metric: 281, Protocol: "kernel", Link: 12, LinkName: "WLAN"},
		"224.0.0.0/4":     {Kind: platform.Multicast, Metric: 281, Protocol: "kernel", Link: 12, LinkName: "WLAN"},
		"203.0.113.0/24":  {Kind: platform.Unicast, Metric: 35, Protocol: "dhcp", Link: 12, LinkName: "WLAN"},
		"198.51.100.0/24": {Kind: platform.Unicast, Metric: 1, Protocol: "static", Link: 30, Down: true},
		"127.0.0.0/8":     {Kind: platform.Local, Metric: 256, Protocol: "kernel", Link: 1, LinkName: "Loopback"},
	}
	seen := map[string]bool{}
	for _, r := range madeRouting().table {
		w, asked := want[r.Dst.String()]
		if !asked || seen[r.Dst.String()] {
			continue
		}
		seen[r.Dst.String()] = true
		w.Dst, w.Gateway, w.Table = r.Dst, r.Gateway, platform.MainTable
		if r != w {
			t.Errorf("got %+v\nwant %+v", r, w)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("got %d of %d routes", len(seen), len(want))
	}
}

func TestChoose(t *testing.T) {
	r := madeRouting()
	for _, c := range []struct {
		name, dst, src  string
		link            int
		gateway, source string
		out             int
		err             error
	}{
		{"half of everything beats all of it", "100.64.0.1", "", 0, "10.8.0.1", "10.8.0.2", 20, nil},
		{"the smaller sum of metrics", "203.0.113.7", "", 0, "192.0.2.3", "192.0.2.10", 12, nil},
		{"metrics of the adapters count", "200.0.0.1", "", 0, "192.0.2.1", "192.0.2.10", 12, nil},
		{"on the adapter that is asked for", "200.0.0.1", "", 20, "10.8.0.1", "10.8.0.2", 20, nil},
		{"by the source's adapter", "200.0.0.1", "10.8.0.2", 0, "10.8.0.1", "10.8.0.2", 20, nil},
		{"on-link, from the address that stays", "192.0.2.77", "", 0, "", "192.0.2.10", 12, nil},
		{"past what is down", "198.51.100.7", "", 0, "192.0.2.1", "192.0.2.10", 12, nil},
		{"no adapter like that", "200.0.0.1", "", 99, "", "", 0, platform.ErrUnreachableNet},
		{"a family whose routes are not told", "2001:db8::1", "", 0, "", "", 0, platform.ErrUnsupported},
	} {
		q := platform.RouteAsk{Dst: netip.MustParseAddr(c.dst), Link: c.link}
		if c.src != "" {
			q.Src = netip.MustParseAddr(c.src)
		}
		got, err := r.choose(q)
		if !errors.Is(err, c.err) || err == nil && (text(got.Gateway) != c.gateway || text(got.Source) != c.source || got.Link != c.out) {
			t.Errorf("%s: got %+v, %v want %+v", c.name, got, err, c)
		}
	}
}

func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// TestChooseWithoutFamily: no address of a family, no route of it.
func TestChooseWithoutFamily(t *testing.T) {
	r := newRouting(nil, []adapter{{index4: 1, unicast: []unicast{{prefix: netip.MustParsePrefix("::1/128")}}}}, nil)
	if _, err := r.choose(platform.RouteAsk{Dst: netip.MustParseAddr("2001:db8::1")}); !errors.Is(err, platform.ErrUnreachableNet) {
		t.Errorf("got %v want %v", err, platform.ErrUnreachableNet)
	}
}

func TestLocal(t *testing.T) {
	r := madeRouting()
	for dst, link := range map[string]int{"127.0.0.1": 1, "127.0.0.7": 1, "192.0.2.10": 12, "::1": 1, "10.8.0.2": 20} {
		q := platform.RouteAsk{Dst: netip.MustParseAddr(dst)}
		at, known := r.settled(q)
		got := r.local(q.Dst, at)
		if !known || got.Kind != platform.Local || got.Link != link || got.Source != q.Dst || got.Gateway.IsValid() || !got.Dst.Contains(q.Dst) {
			t.Errorf("%s: got %+v, %v want the local route by %d", dst, got, known, link)
		}
	}
	if _, known := r.settled(platform.RouteAsk{Dst: netip.MustParseAddr("192.0.2.1")}); known {
		t.Error("got the gateway for this machine's own")
	}
}

func TestMTUOf(t *testing.T) {
	on := decodeIPInterfaces(madeIPInterfaces())
	on[onIP{12, true}] = ipInterface{mtu: 1400}
	for index, want := range map[int]int{12: 1400, 20: 1280, 99: 0} {
		if got := mtuOf(on, index); got != want {
			t.Errorf("%d: got %d want %d", index, got, want)
		}
	}
}

// FuzzRoutes: whatever the tables hold, the route that is chosen covers the
// address, and no entry that could be used covers it more closely.
func FuzzRoutes(f *testing.F) {
	f.Add(madeForwardTable(madeRoute{"0.0.0.0/0", "192.0.2.1", 12, 0, 3, 0}, madeRoute{"192.0.2.0/24", "0.0.0.0", 12, 256, 2, 0}), madeIPInterfaces(), []byte{192, 0, 2, 1})
	f.Fuzz(func(t *testing.T, table, on, to []byte) {
		dst, ok := netip.AddrFromSlice(to)
		if !ok {
			return
		}
		dst = dst.Unmap()
		r := newRouting(decodeForwardTable(table), nil, decodeIPInterfaces(on))
		got, err := r.choose(platform.RouteAsk{Dst: dst})
		if err == nil && (!got.Dst.Contains(dst) || got.Kind == "" || got.Metric < 0) {
			t.Errorf("got %+v for %v", got, dst)
		}
		for _, x := range r.table {
			if x.Dst.Contains(dst) && !x.Down && (err != nil || x.Dst.Bits() > got.Dst.Bits()) {
				t.Errorf("got %+v, %v want %+v", got, err, x)
			}
		}
	})
}
