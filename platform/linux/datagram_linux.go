package linux

import (
	"context"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

type datagrams struct{}

// Send sends one byte on a connected UDP socket; the kernel hands it only what
// belongs to that datagram.
func (datagrams) Send(ctx context.Context, q platform.DatagramAsk) (platform.DatagramReply, error) {
	if err := ended(ctx); err != nil {
		return platform.DatagramReply{}, err
	}
	ctx, cancel := bounded(ctx, probePatience)
	defer cancel()
	p, err := newProbe(unix.SOCK_DGRAM, unix.IPPROTO_UDP, q.To, commonOptions(q.To.Addr(), q.TTL))
	if err != nil {
		return platform.DatagramReply{}, err
	}
	defer p.close()
	w, err := newWaiter(ctx)
	if err != nil {
		return platform.DatagramReply{}, err
	}
	defer w.close()
	if err := p.send([]byte{0}); err != nil {
		return platform.DatagramReply{}, err
	}
	h, err := p.next(w)
	if err != nil {
		return platform.DatagramReply{Waited: p.waited()}, quiet(ctx, err)
	}
	return platform.DatagramReply{Answered: h.icmp == nil, ICMP: h.icmp, Waited: p.waited()}, nil
}
