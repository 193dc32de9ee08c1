package linux

import (
	"net/netip"

	"faultline/platform"
)

// Origins of linux/errqueue.h.
const (
	originLocal  = 1
	originICMP   = 2
	originICMPv6 = 3

	queuedBody = 16 // struct sock_extended_err; the offender follows
)

// queued is one entry of a socket's error queue (struct sock_extended_err, and
// the address of who sent the ICMP error).
type queued struct {
	Errno  uint32
	Origin byte
	Type   byte
	Code   byte
	Extra  uint32 // ee_info: the next hop's MTU
	From   netip.Addr
}

// decodeQueued reads the control message IP_RECVERR or IPV6_RECVERR.
func decodeQueued(b []byte) (queued, bool) {
	if len(b) < queuedBody {
		return queued{}, false
	}
	e := queued{Errno: host.Uint32(b), Origin: b[4], Type: b[5], Code: b[6], Extra: host.Uint32(b[8:])}
	e.From = offender(b[queuedBody:])
	return e, true
}

// offender reads a struct sockaddr_in or sockaddr_in6.
func offender(b []byte) netip.Addr {
	switch {
	case len(b) >= 8 && host.Uint16(b) == familyIPv4:
		return address(b[4:8])
	case len(b) >= 24 && host.Uint16(b) == familyIPv6:
		return address(b[8:24]).Unmap()
	}
	return netip.Addr{}
}

// icmp is the ICMP error that an entry tells, nil when it tells none.
func (e queued) icmp() *platform.ICMP {
	if e.Origin != originICMP && e.Origin != originICMPv6 {
		return nil
	}
	i := &platform.ICMP{From: e.From, Type: int(e.Type), Code: int(e.Code)}
	if e.tooBig() {
		i.MTU = int(e.Extra)
	}
	return i
}

// tooBig: "fragmentation needed" (RFC 1191 §4), "packet too big" (RFC 4443 §3.2).
func (e queued) tooBig() bool {
	return e.Origin == originICMP && e.Type == 3 && e.Code == 4 || e.Origin == originICMPv6 && e.Type == 2
}

var (
	errNoNeighbor   = &platform.Problem{Code: platform.UnreachableHost, Text: "the next hop did not resolve"}
	errRejectedHere = &platform.Problem{Code: platform.Permission, Text: "a rule of this machine rejected it"}
)

// ownProblem is what an ICMP error means that the stack of this machine made
// for its own packet, nil for one that came from elsewhere. When a neighbor
// does not resolve, the kernel tells its own sockets "host unreachable" from
// their own address (net/ipv4/route.c, ipv4_link_failure; net/ipv6/route.c,
// ip6_link_failure); a rule that rejects in the output chain does likewise,
// with other codes unless it was told to use this one.
func ownProblem(i *platform.ICMP, mine, to netip.Addr) *platform.Problem {
	if i.From != mine || i.From == to.Unmap().WithZone("") {
		return nil
	}
	if mine.Is4() && i.Type == 3 && i.Code == 1 || mine.Is6() && i.Type == 1 && i.Code == 3 {
		return errNoNeighbor
	}
	return errRejectedHere
}
