package linux

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

const (
	probePatience = 5 * time.Second // for an ask that came without a deadline
	packetBuffer  = 66 << 10
)

// probe is a connected socket that sends one packet and hears what comes back.
type probe struct {
	fd    int
	to    netip.Addr
	began time.Time
}

// newProbe opens a socket. Its options are set before it is connected, as what
// they bind it to decides the route.
func newProbe(kind, protocol int, to netip.AddrPort, options []option) (*probe, error) {
	sa, err := sockaddr(to)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(family(to.Addr()), kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return nil, fmt.Errorf("opening a socket: %w", problem(err))
	}
	p := &probe{fd: fd, to: to.Addr()}
	if err := setOptions(fd, options...); err != nil {
		p.close()
		return nil, err
	}
	if err := unix.Connect(fd, sa); err != nil {
		p.close()
		return nil, fmt.Errorf("addressing the socket: %w", problem(err))
	}
	return p, nil
}

func (p *probe) close() { unix.Close(p.fd) }

// send sends one packet. A rule of this machine's own firewall that drops it
// answers EPERM.
func (p *probe) send(b []byte) error {
	p.began = time.Now()
	if _, err := unix.Write(p.fd, b); err != nil {
		return fmt.Errorf("sending: %w", problem(err))
	}
	return nil
}

func (p *probe) waited() time.Duration { return time.Since(p.began) }

// heard is one thing that came back: a packet, or an ICMP error with what it
// quotes of ours.
type heard struct {
	body []byte
	ttl  int
	icmp *platform.ICMP
}

// next waits for what comes back. The context's own error says that nothing
// came in time.
func (p *probe) next(w *waiter) (heard, error) {
	buf := make([]byte, packetBuffer)
	for {
		fd := &unix.PollFd{Fd: int32(p.fd), Events: unix.POLLIN}
		if err := w.wait(0, fd); err != nil {
			return heard{}, err
		}
		h, came, err := p.take(buf)
		if err != nil || came {
			return h, err
		}
	}
}

// take reads what is there: the error queue first, as it explains the socket's
// error, which it also clears.
func (p *probe) take(buf []byte) (heard, bool, error) {
	if i, quoted := readQueue(p.fd, buf); i != nil {
		_, _ = unix.GetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if own := ownProblem(i, local(p.fd).Addr(), p.to); own != nil {
			return heard{}, false, own
		}
		return heard{body: quoted, icmp: i}, true, nil
	}
	oob := make([]byte, controlSize)
	n, oobn, _, _, err := unix.Recvmsg(p.fd, buf, oob, unix.MSG_DONTWAIT)
	switch err {
	case nil:
		return heard{body: buf[:n], ttl: hopLimit(oob[:oobn])}, true, nil
	case unix.EAGAIN, unix.EINTR:
		return heard{}, false, nil
	}
	return heard{}, false, fmt.Errorf("reading: %w", problem(err))
}

// hopLimit reads the TTL or hop limit that came with a packet.
func hopLimit(oob []byte) int {
	controls, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return 0
	}
	for _, c := range controls {
		level, kind := c.Header.Level, c.Header.Type
		if level == unix.SOL_IP && kind == unix.IP_TTL || level == unix.SOL_IPV6 && kind == unix.IPV6_HOPLIMIT {
			return number(c.Data)
		}
	}
	return 0
}

// quiet makes of the end of a wait what the port says of silence: a deadline
// that passed is an answer, a caller who gave up is not.
func quiet(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if canceled(ctx) {
		return ended(ctx)
	}
	return err
}
