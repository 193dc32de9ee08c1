package linux

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"faultline/platform"
)

// without takes CAP_NET_RAW from the thread, which inNamespace locked, for as
// long as f runs.
func without(t *testing.T, f func()) {
	t.Helper()
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var had, less [2]unix.CapUserData
	if err := unix.Capget(&head, &had[0]); err != nil {
		t.Fatal(err)
	}
	less = had
	less[0].Effective &^= 1 << unix.CAP_NET_RAW
	if err := unix.Capset(&head, &less[0]); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Capset(&head, &had[0]); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

func with(_ *testing.T, f func()) { f() }

// resolve asks from the client, with the right or without.
func (l *lab) resolve(right func(*testing.T, func()), addr string, limit time.Duration) (n platform.Neighbor, err error) {
	l.t.Helper()
	l.in(l.client, func() {
		right(l.t, func() {
			n, err = neighbors{}.Resolve(within(l.t, limit), platform.NeighborAsk{Addr: netip.MustParseAddr(addr), Link: linkOf(l.t, "c0").Attrs().Index})
		})
	})
	return n, err
}

// warm makes the kernel hold the gateway for reachable, by its own means.
func (l *lab) warm() {
	l.t.Helper()
	for _, addr := range []string{nearIP, nearIP6} {
		if n, err := l.resolve(with, addr, 5*time.Second); err != nil || n.Confirmed != platform.Yes {
			l.t.Fatalf("the gateway %s did not answer: %+v, %v", addr, n, err)
		}
		eventually(l.t, "the entry is reachable", func() (ok bool) {
			l.in(l.client, func() {
				for _, n := range list(l.t, linkOf(l.t, "c0").Attrs().Index) {
					ok = ok || n.IP.String() == addr && n.State == netlink.NUD_REACHABLE
				}
			})
			return ok
		})
	}
}

// set writes an entry of the client.
func (l *lab) set(addr string, state int) {
	l.t.Helper()
	mac, _ := net.ParseMAC("02:00:00:00:00:99")
	l.in(l.client, func() {
		err := netlink.NeighSet(&netlink.Neigh{LinkIndex: linkOf(l.t, "c0").Attrs().Index, IP: net.ParseIP(addr), State: state, HardwareAddr: mac})
		if err != nil {
			l.t.Fatal(err)
		}
	})
}

// silence lets the gateway answer nothing at all.
func (l *lab) silence() {
	l.t.Helper()
	l.in(l.router, func() {
		setting(l.t, "net/ipv4/conf/r0/arp_ignore", "8")
		nft(l.t, chain("input", "drop"))
	})
}

// mute are rules of a gateway that is well and answers nobody above ARP and
// neighbor discovery.
var mute = chain("input", "meta l4proto { tcp, udp } drop", "icmp type echo-request drop", "icmpv6 type echo-request drop")

// TestResolveDied: the gateway died after its entry became reachable.
func TestResolveDied(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() { setting(t, "net/ipv4/ping_group_range", "0 2147483647") })
	l.warm()
	l.silence()
	for _, addr := range []string{nearIP, nearIP6} {
		n, err := l.resolve(without, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.Unknown || n.State != platform.NeighborReachable || n.Waited < heldPatience || n.Waited > 2*heldPatience {
			t.Errorf("%s without the right: got %+v, %v", addr, n, err)
		}
		n, err = l.resolve(with, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.No || n.State != platform.NeighborReachable || n.Waited < solicitPatience || n.Waited > 1500*time.Millisecond {
			t.Errorf("%s: got %+v, %v", addr, n, err)
		}
		n, err = l.resolve(without, addr, 200*time.Millisecond)
		if !errors.Is(err, platform.ErrTimeout) || n.Confirmed != platform.Unknown || n.State != platform.NeighborReachable {
			t.Errorf("%s in less time than it takes: got %+v, %v", addr, n, err)
		}
	}
}

// TestResolveMute: what only the direct question tells.
func TestResolveMute(t *testing.T) {
	l := newLab(t)
	l.in(l.router, func() { nft(t, mute) })
	l.warm()
	for _, addr := range []string{nearIP, nearIP6} {
		n, err := l.resolve(with, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.Yes || n.State != platform.NeighborReachable || n.MAC == "" || n.Waited > solicitGap {
			t.Errorf("%s: got %+v, %v", addr, n, err)
		}
		n, err = l.resolve(without, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.Unknown || n.State != platform.NeighborReachable || n.Waited < heldPatience {
			t.Errorf("%s without the right: got %+v, %v", addr, n, err)
		}
	}
}

// TestResolveEcho: the echo reply alone confirms, without any right.
func TestResolveEcho(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() { setting(t, "net/ipv4/ping_group_range", "0 2147483647") })
	l.in(l.router, func() { nft(t, chain("input", "meta l4proto { tcp, udp } drop")) })
	l.warm()
	for _, addr := range []string{nearIP, nearIP6} {
		n, err := l.resolve(without, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.Yes || n.Waited > solicitGap {
			t.Errorf("%s: got %+v, %v", addr, n, err)
		}
	}
}

// TestResolveKnock: the reset that answers a SYN confirms by itself, as when
// the neighbor has sent its share of ICMP errors.
func TestResolveKnock(t *testing.T) {
	l := newLab(t)
	l.in(l.router, func() {
		nft(t, chain("input", "meta l4proto udp drop", "icmp type echo-request drop", "icmpv6 type echo-request drop"))
	})
	l.warm()
	for _, addr := range []string{nearIP, nearIP6} {
		n, err := l.resolve(without, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.Yes || n.Waited > solicitGap {
			t.Errorf("%s: got %+v, %v", addr, n, err)
		}
	}
}

// TestResolveThird: the first two questions are lost, the third is answered.
func TestResolveThird(t *testing.T) {
	l := newLab(t)
	l.in(l.router, func() { nft(t, mute) })
	l.warm()
	l.in(l.router, func() { // an ARP packet has 28 bytes, a solicitation 72
		nft(t, "table arp few {\n chain input {\n type filter hook input priority 0\n quota over 60 bytes accept\n drop\n }\n}\n"+
			"table ip6 few {\n chain input {\n type filter hook input priority 0\n"+
			" icmpv6 type nd-neighbor-solicit quota until 160 bytes drop\n }\n}\n")
	})
	for _, addr := range []string{nearIP, nearIP6} {
		n, err := l.resolve(with, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.Yes || n.Waited < 2*solicitGap || n.Waited > solicitPatience {
			t.Errorf("%s: got %+v, %v", addr, n, err)
		}
	}
}

// TestResolveOtherMAC: an entry with a wrong MAC is told with the right one,
// and left as it is.
func TestResolveOtherMAC(t *testing.T) {
	l := newLab(t)
	for _, addr := range []string{nearIP, nearIP6} {
		l.set(addr, netlink.NUD_PERMANENT)
		n, err := l.resolve(with, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.Yes || n.State != platform.NeighborPermanent || n.MAC == "" || n.MAC == "02:00:00:00:00:99" || n.Held != "02:00:00:00:00:99" {
			t.Errorf("%s: got %+v, %v", addr, n, err)
		}
		l.in(l.client, func() {
			for _, n := range list(t, linkOf(t, "c0").Attrs().Index) {
				if n.IP.String() == addr && (n.State != netlink.NUD_PERMANENT || n.HardwareAddr.String() != "02:00:00:00:00:99") {
					t.Errorf("%s: the entry was changed to %v", addr, n)
				}
			}
		})
	}
}

// TestNoSolicitor: where the neighbor is not asked directly.
func TestNoSolicitor(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() {
		index := linkOf(t, "c0").Attrs().Index
		for _, c := range []struct {
			name, addr string
			link       int
			want       bool
		}{
			{"neighbor", nearIP, index, true},
			{"neighbor over IPv6", nearIP6, index, true},
			{"outside of the subnets", serverIP, index, true},
			{"no link", nearIP, 0, false},
			{"another link", nearIP, index + 1000, false},
			{"loopback", "127.0.0.2", 1, false},
			{"own address", clientIP, index, false},
			{"own address over IPv6", clientIP6, index, false},
			{"group", "224.0.0.1", index, false},
		} {
			s := newSolicitor(t.Context(), netip.MustParseAddr(c.addr), c.link)
			if (s != nil) != c.want {
				t.Errorf("%s: got a solicitor %v want %v", c.name, s != nil, c.want)
			}
			if s != nil {
				s.close()
			}
		}
		without(t, func() {
			for _, addr := range []string{nearIP, nearIP6} {
				if s := newSolicitor(t.Context(), netip.MustParseAddr(addr), index); s != nil {
					t.Errorf("%s: got a solicitor without the right", addr)
				}
			}
		})
	})
}

// TestResolveRefused: this machine's own firewall keeps the datagram back.
func TestResolveRefused(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() { nft(t, chain("output", "udp dport 9 drop", "icmp type echo-request drop")) })
	n, err := l.resolve(without, "10.77.1.50", 5*time.Second)
	if !errors.Is(err, platform.ErrPermission) || n.Waited > time.Second {
		t.Errorf("nothing may be sent: got %+v, %v want %v", n, err, platform.ErrPermission)
	}
	n, err = l.resolve(with, "10.77.1.50", 500*time.Millisecond)
	if !errors.Is(err, platform.ErrPermission) || n.Confirmed != platform.Unknown {
		t.Errorf("not settled: got %+v, %v want %v", n, err, platform.ErrPermission)
	}
	if n, err = l.resolve(with, "10.77.1.50", 5*time.Second); err != nil || n.Confirmed != platform.No || n.State != platform.NeighborNone {
		t.Errorf("absent, asked directly: got %+v, %v", n, err)
	}
	if n, err = l.resolve(with, nearIP, 5*time.Second); err != nil || n.Confirmed != platform.Yes {
		t.Errorf("present, asked directly: got %+v, %v", n, err)
	}
}

func TestResolveCanceled(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(30*time.Millisecond, cancel)
		began := time.Now()
		_, err := neighbors{}.Resolve(ctx, platform.NeighborAsk{Addr: netip.MustParseAddr("10.77.1.51"), Link: linkOf(t, "c0").Attrs().Index})
		if !errors.Is(err, platform.ErrCanceled) || time.Since(began) > 150*time.Millisecond {
			t.Errorf("canceled: got %v after %v", err, time.Since(began))
		}
	})
}

// TestResolve is what the kernel tells to everybody.
func TestResolve(t *testing.T) {
	l := newLab(t)
	l.in(l.router, func() { nft(t, mute) })
	for _, addr := range []string{nearIP, nearIP6} {
		l.forget()
		n, err := l.resolve(without, addr, time.Second)
		if err != nil || n.Confirmed != platform.Yes || n.State != platform.NeighborReachable || n.MAC == "" || n.Waited > 500*time.Millisecond {
			t.Errorf("resolving %s: got %+v, %v", addr, n, err)
		}
	}
	for _, addr := range []string{"10.77.1.77", "fd77:1::77"} {
		n, err := l.resolve(without, addr, 500*time.Millisecond)
		if !errors.Is(err, platform.ErrTimeout) || n.Confirmed != platform.Unknown || n.State != platform.NeighborIncomplete || n.Waited < 400*time.Millisecond {
			t.Errorf("resolving absent %s in half a second: got %+v, %v", addr, n, err)
		}
		n, err = l.resolve(without, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.No || n.State != platform.NeighborFailed {
			t.Errorf("resolving absent %s: got %+v, %v", addr, n, err)
		}
	}
	// A stale entry of a machine that is gone proves nothing.
	l.set("10.77.1.78", netlink.NUD_STALE)
	n, err := l.resolve(without, "10.77.1.78", 300*time.Millisecond)
	if !errors.Is(err, platform.ErrTimeout) || n.Confirmed != platform.Unknown || n.State != platform.NeighborDelay {
		t.Errorf("stale and gone: got %+v, %v", n, err)
	}
	// Who is reached by a permanent entry need not answer questions.
	l.set("10.77.1.79", netlink.NUD_PERMANENT)
	for name, right := range map[string]func(*testing.T, func()){"with the right": with, "without": without} {
		if n, err := l.resolve(right, "10.77.1.79", 3*time.Second); err != nil || n.Confirmed != platform.Unknown || n.State != platform.NeighborPermanent {
			t.Errorf("permanent, %s: got %+v, %v", name, n, err)
		}
	}
}

// TestResolveAbsent: asked directly, nobody is not waited for as long as the
// kernel waits.
func TestResolveAbsent(t *testing.T) {
	l := newLab(t)
	l.set("10.77.1.78", netlink.NUD_STALE)
	for _, addr := range []string{"10.77.1.77", "fd77:1::77", "10.77.1.78"} {
		n, err := l.resolve(with, addr, 5*time.Second)
		if err != nil || n.Confirmed != platform.No || n.Waited < solicitPatience || n.Waited > 1500*time.Millisecond {
			t.Errorf("%s: got %+v, %v", addr, n, err)
		}
	}
}

// forget empties the client's neighbor table.
func (l *lab) forget() {
	l.t.Helper()
	l.in(l.client, func() {
		for _, n := range list(l.t, linkOf(l.t, "c0").Attrs().Index) {
			_ = netlink.NeighDel(&n)
		}
	})
}

// TestResolveStale: the neighbor's own ICMP error confirms a stale entry at
// once, where the kernel would take more than five seconds.
func TestResolveStale(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() {
		index := linkOf(t, "c0").Attrs().Index
		for _, addr := range []string{nearIP, nearIP6} {
			for _, n := range list(t, index) {
				if n.IP.String() == addr {
					n.State = netlink.NUD_STALE
					if err := netlink.NeighSet(&n); err != nil {
						t.Fatal(err)
					}
				}
			}
			n, err := neighbors{}.Resolve(within(t, 2*time.Second), platform.NeighborAsk{Addr: netip.MustParseAddr(addr), Link: index})
			if err != nil || n.Confirmed != platform.Yes || n.Waited > time.Second {
				t.Errorf("%s: got %+v, %v", addr, n, err)
			}
		}
	})
}

func list(t *testing.T, index int) []netlink.Neigh {
	t.Helper()
	all, err := netlink.NeighList(index, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
