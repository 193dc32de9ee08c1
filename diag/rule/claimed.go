package rule

import (
	"net/netip"
	"slices"
	"strings"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// duplicate tells an address of this machine that another machine has as well:
// the system found so when it took the address, or another machine says so now.
// This machine's own adapters are not counted, nor those of routers that share
// an address on purpose.
var duplicate = diag.Rule{
	Name: "duplicate address",
	Reads: []diag.Node{check.LinksRead, check.AddressClaims, check.RoutesRead, check.RoutesTarget, check.NamesServers,
		check.NamesControl, check.TCPConnect, check.PingTarget, check.ControlHost, check.PathServers, check.PathTrace},
	Tells:  []catalog.Code{"address.duplicate"},
	Claims: []catalog.Claim{catalog.AddressUnused},
	Infer: func(v diag.View) (j diag.Judgement) {
		claims, _ := check.AddressClaims.Of(v)
		for _, c := range claims {
			if !stuck(v) {
				break
			}
			if others := strangersOf(c.MACs); c.Own && len(others) > 0 {
				f := diag.FamilyOf(c.Addr)
				j.Findings = append(j.Findings, diag.Finding{Code: "address.duplicate", Way: diag.Way{Family: f}, Direct: true,
					Args:     diag.Args{"address": c.Addr.String(), "adapter": c.Name, "mac": others[0]},
					Evidence: []diag.Ref{about(check.AddressClaims, c.Addr)}})
			}
		}
		for _, f := range failedTests(v) {
			j.Findings = append(j.Findings, f)
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.AddressUnused, Way: f.Way, Value: platform.Yes, Evidence: f.Evidence})
		}
		return j
	},
}

// stuck reports whether something that must answer was waited for and did not:
// before that nothing is known to be broken.
func stuck(v diag.View) bool {
	if _, tried := check.TCPConnect.Of(v); tried {
		return true
	}
	servers, asked := check.NamesServers.Of(v)
	return asked && len(servers) > 0 && len(answeringServers(v)) == 0
}

// failedTests are the IPv6 addresses that the system does not use because its
// own test found them taken (RFC 4862 §5.4), where no other one is left and an
// IPv6 address must be reached.
func failedTests(v diag.View) (out []diag.Finding) {
	if !stuck(v) {
		return nil
	}
	routes, known := check.RoutesTarget.Of(v)
	for _, r := range routes {
		if f, ok := takenOn(v, r); ok {
			f.Way = diag.WayTo(r.Dst)
			out = append(out, f)
		}
	}
	if near, _ := check.RoutesRead.Of(v); !known && len(near.To) > 0 {
		if f, ok := takenOn(v, near.To[0]); ok && !slices.ContainsFunc(near.To, func(r check.Reach) bool { return r.Dst.Is4() }) {
			out = append(out, f)
		}
	}
	return out
}

// takenOn tells that the adapter by which an IPv6 address is reached, or any
// where there is no route, has only addresses that were found taken.
func takenOn(v diag.View, r check.Reach) (f diag.Finding, ok bool) {
	links, _ := check.LinksRead.Of(v)
	if !r.Dst.Is6() || r.Dst.IsLinkLocalUnicast() || r.Dst.IsLoopback() {
		return f, false
	}
	on := links
	if l, found := check.LinkByIndex(links, r.Route.Link); found {
		on = []platform.Link{l}
	}
	for _, l := range on {
		i := slices.IndexFunc(l.Addresses, func(a platform.Address) bool { return a.Duplicate })
		if l.Up && i >= 0 && !hasGlobal(on, diag.IPv6) {
			return diag.Finding{Code: "address.duplicate", Direct: true, Evidence: []diag.Ref{{Check: "links.read"}},
				Args: diag.Args{"address": l.Addresses[i].Prefix.Addr().String(), "adapter": l.Name, "mac": ""}}, true
		}
	}
	return f, false
}

