package linux

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"faultline/platform"
)

func port(ip string, n uint16) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(ip), n) }

// TestDialEnds shows each end of a connection attempt on a real path.
func TestDialEnds(t *testing.T) {
	l := newLab(t)
	l.in(l.server, func() {
		listen(t, "[::]:80", "")
		listen(t, "[::]:22", strings.Repeat("hello", 100))
		nft(t, chain("input", "tcp dport 81 drop", "tcp dport 82 reject with icmpx admin-prohibited"))
	})
	l.in(l.router, func() {
		nft(t, chain("forward",
			"tcp dport 91 reject with icmpx admin-prohibited", "tcp dport 92 reject with icmpx port-unreachable",
			"tcp dport 93 reject with icmpx host-unreachable", "tcp dport 94 reject with icmpx no-route",
			"tcp dport 95 reject with tcp reset"))
	})
	icmp := func(from string, kind, code int) *platform.ICMP {
		return &platform.ICMP{From: netip.MustParseAddr(from), Type: kind, Code: code}
	}
	for _, c := range []struct {
		name string
		ask  platform.DialAsk
		want platform.DialEnd
		icmp *platform.ICMP
		sent int
	}{
		{"open", platform.DialAsk{To: port(serverIP, 80)}, platform.DialOpen, nil, 1},
		{"open over IPv6", platform.DialAsk{To: port(serverIP6, 80)}, platform.DialOpen, nil, 1},
		{"open, with a greeting", platform.DialAsk{To: port(serverIP, 22)}, platform.DialOpen, nil, 1},
		{"IPv4 in IPv6 spelling", platform.DialAsk{To: port("::ffff:"+serverIP, 80)}, platform.DialOpen, nil, 1},
		{"from an address", platform.DialAsk{To: port(serverIP, 80), From: netip.MustParseAddr(clientIP)}, platform.DialOpen, nil, 1},
		{"refused", platform.DialAsk{To: port(serverIP, 83)}, platform.DialRefused, nil, 1},
		{"refused over IPv6", platform.DialAsk{To: port(serverIP6, 83)}, platform.DialRefused, nil, 1},
		{"reset by the router", platform.DialAsk{To: port(serverIP, 95)}, platform.DialRefused, nil, 1},
		{"silent", platform.DialAsk{To: port(serverIP, 81)}, platform.DialSilent, nil, 1},
		{"prohibited by the target", platform.DialAsk{To: port(serverIP, 82)}, platform.DialICMP, icmp(serverIP, 3, 13), 1},
		{"prohibited", platform.DialAsk{To: port(serverIP, 91)}, platform.DialICMP, icmp(nearIP, 3, 13), 1},
		{"port unreachable by the router", platform.DialAsk{To: port(serverIP, 92)}, platform.DialICMP, icmp(nearIP, 3, 3), 1},
		{"host unreachable", platform.DialAsk{To: port(serverIP, 93)}, platform.DialICMP, icmp(nearIP, 3, 1), 1},
		{"net unreachable", platform.DialAsk{To: port(serverIP, 94)}, platform.DialICMP, icmp(nearIP, 3, 0), 1},
		{"prohibited over IPv6", platform.DialAsk{To: port(serverIP6, 91)}, platform.DialICMP, icmp(nearIP6, 1, 1), 1},
		{"port unreachable over IPv6", platform.DialAsk{To: port(serverIP6, 92)}, platform.DialICMP, icmp(nearIP6, 1, 4), 1},
		{"TTL too small", platform.DialAsk{To: port(serverIP, 80), TTL: 1}, platform.DialICMP, icmp(nearIP, 11, 0), 1},
		{"hop limit too small", platform.DialAsk{To: port(serverIP6, 80), TTL: 1}, platform.DialICMP, icmp(nearIP6, 3, 0), 1},
		{"answer came further than allowed", platform.DialAsk{To: port(serverIP, 83), Min: 64}, platform.DialSilent, nil, 1},
		{"answer came as far as allowed", platform.DialAsk{To: port(serverIP, 83), Min: 63}, platform.DialRefused, nil, 1},
		{"IPv6 answer came further than allowed", platform.DialAsk{To: port(serverIP6, 83), Min: 64}, platform.DialSilent, nil, 1},
		{"IPv6 answer came as far as allowed", platform.DialAsk{To: port(serverIP6, 83), Min: 63}, platform.DialRefused, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.in(l.client, func() {
				got, err := dialer{}.TCP(within(t, 500*time.Millisecond), c.ask)
				if err != nil || got.Ended != c.want || got.Sent != c.sent {
					t.Fatalf("got %+v, %v want %s", got, err, c.want)
				}
				if (got.ICMP == nil) != (c.icmp == nil) || c.icmp != nil && *got.ICMP != *c.icmp {
					t.Errorf("got %v want %v", got.ICMP, c.icmp)
				}
				if got.Local.Addr().Is4() != c.ask.To.Addr().Unmap().Is4() || got.Local.Port() == 0 {
					t.Errorf("got local address %v", got.Local)
				}
				if c.want == platform.DialOpen && (got.TCP == nil || got.TCP.RTT <= 0 || got.TCP.MSS < 500 || got.TCP.PathMTU != 1500) {
					t.Errorf("got TCP facts %+v", got.TCP)
				}
			})
		})
	}
}

