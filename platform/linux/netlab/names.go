//go:build linux

package netlab

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Alias makes a name another name for a second one (CNAME).
func (d *DNS) Alias(name, to string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alias[key(name)] = key(to)
}

// Forget takes a name out of the zone.
func (d *DNS) Forget(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.zone, key(name))
}

// LocalDNS puts a name service on the client itself, at an address of its
// loopback interface, knowing what the first one knows.
func (w *World) LocalDNS(at netip.Addr) *DNS {
	w.t.Helper()
	return w.DNSOn(w.Client, at)
}

// DNSOn puts a name service on a node, at an address that it has.
func (w *World) DNSOn(n *Node, at netip.Addr) *DNS {
	w.t.Helper()
	d := w.newDNS([]netip.Addr{at})
	d.node = n
	w.DNS.mu.Lock()
	for k, v := range w.DNS.zone {
		d.zone[k] = v
	}
	w.DNS.mu.Unlock()
	w.must(d.open())
	return d
}

// systemd is the folder in which systemd keeps its state.
const (
	systemd     = "/run/systemd"
	resolvedDir = systemd + "/resolve"
)

// Upstream lets the client believe that a resolver of its own asks these servers:
// it writes the list that systemd-resolved keeps.
func (w *World) Upstream(addrs ...netip.Addr) {
	w.t.Helper()
	var b strings.Builder
	for _, a := range addrs {
		fmt.Fprintf(&b, "nameserver %v\n", a)
	}
	w.state("resolve/resolv.conf", b.String())
}

// LinkServers writes what systemd-resolved keeps of an adapter: its servers, and
// the domains that are asked of them.
func (w *World) LinkServers(index int, domains string, addrs ...netip.Addr) {
	w.t.Helper()
	text := "SERVERS="
	for _, a := range addrs {
		text += a.String() + " "
	}
	w.state(fmt.Sprintf("resolve/netif/%d", index), text+"\nDOMAINS="+domains+"\n")
}

// state writes a file that programs on the client find below systemd's folder.
func (w *World) state(name, text string) {
	w.t.Helper()
	if _, err := os.Stat(systemd); err != nil {
		w.t.Skipf("netlab: needs %s to put files below: %v", systemd, err)
	}
	w.must(os.MkdirAll(w.path(filepath.Join("systemd", filepath.Dir(name))), 0o755))
	w.must(w.write(filepath.Join("systemd", name), text))
}

// showState shows those files instead of the machine's own.
func (o order) showState() error {
	if !o.hasState() {
		return nil
	}
	return mount(filepath.Join(o.Dir, "systemd"), systemd, "", unix.MS_BIND)
}

func (o order) hasState() bool {
	_, err := os.Stat(filepath.Join(o.Dir, "systemd"))
	return err == nil
}
