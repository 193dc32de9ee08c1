package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// nearby explains why there is no usable route: the adapter is off, has no
// signal or no address, or the route itself is missing or rejects.
var nearby = diag.Rule{
	Name:  "nearby",
	Reads: []diag.Node{check.LinksRead, check.RoutesRead, check.RoutesRules, check.RoutesTarget, check.NamesSystem, check.LinksWireless},
	Tells: []catalog.Code{
		"wifi.not-joined", "link.disabled", "link.no-carrier", "address.none", "address.link-local-only", "ipv6.unavailable",
		"gateway.none", "route.rejected",
	},
	Infer: func(v diag.View) (j diag.Judgement) {
		links, known := check.LinksRead.Of(v)
		if !known {
			return j
		}
		for _, n := range wanted(v) {
			if f, ok := ruledOut(v, n); ok {
				f.Way = n.way
				f.Evidence = []diag.Ref{n.seen, {Check: "routes.rules"}}
				j.Findings = append(j.Findings, f)
			} else if f, ok := explain(v, links, n); ok {
				f = unjoined(v, links, f)
				f.Way = n.way
				f.Direct = f.Direct && (f.Code != "gateway.none" || !tableHas(v, n.Dst))
				f.Evidence = append(f.Evidence, n.seen, diag.Ref{Check: "links.read"})
				j.Findings = append(j.Findings, f)
			}
		}
		return j
	},
}

// ruledOut tells a rule that declares an address unreachable: the system then
// says what it says without a route (net/ipv4/fib_rules.c, fib4_rule_action).
func ruledOut(v diag.View, n need) (f diag.Finding, fault bool) {
	if n.Problem == nil || n.Problem.Code != platform.UnreachableNet {
		return f, false
	}
	rules, _ := check.RoutesRules.Of(v)
	r, _ := check.RoutesRead.Of(v)
	args := check.Rejected(rules, r.Table, n.Reach, platform.Unreachable)
	_, byRule := args["rule"]
	return diag.Finding{Code: "route.rejected", Direct: true, Args: args}, byRule
}

// tableHas reports whether the main table leads to an address all the same: then
// a policy rule turned it away, which the system tells with the same number.
func tableHas(v diag.View, dst netip.Addr) bool {
	r, _ := check.RoutesRead.Of(v)
	return slices.ContainsFunc(r.Table, func(r platform.Route) bool {
		return r.Table == platform.MainTable && r.Kind == platform.Unicast && !r.Down && r.Dst.Contains(dst.WithZone(""))
	})
}

// need is something that must be reached, and the route there.
type need struct {
	check.Reach
	way  diag.Way
	seen diag.Ref
	only bool // no address of the other family is wanted
}

// wanted is what must be reached: the target's addresses once they are known,
// before that the name servers, all of which must be out of reach to matter.
func wanted(v diag.View) (needs []need) {
	if routes, ok := check.RoutesTarget.Of(v); ok {
		for _, r := range routes {
			needs = append(needs, need{r, diag.WayTo(r.Dst), about(check.RoutesTarget, r.Dst), oneFamily(routes)})
		}
		return needs
	}
	if sys, ok := check.NamesSystem.Of(v); ok && len(sys.Addresses) > 0 || v.Target.Addr.IsValid() {
		return nil
	}
	return servers(v)
}

func oneFamily(routes []check.Reach) bool {
	return !slices.ContainsFunc(routes, func(r check.Reach) bool {
		return diag.FamilyOf(r.Dst) != diag.FamilyOf(routes[0].Dst)
	})
}

// servers returns the first name server out of reach when all of them are, or
// any address of the Internet when none is configured and no way out exists.
func servers(v diag.View) []need {
	r, ok := check.RoutesRead.Of(v)
	if !ok {
		return nil
	}
	to := slices.DeleteFunc(slices.Clone(r.To), func(r check.Reach) bool { return r.Dst.IsLoopback() })
	if len(to) == 0 {
		if slices.ContainsFunc(r.Table, leadsOut) {
			return nil
		}
		nowhere := check.Reach{Dst: netip.IPv4Unspecified(), Problem: platform.ErrUnreachableNet}
		return []need{{nowhere, diag.Way{}, diag.Ref{Check: "routes.read"}, true}}
	}
	links, _ := check.LinksRead.Of(v)
	for _, t := range to {
		l, known := check.LinkByIndex(links, t.Route.Link)
		if dark := known && l.Up && !hears(links, l); t.Exists() != platform.No && !t.Route.Down && !dark {
			return nil
		}
	}
	return []need{{to[0], diag.Way{}, about(check.RoutesRead, to[0].Dst), true}}
}

// leadsOut reports whether a route leads to other networks.
func leadsOut(r platform.Route) bool {
	return r.Kind == platform.Unicast && !r.Down && r.Dst.IsValid() && (r.Gateway.IsValid() || r.Dst.Bits() == 0)
}

// explain finds the cause nearest to this machine for which a need cannot be
// met.
func explain(v diag.View, links []platform.Link, n need) (f diag.Finding, fault bool) {
	if n.Problem == nil {
		return badRoute(v, links, n)
	}
	if n.Problem.Code != platform.UnreachableNet {
		return f, false
	}
	family := diag.FamilyOf(n.Dst)
	if family == diag.IPv6 && !hasGlobal(links, diag.IPv6) && hasGlobal(links, diag.IPv4) {
		return diag.Finding{Code: "ipv6.unavailable", Direct: true, Args: diag.Args{"addresses": []string{n.Dst.String()}}}, n.only
	}
	return noRoute(links, n.Dst, family)
}

