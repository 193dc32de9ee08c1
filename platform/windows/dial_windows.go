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
	d, err := (&volley{ask: q, to: to, began: time.Now(), most: min(max(q.SYNs, 1), mostSYNs)}).run(ctx)
	if d.Ended == platform.DialLocal {
		d.Sent = 0
	}
	return d, err
}

// volley is one connection attempt: its SYNs and what became of each.
type volley struct {
	ask     platform.DialAsk
	to      windows.Sockaddr
	began   time.Time
	most    int  // SYNs
	repeats bool // by the system itself
	sent    int
}

// run sends SYN after SYN until one of them is answered, the context ends, or
// one more than was asked for would be due.
func (v *volley) run(ctx context.Context) (platform.Dial, error) {
	ends, running := make(chan end, v.most), 0
	inner, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		for ; running > 0; running-- {
			(<-ends).close() // no socket outlives the attempt
		}
	}()
	due := time.NewTimer(0)
	defer due.Stop()
	for {
		select {
		case e := <-ends:
			running--
			if e.dial.Ended == platform.DialSilent && e.err == nil {
				continue
			}
			defer e.close()
			if e.open != 0 {
				defer hold(ctx, v.ask.Hold)
			}
			return v.settle(e)
		case <-ctx.Done():
			return v.settle(end{dial: platform.Dial{Ended: platform.DialSilent}, err: quiet(ctx.Err())})
		case <-due.C:
			if v.repeats || v.sent == v.most {
				return v.settle(end{dial: platform.Dial{Ended: platform.DialSilent}})
			}
			s, problem, err := v.open()
			if problem != nil || err != nil {
				return v.settle(end{dial: platform.Dial{Ended: platform.DialLocal, Problem: problem}, err: err})
			}
			running, v.sent = running+1, v.sent+1
			go func() { ends <- v.connect(inner, s) }()
			due.Reset(v.next())
		}
	}
}

// next is how long to wait for an answer before the next step.
func (v *volley) next() time.Duration {
	if v.repeats {
		return max(synDue(v.most, firstRTO)-synMargin, refusalGrace)
	}
	wait := time.Until(v.began.Add(synDue(v.sent, firstRTO)))
	if v.sent == v.most {
		wait -= synMargin
	}
	return wait
}

// end is how one socket of a volley ended; one that connected is still open.
type end struct {
	dial platform.Dial
	err  error
	open windows.Handle
}

// close ends the connection with a FIN: to close with unread bytes would send a
// RST, so that what has come is read first.
func (e end) close() {
	if e.open == 0 {
		return
	}
	_ = windows.Shutdown(e.open, windows.SHUT_WR)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	buf := make([]byte, 4096)
	for got := 0; got < drainLimit; {
		n, err := receive(ctx, e.open, buf, func() {})
		if n <= 0 || err != nil {
			break
		}
		got += n
	}
	windows.Closesocket(e.open)
}

func (v *volley) settle(e end) (platform.Dial, error) {
	d := e.dial
	d.Waited, d.Sent = time.Since(v.began), max(d.Sent, v.sent)
	if v.repeats {
		d.Sent = max(d.Sent, synsSent(v.most, oldRTO, d.Waited)) // at least
	}
	return d, e.err
}

// open makes a socket ready to connect. A problem is the system's refusal to
// let this attempt out.
func (v *volley) open() (windows.Handle, *platform.Problem, error) {
	s, err := newSocket(v.ask.To.Addr(), windows.SOCK_STREAM, windows.IPPROTO_TCP)
	if numberOf(err) == wsaEAFNOSUPPORT {
		return 0, winsockProblem(wsaEAFNOSUPPORT), nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("opening a socket: %w", socketProblem(err))
	}
	if err := v.prepare(s); err != nil {
		windows.Closesocket(s)
		return 0, nil, err
	}
	if err := v.bind(s); err != nil {
		windows.Closesocket(s)
		return 0, v.refused(err), nil
	}
	return s, nil, nil
}

func (v *volley) refused(err error) *platform.Problem {
	if v.ask.LocalPort == 0 {
		return portless(numberOf(err))
	}
	return winsockProblem(numberOf(err))
}

