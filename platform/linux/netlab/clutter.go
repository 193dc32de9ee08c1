//go:build linux

package netlab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
)

// Clutter gives the client what real machines have and what has nothing to do
// with the target: adapters, addresses, up to 500 routes, a second default
// route of less preference, busy listeners. What reached the target before
// reaches it still.
func (w *World) Clutter(seed uint64) {
	w.t.Helper()
	c := clutter{w: w, n: w.Client, rng: rand.New(rand.NewPCG(seed, 0x636c7574746572))}
	for _, step := range []func() error{c.bridge, c.pairs, c.tun, c.routes, c.listeners} {
		w.must(step())
	}
}

type clutter struct {
	w    *World
	n    *Node
	rng  *rand.Rand
	dead []string // adapters that lead nowhere
}

// name draws an adapter's name that the client does not have yet.
func (c *clutter) name(format string) string {
	for {
		s := fmt.Sprintf(format, c.rng.IntN(900))
		if _, err := c.n.nl.LinkByName(s); err != nil {
			return s
		}
	}
}

// addressed gives an adapter an address of a network of its own.
func (c *clutter) addressed(dev string) error {
	net := c.w.plan.pool.subnet4(16, 28)
	return c.n.address(dev, c.w.plan.pool.host(net), net.Bits())
}

// bridge is what a container engine leaves: up, with an address, no port.
func (c *clutter) bridge() error {
	dev := c.name("br-%d")
	if err := c.n.bridge(dev); err != nil {
		return err
	}
	return c.addressed(dev)
}

// pairs are adapters that are down, and adapters that are up without carrier.
func (c *clutter) pairs() error {
	for i := range 1 + c.rng.IntN(3) {
		dev, peer := c.name("wlx%d"), c.name("peer%d")
		attrs := netlink.NewLinkAttrs()
		attrs.Name = dev
		if err := c.n.nl.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: peer}); err != nil {
			return fmt.Errorf("adding %s: %w", dev, err)
		}
		if err := c.addressed(dev); err != nil {
			return err
		}
		if i%2 == 1 {
			continue
		}
		if err := c.n.up(dev); err != nil {
			return err
		}
		c.dead = append(c.dead, dev)
	}
	return nil
}

// tun is like a VPN: up, with addresses and routes, but not for the target.
func (c *clutter) tun() error {
	dev := c.name("tun%d")
	f, err := c.n.device(packets, dev)
	if err != nil {
		return err
	}
	c.w.onClose(func() { f.Close() })
	c.w.wg.Go(func() { swallow(f) })
	c.dead = append(c.dead, dev)
	if c.w.plan.dual() {
		net := c.w.plan.pool.subnet6()
		if err := c.n.address(dev, c.w.plan.pool.host(net), net.Bits()); err != nil {
			return err
		}
	}
	return c.addressed(dev)
}

func swallow(f *os.File) {
	buf := make([]byte, 1<<16)
	for {
		if _, err := f.Read(buf); err != nil {
			return
		}
	}
}

// routes go to networks that nobody of this world is in.
func (c *clutter) routes() error {
	for range 50 + c.rng.IntN(440) {
		net := c.w.plan.pool.subnet4(20, 30)
		dev := c.dead[c.rng.IntN(len(c.dead))]
		if err := c.n.route(net, netip.Addr{}, dev, 1+c.rng.IntN(900)); err != nil {
			return err
		}
	}
	if c.w.plan.family == V6 {
		return nil // it would be the only IPv4 default route
	}
	dev := c.dead[len(c.dead)-1]
	return c.n.route(everywhere(c.w.Gateway(V4)), netip.Addr{}, dev, 5000+c.rng.IntN(5000))
}

func (c *clutter) listeners() error {
	for range 5 + c.rng.IntN(20) {
		at := netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
		if c.rng.IntN(2) == 0 {
			at = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), 0)
		}
		l, err := c.n.Listen(at)
		if err != nil {
			return err
		}
		c.w.onClose(func() { l.Close() })
	}
	return nil
}
