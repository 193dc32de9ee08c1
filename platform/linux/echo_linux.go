package linux

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

type echo struct{}

// Send sends one echo request on a ping socket, which needs no rights where
// net.ipv4.ping_group_range covers a group of the process, else on a raw one.
func (echo) Send(ctx context.Context, q platform.EchoAsk) (platform.EchoReply, error) {
	if err := ended(ctx); err != nil {
		return platform.EchoReply{}, err
	}
	ctx, cancel := bounded(ctx, probePatience)
	defer cancel()
	p, err := newPing(q)
	if err != nil {
		return platform.EchoReply{}, err
	}
	defer p.close()
	w, err := newWaiter(ctx)
	if err != nil {
		return platform.EchoReply{}, err
	}
	defer w.close()
	if err := p.send(p.message.encode()); err != nil {
		return platform.EchoReply{}, err
	}
	return p.listen(ctx, w)
}

// ping is one echo request on its way.
type ping struct {
	*probe
	raw     bool
	message echoMessage
}

// newPing opens the socket; more are options beside those of the ask.
func newPing(q platform.EchoAsk, more ...option) (*ping, error) {
	to := netip.AddrPortFrom(q.To, 0)
	protocol, kind := unix.IPPROTO_ICMP, byte(echoRequest4)
	if family(q.To) == unix.AF_INET6 {
		protocol, kind = unix.IPPROTO_ICMPV6, echoRequest6
	}
	options := append(echoOptions(q), more...)
	p, err := newProbe(unix.SOCK_DGRAM, protocol, to, options)
	raw := errors.Is(err, platform.ErrPermission) || errors.Is(err, platform.ErrUnsupported)
	if raw {
		p, err = newProbe(unix.SOCK_RAW, protocol, to, options)
	}
	if err != nil {
		return nil, err
	}
	return &ping{probe: p, raw: raw, message: echoMessage{Type: kind, ID: uint16(rand.Uint32()), Seq: uint16(q.Seq), Payload: payload(q.Size)}}, nil
}

// echoOptions: IP_PMTUDISC_PROBE sets "don't fragment" and looks at no cached
// path MTU; without DF the bit must be clear, which is not the default.
func echoOptions(q platform.EchoAsk) []option {
	all := append(commonOptions(q.To, q.TTL), bindTo(q.Link)...)
	if family(q.To) == unix.AF_INET6 {
		all = append(all, option{unix.SOL_IPV6, unix.IPV6_RECVHOPLIMIT, 1})
		if q.DF {
			all = append(all, option{unix.SOL_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE},
				option{unix.SOL_IPV6, unix.IPV6_DONTFRAG, 1})
		}
		return all
	}
	discover := unix.IP_PMTUDISC_DONT
	if q.DF {
		discover = unix.IP_PMTUDISC_PROBE
	}
	return append(all, option{unix.SOL_IP, unix.IP_RECVTTL, 1}, option{unix.SOL_IP, unix.IP_MTU_DISCOVER, discover})
}

// payload begins with a number that tells this request from any other.
func payload(size int) []byte {
	if size <= 0 {
		size = defaultSize
	}
	b := host.AppendUint64(nil, rand.Uint64())
	for i := len(b); i < min(size, maxSize); i++ {
		b = append(b, byte(i))
	}
	return b[:min(size, maxSize)]
}

func (p *ping) listen(ctx context.Context, w *waiter) (platform.EchoReply, error) {
	for {
		h, err := p.next(w)
		if err != nil {
			return platform.EchoReply{Waited: p.waited()}, quiet(ctx, err)
		}
		if !p.ours(h) {
			continue
		}
		return platform.EchoReply{Answered: h.icmp == nil, TTL: h.ttl, ICMP: h.icmp, Waited: p.waited()}, nil
	}
}

// ours matches a reply, or the request that an ICMP error quotes, with what
// was sent. A ping socket has an identifier of its own in place of ours, and
// hears nothing that is not for it; a raw socket hears everybody's.
func (p *ping) ours(h heard) bool {
	if h.icmp != nil {
		m, ok := decodeEcho(h.body)
		return !ok && !p.raw || ok && p.same(m)
	}
	body := h.body
	if p.raw && p.message.Type == echoRequest4 {
		body = withoutIPv4(body)
	}
	m, ok := decodeEcho(body)
	return ok && p.same(m) && isReply(m.Type, p.message.Type) && bytes.Equal(m.Payload, p.message.Payload)
}

func (p *ping) same(m echoMessage) bool {
	return m.Seq == p.message.Seq && (!p.raw || m.ID == p.message.ID)
}

func isReply(got, sent byte) bool {
	return got == echoReply4 && sent == echoRequest4 || got == echoReply6 && sent == echoRequest6
}
