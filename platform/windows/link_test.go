package windows

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"faultline/platform"
)

// madeIfTable is a table of interfaces whose rows are filled by hand.
func madeIfTable(rows ...func(madeMemory)) []byte {
	m := make(madeMemory, 8+1352*len(rows))
	m.u32(0, uint32(len(rows)))
	for i, fill := range rows {
		fill(m[8+1352*i : 8+1352*(i+1)])
	}
	return m
}

// madeWiFi is a row with every field that is read; the offsets are those of
// MIB_IF_ROW2 (netioapi.h).
func madeWiFi(m madeMemory) {
	m.u64(0, 0x47000000000000)
	m.u32(8, 12)
	m.wide(28, "WLAN")
	m.wide(542, "Intel(R) Wi-Fi 6 AX201")
	m.u32(1056, 6)
	copy(m[1060:], []byte{2, 0, 0, 0, 0, 9})
	m.u32(1124, 1500)
	m.u32(1128, 71)
	m.u32(1136, 16)
	m.u32(1140, 9)
	m.u32(1144, 2)
	m.u8(1152, 1)
	m.u32(1156, 1)
	m.u32(1160, 1)
	m.u32(1164, 1)
	m.u64(1192, 866_700_000)
	for i := range 5 { // octets, unicast, others, discards, errors
		m.u64(1208+8*i, uint64(10+i))
		m.u64(1280+8*i, uint64(20+i))
	}
}

func TestDecodeIfTable(t *testing.T) {
	got := decodeIfTable(madeIfTable(madeWiFi))
	want := iface{luid: 0x47000000000000, index: 12, alias: "WLAN", description: "Intel(R) Wi-Fi 6 AX201", mac: []byte{2, 0, 0, 0, 0, 9},
		mtu: 1500, kind: 71, media: 16, medium: 9, access: 2, oper: 1, admin: 1, connect: 1, hardware: true, speed: 866_700_000,
		octets: [2]uint64{10, 20}, unicast: [2]uint64{11, 21}, others: [2]uint64{12, 22}, dropped: [2]uint64{13, 23}, errors: [2]uint64{14, 24}}
	if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	c := both{iface: want}.counters(time.Time{})
	if c.RxPackets != 23 || c.TxPackets != 43 || c.RxDropped != 13 || c.TxErrors != 24 || c.Speed != 866_700_000 {
		t.Errorf("got counters %+v", c)
	}
	want.speed = 1<<64 - 1
	if c := (both{iface: want}).counters(time.Time{}); c.Speed != 0 {
		t.Errorf("got speed %d want none, as it is not known", c.Speed)
	}
}

// TestJoinAdapters: what stays is what IP runs on, and hardware.
func TestJoinAdapters(t *testing.T) {
	table := []iface{
		{luid: 3, index: 30, alias: "disabled", hardware: true, admin: 2}, {luid: 2, index: 20, alias: "filter", filter: true},
		{luid: 5, index: 50, alias: "unplugged from USB", hardware: true, admin: 1, oper: 6}, {luid: 6, index: 60, alias: "disabled, and its driver stopped", hardware: true, admin: 2, oper: 6},
		{luid: 1, index: 10, alias: "VPN"}, {luid: 4, index: 40, alias: "WAN Miniport (IP)"}, {luid: 1, index: 10, alias: "twice"},
	}
	var names []string
	for _, b := range joinAdapters(table, []adapter{{luid: 1, index4: 10}, {luid: 2, index4: 20}}) {
		names = append(names, b.name())
	}
	if want := []string{"VPN", "disabled", "disabled, and its driver stopped"}; !reflect.DeepEqual(names, want) {
		t.Errorf("got %q want %q", names, want)
	}
}

func TestLink(t *testing.T) {
	apipa := unicast{prefix: netip.MustParsePrefix("169.254.7.7/16"), dad: 4}
	for _, c := range []struct {
		name  string
		i     iface
		on    *adapter
		kind  platform.LinkKind
		noARP bool
		up    bool
		sends platform.Tri
		addrs int
	}{
		{"ethernet", iface{kind: 6, admin: 1, connect: 1, hardware: true}, nil, platform.Ethernet, false, true, platform.Yes, 0},
		{"cable unplugged", iface{kind: 6, admin: 1, connect: 2, hardware: true}, &adapter{status: 2, unicast: []unicast{apipa}}, platform.Ethernet, false, true, platform.No, 0},
		{"link-local alone", iface{kind: 6, admin: 1, connect: 1, hardware: true}, &adapter{status: 1, unicast: []unicast{apipa}}, platform.Ethernet, false, true, platform.Yes, 1},
		{"disabled", iface{kind: 6, admin: 2, connect: 2, hardware: true}, nil, platform.Ethernet, false, false, platform.Unknown, 0},
		{"Wi-Fi by its medium", iface{kind: 6, medium: 9, admin: 1, connect: 1, hardware: true}, nil, platform.WiFi, false, true, platform.Yes, 0},
		{"Wintun", iface{kind: 53, media: 19, access: 2, admin: 1, connect: 1}, nil, platform.Tunnel, true, true, platform.Yes, 0},
		{"TAP", iface{kind: 6, description: "TAP-Windows Adapter V9 #2", admin: 1, connect: 1}, nil, platform.Tunnel, false, true, platform.Yes, 0},
		{"a product's name on hardware", iface{kind: 6, description: "Fortinet card", admin: 1, connect: 1, hardware: true}, nil, platform.Ethernet, false, true, platform.Yes, 0},
		{"dial-up", iface{kind: 23, media: 3, access: 3, admin: 1}, nil, platform.PPP, true, true, platform.Unknown, 0},
		{"Teredo", iface{kind: 131, media: 15, admin: 1}, nil, platform.Tunnel, true, true, platform.Unknown, 0},
		{"mobile", iface{kind: 243, media: 9, admin: 1, connect: 1}, nil, platform.OtherLink, true, true, platform.Yes, 0},
		{"a switch for virtual machines", iface{kind: 6, admin: 1, connect: 1}, &adapter{status: 1}, platform.Bridge, false, true, platform.Yes, 0},
		{"an access point of its own", iface{kind: 71, medium: 9, admin: 1, connect: 2}, &adapter{status: 2}, platform.Bridge, false, true, platform.No, 0},
		{"Bluetooth", iface{kind: 6, medium: 10, admin: 1, connect: 2, hardware: true}, &adapter{status: 2}, platform.OtherLink, false, true, platform.No, 0},
		{"loopback", iface{kind: 24, admin: 1, connect: 1, mtu: 1<<32 - 1}, nil, platform.Loopback, true, true, platform.Unknown, 0},
	} {
		l := both{c.i, c.on}.link(0)
		if l.Kind != c.kind || l.NoARP != c.noARP || l.Up != c.up || l.Carrier != c.sends || len(l.Addresses) != c.addrs || l.MTU > mostMTU {
			t.Errorf("%s: got %+v want %+v", c.name, l, c)
		}
	}
}

