// Package rule holds the inferences that need several checks: what a missing
// route means beside the adapters, what silence means beside other signs of
// life. A rule is pure, declares what it reads and tells, and never asks.
package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// All returns every rule.
func All() []diag.Rule {
	return []diag.Rule{nearby, nextHops, beyond, resolving, late, overridden, meant, reached, alive, dropped, denied, undelivered, searching, families}
}

// Plan is the unreachable-host diagnosis: every check and rule.
func Plan() diag.Plan {
	return diag.Plan{
		Checks: check.All(), Rules: All(), Catalog: catalog.All(),
		Ways: ways, Reads: []diag.Node{check.TCPConnect, check.RoutesTarget, check.LinksRead},
	}
}

// ways are the addresses that a program here would try: those of a family that
// this machine has no way out for are none, as long as the other family has.
func ways(v diag.View) (out []diag.Way) {
	addrs := tried(v)
	usable := slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return !canUse(v, a) })
	if len(usable) == 0 {
		usable = addrs
	}
	for _, a := range usable {
		out = append(out, diag.WayTo(a))
	}
	return out
}

// tried returns the target's addresses.
func tried(v diag.View) (addrs []netip.Addr) {
	attempts, _ := check.TCPConnect.Of(v)
	for _, a := range attempts {
		if !slices.Contains(addrs, a.Addr()) {
			addrs = append(addrs, a.Addr())
		}
	}
	return addrs
}

// canUse reports whether this machine could send to an address at all: it has
// a route there and, for IPv6, an address of its own that reaches beyond the
// link (RFC 6724 §5, rule 1: avoid unusable destinations).
func canUse(v diag.View, a netip.Addr) bool {
	if r, ok := routeTo(v, a); ok && r.Problem != nil && r.Problem.Code == platform.UnreachableNet {
		return false
	}
	links, known := check.LinksRead.Of(v)
	return !known || a.Is4() || a.IsLinkLocalUnicast() || a.IsLoopback() || hasGlobal(links, diag.IPv6)
}

func routeTo(v diag.View, a netip.Addr) (check.Reach, bool) {
	routes, _ := check.RoutesTarget.Of(v)
	for _, r := range routes {
		if r.Dst == a {
			return r, true
		}
	}
	return check.Reach{}, false
}

// hasGlobal reports whether any adapter but loopback holds an address of a
// family with which it can speak beyond its link.
func hasGlobal(links []platform.Link, f diag.Family) bool {
	return slices.ContainsFunc(links, func(l platform.Link) bool {
		return l.Kind != platform.Loopback && l.Up && speaks(l, f)
	})
}

// speaks reports whether an adapter holds a usable address of a family.
func speaks(l platform.Link, f diag.Family) bool {
	return slices.ContainsFunc(l.Addresses, func(a platform.Address) bool {
		return diag.FamilyOf(a.Prefix.Addr()) == f && !a.LinkLocal && !a.Prefix.Addr().IsLinkLocalUnicast() &&
			!a.Duplicate && !a.Prefix.Addr().IsLoopback()
	})
}

func about(n diag.Node, a netip.Addr) diag.Ref { return diag.Ref{Check: n.ID(), About: a.String()} }
