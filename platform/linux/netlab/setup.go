//go:build linux

package netlab

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// addresses gives every end its addresses.
func (w *World) addresses() error {
	lan := w.plan.segments[0]
	if err := w.settle(w.Client, lan, lan.left, w.plan.family); err != nil {
		return err
	}
	for i, s := range w.plan.segments {
		if err := w.settle(w.rightOf(i), s, s.right, Dual); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		if err := w.assign(w.Routers[i-1], s, s.left, Dual); err != nil {
			return err
		}
	}
	s, e := w.plan.resolver()
	if err := w.settle(w.Resolver, s, e, Dual); err != nil {
		return err
	}
	if k := w.plan.resolverAt; k > 0 {
		if err := w.assign(w.Routers[k-1], s, s.left, Dual); err != nil {
			return err
		}
	}
	return w.Routers[0].address(w.plan.segments[0].right.dev, w.plan.gateLL, 64)
}

// settle puts an end's addresses on its device and makes them the node's.
func (w *World) settle(n *Node, s segment, e end, f Family) error {
	if f != V6 {
		n.V4 = e.v4
	}
	if f != V4 && w.plan.dual() {
		n.V6 = e.v6
	}
	return w.assign(n, s, e, f)
}

// assign puts an end's addresses on its device. In a world without IPv6 only
// the link-local addresses remain, as on a real IPv4 network.
func (w *World) assign(n *Node, s segment, e end, f Family) error {
	var errs []error
	if f != V6 {
		errs = append(errs, n.address(e.dev, e.v4, s.v4.Bits()))
	}
	if f != V4 && w.plan.dual() {
		errs = append(errs, n.address(e.dev, e.v6, s.v6.Bits()))
	}
	return errors.Join(errs...)
}

// routes gives the ends a default route and the routers one to each network.
func (w *World) routes() error {
	if err := errors.Join(w.clientRoutes(), w.resolverRoutes(), w.serverRoutes()); err != nil {
		return err
	}
	for i := range w.Routers {
		if err := w.routerRoutes(i + 1); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) clientRoutes() error {
	dev := w.plan.segments[0].left.dev
	var errs []error
	if w.plan.family != V6 {
		errs = append(errs, w.Client.route(everywhere(w.Gateway(V4)), w.Gateway(V4), dev, 0))
	}
	if w.plan.dual() {
		errs = append(errs, w.Client.route(everywhere(w.Gateway(V6)), w.Gateway(V6), dev, 1024))
	}
	return errors.Join(errs...)
}

func (w *World) serverRoutes() error {
	last := w.plan.segments[w.plan.hops]
	return w.both(last.left, func(via netip.Addr) error {
		return w.Server.route(everywhere(via), via, last.right.dev, 0)
	})
}

func (w *World) resolverRoutes() error {
	s, e := w.plan.resolver()
	via := s.left
	if w.plan.resolverAt == 0 {
		via = s.right
	}
	return w.both(via, func(via netip.Addr) error {
		return w.Resolver.route(everywhere(via), via, e.dev, 0)
	})
}

// routerRoutes gives router i a route to every network that it is not on, and
// a default route away from the client, as a provider's routers have.
func (w *World) routerRoutes(i int) error {
	var errs []error
	left, right := w.plan.segments[i-1], w.plan.segments[i]
	for j, s := range w.plan.segments {
		switch {
		case j < i-1:
			errs = append(errs, w.via(i, s, left.left, left.right.dev))
		case j > i:
			errs = append(errs, w.via(i, s, right.right, right.left.dev))
		}
	}
	switch k := w.plan.resolverAt; {
	case k > 0 && k < i:
		errs = append(errs, w.via(i, w.plan.stub, left.left, left.right.dev))
	case k > i:
		errs = append(errs, w.via(i, w.plan.stub, right.right, right.left.dev))
	}
	if i < w.plan.hops {
		errs = append(errs, w.both(right.right, func(via netip.Addr) error {
			return w.Routers[i-1].route(everywhere(via), via, right.left.dev, 0)
		}))
	}
	return errors.Join(errs...)
}

func (w *World) via(i int, to segment, next end, dev string) error {
	return w.both(next, func(via netip.Addr) error {
		net := to.v4
		if via.Is6() {
			net = to.v6
		}
		return w.Routers[i-1].route(net, via, dev, 0)
	})
}

// both calls f with each address of the end that this world uses.
func (w *World) both(e end, f func(netip.Addr) error) error {
	if !w.plan.dual() {
		return f(e.v4)
	}
	return errors.Join(f(e.v4), f(e.v6))
}

// files writes what the client finds in /etc.
func (w *World) files() error {
	var err error
	if w.CA, err = newAuthority("Lab " + w.plan.pool.word() + " Root"); err != nil {
		return err
	}
	for _, dir := range []string{"bin", "certs"} {
		if err := os.MkdirAll(w.path(dir), 0o755); err != nil {
			return fmt.Errorf("making the world's folders: %w", err)
		}
	}
	return errors.Join(
		w.write("ca.pem", string(w.CA.PEM())),
		w.write("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
		w.write("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
		w.write("environment", ""),
		w.write("resolv.conf", ""))
}

func (w *World) path(name string) string { return filepath.Join(w.lease.dir(), name) }

// Path is where a file of the client lies.
func (w *World) Path(name string) string { return w.path(name) }

// write replaces a file in place: the client's view of it is a bind mount,
// which follows the inode.
func (w *World) write(name, text string) error {
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing the client's %s: %w", name, err)
	}
	return nil
}

// Resolvers sets the name servers of the client's resolv.conf.
func (w *World) Resolvers(addrs ...netip.Addr) {
	w.t.Helper()
	var b strings.Builder
	for _, a := range addrs {
		fmt.Fprintf(&b, "nameserver %v\n", a)
	}
	w.must(w.write("resolv.conf", b.String()))
}

// ResolvConf sets the whole text of the client's resolv.conf.
func (w *World) ResolvConf(text string) {
	w.t.Helper()
	w.must(w.write("resolv.conf", text))
}

// Hosts adds lines to the client's hosts file.
func (w *World) Hosts(lines ...string) {
	w.t.Helper()
	text := "127.0.0.1 localhost\n::1 localhost\n" + strings.Join(lines, "\n") + "\n"
	w.must(w.write("hosts", text))
}

// NSSwitch sets the whole text of the client's nsswitch.conf.
func (w *World) NSSwitch(text string) {
	w.t.Helper()
	w.must(w.write("nsswitch.conf", text))
}

// resolve starts the resolver and makes it the client's.
func (w *World) resolve() error {
	at := w.Resolver.Addrs(AnyFamily)
	if w.plan.family != V6 {
		at = w.Resolver.Addrs(V4)
	}
	w.DNS = w.newDNS(at)
	w.DNS.Set(w.Name, w.Server.Addrs(AnyFamily)...)
	if err := w.DNS.open(); err != nil {
		return err
	}
	first := at[len(at)-1]
	return w.write("resolv.conf", fmt.Sprintf("nameserver %v\n", first))
}
