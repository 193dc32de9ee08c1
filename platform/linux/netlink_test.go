package linux

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"faultline/platform"
)

// body spells the fixed part of a netlink body; the numbers are host order.
type body struct{ b []byte }

func (m body) u8(v ...byte) body            { return body{append(m.b, v...)} }
func (m body) u16(v uint16) body            { return body{host.AppendUint16(m.b, v)} }
func (m body) u32(v uint32) body            { return body{host.AppendUint32(m.b, v)} }
func (m body) attr(t uint16, v []byte) body { return body{attribute(m.b, t, v)} }

func u32(v uint32) []byte { return host.AppendUint32(nil, v) }

func ip(s string) []byte { return netip.MustParseAddr(s).AsSlice() }

func linkMessage(hardware uint16, flags uint32, kind string) []byte {
	m := body{}.u8(0, 0).u16(hardware).u32(7).u32(flags).u32(0).attr(linkName, []byte("x0\x00")).
		attr(linkMTU, u32(1400)).attr(linkMaster, u32(3)).attr(linkAddress, []byte{2, 0, 0, 0, 0, 1})
	if kind != "" {
		m = m.attr(linkInfo|0x8000, attribute(nil, linkKind, append([]byte(kind), 0)))
	}
	return m.b
}

func TestDecodeLink(t *testing.T) {
	const upLower = flagUp | flagLowerUp
	for _, c := range []struct {
		name     string
		hardware uint16
		flags    uint32
		kind     string
		wantKind platform.LinkKind
		up       bool
		carrier  platform.Tri
	}{
		{"ethernet", hardwareEther, upLower, "", platform.Ethernet, true, platform.Yes},
		{"virtual pair without carrier", hardwareEther, flagUp, "veth", platform.Ethernet, true, platform.No},
		{"down", hardwareEther, 0, "", platform.Ethernet, false, platform.Unknown},
		{"down with a carrier flag", hardwareEther, flagLowerUp, "", platform.Ethernet, false, platform.Unknown},
		{"loopback", hardwareLoopback, upLower, "", platform.Loopback, true, platform.Unknown},
		{"bridge", hardwareEther, upLower, "bridge", platform.Bridge, true, platform.Yes},
		{"tun", hardwareNone, upLower, "tun", platform.Tunnel, true, platform.Yes},
		{"tap", hardwareEther, upLower, "tun", platform.Ethernet, true, platform.Yes},
		{"wireguard", hardwareNone, upLower, "wireguard", platform.Tunnel, true, platform.Yes},
		{"gre", hardwareGRE, upLower, "gre", platform.Tunnel, true, platform.Yes},
		{"sit", hardwareSIT, upLower, "sit", platform.Tunnel, true, platform.Yes},
		{"ip6tnl", hardwareTunnel6, upLower, "ip6tnl", platform.Tunnel, true, platform.Yes},
		{"vti", hardwareTunnel, upLower, "vti", platform.Tunnel, true, platform.Yes},
		{"xfrm", hardwareNone, upLower, "xfrm", platform.Tunnel, true, platform.Yes},
		{"ppp", hardwarePPP, upLower, "ppp", platform.PPP, true, platform.Yes},
		{"monitor", hardwareWiFi, upLower, "", platform.WiFi, true, platform.Yes},
		{"vrf", hardwareEther, upLower, "vrf", platform.OtherLink, true, platform.Yes},
		{"infiniband", 32, upLower, "", platform.OtherLink, true, platform.Yes},
	} {
		got, ok := decodeLink(linkMessage(c.hardware, c.flags, c.kind))
		want := platform.Link{Index: 7, Name: "x0", Kind: c.wantKind, Up: c.up, Carrier: c.carrier, MTU: 1400, MAC: "02:00:00:00:00:01", Master: 3}
		if c.wantKind == platform.Tunnel || c.wantKind == platform.PPP {
			want.Tunnel = &platform.Ends{}
		}
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v want %+v", c.name, got, ok, want)
		}
	}
}

