// Package platformtest is the contract suite that every host must pass: a live
// one on each system, a recording, a helper at the other end of a pipe.
//
// It speaks to loopback only, and to servers that it opened itself. It never
// asks for more than a host has: a method that is unsupported, denied or not
// recorded is skipped, with the reason.
package platformtest

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"faultline/platform"
)

const (
	prompt   = 100 * time.Millisecond // how soon an ask must end after its context
	slack    = 150 * time.Millisecond // what a busy machine may add
	patience = 10 * time.Second       // for an ask that should be answered at once
	forever  = 60 * time.Second       // how long an ask without deadline may take
)

// Run holds h to the contract of the port.
func Run(t *testing.T, h platform.Host) {
	t.Run("mechanisms", func(t *testing.T) { mechanisms(t, h) })
	t.Run("ended context", func(t *testing.T) { endedContext(t, h) })
	t.Run("problems have codes", func(t *testing.T) { codes(t, h) })
	t.Run("silence", func(t *testing.T) { silence(t, h) })
	t.Run("cancellation", func(t *testing.T) { cancellation(t, h) })
	t.Run("no deadline", func(t *testing.T) { noDeadline(t, h) })
	t.Run("facts", func(t *testing.T) { facts(t, h) })
	t.Run("loopback", func(t *testing.T) { loopback(t, h) })
	t.Run("decisions", func(t *testing.T) { decisions(t, h) })
}

// ask is one harmless call of a method.
type ask struct {
	method string
	call   func(context.Context) error
}

// asks are one harmless call of each method; peers are the servers of this
// test.
func asks(h platform.Host, p peers) []ask {
	var (
		once = platform.Reading{}
		home = p.closed.Addr()
	)
	return []ask{
		{"system.describe", discard(h.System.Describe, once)},
		{"links.all", discard(h.Links.All, once)},
		{"links.counters", discard(h.Links.Counters, once)},
		{"links.wireless", discard(h.Links.Wireless, once)},
		{"neighbors.all", discard(h.Neighbors.All, once)},
		{"routes.all", discard(h.Routes.All, once)},
		{"routes.to", discard(h.Routes.To, platform.RouteAsk{Dst: home})},
		{"routes.rules", discard(h.Routes.Rules, once)},
		{"names.resolvers", discard(h.Names.Resolvers, once)},
		{"names.hosts", discard(h.Names.Hosts, platform.HostsAsk{Name: "localhost"})},
		{"names.system", discard(h.Names.System, platform.NameAsk{Name: "localhost"})},
		{"proxies.for", discard(h.Proxies.For, platform.ProxyAsk{Scheme: "http", Host: "localhost", Port: 80})},
		{"dns.exchange", discard(h.DNS.Exchange, platform.DNSAsk{Server: p.closed, Name: "localhost", Type: "A", Transport: "udp"})},
		{"dialer.tcp", discard(h.Dialer.TCP, platform.DialAsk{To: p.closed})},
		{"echo.send", discard(h.Echo.Send, platform.EchoAsk{To: home})},
		{"datagrams.send", discard(h.Datagrams.Send, platform.DatagramAsk{To: p.closed})},
		{"talker.talk", discard(h.Talker.Talk, platform.TalkAsk{To: p.closed})},
		{"clock.now", discard(h.Clock.Now, once)},
		{"counters.read", discard(h.Counters.Read, once)},
		{"logs.recent", discard(h.Logs.Recent, once)},
		{"neighbors.claimants", discard(h.Neighbors.Claimants, platform.ClaimAsk{Addr: home, Link: 1})},
		{"relays.try", discard(h.Relays.Try, platform.RelayAsk{To: p.closed, From: home, Link: 1})},
		{"settings.read", discard(h.Settings.Read, once)},
		{"firewall.rules", discard(h.Firewall.Rules, platform.RuleAsk{})},
		{"sockets.listeners", discard(h.Sockets.Listeners, platform.ListenersAsk{Ports: []uint16{p.open.Port()}})},
		{"sockets.ports", discard(h.Sockets.Ports, platform.PortsAsk{To: p.closed})},
		{"sockets.files", discard(h.Sockets.Files, once)},
	}
}

