package windows

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

// udpConn is a connected UDP socket that Winsock serves without the runtime of
// Go: it knows no more controls of the socket than every Winsock has. It reads
// ahead, so that nothing that comes while nobody reads is lost.
type udpConn struct {
	s    windows.Handle
	to   netip.AddrPort
	came chan arrival
	stop context.CancelFunc // ends the reading ahead
	over chan struct{}      // closed when it has ended

	mu    sync.Mutex
	until time.Time     // of reads; zero: no deadline
	moved chan struct{} // closed when until is changed
}

// arrival is a datagram that came, or the error in place of one.
type arrival struct {
	body []byte
	err  error
}

// DialUDP opens a connected UDP socket: the system chooses the port and drops
// what other hosts send. An ICMP port unreachable ends a read with the number
// of a reset (WSAECONNRESET), a deadline with os.ErrDeadlineExceeded.
func DialUDP(to netip.AddrPort) (net.Conn, error) {
	sa, err := sockaddr(to)
	if err != nil {
		return nil, err
	}
	s, err := newSocket(to.Addr(), windows.SOCK_DGRAM, windows.IPPROTO_UDP)
	if err != nil {
		return nil, fmt.Errorf("opening a socket: %w", socketProblem(err))
	}
	if err := windows.Connect(s, sa); err != nil {
		windows.Closesocket(s)
		return nil, fmt.Errorf("addressing the socket: %w", socketProblem(err))
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &udpConn{s: s, to: to, came: make(chan arrival), stop: stop, over: make(chan struct{}), moved: make(chan struct{})}
	armed := make(chan struct{})
	go c.readAhead(ctx, sync.OnceFunc(func() { close(armed) }))
	<-armed
	return c, nil
}

func (c *udpConn) readAhead(ctx context.Context, armed func()) {
	defer close(c.over)
	b := make([]byte, 1<<16)
	for {
		n, err := receive(ctx, c.s, b, armed)
		armed() // where it failed at once
		if ctx.Err() != nil {
			return
		}
		select {
		case c.came <- arrival{append([]byte(nil), b[:n]...), err}:
		case <-ctx.Done():
			return
		}
	}
}

// Read takes one datagram; what b does not hold of it is lost.
func (c *udpConn) Read(b []byte) (int, error) {
	for {
		c.mu.Lock()
		until, moved := c.until, c.moved
		c.mu.Unlock()
		var late <-chan time.Time
		if !until.IsZero() {
			if !time.Now().Before(until) {
				return 0, os.ErrDeadlineExceeded
			}
			late = time.After(time.Until(until))
		}
		select {
		case a := <-c.came:
			return copy(b, a.body), a.err
		case <-late:
		case <-moved:
		}
	}
}

// Write sends one datagram.
func (c *udpConn) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	buf, n := &windows.WSABuf{Len: uint32(len(b)), Buf: &b[0]}, new(uint32)
	return await(context.Background(), c.s, func(o *windows.Overlapped) error {
		return windows.WSASend(c.s, buf, 1, n, 0, o, nil)
	})
}

// Close closes the socket; nothing may read it any more.
func (c *udpConn) Close() error {
	c.stop()
	<-c.over
	return windows.Closesocket(c.s)
}

// LocalAddr is the address that the system chose.
func (c *udpConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(local(c.s)) }

// RemoteAddr is whom the socket talks to.
func (c *udpConn) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(c.to) }

// SetReadDeadline moves the deadline of reads, those under way included.
func (c *udpConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = t
	close(c.moved)
	c.moved = make(chan struct{})
	return nil
}

// SetDeadline is SetReadDeadline: a datagram is sent without waiting.
func (c *udpConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing.
func (c *udpConn) SetWriteDeadline(time.Time) error { return nil }

type datagrams struct{}

// Send sends one datagram on a connected socket. Winsock tells that ICMP port
// unreachable came, not from whom, and of no other error whence or what: what
// asks for a TTL or DF would mistake such an answer for silence.
func (datagrams) Send(ctx context.Context, q platform.DatagramAsk) (platform.DatagramReply, error) {
	if err := ended(ctx); err != nil {
		return platform.DatagramReply{}, err
	}
	if q.TTL != 0 || q.DF {
		return platform.DatagramReply{}, platform.ErrUnsupported
	}
	ctx, cancel := bounded(ctx, probePatience)
	defer cancel()
	c, err := DialUDP(q.To)
	if err != nil {
		return platform.DatagramReply{}, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	began := time.Now()
	if _, err := c.Write(make([]byte, min(max(q.Size, 1), maxSize))); err != nil {
		return platform.DatagramReply{}, fmt.Errorf("sending: %w", socketProblem(err))
	}
	_, err = c.Read(make([]byte, 1))
	r := platform.DatagramReply{Answered: err == nil, Waited: time.Since(began)}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return r, quiet(ctx.Err())
	}
	return r, heardProblem(err)
}

// heardProblem is what the end of a read says of a datagram that was sent.
func heardProblem(err error) error {
	switch n := numberOf(err); {
	case err == nil:
		return nil
	case n == wsaECONNRESET || n == wsaECONNREFUSED:
		return &platform.Problem{Code: platform.UnreachablePort, Text: winsockProblem(n).Text}
	}
	return fmt.Errorf("reading: %w", socketProblem(err))
}