func TestDecodeAddress(t *testing.T) {
	pfx, addr := netip.MustParsePrefix, netip.MustParseAddr
	message := func(family, bits, flags byte) body { return body{}.u8(family, bits, flags, 0).u32(7) }
	for _, c := range []struct {
		name string
		in   []byte
		want platform.Address
	}{
		{"IPv4", message(familyIPv4, 24, 0).attr(addrAddress, ip("192.0.2.1")).attr(addrLocal, ip("192.0.2.1")).b, platform.Address{Prefix: pfx("192.0.2.1/24")}},
		{"IPv4 secondary", message(familyIPv4, 24, addrTemporary).attr(addrLocal, ip("192.0.2.1")).b, platform.Address{Prefix: pfx("192.0.2.1/24")}},
		{"IPv4 with a peer", message(familyIPv4, 32, 0).attr(addrAddress, ip("192.0.2.2")).attr(addrLocal, ip("192.0.2.1")).b, platform.Address{Prefix: pfx("192.0.2.1/32"), Peer: addr("192.0.2.2")}},
		{"IPv4 self-assigned", message(familyIPv4, 16, 0).attr(addrLocal, ip("169.254.1.1")).b, platform.Address{Prefix: pfx("169.254.1.1/16"), LinkLocal: true}},
		{"IPv6", message(familyIPv6, 64, 0).attr(addrAddress, ip("2001:db8::1")).b, platform.Address{Prefix: pfx("2001:db8::1/64")}},
		{"IPv6 link-local, tentative", message(familyIPv6, 64, addrTentative).attr(addrAddress, ip("fe80::1")).b, platform.Address{Prefix: pfx("fe80::1/64"), LinkLocal: true, Tentative: true}},
		{"IPv6 duplicate", message(familyIPv6, 64, addrTentative|addrDADFailed).attr(addrAddress, ip("2001:db8::1")).b, platform.Address{Prefix: pfx("2001:db8::1/64"), Duplicate: true}},
		{"IPv6 temporary, deprecated, long flags", message(familyIPv6, 64, 0).attr(addrAddress, ip("2001:db8::1")).attr(addrFlags, u32(0x100|addrTemporary|addrDeprecated)).b, platform.Address{Prefix: pfx("2001:db8::1/64"), Temporary: true, Deprecated: true}},
	} {
		got, index, ok := decodeAddress(c.in)
		if !ok || index != 7 || got != c.want {
			t.Errorf("%s: got %+v, %d, %v want %+v", c.name, got, index, ok, c.want)
		}
	}
}

func routeMessage(family, bits, table, protocol, kind byte, flags uint32) body {
	return body{}.u8(family, bits, 0, 0, table, protocol, 0, kind).u32(flags)
}

func TestDecodeRoutes(t *testing.T) {
	pfx, addr := netip.MustParsePrefix, netip.MustParseAddr
	hop := func(flags byte, index uint32, gw string) []byte {
		b := attribute(body{}.u16(0).u8(flags, 0).u32(index).b, routeGateway, ip(gw))
		host.PutUint16(b, uint16(len(b)))
		return b
	}
	for _, c := range []struct {
		name string
		in   body
		want []platform.Route
	}{
		{"default", routeMessage(familyIPv4, 0, 254, 16, 1, 0).attr(routeGateway, ip("192.0.2.1")).attr(routeOut, u32(2)).attr(routePriority, u32(100)).attr(routePrefSrc, ip("192.0.2.9")),
			[]platform.Route{{Dst: pfx("0.0.0.0/0"), Gateway: addr("192.0.2.1"), Link: 2, Metric: 100, Source: addr("192.0.2.9"), Kind: platform.Unicast, Table: 254, Protocol: "dhcp"}}},
		{"big table, mtu, dead", routeMessage(familyIPv6, 64, 252, 9, 1, routeDead).attr(routeDst, ip("2001:db8::")).attr(routeTable, u32(1000)).attr(routeMetrics, attribute(nil, metricMTU, u32(1280))),
			[]platform.Route{{Dst: pfx("2001:db8::/64"), Kind: platform.Unicast, Table: 1000, MTU: 1280, Protocol: "ra", Down: true}}},
		{"link down", routeMessage(familyIPv4, 24, 254, 2, 1, routeLinkDown).attr(routeDst, ip("192.0.2.0")),
			[]platform.Route{{Dst: pfx("192.0.2.0/24"), Kind: platform.Unicast, Table: 254, Protocol: "kernel", Down: true}}},
		{"via IPv6", routeMessage(familyIPv4, 0, 254, 99, 1, 0).attr(routeVia, append(host.AppendUint16(nil, familyIPv6), ip("fe80::1")...)),
			[]platform.Route{{Dst: pfx("0.0.0.0/0"), Gateway: addr("fe80::1"), Kind: platform.Unicast, Table: 254, Protocol: "99"}}},
		{"two next hops", routeMessage(familyIPv4, 0, 254, 4, 1, 0).attr(routeMultipath, append(hop(0, 2, "192.0.2.1"), hop(routeDead, 3, "198.51.100.1")...)),
			[]platform.Route{{Dst: pfx("0.0.0.0/0"), Gateway: addr("192.0.2.1"), Link: 2, Kind: platform.Unicast, Table: 254, Protocol: "static"},
				{Dst: pfx("0.0.0.0/0"), Gateway: addr("198.51.100.1"), Link: 3, Kind: platform.Unicast, Table: 254, Protocol: "static", Down: true}}},
		{"prohibit", routeMessage(familyIPv4, 24, 254, 3, 8, 0).attr(routeDst, ip("192.0.2.0")),
			[]platform.Route{{Dst: pfx("192.0.2.0/24"), Kind: platform.Prohibit, Table: 254, Protocol: "boot"}}},
		{"unknown kind", routeMessage(familyIPv4, 24, 254, 3, 200, 0), nil},
		{"other family", routeMessage(28, 24, 254, 3, 1, 0), nil},
	} {
		if got := decodeRoutes(c.in.b); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v want %+v", c.name, got, c.want)
		}
	}
}

