package linux

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

type relays struct{}

const (
	relayRounds   = 2
	relayGap      = 500 * time.Millisecond
	relayPatience = 1500 * time.Millisecond
)

// Try hands two echo requests and one SYN to a neighbor in frames of our own,
// past the routing table, and past the output filter with it: what comes back
// is to be compared with what comes by the neighbor that the table chose.
func (relays) Try(ctx context.Context, q platform.RelayAsk) (platform.RelayReply, error) {
	if err := ended(ctx); err != nil {
		return platform.RelayReply{}, err
	}
	ctx, cancel := bounded(ctx, relayPatience)
	defer cancel()
	t, err := newRelayTry(q)
	if err != nil {
		return platform.RelayReply{}, err
	}
	defer unix.Close(t.fd)
	w, err := newWaiter(ctx)
	if err != nil {
		return platform.RelayReply{}, err
	}
	defer w.close()
	return t.run(w)
}

type relayTry struct {
	relayed
	fd    int
	at    unix.Sockaddr
	began time.Time
	sent  int
}

func newRelayTry(q platform.RelayAsk) (*relayTry, error) {
	via, err := net.ParseMAC(q.Via)
	to, from := q.To.Addr().Unmap().WithZone(""), q.From.Unmap().WithZone("")
	kind := uint16(unix.ETH_P_IP)
	if to.Is6() {
		kind = unix.ETH_P_IPV6
	}
	protocol := binary.BigEndian.Uint16(host.AppendUint16(nil, kind)) // packet(7): in network order
	fd, opened := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if opened != nil {
		return nil, problem(opened)
	}
	if err != nil || len(via) != etherAddress || q.Link <= 0 || to.Is4() != from.Is4() || !from.IsValid() {
		unix.Close(fd)
		return nil, errNoNeighbors
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: q.Link}); err != nil {
		unix.Close(fd)
		return nil, problem(err)
	}
	at := &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: q.Link, Halen: etherAddress}
	copy(at.Addr[:], via)
	own := uint16(20000 + rand.N(8000)) // below what systems hand out by themselves
	return &relayTry{relayed: relayed{from: from, to: to, port: q.To.Port(), own: own}, fd: fd, at: at, began: time.Now()}, nil
}

func (t *relayTry) run(w *waiter) (platform.RelayReply, error) {
	fd := &unix.PollFd{Fd: int32(t.fd), Events: unix.POLLIN}
	buf := make([]byte, 2048)
	for round := 0; ; {
		if round < relayRounds && time.Since(t.began) >= time.Duration(round)*relayGap {
			if err := t.send(round); err != nil {
				return t.reply(false), problem(err)
			}
			round++
		}
		left := relayPatience - time.Since(t.began)
		if left <= 0 {
			return t.reply(false), nil
		}
		if err := w.wait(min(left, relayGap/5), fd); err != nil {
			return t.reply(false), quiet(w.ctx, err)
		}
		if fd.Revents == 0 {
			continue
		}
		n, _, err := unix.Recvfrom(t.fd, buf, unix.MSG_DONTWAIT)
		if err == nil && t.answers(buf[:n]) {
			return t.reply(true), nil
		}
	}
}

func (t *relayTry) send(round int) error {
	if err := unix.Sendto(t.fd, t.echo(uint16(round)), 0, t.at); err != nil {
		return err
	}
	t.sent++
	if round > 0 || t.port == 0 {
		return nil
	}
	t.sent++
	return unix.Sendto(t.fd, t.syn(rand.Uint32()), 0, t.at)
}

func (t *relayTry) reply(answered bool) platform.RelayReply {
	return platform.RelayReply{Answered: answered, Sent: t.sent, Waited: time.Since(t.began)}
}
