//go:build linux

package netlab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// prefixOf is the network of the client's LAN in the family of an address.
func (w *World) prefixOf(a netip.Addr) netip.Prefix {
	if a.Is4() {
		return w.plan.segments[0].v4
	}
	return w.plan.segments[0].v6
}

// LANPrefix is the network of the client's LAN.
func (w *World) LANPrefix(f Family) netip.Prefix {
	if f == V6 {
		return w.plan.segments[0].v6
	}
	return w.plan.segments[0].v4
}

// OverBridge lets the client speak through a bridge that its adapter serves,
// as hosts of virtual machines do.
func (w *World) OverBridge(dev string) {
	w.t.Helper()
	w.must(w.Client.bridge(dev, w.Client.Dev))
	w.move(dev)
}

// OverMacvlan lets the client speak through a macvlan on its adapter.
func (w *World) OverMacvlan(dev string) {
	w.t.Helper()
	parent, err := w.Client.link(w.Client.Dev)
	w.must(err)
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.ParentIndex = dev, parent.Attrs().Index
	w.must(w.Client.nl.LinkAdd(&netlink.Macvlan{LinkAttrs: attrs, Mode: netlink.MACVLAN_MODE_BRIDGE}))
	w.must(w.Client.up(dev))
	w.move(dev)
}

// move takes the client's addresses and routes to another of its adapters.
func (w *World) move(dev string) {
	w.t.Helper()
	w.RemoveAddress(AnyFamily)
	for _, a := range w.Client.Addrs(AnyFamily) {
		w.must(w.Client.address(dev, a, w.prefixOf(a).Bits()))
	}
	w.plan.segments[0].left.dev, w.Client.Dev = dev, dev
	for _, f := range []Family{V4, V6} {
		if via := w.Gateway(f); len(w.Client.Addrs(f)) > 0 {
			metric := 0
			if f == V6 {
				metric = 1024
			}
			w.must(w.Client.route(everywhere(via), via, dev, metric))
		}
	}
}

// Stranger plugs another machine into the client's LAN, with the addresses
// that it is given and no route.
func (w *World) Stranger(name string, addrs ...netip.Addr) *Node {
	w.t.Helper()
	n, err := newNode(w.lease.World + "-" + name)
	w.must(err)
	w.nodes, w.Others = append(w.nodes, n), append(w.Others, n)
	w.must(n.sysctls("ipv4/conf/all/rp_filter=0", "ipv4/conf/default/rp_filter=0", "ipv6/conf/default/accept_dad=0",
		"ipv6/conf/all/disable_ipv6=0", "ipv6/conf/default/disable_ipv6=0", "ipv6/conf/default/accept_ra=0"))
	n.Dev = "eth0"
	port := fmt.Sprintf("s-%s", name)
	w.must(cable(n, n.Dev, w.lan, port))
	w.must(w.lan.enslave("switch", port))
	for _, a := range addrs {
		w.must(n.address(n.Dev, a, w.prefixOf(a).Bits()))
	}
	w.eventually("the link-local address of "+name, func() bool {
		l, err := n.link(n.Dev)
		w.must(err)
		all, err := n.nl.AddrList(l, netlink.FAMILY_V6)
		w.must(err)
		return slices.ContainsFunc(all, func(a netlink.Addr) bool { return a.IP.IsLinkLocalUnicast() })
	})
	return n
}

// Usurp plugs in a machine that has one of the client's addresses, and that
// the gateway takes for the client.
func (w *World) Usurp(a netip.Addr) *Node {
	w.t.Helper()
	n := w.Stranger("usurper", a)
	w.neighborAt(w.Routers[0], a, n)
	w.neighborAt(w.Resolver, a, n)
	return n
}

// neighborAt fixes the entry of an address in a node's neighbor table, where
// the node is on the client's LAN.
func (w *World) neighborAt(at *Node, a netip.Addr, is *Node) {
	w.t.Helper()
	dev := w.plan.segments[0].right.dev
	if at == w.Resolver {
		if w.plan.resolverAt != 0 {
			return
		}
		dev = w.Resolver.Dev
	}
	mac, err := is.link(is.Dev)
	w.must(err)
	l, err := at.link(dev)
	w.must(err)
	w.must(at.nl.NeighSet(&netlink.Neigh{LinkIndex: l.Attrs().Index, State: netlink.NUD_PERMANENT,
		IP: a.AsSlice(), HardwareAddr: mac.Attrs().HardwareAddr}))
}

// Taken has the client find by its own test that another machine has its IPv6
// address (RFC 4862 §5.4).
func (w *World) Taken() {
	w.t.Helper()
	a, bits := w.Client.V6, w.prefixOf(w.Client.V6).Bits()
	w.Stranger("earlier", a)
	l, err := w.Client.link(w.Client.Dev)
	w.must(err)
	gone := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(a, bits))}
	w.must(w.Client.nl.AddrDel(l, gone))
	w.must(w.Client.sysctls("ipv6/conf/"+w.Client.Dev+"/accept_dad=1", "ipv6/conf/"+w.Client.Dev+"/dad_transmits=1"))
	w.must(w.Client.nl.AddrAdd(l, &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(a, bits))}))
	w.eventually("the client finds its address taken", func() bool {
		all, err := w.Client.nl.AddrList(l, netlink.FAMILY_V6)
		w.must(err)
		for _, x := range all {
			if x.IP.Equal(a.AsSlice()) && x.Flags&unix.IFA_F_DADFAILED != 0 {
				return true
			}
		}
		return false
	})
}

