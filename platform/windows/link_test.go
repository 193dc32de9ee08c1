package windows

import (
	"net/netip"
	"testing"

	"faultline/platform"
)

// madeIf spells one MIB_IF_ROW2 by hand.
type madeIf struct {
	luid                        uint64
	index                       uint32
	alias, description          string
	mac                         []byte
	kind, media, medium, access uint32
	flags                       byte
	admin, connect              uint32
	speed                       uint64
}

func (m madeIf) row() made {
	b := make(made, ifRowSize)
	put := func(at int, v made) { copy(b[at:], v) }
	put(0, made{}.u64(m.luid))
	put(ifIndex, made{}.u32(m.index))
	put(ifAlias, made{}.wide(m.alias))
	put(ifDescription, made{}.wide(m.description))
	put(ifMACLength, made{}.u32(uint32(len(m.mac))))
	put(ifMAC, m.mac)
	put(ifMTU, made{}.u32(1500, 0, m.kind))
	put(ifKind, made{}.u32(m.kind))
	put(ifMedia, made{}.u32(m.media, m.medium, m.access))
	b[ifFlags] = m.flags
	put(ifOper, made{}.u32(1, m.admin, m.connect))
	put(ifSpeed, made{}.u64(m.speed))
	put(ifIn, made{}.u64(1000, 10, 2, 3, 4))
	put(ifOut, made{}.u64(2000, 20, 1, 5, 6))
	return b
}

func madeIfTable(all ...madeIf) made {
	t := made{}.u32(uint32(len(all)), 0)
	for _, m := range all {
		t = append(t, m.row()...)
	}
	return t
}

var madeMAC = []byte{2, 0, 0, 0, 0, 10}

