package linux

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// Claimants asks with ARP or neighbor discovery and gathers who answers. For
// our own IPv4 address it is the probe of RFC 5227 §2.1.1, whose sender is
// nobody, so that it changes no table on the link; for our own IPv6 address the
// question comes from another one of the link.
func (neighbors) Claimants(ctx context.Context, q platform.ClaimAsk) (platform.Claimants, error) {
	if err := ended(ctx); err != nil {
		return platform.Claimants{}, err
	}
	ctx, cancel := bounded(ctx, 2*solicitPatience)
	defer cancel()
	s, own, err := newClaim(ctx, q)
	if err != nil {
		return platform.Claimants{}, err
	}
	defer s.close()
	w, err := newWaiter(ctx)
	if err != nil {
		return platform.Claimants{}, err
	}
	defer w.close()
	most := 2
	if own {
		most = 1 // one other is enough
	}
	return s.gather(w, hardware(ctx), most)
}

// newClaim prepares the question.
func newClaim(ctx context.Context, q platform.ClaimAsk) (s *solicitor, own bool, err error) {
	s = &solicitor{began: time.Now()}
	open := s.openARP
	if q.Addr.Is6() {
		open = s.openDiscovery
	}
	if !open() {
		return nil, false, &platform.Problem{Code: platform.Permission, Text: "no packet socket without CAP_NET_RAW"}
	}
	if own, err = s.claim(ctx, q); err != nil {
		s.close()
		return nil, own, err
	}
	return s, own, nil
}

var errNoNeighbors = &platform.Problem{Code: platform.NotFound, Text: "no neighbors can be asked on this link"}

func (s *solicitor) claim(ctx context.Context, q platform.ClaimAsk) (own bool, err error) {
	l, ok := linkOfIndex(ctx, q.Link)
	if !ok {
		return false, errNoNeighbors
	}
	mine, ok := etherMAC(l)
	if own = has(l, q.Addr); !ok || !q.Addr.IsValid() || q.Addr.IsMulticast() || !own && isOwn(ctx, q.Addr) {
		return own, errNoNeighbors
	}
	source := claimSource(ctx, l, q.Addr, own)
	switch {
	case !source.IsValid():
		return own, errNoNeighbors
	case q.Addr.Is4():
		err = s.prepareARP(q.Addr, source, mine, l.Index)
	default:
		err = s.prepareDiscovery(q.Addr, source, mine, l.Index)
	}
	if err != nil {
		return own, problem(err)
	}
	return own, nil
}

// claimSource is as whom the question is asked.
func claimSource(ctx context.Context, l platform.Link, of netip.Addr, own bool) netip.Addr {
	switch {
	case !own:
		return solicitSource(ctx, l, of)
	case of.Is4():
		return netip.IPv4Unspecified()
	}
	i := slices.IndexFunc(l.Addresses, func(a platform.Address) bool {
		return a.Prefix.Addr().Is6() && a.Prefix.Addr() != of && !a.Tentative && !a.Duplicate
	})
	if i < 0 {
		return netip.Addr{}
	}
	return l.Addresses[i].Prefix.Addr()
}

// hardware lists the hardware addresses of this machine's adapters: a second
// adapter on the same link answers for the first one as well (arp_ignore in
// ip-sysctl).
func hardware(ctx context.Context) (own []string) {
	all, _ := links{}.All(ctx, platform.Reading{})
	for _, l := range all {
		if l.MAC != "" {
			own = append(own, l.MAC)
		}
	}
	return own
}

// gather listens for everybody who answers, until the time is over or as many
// have as are asked for.
func (s *solicitor) gather(w *waiter, own []string, most int) (platform.Claimants, error) {
	var c platform.Claimants
	fd := &unix.PollFd{Fd: int32(s.fd), Events: unix.POLLIN}
	for !s.silent() && len(c.MACs) < most {
		if err := s.turn(); err != nil {
			return s.claimed(c), problem(err)
		}
		if err := w.wait(max(time.Until(s.due()), time.Millisecond), fd); err != nil {
			return s.claimed(c), problem(err)
		}
		if fd.Revents == 0 {
			continue
		}
		mac, ok := s.hear()
		if ok && mac != "" && !slices.Contains(own, mac) && !slices.Contains(c.MACs, mac) {
			c.MACs = append(c.MACs, mac)
		}
	}
	return s.claimed(c), nil
}

func (s *solicitor) claimed(c platform.Claimants) platform.Claimants {
	slices.Sort(c.MACs) // who is faster says nothing
	c.Sent, c.Waited = s.sent, time.Since(s.began)
	return c
}
