package linux

import (
	"bytes"
	"net/netip"
	"testing"

	"faultline/platform"
)

var (
	ourMAC   = [etherAddress]byte{2, 0, 0, 0, 0, 1}
	theirMAC = [etherAddress]byte{2, 0, 0, 0, 0, 2}
)

func arpBytes(change func(*arpPacket)) []byte {
	p := arpPacket{Op: arpReply, SenderMAC: theirMAC, SenderIP: netip.MustParseAddr("192.0.2.1"),
		TargetMAC: ourMAC, TargetIP: netip.MustParseAddr("192.0.2.9")}
	change(&p)
	return p.encode()
}

func TestARPAnswer(t *testing.T) {
	as := func(*arpPacket) {}
	with := func(at int, v byte) []byte {
		b := arpBytes(as)
		b[at] = v
		return b
	}
	for _, c := range []struct {
		name string
		in   []byte
		mac  string
		want bool
	}{
		{"reply", arpBytes(as), "02:00:00:00:00:02", true},
		{"reply with padding", append(arpBytes(as), make([]byte, 18)...), "02:00:00:00:00:02", true},
		{"reply to all", arpBytes(func(p *arpPacket) { p.TargetIP = p.SenderIP }), "02:00:00:00:00:02", true},
		{"request", arpBytes(func(p *arpPacket) { p.Op = arpRequest }), "", false},
		{"reply of another", arpBytes(func(p *arpPacket) { p.SenderIP = p.TargetIP }), "", false},
		{"our own", arpBytes(func(p *arpPacket) { p.SenderMAC = ourMAC }), "", false},
		{"no MAC", arpBytes(func(p *arpPacket) { p.SenderMAC = [etherAddress]byte{} }), "", true},
		{"other hardware", with(1, 6), "", false},
		{"other protocol", with(2, 0x86), "", false},
		{"longer hardware address", with(4, 8), "", false},
		{"longer protocol address", with(5, 16), "", false},
		{"cut", arpBytes(as)[:arpBody-1], "", false},
		{"empty", nil, "", false},
	} {
		mac, ok := arpAnswer(c.in, netip.MustParseAddr("192.0.2.1"), ourMAC)
		if ok != c.want || mac != c.mac {
			t.Errorf("%s: got %q, %v want %q, %v", c.name, mac, ok, c.mac, c.want)
		}
	}
}

// TestARPBytes holds the frame of RFC 826 against one that is written by hand.
func TestARPBytes(t *testing.T) {
	want := []byte{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 0, 2, 9, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1}
	got := arpPacket{Op: arpRequest, SenderMAC: ourMAC, SenderIP: netip.MustParseAddr("192.0.2.9"), TargetIP: netip.MustParseAddr("192.0.2.1")}.encode()
	if !bytes.Equal(got, want) {
		t.Errorf("got %x want %x", got, want)
	}
}

func advertBytes(options ...byte) []byte {
	b := append([]byte{advertisement, 0, 0, 0, 0xe0, 0, 0, 0}, netip.MustParseAddr("fe80::1").AsSlice()...)
	return append(b, options...)
}

func TestDecodeAdvert(t *testing.T) {
	changed := func(at int, v byte) []byte {
		b := advertBytes()
		b[at] = v
		return b
	}
	link := []byte{targetLinkLayer, 1, 2, 0, 0, 0, 0, 2}
	nonce := []byte{14, 1, 1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		name string
		in   []byte
		mac  string
		want bool
	}{
		{"with MAC", advertBytes(link...), "02:00:00:00:00:02", true},
		{"without MAC", advertBytes(), "", true},
		{"another option first", advertBytes(append(nonce, link...)...), "02:00:00:00:00:02", true},
		{"MAC of another length", advertBytes(append([]byte{targetLinkLayer, 2}, make([]byte, 14)...)...), "", true},
		{"solicitation", changed(0, solicitation), "", false},
		{"code", changed(1, 1), "", false},
		{"group as target", changed(8, 0xff), "", false},
		{"option of no length", advertBytes(targetLinkLayer, 0, 0, 0, 0, 0, 0, 0), "", false},
		{"option cut", advertBytes(targetLinkLayer, 2, 0, 0, 0, 0, 0, 0), "", false},
		{"rest of an option", advertBytes(targetLinkLayer, 1), "", false},
		{"cut", advertBytes()[:advertHead-1], "", false},
		{"empty", nil, "", false},
	} {
		got, ok := decodeAdvert(c.in)
		if ok != c.want || ok && (got.MAC != c.mac || got.Target.String() != "fe80::1") {
			t.Errorf("%s: got %+v, %v want %q, %v", c.name, got, ok, c.mac, c.want)
		}
	}
}

