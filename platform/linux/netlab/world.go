//go:build linux

package netlab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// T is what the lab needs of a testing.TB; a bench may bring its own.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(f func())
}

// World is one small network. Its methods fail the test when they cannot do
// what they say.
type World struct {
	Seed     uint64
	Client   *Node
	Routers  []*Node // from the client's gateway to the one before the server
	Server   *Node
	Resolver *Node
	Others   []*Node    // those that a fault plugged into the client's LAN
	DNS      *DNS       // the service on Resolver, which knows Name
	CA       *Authority // the authority that the client trusts

	Name string        // of the server
	Port uint16        // drawn, free on the server
	RTT  time.Duration // added between client and server

	plan   plan
	lease  lease
	relay  *relay // on the way to the server
	wire   *relay // from the switch to the gateway
	lan    *Node  // the switch
	t      T
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	tables atomic.Int64
	env    []string // of the client's programs
	most   int      // files that a program may open; 0: what the system says

	mu     sync.Mutex
	closed bool
	ends   []func() // what is to be closed, last first
	nodes  []*Node
}

var worlds atomic.Int64

// New makes the world of a seed for the length of the test. It skips the test
// when the process is not root.
func New(t T, seed uint64, o Options) *World {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("netlab: needs root to make network namespaces")
	}
	if !handed.Load() {
		t.Fatalf("netlab: call netlab.Main() first in TestMain")
	}
	if err := reclaim(); err != nil {
		t.Fatalf("netlab: clearing away dead worlds: %v", err)
	}
	w := &World{Seed: seed, t: t, plan: draw(seed, o)}
	w.Name, w.Port, w.RTT = w.plan.name, w.plan.port, w.plan.rtt
	w.ctx, w.cancel = context.WithCancel(context.Background())
	t.Cleanup(w.close)
	t.Logf("%v", &w.plan)
	err := w.build()
	if errors.Is(err, errNotAllowed) {
		t.Skipf("netlab: %v", err)
	}
	if err != nil {
		t.Fatalf("netlab: seed %d: %v", seed, err)
	}
	return w
}

