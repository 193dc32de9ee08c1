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
	return []diag.Rule{
		adapters, nearby, loopback, logged, duplicate, relayed, otherRouter, offSubnet, wentAway, nextHops, misdirected, detours, tunnels,
		beyond, resolving, late, views, filtered, overridden, meant, reached, listening, exhausted,
		onTheWay, alive, dropped, held, translated, denied, undelivered, searching, families, medium, weak, vpnBefore,
		changed,
	}
}

// Plan is the unreachable-host diagnosis: every check and rule.
func Plan() diag.Plan {
	return diag.Plan{
		Checks: check.All(), Rules: All(), Catalog: catalog.All(),
		Ways: ways, Reads: []diag.Node{check.TCPConnect, check.RoutesTarget, check.LinksRead, check.ProxyRead, check.TalkProxy},
	}
}

// ways are those that a program here would take: through the proxy that is set
// for the target, else directly.
func ways(v diag.View) []diag.Way {
	setting, _ := check.ProxyRead.Of(v)
	p, used := setting.Used(v.Target)
	if !used {
		return directWays(v)
	}
	if talked, ok := check.TalkProxy.Of(v); ok {
		return []diag.Way{talked.Way()}
	}
	return []diag.Way{check.WayThrough(p)}
}

// directWays are the addresses that a program here would try: those of a family
// that this machine has no way out for are none, as long as the other family
// has.
func directWays(v diag.View) (out []diag.Way) {
	addrs := tried(v)
	usable := slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return !canUse(v, a) })
	if len(usable) == 0 {
		usable = addrs
	}
	for _, a := range eitherLoopback(v, usable) {
		out = append(out, diag.WayTo(a))
	}
	return out
}

// eitherLoopback leaves out the loopback address of a family on which nothing
// listens where the other one opens: both are this machine, programs try one
// after the other, and a refusal costs them no time.
func eitherLoopback(v diag.View, addrs []netip.Addr) []netip.Addr {
	is := opens(v)
	if !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.IsLoopback() && is(a) }) {
		return addrs
	}
	attempts, _ := check.TCPConnect.Of(v)
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool {
		return a.IsLoopback() && !is(a) && slices.ContainsFunc(attempts, func(p check.Attempts) bool {
			return p.Addr() == a && p.Last().Ended == platform.DialRefused
		})
	})
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