func TestSolicitation(t *testing.T) {
	want := append([]byte{135, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 1, 1, 2, 0, 0, 0, 0, 1)
	if got := solicitationFor(netip.MustParseAddr("fe80::1"), ourMAC); !bytes.Equal(got, want) {
		t.Errorf("got %x want %x", got, want)
	}
	// The example of RFC 4291 §2.7.1.
	if got := solicitedNode(netip.MustParseAddr("4037::1:800:200e:8c6c")); got.String() != "ff02::1:ff0e:8c6c" {
		t.Errorf("got group %v", got)
	}
}

func TestEtherMAC(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*platform.Link)
		want   bool
	}{
		{"ethernet", func(*platform.Link) {}, true},
		{"wifi", func(l *platform.Link) { l.Kind = platform.WiFi }, true},
		{"bridge", func(l *platform.Link) { l.Kind = platform.Bridge }, true},
		{"down", func(l *platform.Link) { l.Up = false }, false},
		{"loopback", func(l *platform.Link) { l.Kind = platform.Loopback }, false},
		{"tunnel", func(l *platform.Link) { l.Kind = platform.Tunnel }, false},
		{"no ARP", func(l *platform.Link) { l.NoARP = true }, false},
		{"point to point", func(l *platform.Link) { l.PointToPoint = true }, false},
		{"without MAC", func(l *platform.Link) { l.MAC = "" }, false},
		{"long MAC", func(l *platform.Link) { l.MAC = "02:00:00:00:00:00:00:01" }, false},
	} {
		l := platform.Link{Index: 2, Up: true, Kind: platform.Ethernet, MAC: "02:00:00:00:00:01"}
		c.change(&l)
		got, ok := etherMAC(l)
		if ok != c.want || ok && got != ourMAC {
			t.Errorf("%s: got %x, %v want %v", c.name, got, ok, c.want)
		}
	}
}

func TestOnLinkSource(t *testing.T) {
	own := func(s string) platform.Address {
		p := netip.MustParsePrefix(s)
		return platform.Address{Prefix: p, LinkLocal: p.Addr().IsLinkLocalUnicast()}
	}
	tentative, duplicate, peer := own("2001:db8:1::8/64"), own("2001:db8:1::7/64"), own("10.9.0.1/32")
	tentative.Tentative, duplicate.Duplicate, peer.Peer = true, true, netip.MustParseAddr("10.9.0.2")
	l := platform.Link{Addresses: []platform.Address{own("10.1.0.9/24"), own("10.2.0.9/24"), peer, own("fe80::9/64"),
		tentative, duplicate, own("2001:db8:1::9/64")}}
	for _, c := range []struct{ name, neighbor, want string }{
		{"first subnet", "10.1.0.1", "10.1.0.9"},
		{"second subnet", "10.2.0.1", "10.2.0.9"},
		{"peer", "10.9.0.2", "10.9.0.1"},
		{"no subnet", "10.3.0.1", "invalid IP"},
		{"link-local", "fe80::1", "fe80::9"},
		{"first address that is sure", "2001:db8:1::1", "2001:db8:1::9"},
		{"no subnet over IPv6", "2001:db8:2::1", "fe80::9"},
	} {
		if got := onLinkSource(l, netip.MustParseAddr(c.neighbor)); got.String() != c.want {
			t.Errorf("%s: got %v want %s", c.name, got, c.want)
		}
	}
	if !has(l, netip.MustParseAddr("10.2.0.9")) || has(l, netip.MustParseAddr("10.2.0.1")) {
		t.Error("the link's own addresses were not told from others")
	}
}

func FuzzARP(f *testing.F) {
	f.Add(arpBytes(func(*arpPacket) {}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := decodeARP(b)
		if ok && !bytes.Equal(p.encode(), b[:arpBody]) {
			t.Errorf("got %+v, which spells otherwise", p)
		}
		if _, answer := arpAnswer(b, p.SenderIP, ourMAC); answer && p.Op != arpReply {
			t.Errorf("got an answer of %+v", p)
		}
	})
}

func FuzzDecodeAdvert(f *testing.F) {
	f.Add(advertBytes(targetLinkLayer, 1, 2, 0, 0, 0, 0, 2))
	f.Add(advertBytes(14, 1, 1, 2, 3, 4, 5, 6, targetLinkLayer, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := decodeAdvert(b)
		if ok && (b[0] != advertisement || len(b)%8 != 0 || a.Target != address(b[8:24])) {
			t.Errorf("got %+v of %x", a, b)
		}
	})
}