func neighborMessage(state uint16, flags byte, confirmed uint32) []byte {
	return body{}.u8(familyIPv4, 0, 0, 0).u32(2).u16(state).u8(flags, 1).attr(neighborDst, ip("192.0.2.1")).
		attr(neighborMAC, []byte{2, 0, 0, 0, 0, 1}).attr(neighborCache, append(u32(confirmed), make([]byte, 12)...)).b
}

func TestDecodeNeighbor(t *testing.T) {
	for bits, want := range neighborStates {
		got, ok := decodeNeighbor(neighborMessage(bits, neighborRouter, 250))
		if !ok || got.State != want || !got.Router || got.Link != 2 || got.MAC != "02:00:00:00:00:01" || got.confirmed != 2500*time.Millisecond {
			t.Errorf("state %#x: got %+v, %v want %s", bits, got, ok, want)
		}
	}
	if _, ok := decodeNeighbor(neighborMessage(0x03, 0, 0)); ok {
		t.Error("got an entry in two states at once")
	}
}

func TestConfirmedWithin(t *testing.T) {
	for _, c := range []struct {
		name   string
		state  uint16
		ticks  uint32
		within time.Duration
		want   bool
	}{
		{"since the ask", 0x02, 10, time.Second, true},
		{"before the ask", 0x02, 101, time.Second, false},
		{"in the tick of the ask", 0x02, 100, time.Second, false},
		{"delayed, since the ask", 0x08, 10, time.Second, true},
		{"failed entries carry a stamp too", 0x20, 10, time.Second, false},
		{"incomplete", 0x01, 10, time.Second, false},
	} {
		e, ok := decodeNeighbor(neighborMessage(c.state, 0, c.ticks))
		if got := ok && e.confirmedWithin(c.within); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func TestMessages(t *testing.T) {
	one, two := request(20, 1, 7, []byte{1, 2, 3}), request(21, 2, 8, nil)
	datagram := append(append(append([]byte(nil), one...), 0), two...) // bodies are padded to four bytes
	var got []uint16
	for m := range messages(datagram) {
		got = append(got, m.Type)
	}
	if !reflect.DeepEqual(got, []uint16{20, 21}) {
		t.Errorf("got types %v want 20, 21", got)
	}
	for range messages(datagram[:len(one)-1]) {
		t.Error("got a message that is not whole")
	}
	if n := failure(u32(uint32(0xffffffff - 12))); n != 13 {
		t.Errorf("got error %d want 13", n)
	}
}

func TestRejecting(t *testing.T) {
	all := []platform.Route{
		{Dst: netip.MustParsePrefix("10.0.0.0/8"), Kind: platform.Prohibit, Metric: 1},
		{Dst: netip.MustParsePrefix("10.1.0.0/16"), Kind: platform.Prohibit, Metric: 2},
		{Dst: netip.MustParsePrefix("10.1.1.0/24"), Kind: platform.Blackhole, Metric: 3},
	}
	if got := rejecting(all, netip.MustParseAddr("10.1.1.1"), platform.Prohibit); got.Metric != 2 {
		t.Errorf("got %+v want the closest prohibit route", got)
	}
	if got := rejecting(all, netip.MustParseAddr("192.0.2.1"), platform.Prohibit); got.Dst.IsValid() || got.Kind != platform.Prohibit {
		t.Errorf("got %+v want an unknown prefix, as a rule rejects", got)
	}
}

func FuzzNetlink(f *testing.F) {
	f.Add(request(16, 0, 1, linkMessage(1, 1, "veth")))
	f.Add(request(28, 0, 1, neighborMessage(2, 0, 1)))
	f.Add(request(24, 0, 1, routeMessage(2, 24, 254, 2, 1, 0).attr(routeDst, ip("192.0.2.0")).b))
	f.Fuzz(func(t *testing.T, b []byte) {
		for m := range messages(b) {
			if len(m.Body) > len(b) {
				t.Fatal("got more than came")
			}
			decodeLink(m.Body)
			decodeAddress(m.Body)
			decodeNeighbor(m.Body)
			decodeFamily(m.Body)
			decodeRule(m.Body)
			decodeWireless(m.Body)
			failure(m.Body)
			if len(decodeRoutes(m.Body)) > len(b) {
				t.Error("got more routes than bytes")
			}
		}
	})
}

func FuzzAttributes(f *testing.F) {
	f.Add(attribute(attribute(nil, 1, []byte("abc")), 2, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		for kind, v := range attributes(b) {
			again = attribute(again, kind, v)
		}
		n := 0
		for kind, v := range attributes(again) {
			n += aligned(attrHead + len(v))
			if kind > attrType {
				t.Errorf("got kind %#x", kind)
			}
		}
		if n != len(again) {
			t.Errorf("got %d bytes of attributes want %d: %x", n, len(again), bytes.TrimSpace(again))
		}
	})
}