// slow are asks that nobody answers.
func slow(h platform.Host, p peers) []ask {
	return []ask{
		{"datagrams.send", discard(h.Datagrams.Send, platform.DatagramAsk{To: p.deaf})},
		{"dns.exchange", discard(h.DNS.Exchange, platform.DNSAsk{Server: p.deaf, Name: "localhost", Type: "A", Transport: "udp"})},
		{"talker.talk", discard(h.Talker.Talk, platform.TalkAsk{To: p.mute})},
	}
}

func discard[Q, A any](method func(context.Context, Q) (A, error), q Q) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := method(ctx, q)
		return err
	}
}

// unserved says that a host may answer so without breaking the contract.
func unserved(err error) bool {
	return errors.Is(err, platform.ErrUnsupported) || errors.Is(err, platform.ErrPermission) ||
		errors.Is(err, platform.ErrNotRecorded)
}

// served skips the test of what the host does not serve, and fails it for any
// other error.
func served(t *testing.T, err error) {
	t.Helper()
	if unserved(err) {
		t.Skipf("not served here: %v", err)
	}
	if err != nil {
		t.Fatalf("got error %v want none", err)
	}
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// mechanisms: every row has a method, one row each, and says the truth of what
// a call answers.
func mechanisms(t *testing.T, h platform.Host) {
	rows, err := h.System.Mechanisms(soon(t), platform.Reading{})
	served(t, err)
	states := make(map[string]string)
	for _, m := range rows {
		if _, twice := states[m.Method]; twice || m.Method == "" {
			t.Errorf("got a second row, or none, for %q", m.Method)
		}
		if m.State == platform.MechanismDenied && m.Needs == "" {
			t.Errorf("%s is denied and does not say what would enable it", m.Method)
		}
		states[m.Method] = m.State
	}
	for _, a := range asks(h, newPeers(t)) {
		t.Run(a.method, func(t *testing.T) { truthful(t, states[a.method], a.call(soon(t))) })
	}
}

func truthful(t *testing.T, state string, err error) {
	t.Helper()
	if errors.Is(err, platform.ErrNotRecorded) {
		t.Skip("not recorded")
	}
	denied, unsupported := errors.Is(err, platform.ErrPermission), errors.Is(err, platform.ErrUnsupported)
	switch state {
	case platform.MechanismWorks:
		if denied || unsupported {
			t.Errorf("got %v from a mechanism that works", err)
		}
	case platform.MechanismDenied:
		if !denied {
			t.Errorf("got %v from a mechanism that is denied", err)
		}
	case platform.MechanismMissing, platform.MechanismUnsupported, "": // a row that a host left out
		if !unsupported {
			t.Errorf("got %v from a mechanism that is %s", err, state)
		}
	default:
		t.Errorf("got state %q", state)
	}
}

// endedContext: an ask under a context that ended returns at once, with a
// problem that says so if with any.
func endedContext(t *testing.T, h platform.Host) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, a := range append(asks(h, newPeers(t)), slow(h, newPeers(t))...) {
		t.Run(a.method, func(t *testing.T) {
			began := time.Now()
			err := a.call(canceled)
			if took := time.Since(began); took > prompt+slack {
				t.Errorf("got an answer after %v want within %v", took, prompt)
			}
			if err != nil && !unserved(err) && !errors.Is(err, platform.ErrCanceled) {
				t.Errorf("got %v want %v", err, platform.ErrCanceled)
			}
		})
	}
}

// codes: every error is a problem with a code, so that it survives a record.
func codes(t *testing.T, h platform.Host) {
	for _, a := range asks(h, newPeers(t)) {
		var p *platform.Problem
		if err := a.call(soon(t)); err != nil && (!errors.As(err, &p) || p.Code == "") {
			t.Errorf("%s: got %v, which has no code", a.method, err)
		}
	}
}

