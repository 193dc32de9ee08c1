//go:build linux

package netlab

import (
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// LimitFiles lets what Command starts from now on open no more than n files.
func (w *World) LimitFiles(n int) { w.most = n }

// limit takes effect on the program that the helper becomes. Package syscall
// gives a child the limit back that this process began with, so that the limit
// is set by the helper itself, past syscall.
func (o order) limit() error {
	if o.Files == 0 {
		return nil
	}
	n := uint64(o.Files)
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: n}, nil); err != nil {
		return fmt.Errorf("limiting files: %w", err)
	}
	return nil
}

// PortRange sets from which ports the node's system chooses by itself.
func (w *World) PortRange(n *Node, low, high uint16) {
	w.t.Helper()
	w.must(n.sysctl("ipv4/ip_local_port_range", fmt.Sprintf("%d %d", low, high)))
}

// Connect opens n connections from a node that stay open, and returns them.
func (w *World) Connect(from *Node, to netip.AddrPort, n int) (open []net.Conn) {
	w.t.Helper()
	for range n {
		c, err := from.Dial(w.ctx, "tcp", to)
		w.must(err)
		w.onClose(func() { c.Close() })
		open = append(open, c)
	}
	return open
}
