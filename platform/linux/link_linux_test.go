package linux

import (
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"faultline/platform"
)

// eventually waits for what the kernel does in its own time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx := within(t, 5*time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("it never came: %s", what)
		case <-tick.C:
		}
	}
}

func linkNamed(t *testing.T, name string) platform.Link {
	t.Helper()
	all, err := links{}.All(t.Context(), platform.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("got no link %s in %+v", name, all)
	return platform.Link{}
}

func TestLinks(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() {
		if got := linkNamed(t, "lo"); got.Kind != platform.Loopback || !got.Up || got.Carrier != platform.Unknown || got.MTU != 65536 || got.MAC != "" {
			t.Errorf("got loopback %+v", got)
		}
		got := linkNamed(t, "c0")
		if got.Kind != platform.Ethernet || !got.Up || got.Carrier != platform.Yes || got.MTU != 1500 || len(got.MAC) != 17 {
			t.Errorf("got %+v", got)
		}
		wantAddresses(t, got, clientIP+"/24", clientIP6+"/64")
	})
	l.in(l.router, func() {
		if err := netlink.LinkSetDown(linkOf(t, "r0")); err != nil {
			t.Fatal(err)
		}
		if got := linkNamed(t, "r0"); got.Up || got.Carrier != platform.Unknown {
			t.Errorf("a link that is down: got %+v", got)
		}
	})
	l.in(l.client, func() {
		eventually(t, "no carrier at the other end", func() bool {
			got := linkNamed(t, "c0")
			return got.Up && got.Carrier == platform.No
		})
	})
}

func wantAddresses(t *testing.T, l platform.Link, want ...string) {
	t.Helper()
	found := make(map[netip.Prefix]platform.Address)
	for _, a := range l.Addresses {
		found[a.Prefix] = a
	}
	for _, s := range want {
		a, ok := found[netip.MustParsePrefix(s)]
		if !ok || a.LinkLocal || a.Tentative || a.Duplicate || a.Peer.IsValid() {
			t.Errorf("got %+v want %s in %+v", a, s, l.Addresses)
		}
	}
}

// TestLinkKinds makes the kinds of links that this kernel has.
func TestLinkKinds(t *testing.T) {
	l := newLab(t)
	attrs := func(name string) netlink.LinkAttrs { return netlink.LinkAttrs{Name: name} }
	for _, c := range []struct {
		link netlink.Link
		want platform.LinkKind
	}{
		{&netlink.Bridge{LinkAttrs: attrs("k-bridge")}, platform.Bridge},
		{&netlink.Tuntap{LinkAttrs: attrs("k-tun"), Mode: netlink.TUNTAP_MODE_TUN}, platform.Tunnel},
		{&netlink.Tuntap{LinkAttrs: attrs("k-tap"), Mode: netlink.TUNTAP_MODE_TAP}, platform.Ethernet},
		{&netlink.Wireguard{LinkAttrs: attrs("k-wg")}, platform.Tunnel},
		{&netlink.Iptun{LinkAttrs: attrs("k-ipip"), Local: []byte{10, 77, 1, 1}, Remote: []byte{10, 77, 2, 2}}, platform.Tunnel},
		{&netlink.Gretun{LinkAttrs: attrs("k-gre"), Local: []byte{10, 77, 1, 1}, Remote: []byte{10, 77, 2, 2}}, platform.Tunnel},
		{&netlink.Macvlan{LinkAttrs: attrs("k-macvlan"), Mode: netlink.MACVLAN_MODE_BRIDGE}, platform.Ethernet},
	} {
		name := c.link.Attrs().Name
		t.Run(name, func(t *testing.T) {
			inNamespace(t, l.client, func() {
				if c.link.Type() == "macvlan" {
					c.link.Attrs().ParentIndex = linkOf(t, "c0").Attrs().Index
				}
				if err := netlink.LinkAdd(c.link); err != nil {
					t.Skipf("this kernel makes none: %v", err)
				}
				if got := linkNamed(t, name); got.Kind != c.want {
					t.Errorf("got %s want %s", got.Kind, c.want)
				}
			})
		})
	}
}

// TestDuplicateAddress lets two ends of one wire take the same address.
func TestDuplicateAddress(t *testing.T) {
	l := newLab(t)
	const twice = "fd77:1::55/64"
	l.in(l.router, func() { up(t, "r0", twice) })
	l.in(l.client, func() {
		setting(t, "net/ipv6/conf/c0/accept_dad", "1")
		a, err := netlink.ParseAddr(twice)
		if err != nil {
			t.Fatal(err)
		}
		if err := netlink.AddrAdd(linkOf(t, "c0"), a); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the address is found to be a duplicate", func() bool {
			for _, a := range linkNamed(t, "c0").Addresses {
				if a.Prefix.String() == twice {
					return a.Duplicate && !a.Tentative
				}
			}
			return false
		})
	})
}

func TestPeer(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() {
		a, err := netlink.ParseAddr("10.79.0.1/32")
		if err != nil {
			t.Fatal(err)
		}
		peer, _ := netlink.ParseIPNet("10.79.0.2/32")
		a.Peer = peer
		if err := netlink.AddrAdd(linkOf(t, "c0"), a); err != nil {
			t.Fatal(err)
		}
		for _, a := range linkNamed(t, "c0").Addresses {
			if a.Prefix.String() == "10.79.0.1/32" && a.Peer.String() == "10.79.0.2" {
				return
			}
		}
		t.Errorf("got no address with a peer in %+v", linkNamed(t, "c0").Addresses)
	})
}
