//go:build linux

package netlab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// runDir is where iproute2 looks for named namespaces.
const runDir = "/run/netns"

// Node is one machine of a world: a network namespace.
type Node struct {
	Name string     // of the namespace, as `ip netns` knows it
	V4   netip.Addr // on the side of the client; invalid when it has none
	V6   netip.Addr
	Dev  string // the interface of these addresses
	TTL  int    // with which its own packets start

	ns netns.NsHandle
	nl *netlink.Handle
}

// newNode makes a named namespace with its loopback up.
func newNode(label string) (*Node, error) {
	n := &Node{Name: label, ns: netns.None()}
	err := onThread(func() (err error) {
		n.ns, err = netns.NewNamed(label)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("making namespace %s: %w", label, notAllowed(err))
	}
	if n.nl, err = netlink.NewHandleAt(n.ns, unix.NETLINK_ROUTE); err != nil {
		return nil, fmt.Errorf("opening netlink in %s: %w", label, err)
	}
	return n, n.up("lo")
}

// errNotAllowed is a machine on which not even root can build a world, such as
// a container without CAP_SYS_ADMIN or without /dev/net/tun.
var errNotAllowed = errors.New("not allowed on this machine")

func notAllowed(err error) error {
	for _, no := range []error{unix.EPERM, unix.EACCES, unix.ENOENT, unix.ENODEV} {
		if errors.Is(err, no) {
			return fmt.Errorf("%w: %w", errNotAllowed, err)
		}
	}
	return err
}

// onThread runs f on a thread of its own namespace and gives the thread back
// afterwards as it was; a thread that cannot be restored is thrown away.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		home, err := netns.Get()
		if err != nil {
			done <- err
			return
		}
		defer home.Close()
		err = f()
		if netns.Set(home) == nil {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

// Do runs f on a thread inside the namespace: sockets that f opens and
// programs that it starts belong to the node. Goroutines that f starts do not.
func (n *Node) Do(f func() error) error {
	return onThread(func() error {
		if err := netns.Set(n.ns); err != nil {
			return fmt.Errorf("entering %s: %w", n.Name, err)
		}
		return f()
	})
}

// bound tries for a second while a port is in use: a child that another test
// starts holds a copy of each socket until its exec is through, and with it a
// port that was closed here (fork(2), FD_CLOEXEC in fcntl(2)).
func bound(open func() error) (err error) {
	for range 200 {
		if err = open(); !errors.Is(err, unix.EADDRINUSE) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return err
}

// Listen opens a TCP listener in the node.
func (n *Node) Listen(at netip.AddrPort) (l net.Listener, err error) {
	err = n.Do(func() error {
		return bound(func() error {
			l, err = net.Listen("tcp", at.String())
			return err
		})
	})
	return l, err
}

// ListenPacket opens a UDP socket in the node.
func (n *Node) ListenPacket(at netip.AddrPort) (c net.PacketConn, err error) {
	err = n.Do(func() error {
		return bound(func() error {
			c, err = net.ListenPacket("udp", at.String())
			return err
		})
	})
	return c, err
}

// Dial connects from the node.
func (n *Node) Dial(ctx context.Context, network string, to netip.AddrPort) (c net.Conn, err error) {
	err = n.Do(func() error {
		c, err = new(net.Dialer).DialContext(ctx, network, to.String())
		return err
	})
	return c, err
}

// Addrs lists the node's addresses of the family.
func (n *Node) Addrs(f Family) []netip.Addr {
	var all []netip.Addr
	if n.V4.IsValid() && f != V6 {
		all = append(all, n.V4)
	}
	if n.V6.IsValid() && f != V4 {
		all = append(all, n.V6)
	}
	return all
}

// sysctl writes a value below /proc/sys/net; those files belong to the
// namespace of the thread that opens them (net/sysctl_net.c).
func (n *Node) sysctl(key, value string) error {
	path := filepath.Join("/proc/sys/net", filepath.FromSlash(key))
	return n.Do(func() error {
		if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
			return fmt.Errorf("setting %s in %s: %w", key, n.Name, err)
		}
		return nil
	})
}

func (n *Node) sysctls(pairs ...string) error {
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		if err := n.sysctl(key, value); err != nil {
			return err
		}
	}
	return nil
}

// close gives the namespace up; the kernel removes it with all its devices.
func (n *Node) close() error {
	if n.nl != nil {
		n.nl.Close()
	}
	n.ns.Close()
	return deleteNamespace(n.Name)
}

// deleteNamespace forgets a named namespace, also one whose mount is gone.
func deleteNamespace(label string) error {
	path := filepath.Join(runDir, label)
	if err := unix.Unmount(path, unix.MNT_DETACH); err != nil && err != unix.EINVAL && err != unix.ENOENT {
		return fmt.Errorf("unmounting %s: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("deleting namespace: %w", err)
	}
	return nil
}
