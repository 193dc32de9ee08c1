//go:build linux

package netlab

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func (n *Node) link(dev string) (netlink.Link, error) {
	l, err := n.nl.LinkByName(dev)
	if err != nil {
		return nil, fmt.Errorf("finding %s in %s: %w", dev, n.Name, err)
	}
	return l, nil
}

func (n *Node) up(dev string) error {
	l, err := n.link(dev)
	if err != nil {
		return err
	}
	return n.nl.LinkSetUp(l)
}

func (n *Node) down(dev string) error {
	l, err := n.link(dev)
	if err != nil {
		return err
	}
	return n.nl.LinkSetDown(l)
}

// cable joins two nodes by a veth pair, made in place, up on both sides.
func cable(a *Node, devA string, b *Node, devB string) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.Namespace = devA, netlink.NsFd(a.ns)
	pair := &netlink.Veth{LinkAttrs: attrs, PeerName: devB, PeerNamespace: netlink.NsFd(b.ns)}
	if err := a.nl.LinkAdd(pair); err != nil {
		return fmt.Errorf("joining %s %s and %s %s: %w", a.Name, devA, b.Name, devB, err)
	}
	if err := a.up(devA); err != nil {
		return err
	}
	return b.up(devB)
}

// bridge makes a bridge of the ports, which exist already.
func (n *Node) bridge(dev string, ports ...string) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = dev
	if err := n.nl.LinkAdd(&netlink.Bridge{LinkAttrs: attrs}); err != nil {
		return fmt.Errorf("making bridge %s: %w", dev, err)
	}
	if err := n.up(dev); err != nil {
		return err
	}
	for _, port := range ports {
		if err := n.enslave(dev, port); err != nil {
			return err
		}
	}
	return nil
}

// enslave makes a device a port of the bridge.
func (n *Node) enslave(bridge, port string) error {
	master, err := n.link(bridge)
	if err != nil {
		return err
	}
	l, err := n.link(port)
	if err != nil {
		return err
	}
	if err := n.nl.LinkSetMaster(l, master); err != nil {
		return fmt.Errorf("bridging %s: %w", port, err)
	}
	return nil
}

// address adds an address to a device, usable at once: duplicate address
// detection (RFC 4862 §5.4) would make every start a second longer.
func (n *Node) address(dev string, addr netip.Addr, bits int) error {
	l, err := n.link(dev)
	if err != nil {
		return err
	}
	a := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(addr, bits))}
	if addr.Is6() {
		a.Flags = unix.IFA_F_NODAD
	}
	if err := n.nl.AddrReplace(l, a); err != nil {
		return fmt.Errorf("adding %v to %s in %s: %w", addr, dev, n.Name, err)
	}
	return nil
}

// route adds a route through a gateway; an invalid gateway means on link.
func (n *Node) route(to netip.Prefix, via netip.Addr, dev string, metric int) error {
	l, err := n.link(dev)
	if err != nil {
		return err
	}
	r := &netlink.Route{LinkIndex: l.Attrs().Index, Dst: ipNet(to), Priority: metric}
	if via.IsValid() {
		r.Gw = net.IP(via.AsSlice())
	}
	if err := n.nl.RouteReplace(r); err != nil {
		return fmt.Errorf("adding route to %v via %v in %s: %w", to, via, n.Name, err)
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

func everywhere(like netip.Addr) netip.Prefix {
	if like.Is4() {
		return netip.MustParsePrefix("0.0.0.0/0")
	}
	return netip.MustParsePrefix("::/0")
}