// prepare sets what was asked for, and what the system may lack.
func (v *volley) prepare(s windows.Handle) error {
	level, ttl, unicast, link := windows.IPPROTO_IP, windows.IP_TTL, ipUnicastIF, networkOrder(v.ask.Link)
	if family(v.ask.To.Addr()) == windows.AF_INET6 {
		level, ttl, unicast, link = windows.IPPROTO_IPV6, windows.IPV6_UNICAST_HOPS, ipv6UnicastIF, v.ask.Link
	}
	if v.ask.TTL != 0 {
		if err := windows.SetsockoptInt(s, level, ttl, v.ask.TTL); err != nil {
			return fmt.Errorf("setting the TTL: %w", socketProblem(err))
		}
	}
	if v.ask.Link != 0 {
		if err := windows.SetsockoptInt(s, level, unicast, link); err != nil {
			return fmt.Errorf("choosing the adapter: %w", socketProblem(err))
		}
	}
	_ = windows.SetsockoptInt(s, windows.IPPROTO_TCP, failOnICMP, 1)
	v.repeats = !sendsOnce(s)
	return nil
}

// sendsOnce has a socket send one SYN alone. Before Windows 10 1709 the number
// that means so meant another one.
func sendsOnce(s windows.Handle) bool {
	if v := windows.RtlGetVersion(); v.BuildNumber < firstSingleSYN {
		return false
	}
	var n uint32
	once := initialRTO(dialPatience)
	return windows.WSAIoctl(s, sioTCPInitialRTO, &once[0], uint32(len(once)), nil, 0, &n, nil, 0) == nil
}

// networkOrder turns the number of an adapter as IP_UNICAST_IF wants it; that
// of IPv6 is not turned (learn.microsoft.com, IPPROTO_IP and IPPROTO_IPV6
// socket options).
func networkOrder(n int) int {
	u := uint32(n)
	return int(int32(u>>24 | u>>8&0xff00 | u<<8&0xff0000 | u<<24))
}

// bind gives the socket a port, which ConnectEx wants it to have.
func (v *volley) bind(s windows.Handle) error {
	own := v.ask.From
	if !own.IsValid() {
		own = unspecified(v.ask.To.Addr())
	}
	sa, err := sockaddr(netip.AddrPortFrom(own, v.ask.LocalPort))
	if err != nil {
		return err
	}
	return windows.Bind(s, sa)
}

// connect waits for the end of one socket.
func (v *volley) connect(ctx context.Context, s windows.Handle) end {
	_, err := await(ctx, s, func(o *windows.Overlapped) error {
		return windows.ConnectEx(s, v.to, nil, 0, nil, o)
	})
	if err != nil {
		defer windows.Closesocket(s)
		d, err := v.outcome(s, err)
		return end{dial: d, err: err}
	}
	_ = windows.Setsockopt(s, windows.SOL_SOCKET, windows.SO_UPDATE_CONNECT_CONTEXT, nil, 0)
	d := platform.Dial{Ended: platform.DialOpen, Local: local(s)}
	if i, ok := readTCPInfo(s); ok {
		d.TCP, d.Sent = i.facts(), 1+i.SYNRepeats
	}
	return end{dial: d, open: s}
}

// outcome is the end that an error number tells.
func (v *volley) outcome(s windows.Handle, err error) (platform.Dial, error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return platform.Dial{Ended: platform.DialSilent}, nil
	}
	d := platform.Dial{Local: local(s)}
	switch n := numberOf(err); n {
	case 0:
		return d, platform.AsProblem(err)
	case wsaECONNREFUSED, wsaECONNRESET:
		d.Ended = platform.DialRefused
	case wsaETIMEDOUT:
		d.Ended = platform.DialSilent
	case wsaEHOSTUNREACH, wsaENETUNREACH, wsaEHOSTDOWN:
		v.unreachable(s, n, &d)
	default:
		d.Ended, d.Problem = platform.DialLocal, v.refused(err)
	}
	return d, nil
}

var errUnreachableBy = &platform.Problem{Code: platform.Other, Text: "unreachable; whether a router or this machine says so is not told"}

// unreachable tells a router's ICMP error from this machine's own failure, where
// the system lets it be asked for.
func (v *volley) unreachable(s windows.Handle, n uint32, d *platform.Dial) {
	b, size := make([]byte, icmpErrorInfoSize), int32(icmpErrorInfoSize)
	err := windows.Getsockopt(s, windows.IPPROTO_TCP, icmpErrorInfo, &b[0], &size)
	d.Ended, d.Problem = platform.DialLocal, winsockProblem(n)
	switch i := decodeICMPError(b); {
	case err == nil && i != nil:
		if p := ownProblem(i, v.ask.To.Addr(), ownAddress); p != nil {
			d.ICMP, d.Problem = i, platform.AsProblem(p)
			return
		}
		d.Ended, d.ICMP, d.Problem = platform.DialICMP, i, nil
	case numberOf(err) != wsaNODATA && n != wsaENETUNREACH: // there may have been one
		d.Problem = errUnreachableBy
	}
}

// hold waits while a connection is to be kept.
func hold(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
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