// eventually waits for what the kernel does in its own time.
func (w *World) eventually(what string, holds func() bool) {
	w.t.Helper()
	for until := time.Now().Add(5 * time.Second); !holds(); rest(20 * time.Millisecond) {
		if time.Now().After(until) {
			w.must(fmt.Errorf("it never came: %s", what))
		}
	}
}

// SecondPort plugs another adapter of the client into its own switch.
func (w *World) SecondPort(dev string) {
	w.t.Helper()
	w.must(cable(w.Client, dev, w.lan, "second"))
	w.must(w.lan.enslave("switch", "second"))
}

// WidenPrefix gives the client so wide a prefix that it takes a far address for
// a neighbor.
func (w *World) WidenPrefix(far netip.Addr) {
	w.t.Helper()
	own := w.Client.V4
	bits := 31
	for !netip.PrefixFrom(own, bits).Masked().Contains(far) {
		bits--
	}
	if netip.PrefixFrom(own, bits).Masked().Addr().IsUnspecified() { // of 0.0.0.0 the kernel makes no on-link route (net/ipv4/fib_frontend.c, fib_add_ifaddr)
		w.must(w.Client.route(netip.PrefixFrom(far, 8).Masked(), netip.Addr{}, w.Client.Dev, 0))
		return
	}
	w.renumber(netip.PrefixFrom(own, bits))
}

// renumber gives the client another IPv4 address or prefix, and its default
// route back.
func (w *World) renumber(p netip.Prefix) {
	w.t.Helper()
	l, err := w.Client.link(w.Client.Dev)
	w.must(err)
	all, err := w.Client.nl.AddrList(l, netlink.FAMILY_V4)
	w.must(err)
	for _, a := range all {
		w.must(w.Client.nl.AddrDel(l, &a))
	}
	w.must(w.Client.nl.AddrAdd(l, &netlink.Addr{IPNet: ipNet(p)}))
	w.onlinkDefault()
}

func (w *World) onlinkDefault() {
	w.t.Helper()
	l, err := w.Client.link(w.Client.Dev)
	w.must(err)
	via := w.Gateway(V4)
	w.must(w.Client.nl.RouteReplace(&netlink.Route{LinkIndex: l.Attrs().Index, Dst: ipNet(everywhere(via)), Gw: via.AsSlice(),
		Priority: 50, Flags: int(netlink.FLAG_ONLINK)})) // after the prefix, were it as wide
}

// WrongSubnet gives the client an address of a network that is not this LAN's,
// and leaves it the gateway.
func (w *World) WrongSubnet() netip.Addr {
	w.t.Helper()
	other := w.plan.pool.subnet4(24, 28)
	a := w.plan.pool.host(other)
	w.renumber(netip.PrefixFrom(a, other.Bits()))
	w.Client.V4 = a
	return a
}

// Alone gives the client its address with no network around it, and a gateway
// that is on the link all the same, as many providers of servers do.
func (w *World) Alone() {
	w.t.Helper()
	w.renumber(netip.PrefixFrom(w.Client.V4, 32))
}

// Narrow gives the client its address in a prefix so narrow that the gateway
// lies beside it, and on the link all the same.
func (w *World) Narrow() {
	w.t.Helper()
	w.renumber(netip.PrefixFrom(w.Client.V4, 31))
	if netip.PrefixFrom(w.Client.V4, 31).Masked().Contains(w.Gateway(V4)) {
		w.renumber(netip.PrefixFrom(w.Client.V4, 32))
	}
}

// RogueGateway plugs in a machine that has the gateway's address and forwards
// nothing, and that the client takes for the gateway.
func (w *World) RogueGateway() *Node {
	w.t.Helper()
	n := w.Stranger("rogue", w.Gateway(V4))
	l, err := w.Client.link(w.Client.Dev)
	w.must(err)
	mac, err := n.link(n.Dev)
	w.must(err)
	w.must(w.Client.nl.NeighSet(&netlink.Neigh{LinkIndex: l.Attrs().Index, State: netlink.NUD_PERMANENT,
		IP: w.Gateway(V4).AsSlice(), HardwareAddr: mac.Attrs().HardwareAddr}))
	return n
}

// TwoPortedGateway plugs a second adapter of the gateway into the client's
// switch, which answers for its address as well.
func (w *World) TwoPortedGateway() {
	w.t.Helper()
	w.must(cable(w.Routers[0], "second", w.lan, "gateway2"))
	w.must(w.lan.enslave("switch", "gateway2"))
}

// Blink takes the signal from the client's adapter a number of times. The switch
// needs up to a second to see its port again after the last.
func (w *World) Blink(times int) {
	for range times {
		_ = w.lan.down(clientPort) // the world may be closing
		rest(20 * time.Millisecond)
		_ = w.lan.up(clientPort)
		rest(200 * time.Millisecond)
	}
}

// fillerType is an EtherType for experiments (IEEE 802, 88-B5): no machine
// of the lab minds such a frame.
const fillerType = 0x88b5

// Fill has the client send as much as its adapter takes, with a standing queue
// of a few frames before it.
func (w *World) Fill() {
	w.t.Helper()
	l, err := w.Client.link(w.Client.Dev)
	w.must(err)
	protocol := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, fillerType))
	var fd int
	w.must(w.Client.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	}))
	w.must(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 20000))
	w.must(unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Usec: 200_000}))
	to := &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: l.Attrs().Index, Halen: 6}
	copy(to.Addr[:], []byte{2, 0, 0, 0, 0, 1})
	w.wg.Go(func() {
		defer unix.Close(fd)
		for w.ctx.Err() == nil {
			_ = unix.Sendto(fd, make([]byte, 1400), 0, to) // EAGAIN: the queue is full
		}
	})
}
