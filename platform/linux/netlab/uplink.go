//go:build linux

package netlab

import (
	"errors"
	"fmt"
	"net/netip"
)

// Uplink is a second way out of the client: an adapter of its own, and the
// router at the other end of it.
type Uplink struct {
	Dev     string // of the client
	Far     string // of the router
	Net     netip.Prefix
	Net6    netip.Prefix
	Client  netip.Addr
	Client6 netip.Addr
	Router  netip.Addr // the gateway on this network
	Router6 netip.Addr
}

// Uplink joins the client to its first router by a second cable with a network
// of its own. No route of the client leads there yet; the other routers know
// the way back.
func (w *World) Uplink() Uplink {
	w.t.Helper()
	u := w.drawUplink()
	w.must(cable(w.Client, u.Dev, w.Routers[0], u.Far))
	w.must(w.furnishUplink(u, w.Routers[0]))
	return u
}

// VPN joins the client to its first router by a tunnel. What goes through it
// is lost for as long as the returned filter says so.
func (w *World) VPN() (u Uplink, filter func(Filter) (undo func())) {
	w.t.Helper()
	u = w.drawUplink()
	r, err := newRelay(packets, w.plan.lanRTT, w.Client, u.Dev, w.Routers[0], u.Far)
	w.must(err)
	w.onClose(r.close)
	w.must(w.furnishUplink(u, w.Routers[0]))
	return u, r.filter
}

// DeadTunnel gives the client a tunnel that is up, has addresses and swallows
// what it is given.
func (w *World) DeadTunnel() Uplink {
	w.t.Helper()
	u := w.drawUplink()
	f, err := w.Client.device(packets, u.Dev)
	w.must(err)
	w.onClose(func() { f.Close() })
	w.wg.Go(func() { swallow(f) })
	w.must(w.furnishUplink(u, nil))
	return u
}

// DeadUplink gives the client a second adapter with a signal, on whose network
// nobody is.
func (w *World) DeadUplink() Uplink {
	w.t.Helper()
	u := w.drawUplink()
	w.must(cable(w.Client, u.Dev, w.lan, u.Far))
	w.must(w.furnishUplink(u, nil))
	return u
}

func (w *World) drawUplink() Uplink {
	p := w.plan.pool
	u := Uplink{Net: p.subnet4(16, 28), Net6: p.subnet6()}
	u.Dev, u.Far = fmt.Sprintf("%.5s%d", p.word(), 60+p.rng.IntN(30)), fmt.Sprintf("%.5s%d", p.word(), 30+p.rng.IntN(30))
	u.Client, u.Router = p.host(u.Net), p.host(u.Net)
	u.Client6, u.Router6 = p.host(u.Net6), p.host(u.Net6)
	return u
}

// furnishUplink gives both ends their addresses, and the routers behind the
// first one the way back.
func (w *World) furnishUplink(u Uplink, router *Node) error {
	var errs []error
	give := func(n *Node, dev string, a4, a6 netip.Addr, f Family) {
		if f != V6 {
			errs = append(errs, n.address(dev, a4, u.Net.Bits()))
		}
		if f != V4 && w.plan.dual() {
			errs = append(errs, n.address(dev, a6, u.Net6.Bits()))
		}
	}
	give(w.Client, u.Dev, u.Client, u.Client6, w.plan.family)
	if router == nil {
		return errors.Join(errs...)
	}
	give(router, u.Far, u.Router, u.Router6, Dual)
	for i := 2; i <= w.plan.hops; i++ {
		s := w.plan.segments[i-1]
		errs = append(errs, w.via(i, segment{v4: u.Net, v6: u.Net6}, s.left, s.right.dev))
	}
	return errors.Join(errs...)
}

// FreeNet draws a network that nobody of this world is in.
func (w *World) FreeNet(bits int) netip.Prefix { return w.plan.pool.subnet4(bits, bits) }

// Near draws an address of the prefix of this length around another one, which
// it is not.
func (w *World) Near(a netip.Addr, bits int) netip.Addr {
	net := netip.PrefixFrom(a, bits).Masked()
	for {
		if b := w.plan.pool.host(net); b != a {
			return b
		}
	}
}

// Sysctl writes a setting below /proc/sys/net on a node.
func (w *World) Sysctl(n *Node, key, value string) {
	w.t.Helper()
	w.must(n.sysctl(key, value))
}
