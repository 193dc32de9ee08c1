package linux

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

const (
	// Nobody waits longer than this for a connection; what the kernel itself
	// would wait is minutes.
	dialPatience = 30 * time.Second
	// How long before the kernel's next SYN we give up, and how closely we
	// look for one that is due.
	synMargin = 60 * time.Millisecond
	synLook   = 10 * time.Millisecond
	// What a greeting may hold before we close.
	drainLimit = 64 << 10

	stateSynSent = 2 // TCP_SYN_SENT, net/tcp_states.h
	stateClose   = 7 // TCP_CLOSE
)

type dialer struct{}

// TCP connects with the error queue on: an ICMP error ends the attempt at once
// and leaves its sender in the queue, while a real RST leaves the queue empty.
func (dialer) TCP(ctx context.Context, q platform.DialAsk) (platform.Dial, error) {
	if err := ended(ctx); err != nil {
		return platform.Dial{}, err
	}
	to, err := sockaddr(q.To)
	if err != nil {
		return platform.Dial{}, err
	}
	ctx, cancel := bounded(ctx, dialPatience)
	defer cancel()
	fd, err := unix.Socket(family(q.To.Addr()), unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_TCP)
	if err == unix.EAFNOSUPPORT {
		return refusedHere(err), nil
	}
	if err != nil {
		return platform.Dial{}, fmt.Errorf("opening a socket: %w", problem(err))
	}
	a := &attempt{fd: fd, ask: q}
	defer a.close()
	d, err := a.run(ctx, to)
	if d.Ended == platform.DialOpen {
		hold(ctx, q.Hold)
	}
	return d, err
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

// attempt is one connection attempt.
type attempt struct {
	fd    int
	ask   platform.DialAsk
	began time.Time
	sent  int           // SYNs, as far as seen
	last  time.Time     // when the latest of them left
	rto   time.Duration // after which the next one is due
}

func (a *attempt) run(ctx context.Context, to unix.Sockaddr) (platform.Dial, error) {
	if err := setOptions(a.fd, dialOptions(a.ask)...); err != nil {
		return platform.Dial{}, err
	}
	w, err := newWaiter(ctx)
	if err != nil {
		return platform.Dial{}, err
	}
	defer w.close()
	if err := a.bind(); err != nil {
		return refusedHere(err), nil
	}
	a.began = time.Now()
	a.sent, a.last = 1, a.began
	if err := unix.Connect(a.fd, to); err != nil && err != unix.EINPROGRESS {
		return a.outcome(err), nil
	}
	return a.watch(w)
}

// dialOptions: TCP_SYNCNT has a minimum of 1, and since Linux 6.5
// tcp_syn_linear_timeouts adds to it, so that watch counts the SYNs as well.
func dialOptions(q platform.DialAsk) []option {
	all := append(commonOptions(q.To.Addr(), q.TTL), option{unix.IPPROTO_TCP, unix.TCP_SYNCNT, min(max(1, q.SYNs-1), 127)})
	all = append(all, bindTo(q.Link)...)
	if q.Min == 0 {
		return all
	}
	if family(q.To.Addr()) == unix.AF_INET6 {
		return append(all, option{unix.SOL_IPV6, unix.IPV6_MINHOPCOUNT, q.Min})
	}
	return append(all, option{unix.SOL_IP, unix.IP_MINTTL, q.Min})
}

func (a *attempt) bind() error {
	if !a.ask.From.IsValid() && a.ask.LocalPort == 0 {
		return nil
	}
	own := a.ask.From
	if !own.IsValid() {
		own = anyAddress(a.ask.To.Addr())
	}
	from, err := sockaddr(netip.AddrPortFrom(own, a.ask.LocalPort))
	if err != nil {
		return err
	}
	return unix.Bind(a.fd, from)
}

// anyAddress is the address that leaves the choice of ours to the system.
func anyAddress(to netip.Addr) netip.Addr {
	if family(to) == unix.AF_INET6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// watch waits until the attempt is settled, the context ends, or one more SYN
// than was asked for is due.
func (a *attempt) watch(w *waiter) (platform.Dial, error) {
	for {
		limit := a.patience()
		if limit <= 0 {
			return a.silent(), nil
		}
		fd := &unix.PollFd{Fd: int32(a.fd), Events: unix.POLLOUT}
		if err := w.wait(limit, fd); err != nil {
			return a.gaveUp(w.ctx, err)
		}
		if fd.Revents == 0 {
			continue
		}
		if d, settled := a.settled(); settled {
			return d, nil
		}
	}
}

// patience is how long to wait until the state of the attempt must be looked
// at again; none is left when the next SYN would be one too many.
func (a *attempt) patience() time.Duration {
	info, err := unix.GetsockoptTCPInfo(a.fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return synLook
	}
	if n := 1 + int(info.Total_retrans); n > a.sent {
		// A busy machine lets us look late: it left when it was due.
		left := a.last.Add(time.Duration(n-a.sent) * a.rto)
		if now := time.Now(); a.rto == 0 || now.Before(left) {
			left = now
		}
		a.sent, a.last = n, left
	}
	a.rto = time.Duration(info.Rto) * time.Microsecond
	due := time.Until(a.last.Add(a.rto))
	if a.sent >= max(1, a.ask.SYNs) {
		return due - synMargin
	}
	return max(due, synLook)
}

// settled reads how the attempt ended; an ICMP error that does not end it
// ("fragmentation needed") leaves it open. The error number is read first:
// taking the last ICMP error from the queue clears it (net/core/skbuff.c,
// sock_dequeue_err_skb).
func (a *attempt) settled() (platform.Dial, bool) {
	errno, err := unix.GetsockoptInt(a.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return a.outcome(err), true
	}
	seen, _ := readQueue(a.fd, make([]byte, 512))
	info, err := unix.GetsockoptTCPInfo(a.fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return a.outcome(err), true
	}
	switch {
	case seen != nil && (errno != 0 || info.State == stateClose):
		return a.rejected(seen), true
	case errno != 0:
		return a.outcome(unix.Errno(errno)), true
	case info.State == stateSynSent:
		return platform.Dial{}, false
	}
	return a.open(info), true
}

// outcome is the end that an error number alone tells.
func (a *attempt) outcome(err error) platform.Dial {
	switch err {
	case unix.ECONNREFUSED:
		return a.end(platform.DialRefused)
	case unix.ETIMEDOUT:
		return a.silent()
	case unix.ECONNRESET, unix.EPIPE: // net/ipv4/tcp_input.c (tcp_reset): only after the handshake
		return a.open(nil)
	}
	d := refusedHere(err)
	d.Local, d.Waited = local(a.fd), time.Since(a.began)
	return d
}

// rejected is the end that an ICMP error makes. One that this machine made
// itself says that nothing left.
func (a *attempt) rejected(i *platform.ICMP) platform.Dial {
	if own := ownProblem(i, local(a.fd).Addr(), a.ask.To.Addr()); own != nil {
		d := a.end(platform.DialLocal)
		d.Sent, d.Problem, d.ICMP = 0, own, i
		return d
	}
	d := a.end(platform.DialICMP)
	d.ICMP = i
	return d
}

func (a *attempt) silent() platform.Dial { return a.end(platform.DialSilent) }

// gaveUp is the end of an attempt whose context ended.
func (a *attempt) gaveUp(ctx context.Context, err error) (platform.Dial, error) {
	d := a.silent()
	if errors.Is(err, context.DeadlineExceeded) {
		return d, nil
	}
	if canceled(ctx) {
		return d, ended(ctx)
	}
	return d, err
}

func (a *attempt) open(info *unix.TCPInfo) platform.Dial {
	d := a.end(platform.DialOpen)
	if info != nil {
		d.TCP = tcpInfo(info)
	}
	return d
}

// end is an end with what is known of every attempt that left this machine.
func (a *attempt) end(how platform.DialEnd) platform.Dial {
	d := platform.Dial{Ended: how, Local: local(a.fd), Sent: a.sent, Waited: time.Since(a.began)}
	if info, err := unix.GetsockoptTCPInfo(a.fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
		d.Sent = max(d.Sent, 1+int(info.Total_retrans))
	}
	return d
}

func refusedHere(err error) platform.Dial {
	return platform.Dial{Ended: platform.DialLocal, Problem: platform.AsProblem(problem(err))}
}

// TCPInfo reads TCP_INFO (tcp(7)) of a connection; nil when it cannot be had.
func TCPInfo(c syscall.RawConn) (info *platform.TCPInfo) {
	_ = c.Control(func(fd uintptr) {
		if i, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			info = tcpInfo(i)
		}
	})
	return info
}

// LimitSegments has a connection that is not made yet send, and ask for, no
// larger segments (TCP_MAXSEG, tcp(7)).
func LimitSegments(c syscall.RawConn, mss int) error {
	var failed error
	if err := c.Control(func(fd uintptr) {
		failed = setOptions(int(fd), option{unix.IPPROTO_TCP, unix.TCP_MAXSEG, mss})
	}); err != nil {
		return fmt.Errorf("reaching the socket: %w", err)
	}
	return failed
}

func tcpInfo(i *unix.TCPInfo) *platform.TCPInfo {
	return &platform.TCPInfo{RTT: time.Duration(i.Rtt) * time.Microsecond, MSS: int(i.Snd_mss), PathMTU: int(i.Pmtu),
		Retransmits: int(i.Total_retrans), Unacked: int(i.Unacked), PeerWindow: int(i.Snd_wnd),
		Unsent: int(i.Notsent_bytes)}
}

// close ends the connection with a FIN: unread bytes would make close(2) send
// a RST (RFC 2525 §2.17), so that what has come is read first.
func (a *attempt) close() {
	_ = unix.Shutdown(a.fd, unix.SHUT_WR)
	buf := make([]byte, 4096)
	for got := 0; got < drainLimit; {
		n, err := unix.Read(a.fd, buf)
		if n <= 0 || err != nil {
			break
		}
		got += n
	}
	unix.Close(a.fd)
}
