package windows

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"faultline/platform"
)

// MIB_IPFORWARD_ROW2 of netioapi.h; alike for 32 and 64 bit. A prefix is
// IP_ADDRESS_PREFIX: SOCKADDR_INET and the number of bits.
const (
	forwardRowSize = 104
	forwardRows    = 8 // where the first row of MIB_IPFORWARD_TABLE2 lies

	forwardIndex    = 8
	forwardDst      = 12
	forwardBits     = 40
	forwardNextHop  = 44
	forwardMetric   = 84
	forwardProtocol = 88
	forwardOrigin   = 100

	originDHCP       = 2 // NlroDHCP
	originAdvertised = 3 // NlroRouterAdvertisement
)

// forwardProtocols gives NL_ROUTE_PROTOCOL (nldef.h) the names that the port
// uses. What a person or a program set is NetMgmt.
var forwardProtocols = map[uint32]string{2: "kernel", 3: "static", 4: "redirect", 8: "rip", 9: "isis", 13: "ospf", 14: "bgp",
	16: "eigrp", 19: "dhcp", 10002: "static", 10006: "static", 10007: "static"}

// decodeForwardTable reads MIB_IPFORWARD_TABLE2. The metric is the route's own.
func decodeForwardTable(b []byte) (all []platform.Route) {
	for _, s := range rows(b, forwardRows, forwardRowSize) {
		if r, ok := decodeForward(s); ok {
			all = append(all, r)
		}
	}
	return all
}

// decodeForward reads one row.
func decodeForward(s structure) (platform.Route, bool) {
	addr := s.part(forwardDst, sizeSockaddrInet).inet()
	r := platform.Route{Dst: netip.PrefixFrom(addr, int(s.u8(forwardBits))).Masked(), Gateway: s.part(forwardNextHop, sizeSockaddrInet).inet(),
		Link: int(s.u32(forwardIndex)), Table: platform.MainTable, Metric: int(s.u32(forwardMetric)),
		Protocol: protocolWord(s.u32(forwardProtocol), s.u32(forwardOrigin))}
	if r.Gateway.IsUnspecified() {
		r.Gateway = netip.Addr{}
	}
	return r, r.Dst.IsValid() && r.Link > 0
}

func protocolWord(protocol, origin uint32) string {
	switch {
	case origin == originDHCP:
		return "dhcp"
	case origin == originAdvertised:
		return "ra"
	case protocol <= 1: // other
		return ""
	}
	return cmp.Or(forwardProtocols[protocol], strconv.Itoa(int(protocol)))
}

// routing is what Windows decides with.
type routing struct {
	table []platform.Route
	on    map[onIP]ipInterface
	own   map[netip.Addr]int // addresses of this machine
	names map[int]string
	all   []adapter
}

// newRouting completes the routes of the table.
func newRouting(table []platform.Route, all []adapter, on map[onIP]ipInterface) *routing {
	r := &routing{table: table, on: on, own: ownAddresses(all), names: map[int]string{}, all: all}
	for _, a := range all {
		r.names[a.index4], r.names[a.index6] = a.name, a.name
	}
	delete(r.names, 0) // the family does not run on it
	r.finish()
	order(r.table)
	return r
}

// has says that an address is this machine's own.
func (r *routing) has(a netip.Addr) bool {
	_, own := r.own[a]
	return own
}

// settled says that packets to an address never leave this machine, which needs
// no asking, and whose adapter has it.
func (r *routing) settled(q platform.RouteAsk) (link int, known bool) {
	link, own := r.own[q.Dst]
	return link, own || q.Dst.IsLoopback()
}

// finish gives the routes of the table what they have from elsewhere: their
// kind, the adapter's name, its metric, which counts as much as theirs, and
// whether it carries anything.
func (r *routing) finish() {
	for i := range r.table {
		t := &r.table[i]
		on, known := r.on[onIP{t.Link, t.Dst.Addr().Is6()}]
		t.Kind, t.LinkName, t.Metric = r.kind(*t), r.names[t.Link], t.Metric+on.metric
		t.Down = known && !on.connected
	}
}

// kind tells what a route is for. The table tells no kinds: there are routes of
// one address for this machine's own and for the broadcast address of each
// network it is on.
func (r *routing) kind(t platform.Route) platform.RouteKind {
	addr := t.Dst.Addr()
	switch {
	case addr.IsMulticast():
		return platform.Multicast
	case addr.IsLoopback(), t.Dst.IsSingleIP() && r.has(addr):
		return platform.Local
	case t.Dst.IsSingleIP() && !t.Gateway.IsValid() && r.broadcast(addr):
		return platform.Broadcast
	}
	return platform.Unicast
}

// broadcast says that an address means everybody on a network of this machine.
func (r *routing) broadcast(addr netip.Addr) bool {
	if !addr.Is4() {
		return false
	}
	if addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	for _, a := range r.all {
		for _, u := range a.unicast {
			if p := u.prefix; p.Addr().Is4() && p.Bits() < 31 && lastOf(p) == addr {
				return true
			}
		}
	}
	return false
}