func (w *World) build() error {
	var err error
	label := fmt.Sprintf("%s%d-%d", prefix, os.Getpid(), worlds.Add(1))
	if w.lease, err = newLease(label); err != nil {
		return err
	}
	steps := []func() error{w.people, w.cables, w.addresses, w.routes, w.files, w.resolve}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// people makes the nodes.
func (w *World) people() (err error) {
	add := func(role string) (n *Node) {
		if err == nil {
			n, err = newNode(w.lease.World + "-" + role)
		}
		if n != nil {
			w.nodes = append(w.nodes, n)
		}
		return n
	}
	w.Client = add("client")
	for i := range w.plan.hops {
		w.Routers = append(w.Routers, add(fmt.Sprintf("router%d", i+1)))
	}
	w.Server, w.Resolver = add("server"), add("resolver")
	if err != nil {
		return err
	}
	return w.habits()
}

// habits sets what makes the nodes behave alike on every machine, because a
// new namespace inherits some settings from the first one.
func (w *World) habits() error {
	for i, n := range w.nodes {
		if n.TTL = 64; i > 0 {
			n.TTL = w.plan.ttls[i-1]
		}
		err := n.sysctls("ipv4/conf/all/rp_filter=0", "ipv4/conf/default/rp_filter=0",
			"ipv6/conf/all/disable_ipv6=0", "ipv6/conf/default/disable_ipv6=0",
			"ipv6/conf/default/accept_ra=0", "ipv6/conf/default/accept_dad=0",
			fmt.Sprintf("ipv6/conf/default/hop_limit=%d", n.TTL),
			fmt.Sprintf("ipv4/ip_default_ttl=%d", n.TTL))
		if err != nil {
			return err
		}
	}
	for _, n := range w.nodes[1:] {
		if err := n.talk(); err != nil {
			return err
		}
	}
	for _, r := range w.Routers {
		if err := r.sysctls("ipv4/ip_forward=1", "ipv6/conf/all/forwarding=1"); err != nil {
			return err
		}
	}
	if w.plan.pingOpen {
		return w.Client.sysctl("ipv4/ping_group_range", "0 2147483647")
	}
	return w.Client.sysctl("ipv4/ping_group_range", "1 0")
}

// cables joins the nodes.
func (w *World) cables() error {
	for i := 1; i <= w.plan.hops; i++ {
		if err := w.join(i); err != nil {
			return err
		}
	}
	if err := w.joinLAN(); err != nil {
		return err
	}
	stub := w.plan.stub
	if k := w.plan.resolverAt; k > 0 {
		w.Resolver.Dev = stub.right.dev
		return cable(w.Routers[k-1], stub.left.dev, w.Resolver, stub.right.dev)
	}
	w.Resolver.Dev = w.plan.segments[0].extra.dev
	if err := cable(w.Resolver, w.Resolver.Dev, w.lan, "resolver"); err != nil {
		return err
	}
	return w.lan.enslave("switch", "resolver")
}

// joinLAN makes the switch of the client's LAN. The gateway's cable goes
// through user space: a veth pair delivers within the system call that sends,
// so that an answer of the gateway finds the socket locked by its own connect
// and is put off until the first retransmission (net/ipv6/tcp_ipv6.c,
// tcp_v6_err), which no real network does.
func (w *World) joinLAN() (err error) {
	s, gate := w.plan.segments[0], w.Routers[0]
	if w.lan, err = newNode(w.lease.World + "-switch"); err != nil {
		return err
	}
	w.nodes = append(w.nodes, w.lan)
	if err := w.lan.sysctls("ipv6/conf/all/disable_ipv6=1", "ipv6/conf/default/disable_ipv6=1"); err != nil {
		return err
	}
	w.Client.Dev, gate.Dev = s.left.dev, s.right.dev
	if err := cable(w.Client, s.left.dev, w.lan, clientPort); err != nil {
		return err
	}
	if w.wire, err = newRelay(frames, w.plan.lanRTT, w.lan, "gateway", gate, s.right.dev); err != nil {
		return err
	}
	return w.lan.bridge("switch", clientPort, "gateway")
}

// clientPort is the port of the switch that the client's cable is in.
const clientPort = "client"

// join connects router i with what is right of it.
func (w *World) join(i int) (err error) {
	s, left, right := w.plan.segments[i], w.Routers[i-1], w.rightOf(i)
	right.Dev = s.right.dev
	if i != w.plan.relayAt {
		return cable(left, s.left.dev, right, s.right.dev)
	}
	w.relay, err = newRelay(packets, w.plan.rtt, left, s.left.dev, right, s.right.dev)
	return err
}

// rightOf returns the right end of segment i.
func (w *World) rightOf(i int) *Node {
	if i == w.plan.hops {
		return w.Server
	}
	return w.Routers[i]
}

// onClose registers what ends a service; it runs at once when the world is
// closing already.
func (w *World) onClose(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		f()
		return
	}
	w.ends = append(w.ends, f)
}

// close ends the services and takes the network away.
func (w *World) close() {
	w.cancel()
	w.mu.Lock()
	ends := w.ends
	w.closed = true
	w.mu.Unlock()
	for i := range ends {
		ends[len(ends)-1-i]()
	}
	for _, r := range []*relay{w.relay, w.wire} {
		if r != nil {
			r.close()
		}
	}
	w.wg.Wait()
	endInhabitants(w.lease.spaces())
	for _, n := range w.nodes {
		if err := n.close(); err != nil {
			w.t.Logf("netlab: %v", err)
		}
	}
	if w.lease.World == "" {
		return
	}
	if err := w.lease.remove(); err != nil {
		w.t.Logf("netlab: %v", err)
	}
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("netlab: seed %d: %v", w.Seed, err)
	}
}

// URL names the server's drawn port by the server's name.
func (w *World) URL(scheme string) string {
	return fmt.Sprintf("%s://%s:%d/", scheme, w.Name, w.Port)
}

// Target is the server's name with the drawn port.
func (w *World) Target() string { return fmt.Sprintf("%s:%d", w.Name, w.Port) }

// Gateway is the address of the client's default gateway; for IPv6 it may be
// a link-local one.
func (w *World) Gateway(f Family) netip.Addr {
	lan := w.plan.segments[0]
	if f != V6 {
		return lan.right.v4
	}
	if w.plan.lanGate {
		return w.plan.gateLL
	}
	return lan.right.v6
}

// Hops is the number of routers between client and server.
func (w *World) Hops() int { return w.plan.hops }
