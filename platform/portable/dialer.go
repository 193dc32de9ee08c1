package portable

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"faultline/platform"
)

// dialLimit ends an attempt whose context has no deadline.
const dialLimit = 10 * time.Second

type dialer struct{}

// Dialer is for systems that have no dialer of their own. It cannot tell an
// ICMP error from this machine's refusal (both are DialLocal, with the problem
// unreachable-net or unreachable-host) and does not know how many SYNs went
// out: Sent is 1, but 0 with DialLocal. An ask with TTL, Min or
// LocalPort is unsupported.
func Dialer() platform.Dialer { return dialer{} }

func (dialer) TCP(ctx context.Context, q platform.DialAsk) (platform.Dial, error) {
	if q.TTL != 0 || q.Min != 0 || q.LocalPort != 0 {
		return platform.Dial{}, platform.ErrUnsupported
	}
	if !q.To.IsValid() {
		return platform.Dial{}, other("no address to dial")
	}
	ctx, cancel := withLimit(ctx, dialLimit)
	defer cancel()
	start := time.Now()
	conn, err := connect(ctx, q.To, q.From)
	dial := platform.Dial{Sent: 1, Waited: time.Since(start)}
	if err == nil {
		dial.Ended, dial.Local = platform.DialOpen, localOf(conn)
		if q.Hold > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(q.Hold):
			}
		}
		conn.Close()
		return dial, nil
	}
	problem := problemOf(ctx, err)
	if problem.Code == platform.Canceled {
		return dial, fmt.Errorf("dialing: %w", problem)
	}
	dial.Ended = dialEnd(problem)
	if dial.Ended == platform.DialLocal {
		dial.Sent, dial.Problem = 0, problem
	}
	return dial, nil
}

func dialEnd(p *platform.Problem) platform.DialEnd {
	switch {
	case errors.Is(p, platform.ErrRefused), errors.Is(p, platform.ErrReset):
		return platform.DialRefused
	case errors.Is(p, platform.ErrTimeout):
		return platform.DialSilent
	}
	return platform.DialLocal
}

// connect opens a plain TCP connection: Multipath TCP would put an option into
// the SYN that devices on the way are known to drop (RFC 8684 §3.7).
func connect(ctx context.Context, to netip.AddrPort, from netip.Addr) (net.Conn, error) {
	return connectWith(ctx, to, from, nil)
}

// connectWith connects a socket that prepare has seen before.
func connectWith(ctx context.Context, to netip.AddrPort, from netip.Addr, prepare func(syscall.RawConn) error) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	if prepare != nil {
		d.Control = func(_, _ string, c syscall.RawConn) error { return prepare(c) }
	}
	d.SetMultipathTCP(false)
	if from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	return d.DialContext(ctx, "tcp", to.String())
}

func localOf(conn net.Conn) netip.AddrPort {
	addr, ok := conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := addr.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
