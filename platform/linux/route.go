package linux

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"faultline/platform"
)

// Numbers of linux/rtnetlink.h.
const (
	routeBody = 12 // struct rtmsg
	hopBody   = 8  // struct rtnexthop

	routeDst       = 1
	routeSrc       = 2
	routeOut       = 4
	routeGateway   = 5
	routePriority  = 6
	routePrefSrc   = 7
	routeMetrics   = 8
	routeMultipath = 9
	routeTable     = 15
	routeVia       = 18
	metricMTU      = 2 // inside routeMetrics

	routeDead     = 1 << 0
	routeLinkDown = 1 << 4
	routeCloned   = 0x200
	routeLookup   = 0x1000 // RTM_F_LOOKUP_TABLE
	routeFIBMatch = 0x2000 // RTM_F_FIB_MATCH
	routeIPProto  = 27
	routeToPort   = 29
	ipTCP         = 6
)

var routeKinds = [...]platform.RouteKind{1: platform.Unicast, 2: platform.Local, 3: platform.Broadcast,
	4: platform.Local /* anycast: answered here */, 5: platform.Multicast, 6: platform.Blackhole,
	7: platform.Unreachable, 8: platform.Prohibit, 9: platform.Throw}

// routeProtocols are the names of rtnetlink.h and of iproute2's rt_protos.
var routeProtocols = map[byte]string{1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra",
	10: "mrt", 11: "zebra", 12: "bird", 13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 18: "keepalived",
	42: "babel", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip", 192: "eigrp"}

func routeProtocol(n byte) string {
	if name := routeProtocols[n]; name != "" || n == 0 {
		return name
	}
	return strconv.Itoa(int(n))
}

// decodeRoutes reads the body of RTM_NEWROUTE: one route for each next hop.
func decodeRoutes(b []byte) []platform.Route {
	if len(b) < routeBody || b[0] != familyIPv4 && b[0] != familyIPv6 || int(b[7]) >= len(routeKinds) {
		return nil
	}
	flags := host.Uint32(b[8:])
	r := platform.Route{Kind: routeKinds[b[7]], Table: int(b[4]), Protocol: routeProtocol(b[5]), Down: down(flags)}
	if r.Kind == "" {
		return nil
	}
	dst := unspecified(b[0])
	var hops []byte
	for t, v := range attributes(b[routeBody:]) {
		switch t {
		case routeDst:
			dst = address(v)
		case routeMultipath:
			hops = v
		default:
			setRoute(&r, t, v)
		}
	}
	r.Dst = netip.PrefixFrom(dst, int(b[1]))
	return spread(r, hops)
}

// cached says that an entry of a dump is a copy made for one target, and no
// part of the table; the answer for one target is always such a copy.
func cached(b []byte) bool { return len(b) >= routeBody && host.Uint32(b[8:])&routeCloned != 0 }

func setRoute(r *platform.Route, t uint16, v []byte) {
	switch t {
	case routeOut:
		r.Link = number(v)
	case routeGateway:
		r.Gateway = address(v)
	case routeVia: // an IPv4 route by way of an IPv6 neighbor (RFC 8950)
		r.Gateway = address(v[min(2, len(v)):])
	case routePriority:
		r.Metric = number(v)
	case routePrefSrc:
		r.Source = address(v)
	case routeTable:
		r.Table = number(v)
	case routeMetrics:
		r.MTU = metric(v, metricMTU)
	}
}

func metric(b []byte, want uint16) int {
	for t, v := range attributes(b) {
		if t == want {
			return number(v)
		}
	}
	return 0
}

func down(flags uint32) bool { return flags&(routeDead|routeLinkDown) != 0 }

func unspecified(family byte) netip.Addr {
	if family == familyIPv4 {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// spread makes one route of each next hop of a multipath route.
func spread(r platform.Route, hops []byte) []platform.Route {
	var all []platform.Route
	for len(hops) >= hopBody {
		n := int(host.Uint16(hops))
		if n < hopBody || n > len(hops) {
			break
		}
		one := r
		one.Link, one.Down = number(hops[4:]), r.Down || down(uint32(hops[2]))
		for t, v := range attributes(hops[hopBody:n]) {
			if t == routeGateway || t == routeVia {
				setRoute(&one, t, v)
			}
		}
		all = append(all, one)
		hops = hops[min(aligned(n), len(hops)):]
	}
	if len(all) == 0 {
		return []platform.Route{r}
	}
	return all
}

// routeRequest is the body of RTM_GETROUTE for one target.
func routeRequest(q platform.RouteAsk, link int, flags uint32) []byte {
	dst, src := q.Dst.Unmap(), q.Src.Unmap()
	b := make([]byte, routeBody)
	b[0], b[1] = familyIPv6, byte(dst.BitLen())
	if dst.Is4() {
		b[0] = familyIPv4
	}
	host.PutUint32(b[8:], flags)
	b = attribute(b, routeDst, dst.AsSlice())
	if src.IsValid() {
		b[2] = byte(src.BitLen())
		b = attribute(b, routeSrc, src.AsSlice())
	}
	if link > 0 {
		b = attribute(b, routeOut, host.AppendUint32(nil, uint32(link)))
	}
	if q.TCP > 0 { // kernels before 4.17 pass the attributes over
		b = attribute(b, routeIPProto, []byte{ipTCP})
		b = attribute(b, routeToPort, binary.BigEndian.AppendUint16(nil, q.TCP))
	}
	return b
}

// merge adds to the kernel's choice what only the matching entry tells.
func merge(choice, entry platform.Route) platform.Route {
	choice.Dst, choice.Table, choice.Metric, choice.Protocol = entry.Dst, entry.Table, entry.Metric, entry.Protocol
	choice.Down = choice.Down || entry.Down
	if choice.MTU == 0 {
		choice.MTU = entry.MTU
	}
	return choice
}

// rejecting finds the entry of a kind that covers dst most closely: for a
// route that rejects, the kernel answers with an error number alone.
func rejecting(all []platform.Route, dst netip.Addr, kind platform.RouteKind) platform.Route {
	best := platform.Route{Kind: kind}
	for _, r := range all {
		if r.Kind == kind && r.Dst.Contains(dst) && (!best.Dst.IsValid() || r.Dst.Bits() > best.Dst.Bits()) {
			best = r
		}
	}
	return best
}
