package windows

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

const (
	// Nobody waits longer than this for a connection.
	dialPatience = 30 * time.Second
	// What a greeting may hold before we close.
	drainLimit = 64 << 10
	// firstSingleSYN is the build of Windows 10 1709.
	firstSingleSYN = 16299

	sioTCPInfo       = 0xd8000027 // SIO_TCP_INFO, mstcpip.h
	sioTCPInitialRTO = 0x98000011 // SIO_TCP_INITIAL_RTO

	// Socket options of ws2ipdef.h that x/sys lacks.
	ipUnicastIF   = 31
	ipv6UnicastIF = 31
	failOnICMP    = 18 // TCP_FAIL_CONNECT_ON_ICMP_ERROR, since Windows 10 2004
	icmpErrorInfo = 19 // TCP_ICMP_ERROR_INFO
)

type dialer struct{}

// TCP connects. Each SYN is one of a socket of its own where the system can be
// kept from repeating it, so that it is known how many left, and a reset is
// told when it comes; elsewhere one socket repeats as the system does.
func (dialer) TCP(ctx context.Context, q platform.DialAsk) (platform.Dial, error) {
	if err := ended(ctx); err != nil {
		return platform.Dial{}, err
	}
	if q.Min != 0 { // Windows has nothing like IP_MINTTL
		return platform.Dial{}, platform.ErrUnsupported
	}
	to, err := sockaddr(q.To)
	if err != nil {
		return platform.Dial{}, err
	}
	ctx, cancel := bounded(ctx, dialPatience)
	defer cancel()
	v := volley{most: min(max(q.SYNs, 1), mostSYNs), hold: q.Hold}
	v.load = func() (shot, bool, *platform.Problem, error) { return open(q, to) }
	return v.run(ctx)
}

// attempt is one socket that connects.
type attempt struct {
	s    windows.Handle
	ask  platform.DialAsk
	to   windows.Sockaddr
	open bool
}

// open makes a socket ready to connect.
func open(q platform.DialAsk, to windows.Sockaddr) (shot, bool, *platform.Problem, error) {
	s, err := newSocket(q.To.Addr(), windows.SOCK_STREAM, windows.IPPROTO_TCP)
	if numberOf(err) == wsaEAFNOSUPPORT {
		return nil, false, winsockProblem(wsaEAFNOSUPPORT), nil
	}
	if err != nil {
		return nil, false, nil, fmt.Errorf("opening a socket: %w", socketProblem(err))
	}
	a := &attempt{s: s, ask: q, to: to}
	if err := a.prepare(); err != nil {
		a.close()
		return nil, false, nil, err
	}
	if err := a.bind(); err != nil {
		a.close()
		return nil, false, a.refused(err), nil
	}
	return a, !sendsOnce(s), nil, nil
}

// refused is the problem of an attempt that the system did not let out.
func (a *attempt) refused(err error) *platform.Problem {
	if a.ask.LocalPort == 0 {
		return portless(numberOf(err))
	}
	return winsockProblem(numberOf(err))
}

// prepare sets what was asked for, and that an ICMP error ends the attempt.
func (a *attempt) prepare() error {
	level, ttl, unicast, link := windows.IPPROTO_IP, windows.IP_TTL, ipUnicastIF, networkOrder(a.ask.Link)
	if family(a.ask.To.Addr()) == windows.AF_INET6 {
		level, ttl, unicast, link = windows.IPPROTO_IPV6, windows.IPV6_UNICAST_HOPS, ipv6UnicastIF, a.ask.Link
	}
	if a.ask.TTL != 0 {
		if err := windows.SetsockoptInt(a.s, level, ttl, a.ask.TTL); err != nil {
			return fmt.Errorf("setting the TTL: %w", socketProblem(err))
		}
	}
	if a.ask.Link != 0 {
		if err := windows.SetsockoptInt(a.s, level, unicast, link); err != nil {
			return fmt.Errorf("choosing the adapter: %w", socketProblem(err))
		}
	}
	_ = windows.SetsockoptInt(a.s, windows.IPPROTO_TCP, failOnICMP, 1)
	return nil
}

// sendsOnce has a socket send one SYN alone. Before Windows 10 1709 the number
// that means so meant another one.
func sendsOnce(s windows.Handle) bool {
	return windows.RtlGetVersion().BuildNumber >= firstSingleSYN && setInitialRTO(s, dialPatience, never)
}

func setInitialRTO(s windows.Handle, wait time.Duration, repeats byte) bool {
	b, n := initialRTO(wait, repeats), uint32(0)
	return windows.WSAIoctl(s, sioTCPInitialRTO, &b[0], uint32(len(b)), nil, 0, &n, nil, 0) == nil
}

// PrepareTalk has a connection that is not made yet send two SYNs at most:
// Windows repeats one that a reset answered as well, so that with more of them
// a refusal would come later than it is waited for. Where that cannot be set,
// or an ICMP error not be listened for, the system's own way goes on.
func PrepareTalk(c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		setInitialRTO(windows.Handle(fd), firstRTO, 1)
		_ = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_TCP, failOnICMP, 1)
	})
}

// networkOrder turns the number of an adapter as IP_UNICAST_IF wants it; that
// of IPv6 is not turned (learn.microsoft.com, IPPROTO_IP and IPPROTO_IPV6
// socket options).
func networkOrder(n int) int {
	u := uint32(n)
	return int(int32(u>>24 | u>>8&0xff00 | u<<8&0xff0000 | u<<24))
}

