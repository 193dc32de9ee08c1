package linux

import (
	"context"
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// The schedule of the direct question. RFC 4861 §10 and the kernel send three
// as well (MAX_MULTICAST_SOLICIT), but a second apart: on one link an answer
// takes milliseconds, and the third time is for those that were lost.
const (
	solicitTimes    = 3
	solicitGap      = 300 * time.Millisecond
	solicitPatience = time.Second
)

// solicitor asks a neighbor directly who has its address, past the kernel's
// table: with ARP (RFC 826) or neighbor discovery (RFC 4861 §7.2). It claims
// no address and defends none, which is the matter of RFC 5227: it speaks as
// the address that the link has already. It needs CAP_NET_RAW.
type solicitor struct {
	fd      int
	message []byte
	to      unix.Sockaddr
	answer  func(b, oob []byte) (mac string, ok bool)
	began   time.Time
	sent    int
}

// newSolicitor is nil where the neighbor cannot be asked directly: without the
// right, or on a link that has no such thing.
func newSolicitor(ctx context.Context, neighbor netip.Addr, link int) *solicitor {
	s := &solicitor{began: time.Now()}
	open := s.openARP
	if neighbor.Is6() {
		open = s.openDiscovery
	}
	if link <= 0 || !neighbor.IsValid() || neighbor.IsMulticast() || neighbor.IsUnspecified() || !open() {
		return nil
	}
	if !s.prepare(ctx, neighbor, link) {
		s.close()
		return nil
	}
	return s
}

func (s *solicitor) close() { unix.Close(s.fd) }

// openARP opens the socket deaf: it hears nothing before it is bound.
func (s *solicitor) openARP() bool { return s.open(unix.AF_PACKET, unix.SOCK_DGRAM, 0) }

func (s *solicitor) openDiscovery() bool {
	return s.open(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6)
}

func (s *solicitor) open(family, kind, protocol int) (ok bool) {
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	s.fd = fd
	return err == nil
}

func (s *solicitor) prepare(ctx context.Context, neighbor netip.Addr, link int) bool {
	l, ok := linkOfIndex(ctx, link)
	if !ok {
		return false
	}
	mine, ok := etherMAC(l)
	if !ok || has(l, neighbor) || isOwn(ctx, neighbor) {
		return false
	}
	source := solicitSource(ctx, l, neighbor)
	if !source.IsValid() {
		return false
	}
	if neighbor.Is4() {
		return s.prepareARP(neighbor, source, mine, link) == nil
	}
	return s.prepareDiscovery(neighbor, source, mine, link) == nil
}

func linkOfIndex(ctx context.Context, index int) (platform.Link, bool) {
	all, err := links{}.All(ctx, platform.Reading{})
	if err != nil {
		return platform.Link{}, false
	}
	for _, l := range all {
		if l.Index == index {
			return l, true
		}
	}
	return platform.Link{}, false
}

// solicitSource: a neighbor outside of the link's subnets is reached by a route
// that names the link, and is asked from the source of that route.
func solicitSource(ctx context.Context, l platform.Link, neighbor netip.Addr) netip.Addr {
	if a := onLinkSource(l, neighbor); a.IsValid() {
		return a
	}
	r, err := lookup(ctx, platform.RouteAsk{Dst: neighbor}, l.Index, routeLookup)
	if err != nil || r.Kind != platform.Unicast || r.Link != l.Index {
		return netip.Addr{}
	}
	return r.Source
}

func (s *solicitor) prepareARP(neighbor, source netip.Addr, mine [etherAddress]byte, link int) error {
	protocol := binary.BigEndian.Uint16(host.AppendUint16(nil, unix.ETH_P_ARP)) // packet(7): in network order
	to := &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: link, Halen: etherAddress}
	copy(to.Addr[:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	s.to = to
	s.message = arpPacket{Op: arpRequest, SenderMAC: mine, SenderIP: source, TargetIP: neighbor}.encode()
	s.answer = func(b, _ []byte) (string, bool) { return arpAnswer(b, neighbor, mine) }
	return unix.Bind(s.fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: link})
}

func (s *solicitor) prepareDiscovery(neighbor, source netip.Addr, mine [etherAddress]byte, link int) error {
	s.to = &unix.SockaddrInet6{Addr: solicitedNode(neighbor).As16(), ZoneId: uint32(link)}
	s.message = solicitationFor(neighbor, mine)
	s.answer = func(b, oob []byte) (string, bool) {
		a, ok := decodeAdvert(b)
		return a.MAC, ok && a.Target == neighbor && hopLimit(oob) == discoveryHopLimit
	}
	if err := unix.SetsockoptICMPv6Filter(s.fd, unix.SOL_ICMPV6, unix.ICMPV6_FILTER, advertisementsOnly()); err != nil {
		return err
	}
	if err := setOptions(s.fd, discoveryOptions(link)...); err != nil {
		return err
	}
	return unix.Bind(s.fd, &unix.SockaddrInet6{Addr: source.As16(), ZoneId: uint32(link)})
}

func discoveryOptions(link int) []option {
	return []option{
		{unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, link},
		{unix.SOL_IPV6, unix.IPV6_MULTICAST_IF, link},
		{unix.SOL_IPV6, unix.IPV6_MULTICAST_HOPS, discoveryHopLimit},
		{unix.SOL_IPV6, unix.IPV6_MULTICAST_LOOP, 0},
		{unix.SOL_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
	}
}

// advertisementsOnly: a bit that is set keeps a type out (RFC 3542 §3.2, which
// Linux spells the other way round).
func advertisementsOnly() *unix.ICMPv6Filter {
	f := &unix.ICMPv6Filter{}
	for i := range f.Data {
		f.Data[i] = ^uint32(0)
	}
	f.Data[advertisement/32] &^= 1 << (advertisement % 32)
	return f
}

// due is when there is something to do next: to ask again, or to give up.
func (s *solicitor) due() time.Time {
	if s.sent < solicitTimes {
		return s.began.Add(time.Duration(s.sent) * solicitGap)
	}
	return s.began.Add(solicitPatience)
}

// turn asks when it is time to.
func (s *solicitor) turn() error {
	if s.sent == solicitTimes || time.Now().Before(s.due()) {
		return nil
	}
	if s.sent == 0 {
		s.began = time.Now()
	}
	s.sent++
	return unix.Sendto(s.fd, s.message, 0, s.to)
}

// silent says that every question was sent and the time is over.
func (s *solicitor) silent() bool {
	return s.sent == solicitTimes && !time.Now().Before(s.due())
}

// hear reads one packet.
func (s *solicitor) hear() (mac string, ok bool) {
	b, oob := make([]byte, 2048), make([]byte, controlSize)
	n, oobn, _, _, err := unix.Recvmsg(s.fd, b, oob, unix.MSG_DONTWAIT)
	if err != nil {
		return "", false
	}
	return s.answer(b[:n], oob[:oobn])
}
