package windows

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"faultline/platform"
)

// echoed is an ICMP_ECHO_REPLY or ICMPV6_ECHO_REPLY.
type echoed struct {
	From   netip.Addr
	Status uint32
	TTL    int // of a reply over IPv4; 0: not told
}

// Sizes of the replies. IPV6_ADDRESS_EX is packed to 26 bytes, what follows it
// is not.
const (
	echoReply4Size64 = 40
	echoReply4Size32 = 28
	echoReply6Size   = 36
)

// decodeEcho4 reads ICMP_ECHO_REPLY (ipexport.h); pointers have 4 or 8 bytes.
func decodeEcho4(b []byte, pointer int) (echoed, bool) {
	size, ttl := echoReply4Size64, 24
	if pointer == 4 {
		size, ttl = echoReply4Size32, 20
	}
	if len(b) < size {
		return echoed{}, false
	}
	return echoed{From: netip.AddrFrom4([4]byte(b[:4])), Status: binary.LittleEndian.Uint32(b[4:]), TTL: int(b[ttl])}, true
}

// decodeEcho6 reads ICMPV6_ECHO_REPLY_LH (ipexport.h): the same for pointers
// of either size. It holds no hop limit.
func decodeEcho6(b []byte) (echoed, bool) {
	if len(b) < echoReply6Size {
		return echoed{}, false
	}
	return echoed{From: netip.AddrFrom16([16]byte(b[6:22])), Status: binary.LittleEndian.Uint32(b[28:])}, true
}

// Values of IP_STATUS (ipexport.h). Some numbers mean one thing for IPv4 and
// another for IPv6.
const (
	ipSuccess      = 0
	ipNoResources  = 11006
	ipPacketTooBig = 11009
	ipTimedOut     = 11010
	firstStatus    = 11000
)

type icmpKind struct{ Type, Code int }

// statuses4 are the ICMP errors of RFC 792 that IP_STATUS names. Others are
// folded into these: one that says "prohibited by a filter" comes as an
// unreachable network or host.
var statuses4 = map[uint32]icmpKind{
	11002: {3, 0}, 11003: {3, 1}, 11004: {3, 2}, 11005: {3, 3}, ipPacketTooBig: {3, 4},
	11013: {11, 0}, 11014: {11, 1}, 11015: {12, 0}, 11016: {4, 0},
}

// statuses6 are those of RFC 4443.
var statuses6 = map[uint32]icmpKind{
	11002: {1, 0}, 11003: {1, 3}, 11004: {1, 1}, 11005: {1, 4}, ipPacketTooBig: {2, 0},
	11013: {3, 0}, 11014: {3, 1}, 11015: {4, 0}, 11041: {3, 0}, 11042: {4, 0}, 11043: {4, 1}, 11045: {1, 2},
}

// icmp is the ICMP error that a reply stands for, nil when it stands for none.
// The next hop's MTU is not told.
func (e echoed) icmp() *platform.ICMP {
	kinds := statuses6
	if e.From.Is4() {
		kinds = statuses4
	}
	k, known := kinds[e.Status]
	if !known {
		return nil
	}
	return &platform.ICMP{From: e.From, Type: k.Type, Code: k.Code, Broad: e.From.Is4() && k.Type == 3 && k.Code <= 1}
}

// echoProblem is what a status, or the error number that came in place of one,
// says of this machine.
func echoProblem(status uint32) *platform.Problem {
	switch {
	case status == ipNoResources:
		return &platform.Problem{Code: platform.Busy, Text: "IP status 11006"}
	case status > firstStatus:
		return &platform.Problem{Code: platform.Other, Text: fmt.Sprintf("IP status %d", status)}
	case status > firstWinsock:
		return winsockProblem(status)
	}
	return systemProblem(status)
}

var (
	errNoNeighbor = &platform.Problem{Code: platform.UnreachableHost, Text: "the next hop did not resolve"}
	errHereTooBig = &platform.Problem{Code: platform.Other, Text: "larger than the adapter of this machine takes"}
)

// reply is what the port says of a reply to a request for to. An ICMP error
// that this machine made itself, or that nobody sent, says that nothing left.
func (e echoed) reply(to netip.Addr, own func(netip.Addr) bool) (platform.EchoReply, error) {
	if e.Status == ipTimedOut {
		return platform.EchoReply{}, nil
	}
	if e.Status == ipSuccess {
		if e.From != to.Unmap().WithZone("") {
			return platform.EchoReply{}, &platform.Problem{Code: platform.Malformed, Text: "the reply is another machine's"}
		}
		return platform.EchoReply{Answered: true, TTL: e.TTL}, nil
	}
	i := e.icmp()
	if i == nil {
		return platform.EchoReply{}, echoProblem(e.Status)
	}
	if p := ownProblem(i, to, own); p != nil {
		return platform.EchoReply{}, p
	}
	return platform.EchoReply{ICMP: i}, nil
}

// ownProblem is what an ICMP error means that the stack of this machine made
// for its own packet, nil for one that came from elsewhere.
func ownProblem(i *platform.ICMP, to netip.Addr, own func(netip.Addr) bool) error {
	if i.From == to.Unmap().WithZone("") || !i.From.IsUnspecified() && !own(i.From) {
		return nil
	}
	switch (icmpKind{i.Type, i.Code}) {
	case icmpKind{3, 4}, icmpKind{2, 0}:
		return errHereTooBig
	case icmpKind{3, 0}, icmpKind{1, 0}:
		return &platform.Problem{Code: platform.UnreachableNet, Text: "this machine has no route"}
	case icmpKind{3, 1}, icmpKind{1, 3}:
		return errNoNeighbor
	}
	return &platform.Problem{Code: platform.Other, Text: fmt.Sprintf("this machine itself answered with ICMP type %d code %d", i.Type, i.Code)}
}