// bind gives the socket a port, which ConnectEx wants it to have.
func (a *attempt) bind() error {
	own := a.ask.From
	if !own.IsValid() {
		own = unspecified(a.ask.To.Addr())
	}
	sa, err := sockaddr(netip.AddrPortFrom(own, a.ask.LocalPort))
	if err != nil {
		return err
	}
	return windows.Bind(a.s, sa)
}

func (a *attempt) connect(ctx context.Context) (platform.Dial, error) {
	_, err := await(ctx, a.s, func(o *windows.Overlapped) error {
		return windows.ConnectEx(a.s, a.to, nil, 0, nil, o)
	})
	if err != nil {
		return a.outcome(err)
	}
	a.open = true
	_ = windows.Setsockopt(a.s, windows.SOL_SOCKET, windows.SO_UPDATE_CONNECT_CONTEXT, nil, 0)
	d := platform.Dial{Ended: platform.DialOpen, Local: local(a.s)}
	if i, ok := readTCPInfo(a.s); ok {
		d.TCP, d.Sent = i.facts(), 1+i.SYNRepeats
	}
	return d, nil
}

// close ends a connection with a FIN: to close with unread bytes would send a
// RST, so that what has come is read first.
func (a *attempt) close() {
	defer windows.Closesocket(a.s)
	if !a.open {
		return
	}
	_ = windows.Shutdown(a.s, windows.SHUT_WR)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	buf := make([]byte, 4096)
	for got := 0; got < drainLimit; {
		n, err := receive(ctx, a.s, buf, func() {})
		if n <= 0 || err != nil {
			return
		}
		got += n
	}
}

// outcome is the end that an error number tells.
func (a *attempt) outcome(err error) (platform.Dial, error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return platform.Dial{Ended: platform.DialSilent}, nil
	}
	d := platform.Dial{Local: local(a.s)}
	switch n := numberOf(err); n {
	case 0:
		return d, platform.AsProblem(err)
	case wsaECONNREFUSED, wsaECONNRESET:
		d.Ended = platform.DialRefused
	case wsaETIMEDOUT:
		d.Ended = platform.DialSilent
	case wsaEHOSTUNREACH, wsaENETUNREACH, wsaEHOSTDOWN:
		a.unreachable(n, &d)
	default:
		d.Ended, d.Problem = platform.DialLocal, a.refused(err)
	}
	return d, nil
}

var errUnreachableBy = &platform.Problem{Code: platform.UnreachableSome, Text: "unreachable; whether a router or this machine says so is not told"}

// unreachable tells a router's ICMP error from this machine's own failure, where
// the system lets it be asked for.
func (a *attempt) unreachable(n uint32, d *platform.Dial) {
	b, size := make([]byte, icmpErrorInfoSize), int32(icmpErrorInfoSize)
	err := windows.Getsockopt(a.s, windows.IPPROTO_TCP, icmpErrorInfo, &b[0], &size)
	d.Ended, d.Problem = platform.DialLocal, winsockProblem(n)
	switch i := decodeICMPError(b); {
	case err == nil && i != nil:
		if p := ownProblem(i, a.ask.To.Addr(), ownAddress); p != nil {
			d.ICMP, d.Problem = i, platform.AsProblem(p)
			return
		}
		d.Ended, d.ICMP, d.Problem = platform.DialICMP, i, nil
	case numberOf(err) != wsaNODATA: // there may have been one
		d.Problem = errUnreachableBy
	}
}

// receive reads once; armed is called when the system has begun to.
func receive(ctx context.Context, s windows.Handle, b []byte, armed func()) (int, error) {
	buf := &windows.WSABuf{Len: uint32(len(b)), Buf: &b[0]}
	n, flags := new(uint32), new(uint32)
	return await(ctx, s, func(o *windows.Overlapped) error {
		defer armed()
		return windows.WSARecv(s, buf, 1, n, flags, o, nil)
	})
}

// readTCPInfo asks for TCP_INFO_v0, which Windows has since 10 1703.
func readTCPInfo(s windows.Handle) (tcpInfo, bool) {
	var version, n uint32
	b := make([]byte, 256)
	err := windows.WSAIoctl(s, sioTCPInfo, (*byte)(unsafe.Pointer(&version)), 4, &b[0], uint32(len(b)), &n, nil, 0)
	if err != nil {
		return tcpInfo{}, false
	}
	return decodeTCPInfo(b[:min(int(n), len(b))])
}

// TCPInfo reads SIO_TCP_INFO of a connection; nil when it cannot be had.
func TCPInfo(c syscall.RawConn) (info *platform.TCPInfo) {
	_ = c.Control(func(fd uintptr) {
		if i, ok := readTCPInfo(windows.Handle(fd)); ok {
			info = i.facts()
		}
	})
	return info
}

// LimitSegments has the peer of a connection that is not made yet send no larger
// segments, by a window that holds no more: Winsock lets TCP_MAXSEG be read only
// (learn.microsoft.com, IPPROTO_TCP socket options), and a buffer that was set
// is the window (SO_RCVBUF, RFC 9293 §3.8.6). Wine passes it on to Linux, which
// takes no less than 2304 bytes, half of them as window (sk_buff overhead,
// tcp_win_from_space in net/ipv4/tcp_input.c). What this machine sends is the
// writer's to keep small.
func LimitSegments(c syscall.RawConn, mss int) error {
	var failed error
	if err := c.Control(func(fd uintptr) {
		failed = windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_RCVBUF, mss)
	}); err != nil {
		return fmt.Errorf("reaching the socket: %w", err)
	}
	if failed != nil {
		return fmt.Errorf("limiting the window: %w", socketProblem(failed))
	}
	return nil
}
