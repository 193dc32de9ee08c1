package linux

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"faultline/platform"
)

// TestEcho runs every case on a ping socket and, with the range of groups
// closed, on a raw one.
func TestEcho(t *testing.T) {
	l := newLab(t)
	l.in(l.router, func() {
		if err := netlink.LinkSetMTU(linkOf(t, "r1"), 1400); err != nil {
			t.Fatal(err)
		}
		nft(t, chain("forward", "ip daddr 10.77.2.3 reject with icmp type admin-prohibited", "ip daddr 10.77.2.4 drop"))
	})
	l.in(l.server, func() {
		if err := netlink.LinkSetMTU(linkOf(t, "s0"), 1400); err != nil {
			t.Fatal(err)
		}
	})
	icmp := func(from string, kind, code, mtu int) *platform.ICMP {
		return &platform.ICMP{From: netip.MustParseAddr(from), Type: kind, Code: code, MTU: mtu}
	}
	for _, sockets := range []struct{ name, groups string }{{"ping socket", "0 2147483647"}, {"raw socket", "1 0"}} {
		l.in(l.client, func() { setting(t, "net/ipv4/ping_group_range", sockets.groups) })
		for _, c := range []struct {
			name     string
			to       string
			ttl      int
			size     int
			df       bool
			answered bool
			icmp     *platform.ICMP
		}{
			{"answered", serverIP, 0, 0, false, true, nil},
			{"answered over IPv6", serverIP6, 0, 0, false, true, nil},
			{"tiny", serverIP, 0, 1, false, true, nil},
			{"big, in fragments", serverIP, 0, 3000, false, true, nil},
			{"fits the path", serverIP, 0, 1372, true, true, nil},
			{"too big for the path", serverIP, 0, 1373, true, false, icmp(nearIP, 3, 4, 1400)},
			{"too big for the path over IPv6", serverIP6, 0, 1353, true, false, icmp(nearIP6, 2, 0, 1400)},
			{"TTL too small", serverIP, 1, 0, false, false, icmp(nearIP, 11, 0, 0)},
			{"hop limit too small", serverIP6, 1, 0, false, false, icmp(nearIP6, 3, 0, 0)},
			{"prohibited", "10.77.2.3", 0, 0, false, false, icmp(nearIP, 3, 13, 0)},
			{"silent", "10.77.2.4", 0, 0, false, false, nil},
		} {
			t.Run(sockets.name+", "+c.name, func(t *testing.T) {
				inNamespace(t, l.client, func() {
					got, err := echo{}.Send(within(t, 300*time.Millisecond),
						platform.EchoAsk{To: netip.MustParseAddr(c.to), TTL: c.ttl, Size: c.size, DF: c.df, Seq: 7})
					if err != nil || got.Answered != c.answered || got.Waited <= 0 {
						t.Fatalf("got %+v, %v", got, err)
					}
					if c.answered && got.TTL != 63 {
						t.Errorf("got TTL %d want 63", got.TTL)
					}
					if (got.ICMP == nil) != (c.icmp == nil) || c.icmp != nil && *got.ICMP != *c.icmp {
						t.Errorf("got %v want %v", got.ICMP, c.icmp)
					}
				})
			})
		}
	}
}

// TestEchoApart sends two requests at once to one address: each hears its own
// reply.
func TestEchoApart(t *testing.T) {
	l := newLab(t)
	ctx, errs := within(t, time.Second), make(chan error)
	for i := range 20 {
		go func() {
			inNamespace(t, l.client, func() {
				got, err := echo{}.Send(ctx, platform.EchoAsk{To: netip.MustParseAddr(serverIP), Seq: i})
				if err == nil && !got.Answered {
					err = errors.New("no reply")
				}
				errs <- err
			})
		}()
	}
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestDatagrams(t *testing.T) {
	l := newLab(t)
	l.in(l.server, func() {
		answering(t, serverIP+":5000")
		nft(t, chain("input", "udp dport 5001 drop"))
	})
	l.in(l.client, func() { nft(t, chain("output", "udp dport 5003 drop")) })
	for _, c := range []struct {
		name     string
		to       netip.AddrPort
		ttl      int
		answered bool
		icmp     *platform.ICMP
		err      error
	}{
		{"answered", port(serverIP, 5000), 0, true, nil, nil},
		{"silent", port(serverIP, 5001), 0, false, nil, nil},
		{"closed port", port(serverIP, 5002), 0, false, &platform.ICMP{From: netip.MustParseAddr(serverIP), Type: 3, Code: 3}, nil},
		{"closed port over IPv6", port(serverIP6, 5002), 0, false, &platform.ICMP{From: netip.MustParseAddr(serverIP6), Type: 1, Code: 4}, nil},
		{"TTL too small", port(serverIP, 5000), 1, false, &platform.ICMP{From: netip.MustParseAddr(nearIP), Type: 11}, nil},
		{"own firewall", port(serverIP, 5003), 0, false, nil, platform.ErrPermission},
		{"no neighbor", port("10.77.1.77", 5000), 0, false, nil, platform.ErrUnreachableHost},
		{"no network", port("fe80::1", 5000), 0, false, nil, platform.AsProblem(errors.New("EINVAL"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			inNamespace(t, l.client, func() {
				limit := 300 * time.Millisecond
				if c.err != nil {
					limit = 5 * time.Second
				}
				got, err := datagrams{}.Send(within(t, limit), platform.DatagramAsk{To: c.to, TTL: c.ttl})
				if !errors.Is(err, c.err) || got.Answered != c.answered {
					t.Fatalf("got %+v, %v want %v", got, err, c.err)
				}
				if (got.ICMP == nil) != (c.icmp == nil) || c.icmp != nil && *got.ICMP != *c.icmp {
					t.Errorf("got %v want %v", got.ICMP, c.icmp)
				}
			})
		})
	}
}

// answering opens a UDP socket that sends back what it gets.
func answering(t *testing.T, addr string) {
	t.Helper()
	c, err := net.ListenPacket("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 100)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = c.WriteTo(b[:n], from)
		}
	}()
}

func linkOf(t *testing.T, name string) netlink.Link {
	t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return link
}