func TestLinks(t *testing.T) {
	ethernet := madeIf{luid: 1, index: 4, alias: "以太网", description: "Intel(R) Ethernet", mac: madeMAC, kind: kindEthernet, flags: flagHardware, admin: adminUp, connect: connected, speed: 1e9}
	with := func(m madeIf, f func(*madeIf)) madeIf { f(&m); return m }
	for _, c := range []struct {
		name string
		row  madeIf
		on   bool // IP runs on it
		want platform.Link
	}{
		{"Ethernet of a Chinese system", ethernet, true, platform.Link{Index: 4, Name: "以太网", Kind: platform.Ethernet, Up: true, Carrier: platform.Yes}},
		{"no signal", with(ethernet, func(m *madeIf) { m.connect = disconnected }), true,
			platform.Link{Index: 4, Name: "以太网", Kind: platform.Ethernet, Up: true, Carrier: platform.No}},
		{"disabled", with(ethernet, func(m *madeIf) { m.admin = 2 }), false, platform.Link{Index: 4, Name: "以太网", Kind: platform.Ethernet}},
		{"Wi-Fi", with(ethernet, func(m *madeIf) { m.alias, m.kind, m.medium = "WLAN", kindWiFi, mediumNativeWiFi }), true,
			platform.Link{Index: 4, Name: "WLAN", Kind: platform.WiFi, Up: true, Carrier: platform.Yes}},
		{"a VPN that says to be Ethernet", with(ethernet, func(m *madeIf) { m.alias, m.description, m.flags = "Firma", "TAP-Windows Adapter V9", 0 }), true,
			platform.Link{Index: 4, Name: "Firma", Kind: platform.Tunnel, Up: true, Carrier: platform.Yes}},
		{"Wintun", with(ethernet, func(m *madeIf) { m.alias, m.kind, m.media, m.flags = "wg", kindVirtual, mediaIP, 0 }), true,
			platform.Link{Index: 4, Name: "wg", Kind: platform.Tunnel, Up: true, Carrier: platform.Yes, NoARP: true}},
		{"PPP", with(ethernet, func(m *madeIf) { m.alias, m.kind, m.media, m.flags = "VPN", kindPPP, mediaWAN, 0 }), true,
			platform.Link{Index: 4, Name: "VPN", Kind: platform.PPP, Up: true, Carrier: platform.Yes, NoARP: true}},
		{"loopback", with(ethernet, func(m *madeIf) { m.alias, m.kind, m.flags = "Loopback", kindLoopback, 0 }), true,
			platform.Link{Index: 4, Name: "Loopback", Kind: platform.Loopback, Up: true, NoARP: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all []adapter
			if c.on {
				all = []adapter{{luid: 1, index4: 4, status: operUp}}
			}
			joined := joinAdapters(decodeIfTable(madeIfTable(c.row)), all)
			if len(joined) != 1 {
				t.Fatalf("got %d adapters, want 1", len(joined))
			}
			got := joined[0].link(1400)
			if got.Index != c.want.Index || got.Name != c.want.Name || got.Kind != c.want.Kind || got.Up != c.want.Up ||
				got.Carrier != c.want.Carrier || got.NoARP != c.want.NoARP || got.MTU != 1400 || got.MAC != "02:00:00:00:00:0a" {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			n := joined[0].counters(got0)
			if n.RxBytes != 1000 || n.TxBytes != 2000 || n.RxPackets != 12 || n.TxPackets != 21 || n.RxDropped != 3 || n.TxErrors != 6 {
				t.Errorf("got counters %+v", n)
			}
		})
	}
}

func TestLayersAreLeftOut(t *testing.T) {
	got := joinAdapters(decodeIfTable(madeIfTable(
		madeIf{luid: 1, index: 4, kind: kindEthernet, flags: flagHardware},
		madeIf{luid: 2, index: 5, kind: kindEthernet, flags: flagFilter},
		madeIf{luid: 3, index: 6, kind: kindEthernet},
		madeIf{luid: 4, index: 4, kind: kindEthernet, flags: flagHardware},
	)), nil)
	if len(got) != 1 || got[0].luid != 1 {
		t.Errorf("got %+v, want the hardware alone", got)
	}
}

func TestSpeedThatIsNotKnown(t *testing.T) {
	for _, c := range []struct {
		speed uint64
		want  int64
	}{{1e9, 1e9}, {speedUnknown, 0}, {1 << 62, 0}, {0, 0}} {
		if got := (both{iface: iface{speed: c.speed, kind: kindEthernet}}).counters(got0).Speed; got != c.want {
			t.Errorf("%d: got %d, want %d", c.speed, got, c.want)
		}
	}
}

func TestAddressesWithoutSignal(t *testing.T) {
	own := []unicast{{prefix: netip.MustParsePrefix("169.254.7.8/16"), dad: 4}, {prefix: netip.MustParsePrefix("fe80::1/64"), dad: 4},
		{prefix: netip.MustParsePrefix("192.0.2.7/24"), dad: dadDuplicate},
		{prefix: netip.MustParsePrefix("2001:db8::7/64"), dad: dadDeprecated, prefixOrigin: prefixAdvertised, suffixOrigin: suffixRandom}}
	for _, c := range []struct {
		name   string
		status uint32
		want   int
	}{{"up", operUp, 4}, {"without a signal", 2, 3}} {
		got := adapter{status: c.status, unicast: own}.addresses()
		if len(got) != c.want {
			t.Fatalf("%s: got %+v, want %d addresses", c.name, got, c.want)
		}
		last, third := got[len(got)-1], got[len(got)-2]
		if !last.Deprecated || !last.Temporary || !third.Duplicate {
			t.Errorf("%s: got %+v and %+v, want a temporary deprecated and a duplicate one", c.name, last, third)
		}
	}
}

func FuzzIfTable(f *testing.F) {
	f.Add([]byte(madeIfTable(madeIf{luid: 1, index: 4, alias: "a", mac: madeMAC, flags: flagHardware})))
	f.Add([]byte(made{}.u32(0xffffffff, 0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, one := range joinAdapters(decodeIfTable(b), nil) {
			if l := one.link(0); l.MTU > mostMTU || l.Index <= 0 {
				t.Errorf("got %+v", l)
			}
		}
	})
}