// TestJoin: a switch that leads out has the hardware address of the adapter that
// serves it, on which IP does not run.
func TestJoin(t *testing.T) {
	mac, other := []byte{2, 0, 0x5e, 0, 0, 1}, []byte{2, 0, 0x5e, 0, 0, 2}
	joined := []both{
		{iface: iface{index: 4, kind: 6, mac: mac, hardware: true}},                          // serves 9
		{iface: iface{index: 5, kind: 6, mac: other, hardware: true}},                        // serves nothing
		{iface: iface{index: 6, kind: 6, mac: mac, hardware: true}, on: &adapter{}},          // IP runs on it
		{iface: iface{index: 7, kind: 6, hardware: true}},                                    // has no hardware address
		{iface: iface{index: 8, kind: 6}, on: &adapter{}},                                    // a switch within, without an address
		{iface: iface{index: 9, kind: 6, mac: mac}, on: &adapter{}},                          // the switch that leads out
		{iface: iface{index: 10, kind: 6, mac: []byte{2, 0, 0x5e, 0, 0, 3}}, on: &adapter{}}, // another within
	}
	links := make([]platform.Link, 0, len(joined))
	for _, b := range joined {
		links = append(links, b.link(0))
	}
	join(links, joined)
	for _, l := range links {
		if want := map[int]int{4: 9}[l.Index]; l.Master != want {
			t.Errorf("%d: got master %d want %d", l.Index, l.Master, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	pfx := netip.MustParsePrefix
	a := adapter{status: 1, unicast: []unicast{{prefix: pfx("192.0.2.1/24"), dad: 2}, {prefix: pfx("2001:db8::1/64"), dad: 3, prefixOrigin: 4, suffixOrigin: 5},
		{prefix: pfx("fe80::1/64"), dad: 1, prefixOrigin: 2, suffixOrigin: 5}}}
	want := []platform.Address{{Prefix: pfx("192.0.2.1/24"), Duplicate: true}, {Prefix: pfx("2001:db8::1/64"), Deprecated: true, Temporary: true},
		{Prefix: pfx("fe80::1/64"), LinkLocal: true, Tentative: true}}
	if got := a.addresses(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func FuzzDecodeIfTable(f *testing.F) {
	f.Add(madeIfTable(madeWiFi))
	f.Fuzz(func(t *testing.T, b []byte) {
		all := decodeIfTable(b)
		if len(all) > len(b)/ifRowSize {
			t.Errorf("got %d rows of %d bytes", len(all), len(b))
		}
		for _, i := range all {
			if l := (both{iface: i}).link(0); l.Kind == "" || !l.Up && l.Carrier != platform.Unknown {
				t.Errorf("got %+v", l)
			}
		}
	})
}

// TestLease: an adapter that asks for an address and has none names the broadcast
// address as its server.
func TestLease(t *testing.T) {
	for _, c := range []struct {
		name   string
		on     adapter
		kind   uint32
		dhcp   platform.Tri
		server string
	}{
		{"leased", adapter{index4: 7, flags: byDHCPv4, dhcpServer: netip.MustParseAddr("192.0.2.1")}, kindEthernet, platform.Yes, "192.0.2.1"},
		{"asks in vain", adapter{index4: 7, flags: byDHCPv4, dhcpServer: netip.MustParseAddr("255.255.255.255")}, kindEthernet, platform.Yes, "invalid IP"},
		{"never asked yet", adapter{index4: 7, flags: byDHCPv4}, kindEthernet, platform.Yes, "invalid IP"},
		{"set by hand", adapter{index4: 7, flags: 0x1}, kindWiFi, platform.No, "invalid IP"},
		{"without IPv4", adapter{index6: 7, flags: byDHCPv4}, kindEthernet, platform.Unknown, "invalid IP"},
		{"loopback", adapter{index4: 1}, kindLoopback, platform.Unknown, "invalid IP"},
	} {
		got := both{iface: iface{index: 7, kind: c.kind, admin: adminUp}, on: &c.on}.link(1500)
		if got.DHCP != c.dhcp || got.DHCPServer.String() != c.server {
			t.Errorf("%s: got %v, %v want %v, %s", c.name, got.DHCP, got.DHCPServer, c.dhcp, c.server)
		}
	}
}