// TestDialLocal shows what this machine itself refuses.
func TestDialLocal(t *testing.T) {
	l := newLab(t)
	l.in(l.client, func() {
		for prefix, kind := range map[string]int{"10.80.1.0/24": 6, "10.80.2.0/24": 7, "10.80.3.0/24": 8, "fd80:2::/64": 7, "fd80:3::/64": 8} {
			_, dst, _ := net.ParseCIDR(prefix)
			if err := netlink.RouteAdd(&netlink.Route{Dst: dst, Type: kind}); err != nil {
				t.Fatal(err)
			}
		}
		nft(t, chain("output", "tcp dport 71 reject", "tcp dport 72 reject with icmpx admin-prohibited"))
	})
	for _, c := range []struct {
		name string
		ask  platform.DialAsk
		want platform.ProblemCode
	}{
		{"blackhole route", platform.DialAsk{To: port("10.80.1.1", 80)}, platform.Other},
		{"unreachable route", platform.DialAsk{To: port("10.80.2.1", 80)}, platform.UnreachableHost},
		{"prohibit route", platform.DialAsk{To: port("10.80.3.1", 80)}, platform.Permission},
		{"unreachable route over IPv6", platform.DialAsk{To: port("fd80:2::1", 80)}, platform.UnreachableHost},
		{"prohibit route over IPv6", platform.DialAsk{To: port("fd80:3::1", 80)}, platform.Permission},
		{"no neighbor", platform.DialAsk{To: port("10.77.1.77", 80), SYNs: 5}, platform.UnreachableHost},
		{"no neighbor over IPv6", platform.DialAsk{To: port("fd77:1::77", 80), SYNs: 5}, platform.UnreachableHost},
		{"own rule rejects", platform.DialAsk{To: port(serverIP, 71)}, platform.Permission},
		{"own rule rejects over IPv6", platform.DialAsk{To: port(serverIP6, 71)}, platform.Permission},
		{"own rule rejects as prohibited", platform.DialAsk{To: port(serverIP, 72)}, platform.Permission},
		{"foreign address", platform.DialAsk{To: port(serverIP, 80), From: netip.MustParseAddr("192.0.2.1")}, platform.NoLocalAddress},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := &lab{t: t, client: l.client}
			l.in(l.client, func() {
				got, err := dialer{}.TCP(within(t, 6*time.Second), c.ask)
				if err != nil || got.Ended != platform.DialLocal || got.Sent != 0 || got.ICMP != nil && got.ICMP.From != got.Local.Addr() {
					t.Fatalf("got %+v %v, %v want local", got, got.ICMP, err)
				}
				if got.Problem.Code != c.want {
					t.Errorf("got %v want %v", got.Problem, c.want)
				}
			})
		})
	}
}

// TestDialCounts holds an attempt to the number of SYNs that it may send.
func TestDialCounts(t *testing.T) {
	l := newLab(t)
	l.in(l.router, func() { nft(t, chain("forward", "tcp dport 81 counter drop")) })
	for n, min := range map[int]time.Duration{0: 900 * time.Millisecond, 1: 900 * time.Millisecond, 3: 2900 * time.Millisecond} {
		l.in(l.client, func() {
			got, err := dialer{}.TCP(context.Background(), platform.DialAsk{To: port(serverIP, 81), SYNs: n})
			want := max(1, n)
			if err != nil || got.Ended != platform.DialSilent || got.Sent != want || got.Waited < min {
				t.Errorf("%d SYNs: got %+v, %v", n, got, err)
			}
		})
	}
}

func TestDialCanceled(t *testing.T) {
	l := newLab(t)
	l.in(l.router, func() { nft(t, chain("forward", "drop")) })
	l.in(l.client, func() {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(50*time.Millisecond, cancel)
		got, err := dialer{}.TCP(ctx, platform.DialAsk{To: port(serverIP, 80)})
		if !errors.Is(err, platform.ErrCanceled) || got.Sent != 1 || got.Waited > 150*time.Millisecond {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}
