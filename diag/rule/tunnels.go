package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// tunnels tells a VPN that is not there, and one that is there and through
// which nothing passes. A target that is silent behind a tunnel which shows
// life, or of which nothing more is known, is no fault of the tunnel's.
var tunnels = diag.Rule{
	Name:   "tunnels",
	Reads:  slices.Concat(detours.Reads, []diag.Node{check.NamesResolvers, check.NamesUpstream, check.NamesSystem}),
	Tells:  []catalog.Code{"vpn.tunnel-dead", "vpn.not-connected"},
	Claims: []catalog.Claim{catalog.BeyondGateway, catalog.VPNNeeded},
	Infer: func(v diag.View) (j diag.Judgement) {
		links, _ := check.LinksRead.Of(v)
		for _, r := range entered(v) {
			if l, ok := check.LinkByIndex(links, r.Route.Link); ok && check.IsTunnel(l) && tunnelIsDead(v, r.Reach, l) {
				deadTunnel(v, r, l, &j)
			}
		}
		offTunnel(v, links, &j)
		offForNames(v, links, &j)
		return j
	},
}

// entered are the ways that may lead into a tunnel: those of the target, or of
// silent name servers.
func entered(v diag.View) (out []need) {
	to, targets := check.RoutesTarget.Of(v)
	for _, r := range to {
		if fails(v, r) {
			out = append(out, need{Reach: r, way: diag.WayTo(r.Dst), seen: about(check.RoutesTarget, r.Dst)})
		}
	}
	if targets {
		return out
	}
	for _, r := range silentServers(v) {
		out = append(out, need{Reach: r, seen: about(check.RoutesRead, r.Dst)})
	}
	return out[:min(len(out), 1)]
}

// inside is what answered and what stayed silent within a tunnel, apart from
// one address.
func inside(v diag.View, l platform.Link, but netip.Addr) (alive, silent int) {
	count := func(yes, no bool) {
		alive += map[bool]int{true: 1}[yes]
		silent += map[bool]int{true: 1}[no && !yes]
	}
	for _, t := range tunnelsOf(v, l) {
		for _, w := range t.Inside {
			count(w.Lives() == platform.Yes, w.Lives() == platform.No)
		}
	}
	near, _ := check.RoutesRead.Of(v)
	far, _ := check.RoutesTarget.Of(v)
	answering := answeringServers(v)
	servers, _ := check.NamesServers.Of(v)
	for _, r := range slices.Concat(near.To, far) {
		if r.Dst == but || r.Problem != nil || r.Route.Link != l.Index {
			continue
		}
		mute := slices.ContainsFunc(servers, func(s check.ServerAnswers) bool {
			return s.Server.Addr() == r.Dst && s.Says() == check.SaysNothing
		})
		count(heard(v, r.Dst) || slices.Contains(answering, r.Dst), mute || fails(v, r))
	}
	return alive, silent
}

func tunnelsOf(v diag.View, l platform.Link) []check.TunnelLife {
	all, _ := check.TunnelAlive.Of(v)
	return slices.DeleteFunc(slices.Clone(all), func(t check.TunnelLife) bool { return t.Link != l.Index })
}

// tunnelIsDead reports whether a tunnel as a whole is what fails: something
// else within it is silent too, or everything is sent into it, or nothing ever
// came out of it; and nothing within it shows life.
func tunnelIsDead(v diag.View, r check.Reach, l platform.Link) bool {
	if !l.Up || l.Carrier == platform.No || rejected(v, r.Dst) {
		return false
	}
	alive, silent := inside(v, l, r.Dst)
	if alive > 0 {
		return false
	}
	tried, _ := check.RoutesOther.Of(v)
	_, answers := otherWay(tried, nil, r)
	never := l.Tunnel != nil && l.Tunnel.Received == 0 && answers != platform.Yes
	return silent > 0 || everything(v, r) || never && connectedTunnel(l)
}

// connectedTunnel reports whether a tunnel has an address to speak from.
func connectedTunnel(l platform.Link) bool { return speaks(l, diag.IPv4) || speaks(l, diag.IPv6) }

// rejected reports whether an ICMP error came back for an address: then
// something within the tunnel lives.
func rejected(v diag.View, a netip.Addr) bool {
	attempts, _ := check.TCPConnect.Of(v)
	return slices.ContainsFunc(attempts, func(t check.Attempts) bool {
		i := t.Last().ICMP
		return t.Addr() == a && i != nil && !own(v, i.From)
	})
}

// everything reports whether a route takes all packets, and no rule sends just
// these there.
func everything(v diag.View, r check.Reach) bool {
	rules, _ := check.RoutesRules.Of(v)
	by, known := check.Chosen(rules, r)
	narrow := known && by.Dst.IsValid() && by.Dst.Bits() > 1
	return check.FullTunnel(r.Route) && !narrow
}

func deadTunnel(v diag.View, n need, l platform.Link, j *diag.Judgement) {
	outside, sure := outsideOf(v, n.Reach, l)
	if outside == "" {
		return
	}
	seen := []diag.Ref{n.seen, {Check: "tunnel.alive"}}
	if sure {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.BeyondGateway, Way: n.way, Value: platform.Yes, Evidence: seen})
	}
	j.Findings = append(j.Findings, diag.Finding{Code: "vpn.tunnel-dead", Way: n.way, Direct: sure, Evidence: seen,
		Args: diag.Args{"address": n.Dst.String(), "adapter": l.Name, "other": outside}})
}

