//go:build linux

package netlab

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// DisableLink sets the client's adapter down.
func (w *World) DisableLink() (undo func()) {
	w.t.Helper()
	w.must(w.Client.down(w.Client.Dev))
	return func() { w.must(errors.Join(w.Client.up(w.Client.Dev), w.settleClient())) }
}

// settleClient gives the client what a link that goes down takes from it:
// routes, and IPv6 addresses.
func (w *World) settleClient() error {
	s := w.plan.segments[0]
	return errors.Join(w.settle(w.Client, s, s.left, w.plan.family), w.clientRoutes())
}

// PullCable takes the carrier from the client's adapter, which stays up.
func (w *World) PullCable() (undo func()) {
	w.t.Helper()
	w.must(w.lan.down(clientPort))
	return func() { w.must(w.lan.up(clientPort)) }
}

// RemoveAddress takes the client's addresses of the family, and with them the
// routes that need them.
func (w *World) RemoveAddress(f Family) (undo func()) {
	w.t.Helper()
	s := w.plan.segments[0]
	l, err := w.Client.link(w.Client.Dev)
	w.must(err)
	for _, a := range w.Client.Addrs(f) {
		bits := s.v4.Bits()
		if a.Is6() {
			bits = s.v6.Bits()
		}
		w.must(w.Client.nl.AddrDel(l, &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(a, bits))}))
	}
	return func() { w.must(w.settleClient()) }
}

// RemoveDefaultRoute takes the client's default routes of the family.
func (w *World) RemoveDefaultRoute(f Family) (undo func()) {
	w.t.Helper()
	if f != V6 && w.plan.family != V6 {
		w.must(w.unroute(V4))
	}
	if f != V4 && w.plan.dual() {
		w.must(w.unroute(V6))
	}
	return func() { w.must(w.clientRoutes()) }
}

func (w *World) unroute(f Family) error {
	via := w.Gateway(f)
	l, err := w.Client.link(w.Client.Dev)
	if err != nil {
		return err
	}
	r := &netlink.Route{LinkIndex: l.Attrs().Index, Dst: ipNet(everywhere(via)), Gw: net.IP(via.AsSlice())}
	if err := w.Client.nl.RouteDel(r); err != nil {
		return fmt.Errorf("removing the default route via %v: %w", via, err)
	}
	return nil
}

// RejectKind is a kind of route that reaches nothing.
type RejectKind int

// Kinds of such routes, as ip-route(8) names them.
const (
	Blackhole   RejectKind = unix.RTN_BLACKHOLE
	Unreachable RejectKind = unix.RTN_UNREACHABLE
	Prohibit    RejectKind = unix.RTN_PROHIBIT
	Throw       RejectKind = unix.RTN_THROW
)

// RejectRoute adds a route of the kind to one host on the node.
func (w *World) RejectRoute(n *Node, to netip.Addr, kind RejectKind) (undo func()) {
	w.t.Helper()
	r := &netlink.Route{Dst: ipNet(netip.PrefixFrom(to, to.BitLen())), Type: int(kind)}
	w.must(n.nl.RouteAdd(r))
	return func() { w.must(n.nl.RouteDel(r)) }
}

// StaleRoute sends one host through a neighbor that does not exist.
func (w *World) StaleRoute(to netip.Addr) (via netip.Addr, undo func()) {
	w.t.Helper()
	via = w.FreeAddr(to)
	host := netip.PrefixFrom(to, to.BitLen())
	w.must(w.Client.route(host, via, w.Client.Dev, 0))
	return via, func() { w.must(w.Client.nl.RouteDel(&netlink.Route{Dst: ipNet(host)})) }
}

// FreeAddr draws an address of the client's LAN that nobody has, of the same
// family as like.
func (w *World) FreeAddr(like netip.Addr) netip.Addr {
	if like.Is4() {
		return w.plan.pool.host(w.plan.segments[0].v4)
	}
	return w.plan.pool.host(w.plan.segments[0].v6)
}

// SilenceGateway lets the gateway ignore address resolution, for both
// families, and the client forget what it knows.
func (w *World) SilenceGateway() (undo func()) {
	w.t.Helper()
	gate := w.Routers[0]
	key := "ipv4/conf/" + w.plan.segments[0].right.dev + "/arp_ignore"
	w.must(gate.sysctl(key, "8"))
	calm := w.NFT(gate, `chain c { type filter hook input priority 0;
		iifname "`+w.plan.segments[0].right.dev+`" icmpv6 type nd-neighbor-solicit drop; }`)
	w.must(w.Client.forget())
	return func() { w.must(gate.sysctl(key, "0")); calm() }
}

// forget empties the node's neighbor table.
func (n *Node) forget() error {
	l, err := n.link(n.Dev)
	if err != nil {
		return err
	}
	all, err := n.nl.NeighList(l.Attrs().Index, netlink.FAMILY_ALL)
	if err != nil {
		return fmt.Errorf("reading neighbors of %s: %w", n.Name, err)
	}
	for _, e := range all {
		if err := n.nl.NeighDel(&e); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("forgetting %v: %w", e.IP, err)
		}
	}
	return nil
}

// Filter puts a middlebox between client and server; it sees the IP packets of
// both directions, and of the resolver when that is beyond.
func (w *World) Filter(f Filter) (undo func()) { return w.relay.filter(f) }

// FilterLAN puts a middlebox between the client's switch and the gateway; it
// sees Ethernet frames.
func (w *World) FilterLAN(f Filter) (undo func()) { return w.wire.filter(f) }

// Lose drops packets by chance, drawn from the seed.
func (w *World) Lose(share float64) (undo func()) {
	rng := rand.New(rand.NewPCG(w.Seed, 0x6c6f7373))
	return w.Filter(func([]byte) bool { return rng.Float64() < share })
}

// SetRTT changes the delay between client and server.
func (w *World) SetRTT(d time.Duration) {
	w.RTT = d
	w.relay.half.Store(int64(d / 2))
}

// LoseBig drops IP packets above a size without a word on the way to the
// server and back: a path MTU black hole (RFC 2923 §2.1).
func (w *World) LoseBig(size int) (undo func()) {
	return w.Filter(func(pkt []byte) bool { return len(pkt) > size })
}

// FreePort draws a port on which the server does not listen.
func (w *World) FreePort() uint16 {
	for {
		if p := uint16(1024 + w.plan.pool.rng.IntN(28000)); p != w.Port {
			return p
		}
	}
}
