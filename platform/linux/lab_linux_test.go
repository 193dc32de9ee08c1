package linux

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"faultline/platform"
)

// The lab is three network namespaces that a test makes for itself, and that
// vanish with their last file descriptor:
//
//	client  c0 10.77.1.1/24 ── 10.77.1.254 r0  router  r1 10.77.2.254 ── 10.77.2.2/24 s0  server
//	           fd77:1::1/64 ── fd77:1::fe                fd77:2::fe    ── fd77:2::2/64
const (
	clientIP, nearIP, farIP, serverIP     = "10.77.1.1", "10.77.1.254", "10.77.2.254", "10.77.2.2"
	clientIP6, nearIP6, farIP6, serverIP6 = "fd77:1::1", "fd77:1::fe", "fd77:2::fe", "fd77:2::2"
)

type lab struct {
	t                      *testing.T
	client, router, server netns.NsHandle
}

// newLab builds the lab; a test that may not skips.
func newLab(t *testing.T) *lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	t.Parallel() // each lab is a world of its own, and mostly waits
	l := &lab{t: t, client: newNamespace(t), router: newNamespace(t), server: newNamespace(t)}
	l.connect(l.client, "c0", l.router, "r0")
	l.connect(l.router, "r1", l.server, "s0")
	l.in(l.client, func() { up(t, "c0", clientIP+"/24", clientIP6+"/64"); via(t, nearIP, nearIP6) })
	l.in(l.router, func() {
		up(t, "r0", nearIP+"/24", nearIP6+"/64")
		up(t, "r1", farIP+"/24", farIP6+"/64")
		forward(t)
	})
	l.in(l.server, func() { up(t, "s0", serverIP+"/24", serverIP6+"/64"); via(t, farIP, farIP6) })
	l.in(l.client, func() { l.ready(serverIP, serverIP6) })
	return l
}

// ready waits until packets come through: the kernel takes up to a second to
// tell IPv6 of a carrier (net/core/link_watch.c).
func (l *lab) ready(addresses ...string) {
	l.t.Helper()
	ctx := within(l.t, 10*time.Second)
	for _, s := range addresses {
		ask := platform.DialAsk{To: netip.AddrPortFrom(netip.MustParseAddr(s), 1)}
		for {
			try, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			d, err := dialer{}.TCP(try, ask)
			cancel()
			if d.Ended == platform.DialRefused {
				break
			}
			if ctx.Err() != nil {
				l.t.Fatalf("the lab did not come up: %+v, %v", d, err)
			}
		}
	}
}

// in runs f on a thread that is in the namespace. The thread is left to die
// with its goroutine when it cannot be brought back.
func (l *lab) in(ns netns.NsHandle, f func()) {
	l.t.Helper()
	inNamespace(l.t, ns, f)
}

func inNamespace(t *testing.T, ns netns.NsHandle, f func()) {
	t.Helper()
	runtime.LockOSThread()
	home, err := netns.Get()
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	if err := netns.Set(ns); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := netns.Set(home); err != nil {
			t.Fatal(err)
		}
		runtime.UnlockOSThread()
	}()
	f()
}

func newNamespace(t *testing.T) netns.NsHandle {
	t.Helper()
	runtime.LockOSThread()
	home, err := netns.Get()
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	ns, err := netns.New()
	if err != nil {
		t.Skipf("no namespace may be made here: %v", err)
	}
	t.Cleanup(func() { ns.Close() })
	if lo, err := netlink.LinkByName("lo"); err != nil || netlink.LinkSetUp(lo) != nil {
		t.Errorf("loopback did not come up: %v", err)
	}
	setting(t, "net/ipv6/conf/default/accept_dad", "0")
	if err := netns.Set(home); err != nil {
		t.Fatal(err)
	}
	runtime.UnlockOSThread()
	return ns
}

func (l *lab) connect(a netns.NsHandle, aName string, b netns.NsHandle, bName string) {
	l.t.Helper()
	l.in(a, func() {
		pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: aName}, PeerName: bName, PeerNamespace: netlink.NsFd(b)}
		if err := netlink.LinkAdd(pair); err != nil {
			l.t.Fatalf("making %s: %v", aName, err)
		}
	})
}

func up(t *testing.T, name string, addresses ...string) {
	t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range addresses {
		a, err := netlink.ParseAddr(s)
		if err != nil {
			t.Fatal(err)
		}
		a.Flags = 2 // IFA_F_NODAD: usable at once
		if err := netlink.AddrAdd(link, a); err != nil {
			t.Fatalf("adding %s: %v", s, err)
		}
	}
	if err := netlink.LinkSetUp(link); err != nil {
		t.Fatal(err)
	}
}

func via(t *testing.T, gateways ...string) {
	t.Helper()
	for _, gw := range gateways {
		if err := netlink.RouteAdd(&netlink.Route{Gw: net.ParseIP(gw)}); err != nil {
			t.Fatalf("default route by %s: %v", gw, err)
		}
	}
}

func forward(t *testing.T) {
	t.Helper()
	setting(t, "net/ipv4/ip_forward", "1")
	setting(t, "net/ipv6/conf/all/forwarding", "1")
	setting(t, "net/ipv4/icmp_ratemask", "0")
	setting(t, "net/ipv6/icmp/ratelimit", "0")
}

// setting writes a sysctl of the thread's own namespace.
func setting(t *testing.T, name, value string) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/"+name, []byte(value), 0o644); err != nil {
		t.Fatal(err)
	}
}

// nft loads rules into the thread's own namespace.
func nft(t *testing.T, rules string) {
	t.Helper()
	path, err := exec.LookPath("nft")
	if err != nil {
		t.Skip("nft is not installed")
	}
	cmd := exec.Command(path, "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("nft: %v: %s", err, out)
	}
}

// chain spells one base chain with rules.
func chain(hook string, rules ...string) string {
	return fmt.Sprintf("table inet lab {\n chain %s {\n type filter hook %s priority 0;\n %s\n }\n}\n", hook, hook, strings.Join(rules, "\n "))
}

// listen opens a listener in the namespace of the thread; it accepts and
// closes until the test ends.
func listen(t *testing.T, addr string, greeting string) net.Addr {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte(greeting))
			c.Close()
		}
	}()
	return ln.Addr()
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
