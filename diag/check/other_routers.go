package check

import (
	"net/netip"
	"slices"

	"faultline/platform"
)

// mostRouters bounds the machines that are asked to pass on what the gateway does
// not.
const mostRouters = 3

// otherRouters are machines beside the gateways that may be routers: the gateways
// of other routes, and the neighbors that were heard lately (of IPv6, those that
// say that they are routers). Nobody is looked for whom this machine does not know.
func otherRouters(links []platform.Link, r Routing, known []platform.Neighbor) (out []Claimed) {
	for _, w := range waysOut(r) {
		l, ok := LinkByIndex(links, w.Link)
		if !ok || !w.Gateway.IsValid() || l.NoARP || l.PointToPoint {
			continue
		}
		for _, c := range beside(l, w.Gateway, r, known) {
			taken := isOwn(links, c.Addr) || isGateway(r, c) || len(c.MACs) > 0 && slices.Equal(c.MACs, macsOf(known, w))
			if !taken && len(out) < mostRouters && !slices.ContainsFunc(out, func(o Claimed) bool { return o.Addr == c.Addr && o.Link == c.Link }) {
				out = append(out, c)
			}
		}
	}
	return out
}

// beside lists the candidates on one link, the likeliest first.
func beside(l platform.Link, gateway netip.Addr, r Routing, known []platform.Neighbor) (out []Claimed) {
	add := func(a netip.Addr, macs ...string) {
		if a.Is4() == gateway.Is4() {
			out = append(out, Claimed{Addr: a, Link: l.Index, Name: l.Name, Other: true, MACs: macs})
		}
	}
	for _, t := range r.Table {
		if t.Link == l.Index && t.Gateway.IsValid() {
			add(t.Gateway)
		}
	}
	for _, n := range known {
		if n.Link == l.Index && n.MAC != "" && heardLately(n.State) && (n.Router || gateway.Is4()) {
			add(n.Addr, n.MAC)
		}
	}
	return out
}

func heardLately(s platform.NeighborState) bool {
	return s == platform.NeighborReachable || s == platform.NeighborStale || s == platform.NeighborDelay || s == platform.NeighborProbe
}

func isOwn(links []platform.Link, a netip.Addr) bool {
	return slices.ContainsFunc(links, func(l platform.Link) bool {
		return slices.ContainsFunc(l.Addresses, func(o platform.Address) bool { return o.Prefix.Addr() == a })
	})
}

// isGateway reports whether a candidate is a gateway that is in use.
func isGateway(r Routing, c Claimed) bool {
	return slices.ContainsFunc(waysOut(r), func(w platform.Route) bool { return w.Gateway == c.Addr && w.Link == c.Link })
}

func macsOf(known []platform.Neighbor, w platform.Route) []string {
	for _, n := range known {
		if n.Addr == w.Gateway && n.Link == w.Link && n.MAC != "" {
			return []string{n.MAC}
		}
	}
	return nil
}
