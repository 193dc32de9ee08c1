package linux

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// The kernel answers at once; a longer silence is a fault of its own.
	netlinkPatience = 2 * time.Second
	// A machine with a full routing table must not fill our memory.
	maxMessages = 1 << 16
	// A datagram of a dump is at most 32 KiB (net/netlink/af_netlink.c, netlink_dump).
	netlinkBuffer = 64 << 10
)

var (
	errInterrupted = errors.New("the table changed while it was read")
	errTooLong     = errors.New("the table is too long, and was cut")
)

// dump asks for a whole table, and again when it changed meanwhile.
func dump(ctx context.Context, protocol int, kind uint16, body []byte) ([][]byte, error) {
	var (
		bodies [][]byte
		err    error
	)
	for range 3 {
		bodies, err = ask(ctx, protocol, kind, unix.NLM_F_REQUEST|unix.NLM_F_DUMP, body)
		if !errors.Is(err, errInterrupted) {
			return bodies, err
		}
	}
	return bodies, nil // a table that never rests is told as it was last seen
}

// ask sends one request and returns the bodies of the answers.
func ask(ctx context.Context, protocol int, kind, flags uint16, body []byte) ([][]byte, error) {
	ctx, cancel := bounded(ctx, netlinkPatience)
	defer cancel()
	fd, err := netlinkSocket(protocol, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	const seq = 1
	if err := unix.Sendto(fd, request(kind, flags, seq, body), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, fmt.Errorf("asking netlink: %w", problem(err))
	}
	w, err := newWaiter(ctx)
	if err != nil {
		return nil, err
	}
	defer w.close()
	c := collector{seq: seq, many: flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP}
	return c.run(w, fd)
}

func netlinkSocket(protocol int, groups uint32) (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return -1, fmt.Errorf("opening netlink: %w", problem(err))
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("binding netlink: %w", problem(err))
	}
	return fd, nil
}

// collector gathers the answers to one request.
type collector struct {
	seq         uint32
	many        bool
	bodies      [][]byte
	interrupted bool
	done        bool
}

func (c *collector) run(w *waiter, fd int) ([][]byte, error) {
	buf := make([]byte, netlinkBuffer)
	for !c.done {
		if err := w.wait(0, &unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}); err != nil {
			return c.bodies, fmt.Errorf("waiting for netlink: %w", problem(err))
		}
		datagram, err := kernelDatagram(fd, buf)
		if err != nil {
			return c.bodies, fmt.Errorf("reading netlink: %w", problem(err))
		}
		if err := c.add(datagram); err != nil {
			return c.bodies, err
		}
	}
	if c.interrupted {
		return c.bodies, errInterrupted
	}
	return c.bodies, nil
}

func (c *collector) add(datagram []byte) error {
	for m := range messages(datagram) {
		if m.Seq != c.seq {
			continue
		}
		c.interrupted = c.interrupted || m.Flags&dumpInterrupted != 0
		if m.Type == messageError || m.Type == messageDone {
			c.done = true
			if n := failure(m.Body); n != 0 {
				return fmt.Errorf("netlink: %w", unix.Errno(n))
			}
			return nil
		}
		if len(c.bodies) == maxMessages {
			return errTooLong
		}
		c.bodies = append(c.bodies, append([]byte(nil), m.Body...))
		c.done = !c.many
	}
	return nil
}

// kernelDatagram reads one datagram; what did not come from the kernel is
// returned empty, as another process may write to our port.
func kernelDatagram(fd int, buf []byte) ([]byte, error) {
	n, from, err := unix.Recvfrom(fd, buf, unix.MSG_DONTWAIT)
	if err == unix.EINTR || err == unix.EAGAIN {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if sa, ok := from.(*unix.SockaddrNetlink); !ok || sa.Pid != 0 {
		return nil, nil
	}
	return buf[:n], nil
}