// sharedMACs begin the addresses under which several routers answer for one on
// purpose: VRRP (RFC 9568 §7.3), HSRP, GLBP.
var sharedMACs = []string{"00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:05:73:a0:0", "00:07:b4:00:"}

// strangersOf leaves out the addresses that are shared on purpose.
func strangersOf(macs []string) []string {
	return slices.DeleteFunc(slices.Clone(macs), func(m string) bool {
		return slices.ContainsFunc(sharedMACs, func(p string) bool { return strings.HasPrefix(m, p) })
	})
}

// relayed reads what came by way of neighbors that the table does not choose.
var relayed = diag.Rule{
	Name: "by another neighbor",
	Reads: []diag.Node{check.RelaysTry, check.RelaysServers, check.AddressClaims, check.LinksRead, check.RoutesRead, check.RoutesTarget, check.TCPConnect,
		check.PingTarget, check.NamesServers, check.NamesControl},
	Tells: []catalog.Code{"address.rogue-router", "address.gateway-off-subnet"},
	Infer: func(v diag.View) (j diag.Judgement) {
		all, seen := relays(v)
		for i, r := range all {
			if slices.ContainsFunc(all[:i], func(o check.Relayed) bool { return o.To == r.To }) || heard(v, r.To) || !stuck(v) {
				continue
			}
			f, ok := tooWide(v, r.To, all)
			if !ok {
				f, ok = rogue(v, r.To, all)
			}
			if ok {
				f.Way, f.Direct, f.Evidence = wayOf(v, r.To), true, []diag.Ref{seen(r.To), {Check: "address.claims"}}
				j.Findings = append(j.Findings, f)
			}
		}
		return j
	},
}

// relays are the ways by other neighbors to the target, or to the name servers
// while it has no address.
func relays(v diag.View) (all []check.Relayed, seen func(netip.Addr) diag.Ref) {
	by := check.RelaysTry
	if _, known := check.RoutesTarget.Of(v); !known {
		by = check.RelaysServers
	}
	all, _ = by.Of(v)
	return all, func(to netip.Addr) diag.Ref { return about(by, to) }
}

// wayOf is the way of a target's address; a name server's concerns everything.
func wayOf(v diag.View, a netip.Addr) diag.Way {
	if _, ok := routeTo(v, a); ok {
		return diag.WayTo(a)
	}
	return diag.Way{}
}

// tooWide tells an address that the table holds for a neighbor, and that
// answers by way of the gateway only: the prefix here is wider than the network.
func tooWide(v diag.View, to netip.Addr, all []check.Relayed) (f diag.Finding, ok bool) {
	for _, r := range all {
		if r.To == to && r.OnLink && r.Answered {
			return diag.Finding{Code: "address.gateway-off-subnet", Args: diag.Args{
				"address": to.String(), "gateway": r.Gateway.String(), "prefix": prefixOn(v, to), "why": "wide"}}, true
		}
	}
	return f, false
}

// prefixOn is this machine's prefix that holds an address, or the route that
// says so.
func prefixOn(v diag.View, a netip.Addr) string {
	links, _ := check.LinksRead.Of(v)
	for _, l := range links {
		for _, own := range l.Addresses {
			if own.Prefix.Masked().Contains(a) {
				return own.Prefix.String()
			}
		}
	}
	r, _ := routeTo(v, a)
	return r.Route.Dst.String()
}

// rogue tells that of two machines that say to be the router one forwards and
// one does not. Two that forward alike are one router with two adapters, or a
// pair that relieve each other; a neighbor that forwards nothing and never said
// that it would is none of them.
func rogue(v diag.View, to netip.Addr, all []check.Relayed) (f diag.Finding, ok bool) {
	for _, bad := range all {
		for _, good := range all {
			if !forwards(good, to, true) || !forwards(bad, to, false) ||
				good.Gateway != bad.Gateway && !(advertised(v, good.Gateway) && advertised(v, bad.Gateway)) {
				continue
			}
			return diag.Finding{Code: "address.rogue-router", Args: diag.Args{
				"gateway": bad.Gateway.String(), "mac": bad.MAC, "other": good.MAC}}, true
		}
	}
	return f, false
}