// silence is an answer where the port says so, and ErrTimeout elsewhere; how
// long it was listened to is told.
func silence(t *testing.T, h platform.Host) {
	p := newPeers(t)
	const limit = 200 * time.Millisecond
	t.Run("datagrams", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		got, err := h.Datagrams.Send(ctx, platform.DatagramAsk{To: p.deaf})
		served(t, err)
		if got.Answered || got.ICMP != nil || got.Waited < limit/2 || got.Waited > limit+prompt+slack {
			t.Errorf("got %+v want silence of %v", got, limit)
		}
	})
	t.Run("dns", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		got, err := h.DNS.Exchange(ctx, platform.DNSAsk{Server: p.deaf, Name: "localhost", Type: "A", Transport: "udp"})
		if unserved(err) {
			t.Skip(err)
		}
		if !errors.Is(err, platform.ErrTimeout) || got.Sent < 1 || got.Waited < limit/2 {
			t.Errorf("got %+v, %v want %v", got, err, platform.ErrTimeout)
		}
	})
}

// cancellation: a caller who gives up gets an answer at once.
func cancellation(t *testing.T, h platform.Host) {
	for _, a := range slow(h, newPeers(t)) {
		t.Run(a.method, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			var gaveUp time.Time
			time.AfterFunc(prompt, func() { gaveUp = time.Now(); cancel() })
			err := a.call(ctx)
			if unserved(err) {
				cancel()
				t.Skip(err)
			}
			<-ctx.Done()
			if took := time.Since(gaveUp); took > prompt+slack {
				t.Errorf("got an answer %v after the end want within %v", took, prompt)
			}
			if err != nil && !errors.Is(err, platform.ErrCanceled) {
				t.Errorf("got %v want %v", err, platform.ErrCanceled)
			}
		})
	}
}

// noDeadline: an ask has a limit of its own.
func noDeadline(t *testing.T, h platform.Host) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, a := range slow(h, newPeers(t)) {
		t.Run(a.method, func(t *testing.T) {
			t.Parallel()
			done := make(chan error, 1)
			go func() { done <- a.call(context.Background()) }()
			select {
			case <-done:
			case <-time.After(forever):
				t.Errorf("got no answer in %v", forever)
			}
		})
	}
}

// decisions: a live host answers with what is proposed.
func decisions(t *testing.T, h platform.Host) {
	want := `{"after":3}`
	got, err := h.Decisions.Decide(soon(t), platform.DecisionAsk{Key: "platformtest", Proposed: json.RawMessage(want)})
	served(t, err)
	if string(got) != want {
		t.Errorf("got %s want %s", got, want)
	}
}

// peers are servers on loopback.
type peers struct {
	closed netip.AddrPort // nothing listens, neither UDP nor TCP
	open   netip.AddrPort // TCP: accepts and closes
	mute   netip.AddrPort // TCP: accepts and says nothing
	deaf   netip.AddrPort // UDP: never answers
	echo   netip.AddrPort // UDP: sends back what comes
}

func newPeers(t *testing.T) peers {
	t.Helper()
	return peers{closed: closedPort(t), open: accepting(t, true), mute: accepting(t, false),
		deaf: datagramPeer(t, false), echo: datagramPeer(t, true)}
}

// closedPort is one that was free for TCP a moment ago.
func closedPort(t *testing.T) netip.AddrPort {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return addrPort(t, ln.Addr())
}

func accepting(t *testing.T, closes bool) netip.AddrPort {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
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
			if closes {
				c.Close()
			} else {
				t.Cleanup(func() { c.Close() })
			}
		}
	}()
	return addrPort(t, ln.Addr())
}

// datagrams is a UDP socket.
type datagrams interface {
	ReadFrom(b []byte) (int, net.Addr, error)
	WriteTo(b []byte, to net.Addr) (int, error)
	LocalAddr() net.Addr
	Close() error
}

func datagramPeer(t *testing.T, answers bool) netip.AddrPort {
	t.Helper()
	c, err := openDatagrams()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if answers {
				_, _ = c.WriteTo(b[:n], from)
			}
		}
	}()
	return addrPort(t, c.LocalAddr())
}

func addrPort(t *testing.T, a net.Addr) netip.AddrPort {
	t.Helper()
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}
