package linux

import (
	"context"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

type datagrams struct{}

func datagramOptions(q platform.DatagramAsk) []option {
	all := commonOptions(q.To.Addr(), q.TTL)
	if !q.DF {
		return all
	}
	if family(q.To.Addr()) == unix.AF_INET6 {
		return append(all, option{unix.SOL_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE}, option{unix.SOL_IPV6, unix.IPV6_DONTFRAG, 1})
	}
	return append(all, option{unix.SOL_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE})
}

// Send sends one datagram on a connected UDP socket; the kernel hands it only what
// belongs to that datagram.
func (datagrams) Send(ctx context.Context, q platform.DatagramAsk) (platform.DatagramReply, error) {
	if err := ended(ctx); err != nil {
		return platform.DatagramReply{}, err
	}
	ctx, cancel := bounded(ctx, probePatience)
	defer cancel()
	p, err := newProbe(unix.SOCK_DGRAM, unix.IPPROTO_UDP, q.To, datagramOptions(q))
	if err != nil {
		return platform.DatagramReply{}, err
	}
	defer p.close()
	w, err := newWaiter(ctx)
	if err != nil {
		return platform.DatagramReply{}, err
	}
	defer w.close()
	if err := p.send(make([]byte, min(max(q.Size, 1), maxSize))); err != nil {
		return platform.DatagramReply{}, err
	}
	h, err := p.next(w)
	if err != nil {
		return platform.DatagramReply{Waited: p.waited()}, quiet(ctx, err)
	}
	return platform.DatagramReply{Answered: h.icmp == nil, ICMP: h.icmp, Waited: p.waited()}, nil
}
