package windows

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

const discardPort = 9 // RFC 863: where nobody minds a byte

// provoke sends one datagram by the adapter, for which the system must resolve
// the neighbor.
func provoke(q platform.NeighborAsk) error {
	sa, err := sockaddr(provoking(q))
	if err != nil {
		return err
	}
	s, err := newSocket(q.Addr, windows.SOCK_DGRAM, windows.IPPROTO_UDP)
	if err != nil {
		return fmt.Errorf("opening a socket: %w", socketProblem(err))
	}
	defer windows.Closesocket(s)
	if q.Addr.Is4() {
		_ = windows.SetsockoptInt(s, windows.IPPROTO_IP, ipUnicastIF, networkOrder(q.Link))
	} else {
		_ = windows.SetsockoptInt(s, windows.IPPROTO_IPV6, ipv6UnicastIF, q.Link)
	}
	if err := windows.Sendto(s, []byte{0}, 0, sa); err != nil {
		return fmt.Errorf("sending: %w", socketProblem(err))
	}
	return nil
}

// provoking is where questions to the neighbor go.
func provoking(q platform.NeighborAsk) netip.AddrPort {
	a := q.Addr
	if a.Is6() && a.IsLinkLocalUnicast() {
		a = a.WithZone(strconv.Itoa(q.Link))
	}
	return netip.AddrPortFrom(a, discardPort)
}

// asked sends an echo request and, with knock, a SYN to a port where nothing
// listens, which the neighbor may answer itself; what cannot be sent is left
// out. It tells of each that was. A machine sends ICMP errors once a second at
// most, and resets as many as are asked for (RFC 1812 §4.3.2.8).
func asked(ctx context.Context, q platform.NeighborAsk, knock bool) <-chan struct{} {
	alive := make(chan struct{}, 2)
	go func() {
		r, err := echo{}.Send(ctx, platform.EchoAsk{To: provoking(q).Addr(), Link: q.Link, Seq: 1})
		if err == nil && (r.Answered || itself(r.ICMP, q)) {
			alive <- struct{}{}
		}
	}()
	if !knock {
		return alive
	}
	syn := platform.DialAsk{To: provoking(q), Link: q.Link, SYNs: 1}
	if syn.To.Addr().Zone() != "" {
		syn.Link = 0 // the zone says it
	}
	go func() {
		d, err := dialer{}.TCP(ctx, syn)
		answered := d.Ended == platform.DialOpen || d.Ended == platform.DialRefused
		if err == nil && (answered || d.Ended == platform.DialICMP && itself(d.ICMP, q)) {
			alive <- struct{}{}
		}
	}()
	return alive
}

// itself reports whether an ICMP error came from the neighbor.
func itself(i *platform.ICMP, q platform.NeighborAsk) bool {
	return i != nil && i.From.Unmap().WithZone("") == q.Addr
}