// lastOf is the last address of an IPv4 prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

var (
	errUntold  = &platform.Problem{Code: platform.NoMechanism, Text: "the routes of this family are not told here"}
	errNoRoute = &platform.Problem{Code: platform.UnreachableNet, Text: "no route"}
)

// choose is the route that a packet would take, by the longest prefix and then
// the smallest sum of metrics: for systems that do not tell their own choice. A
// source is an address of one adapter, by which alone its packets leave.
func (r *routing) choose(q platform.RouteAsk) (platform.Route, error) {
	best, found := platform.Route{}, false
	for _, t := range r.table {
		leads := t.Dst.Contains(q.Dst) && !t.Down && (q.Link == 0 || t.Link == q.Link) && (!q.Src.IsValid() || t.Link == r.own[q.Src])
		if leads && (!found || closer(t, best)) {
			best, found = t, true
		}
	}
	if !found {
		return platform.Route{}, r.none(q.Dst)
	}
	best.Source = cmp.Or(q.Src, r.source(best, q.Dst))
	return best, nil
}

// none says why no entry leads to an address. Where an adapter has an address of
// the family there are routes of it as well: a table without any was not told.
func (r *routing) none(dst netip.Addr) error {
	of := func(a netip.Addr) bool { return a.Is4() == dst.Is4() && !a.IsLoopback() }
	told := slices.ContainsFunc(r.table, func(t platform.Route) bool { return of(t.Dst.Addr()) })
	for a := range r.own {
		if of(a) && !told {
			return errUntold
		}
	}
	return errNoRoute
}

// closer reports whether x is preferred to y.
func closer(x, y platform.Route) bool {
	return cmp.Or(cmp.Compare(y.Dst.Bits(), x.Dst.Bits()), cmp.Compare(x.Metric, y.Metric)) < 0
}

// local is the way to this machine itself, whether or not the table has it.
func (r *routing) local(dst netip.Addr, link int) platform.Route {
	for _, t := range r.table {
		if t.Kind == platform.Local && t.Dst.Contains(dst) && (link == 0 || t.Link == link) {
			t.Source = dst
			return t
		}
	}
	return platform.Route{Dst: netip.PrefixFrom(dst, dst.BitLen()), Link: link, LinkName: r.names[link], Source: dst,
		Kind: platform.Local, Table: platform.MainTable}
}

// source is the address of the route's adapter that a packet would have: of the
// scope of where it goes, preferred over deprecated, most alike (RFC 6724 §5).
func (r *routing) source(t platform.Route, dst netip.Addr) netip.Addr {
	var best netip.Addr
	rank := -1
	next := cmp.Or(t.Gateway, dst)
	for _, a := range r.all {
		for _, u := range a.unicast {
			addr := u.prefix.Addr()
			if a.indexFor(addr) != t.Link || addr.Is4() != dst.Is4() || u.dad == dadDuplicate || u.dad == dadTentative {
				continue
			}
			if n := likeness(u, next, dst); n > rank {
				best, rank = addr, n
			}
		}
	}
	return best
}

// sourceOn is the address of the adapter with a number that packets to another
// address have.
func sourceOn(all []adapter, link int, to netip.Addr) (netip.Addr, error) {
	to = to.WithZone("")
	here := slices.ContainsFunc(all, func(a adapter) bool { return a.index4 == link || a.index6 == link })
	if !here {
		return netip.Addr{}, &platform.Problem{Code: platform.NotFound, Text: "no adapter with the number " + strconv.Itoa(link)}
	}
	r := routing{all: all}
	from := r.source(platform.Route{Link: link}, to)
	if !from.IsValid() || from.IsLinkLocalUnicast() != to.IsLinkLocalUnicast() {
		return netip.Addr{}, &platform.Problem{Code: platform.NoLocalAddress, Text: "the adapter has no address of the family"}
	}
	return from, nil
}

// likeness ranks an address as a source: its scope before its standing before
// its network.
func likeness(u unicast, next, dst netip.Addr) (n int) {
	if u.prefix.Addr().IsLinkLocalUnicast() == dst.IsLinkLocalUnicast() {
		n += 4
	}
	if u.dad != dadDeprecated {
		n += 2
	}
	if u.prefix.Contains(next) {
		n++
	}
	return n
}

// answer makes the system's own choice a route of the port: row and source are
// what GetBestRoute2 told.
func (r *routing) answer(t platform.Route, source netip.Addr) platform.Route {
	own := routing{table: []platform.Route{t}, on: r.on, own: r.own, names: r.names, all: r.all}
	own.finish()
	own.table[0].Source = source
	return own.table[0]
}

// order puts a table in an order that does not change from one reading to the
// next.
func order(table []platform.Route) {
	slices.SortStableFunc(table, func(x, y platform.Route) int {
		return cmp.Or(x.Dst.Addr().Compare(y.Dst.Addr()), cmp.Compare(x.Dst.Bits(), y.Dst.Bits()), cmp.Compare(x.Metric, y.Metric),
			cmp.Compare(x.Link, y.Link), x.Gateway.Compare(y.Gateway))
	})
}