// outsideOf is something that answers outside a tunnel. Its own network's
// gateway shows only that this machine is connected.
func outsideOf(v diag.View, r check.Reach, l platform.Link) (who string, sure bool) {
	tried, _ := check.RoutesOther.Of(v)
	if _, answers := otherWay(tried, nil, r); answers == platform.Yes {
		return r.Dst.String(), true
	}
	for _, t := range tunnelsOf(v, l) {
		for _, w := range t.Endpoint {
			if w.Lives() == platform.Yes {
				return w.Addr.String(), true
			}
		}
	}
	near, _ := check.RoutesRead.Of(v)
	for _, s := range answeringServers(v) {
		for _, r := range near.To {
			if r.Dst == s && r.Problem == nil && r.Route.Link != l.Index && r.Route.Kind == platform.Unicast {
				return s.String(), true
			}
		}
	}
	for _, t := range tunnelsOf(v, l) {
		if t.Gateway != nil && t.Gateway.Lives() == platform.Yes {
			return t.Gateway.Addr.String(), false
		}
	}
	return "", false
}

// offTunnel tells a VPN that is not connected: its adapter is there, and off,
// without a program behind it or without an address. It is what the target
// needs when the target lies in its network, or when a route still leads into
// it; a private address that no connected network holds is no more than a sign.
func offTunnel(v diag.View, links []platform.Link, j *diag.Judgement) {
	to, _ := check.RoutesTarget.Of(v)
	for _, r := range to {
		if r.Problem == nil && !fails(v, r) || r.Problem != nil && r.Problem.Code != platform.UnreachableNet {
			continue
		}
		l, needed, ok := missing(v, links, r)
		if !ok {
			continue
		}
		way, seen := diag.WayTo(r.Dst), []diag.Ref{about(check.RoutesTarget, r.Dst), {Check: "links.read"}}
		if needed {
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.VPNNeeded, Way: way, Value: platform.Yes, Evidence: seen})
		}
		j.Findings = append(j.Findings, diag.Finding{Code: "vpn.not-connected", Way: way, Direct: needed, Evidence: seen,
			Args: diag.Args{"address": r.Dst.String(), "adapter": l.Name}})
	}
}

// offForNames tells a VPN that is not connected by a rule that has the name
// looked up through it: the rule's servers are silent, and an adapter for a
// tunnel is there and off.
func offForNames(v diag.View, links []platform.Link, j *diag.Judgement) {
	f, fault, ruled := byRule(v)
	sys, _ := check.NamesSystem.Of(v)
	i := slices.IndexFunc(links, unconnected)
	if !ruled || !fault || f.Code != "dns.resolver-silent" || i < 0 || len(sys.Addresses) > 0 {
		return
	}
	j.Findings = append(j.Findings, diag.Finding{Code: "vpn.not-connected", Evidence: append(f.Evidence, diag.Ref{Check: "links.read"}),
		Args: diag.Args{"address": v.Target.Host, "adapter": links[i].Name, "rule": f.Args["rule"]}})
}

// unconnected reports whether an adapter is one of a VPN's that is on and has
// nothing at its other end, as Windows shows those of programs that wait.
func unconnected(l platform.Link) bool {
	return check.IsTunnel(l) && l.Up && l.Carrier == platform.No && !connectedTunnel(l)
}

// missing is the tunnel that an address needs and that is not connected.
func missing(v diag.View, links []platform.Link, r check.Reach) (l platform.Link, needed, ok bool) {
	tried, _ := check.RoutesOther.Of(v)
	if _, answers := otherWay(tried, nil, r); answers == platform.Yes {
		return l, false, false
	}
	for _, l := range links {
		off := !l.Up || l.Carrier == platform.No
		if check.IsTunnel(l) && off && (onLink(l, r.Dst) || peerOf(l, r.Dst) || r.Problem == nil && r.Route.Link == l.Index) {
			return l, true, true
		}
	}
	if !r.Dst.IsPrivate() || r.Problem != nil || r.Route.Dst.Bits() > 0 || len(attached(links, r.Dst)) > 0 {
		return l, false, false
	}
	for _, l := range links {
		off := !l.Up || l.Carrier == platform.No || !connectedTunnel(l)
		known := connectedTunnel(l) || l.Tunnel != nil && l.Tunnel.Remote.IsValid() || v.System.OS == "windows" && unconnected(l)
		if check.IsTunnel(l) && off && known {
			return l, false, true
		}
	}
	return l, false, false
}

func peerOf(l platform.Link, dst netip.Addr) bool {
	return slices.ContainsFunc(l.Addresses, func(a platform.Address) bool { return a.Peer == dst })
}

// attached are the adapters that are up and on whose network an address lies.
func attached(links []platform.Link, dst netip.Addr) []platform.Link {
	return slices.DeleteFunc(slices.Clone(links), func(l platform.Link) bool { return !carries(l) || !onLink(l, dst) })
}