// forwards reports whether an address was tried by way of a neighbor, and answered
// or did not.
func forwards(r check.Relayed, to netip.Addr, answered bool) bool {
	return r.To == to && !r.OnLink && r.Problem == nil && r.Answered == answered
}

// advertised reports whether a router made itself known (RFC 4861 §6.3.4).
func advertised(v diag.View, gateway netip.Addr) bool {
	r, _ := check.RoutesRead.Of(v)
	return slices.ContainsFunc(r.Table, func(r platform.Route) bool {
		return r.Gateway == gateway && r.Protocol == "ra"
	})
}

// offSubnet tells a gateway that lies outside of every prefix of its adapter
// while nothing beyond it answers. Hosts with an address of their own alone
// (/32), point-to-point links and link-local gateways are set up so on purpose.
var offSubnet = diag.Rule{
	Name: "gateway off the subnet",
	Reads: []diag.Node{check.LinksRead, check.RoutesRead, check.RoutesTarget, check.NamesServers, check.NamesControl,
		check.TCPConnect, check.PingTarget, check.NeighborGateway, check.NeighborTarget, check.NamesSystem,
		check.ControlHost, check.PathServers, check.PathTrace},
	Tells: []catalog.Code{"address.gateway-off-subnet"},
	Infer: func(v diag.View) (j diag.Judgement) {
		links, _ := check.LinksRead.Of(v)
		for _, n := range needed(v) {
			g := n.Route.Gateway
			l, ok := check.LinkByIndex(links, n.Route.Link)
			if !ok || !stuck(v) && !hopFailed(v, g) || n.Problem != nil || !g.IsValid() || g.IsLinkLocalUnicast() || outside(l, g) == "" ||
				len(answersBeyond(v, diag.FamilyOf(g))) > 0 {
				continue
			}
			j.Findings = append(j.Findings, diag.Finding{Code: "address.gateway-off-subnet", Way: n.way, Direct: true,
				Args:     diag.Args{"address": n.Dst.String(), "gateway": g.String(), "prefix": outside(l, g), "why": "outside"},
				Evidence: []diag.Ref{n.seen, {Check: "links.read"}}})
		}
		return j
	},
}

// needed are the routes to the target, or to the name servers while the target
// has no address.
func needed(v diag.View) (needs []need) {
	to, ok := check.RoutesTarget.Of(v)
	for _, r := range to {
		needs = append(needs, need{Reach: r, way: diag.WayTo(r.Dst), seen: about(check.RoutesTarget, r.Dst)})
	}
	if sys, _ := check.NamesSystem.Of(v); ok || len(sys.Addresses) > 0 {
		return needs
	}
	near, _ := check.RoutesRead.Of(v)
	for _, r := range near.To {
		n := need{Reach: r, seen: about(check.RoutesRead, r.Dst)}
		if v.Target.Addr.IsValid() {
			n.way = diag.WayTo(r.Dst)
		}
		needs = append(needs, n)
	}
	return needs
}

// hopFailed reports whether a gateway was asked and does not answer. That one
// answers ARP tells little here: many routers answer it to any sender.
func hopFailed(v diag.View, g netip.Addr) bool {
	near, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	return slices.ContainsFunc(slices.Concat(near, far), func(h hop) bool { return h.Addr == g && h.Neighbor.Confirmed == platform.No })
}

// outside is a prefix of a link beside which a gateway lies, "" where it is
// within one, or where there is none that it should be within.
func outside(l platform.Link, g netip.Addr) (prefix string) {
	if l.PointToPoint || l.NoARP {
		return ""
	}
	for _, a := range l.Addresses {
		p := a.Prefix
		switch {
		case p.Addr().Is4() != g.Is4() || a.LinkLocal:
		case a.Peer == g, p.Masked().Contains(g), p.IsSingleIP():
			return ""
		case prefix == "":
			prefix = p.String()
		}
	}
	return prefix
}