// badRoute looks at a route that exists and cannot carry.
func badRoute(v diag.View, links []platform.Link, n need) (f diag.Finding, fault bool) {
	// Of a tunnel, or of a bridge without ports, no cable can be out.
	if l, ok := check.LinkByIndex(links, n.Route.Link); ok && n.Route.Kind == platform.Unicast && l.Up && !hears(links, l) &&
		!check.IsTunnel(l) && !portless(links, l) {
		return linkFault(cause(links, l), true), true
	}
	rules, _ := check.RoutesRules.Of(v)
	r, _ := check.RoutesRead.Of(v)
	if n.way == (diag.Way{}) && n.Exists() == platform.No { // of the target, the check itself tells
		return diag.Finding{Code: "route.rejected", Direct: true,
			Args: check.Rejected(rules, r.Table, n.Reach, n.Route.Kind)}, true
	}
	return f, false
}

// portless reports whether an adapter is a bridge that nothing is joined to, as
// those of container engines are that run nothing, and the switches within a
// Windows machine that lead nowhere.
func portless(links []platform.Link, l platform.Link) bool {
	return l.Kind == platform.Bridge && !slices.ContainsFunc(links, func(p platform.Link) bool { return p.Master == l.Index })
}

// noRoute looks for what should have carried the route. An adapter that is off
// or dark counts when nothing else could carry it, or when it still holds an
// address of the very network that the target is on.
func noRoute(links []platform.Link, dst netip.Addr, family diag.Family) (diag.Finding, bool) {
	idle := slices.DeleteFunc(slices.Clone(links), func(l platform.Link) bool { return !real(l) || carries(l) })
	if i := slices.IndexFunc(idle, func(l platform.Link) bool { return onLink(l, dst) }); i >= 0 {
		return linkFault(cause(links, idle[i]), true), true
	}
	if slices.ContainsFunc(links, func(l platform.Link) bool { return real(l) && carries(l) && speaks(l, family) }) {
		return diag.Finding{Code: "gateway.none", Direct: true, Args: diag.Args{"address": dst.String()}}, true
	}
	if i := slices.IndexFunc(idle, func(l platform.Link) bool { return speaks(l, family) }); i >= 0 {
		// A machine that is connected by another adapter may mean to have none of
		// this family.
		only := !slices.ContainsFunc(links, func(l platform.Link) bool { return real(l) && carries(l) })
		return linkFault(cause(links, idle[i]), only), true
	}
	if f, ok := unaddressed(links, family, real); ok {
		return f, true
	}
	if slices.ContainsFunc(links, func(l platform.Link) bool { return carries(l) && speaks(l, family) && !portless(links, l) }) {
		return diag.Finding{Code: "gateway.none", Direct: true, Args: diag.Args{"address": dst.String()}}, true
	}
	return bridged(links, idle, family)
}

// real reports whether an adapter is one that a person would name: no bridge,
// tunnel or member of another adapter.
func real(l platform.Link) bool {
	return l.Kind != platform.Loopback && l.Kind != platform.Bridge && l.Kind != platform.Tunnel && l.Master == 0
}

// carries reports whether packets could leave by an adapter.
func carries(l platform.Link) bool {
	return l.Kind != platform.Loopback && l.Up && l.Carrier != platform.No
}

func onLink(l platform.Link, dst netip.Addr) bool {
	return slices.ContainsFunc(l.Addresses, func(a platform.Address) bool { return a.Prefix.Masked().Contains(dst) })
}

// unaddressed looks for an adapter with a signal and without an address.
func unaddressed(links []platform.Link, family diag.Family, counts func(platform.Link) bool) (diag.Finding, bool) {
	for _, l := range links {
		if !counts(l) || !carries(l) {
			continue
		}
		for _, a := range l.Addresses {
			if p := a.Prefix.Addr(); p.Is4() && p.IsLinkLocalUnicast() {
				return selfAssigned(l, p), true
			}
		}
	}
	for _, l := range links {
		if counts(l) && carries(l) {
			return diag.Finding{Code: "address.none", Direct: true,
				Args: diag.Args{"adapter": l.Name, "family": lacks(l, family)}}, true
		}
	}
	return diag.Finding{}, false
}

// selfAssigned is an adapter without any other address than one of its own link
// (RFC 3927). Where it asks no DHCP server, the network is not to blame.
func selfAssigned(l platform.Link, a netip.Addr) diag.Finding {
	f := diag.Finding{Code: "address.link-local-only", Direct: true, Args: diag.Args{"adapter": l.Name, "address": a.String(), "dhcp": ""}}
	switch l.DHCP {
	case platform.Yes:
		f.Args["dhcp"] = "on"
	case platform.No:
		f.Args["dhcp"], f.Party = "off", catalog.Computer
	}
	return f
}

// lacks names the family of which an adapter has no address, where it has one
// of the other.
func lacks(l platform.Link, family diag.Family) string {
	name, other := "IPv4", diag.IPv6
	if family == diag.IPv6 {
		name, other = "IPv6", diag.IPv4
	}
	if speaks(l, other) {
		return name
	}
	return ""
}
