package check

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// RoutesRules reads the rules that choose among the routing tables.
var RoutesRules = add(diag.Spec[[]platform.RouteRule]{
	ID: "routes.rules", Layer: catalog.Route, Timeout: 2 * time.Second, Again: true,
	Probe: func(ctx context.Context, e *diag.Env) ([]platform.RouteRule, error) {
		return e.Host.Routes.Rules(ctx, e.Reading())
	},
	Tell: func(rules []platform.RouteRule) (string, diag.Args) {
		return "rules", diag.Args{"n": len(rules)}
	},
})

// fits reports whether a rule holds for what this program sends to a TCP port of
// dst from src; port 0 is any. It is unknown where the rule looks at what is not known here.
func fits(r platform.RouteRule, dst, src netip.Addr, port uint16) platform.Tri {
	value := platform.TriOf((r.Family == "ipv4") == dst.Is4() && r.Out == "" && (r.In == "" || r.In == "lo") &&
		r.Mark&r.Mask == 0 && inPrefix(r.Dst, dst) && inPrefix(r.Src, src) && takesTCP(r, port))
	switch {
	case (r.Family == "ipv4") != dst.Is4():
		return platform.No
	case value == platform.Yes && (r.More || r.Users != nil):
		return platform.Unknown
	case r.Not:
		return -value
	}
	return value
}

// takesTCP reports whether a rule looks at nothing that a TCP packet to a port
// lacks.
func takesTCP(r platform.RouteRule, port uint16) bool {
	const tcp = 6 // IANA's protocol number
	return port == 0 && r.Proto == 0 && r.Ports == nil ||
		port > 0 && (r.Proto == 0 || r.Proto == tcp) && (r.Ports == nil || r.Ports.Low <= port && port <= r.Ports.High)
}

func inPrefix(p netip.Prefix, a netip.Addr) bool {
	return !p.IsValid() || p.Bits() == 0 || a.IsValid() && p.Contains(a.WithZone(""))
}

// bySource reports whether any rule of dst's family looks at the source: then
// the route of a socket that has chosen its source may be another.
func bySource(rules []platform.RouteRule, dst netip.Addr) bool {
	return slices.ContainsFunc(rules, func(r platform.RouteRule) bool {
		return (r.Family == "ipv4") == dst.Is4() && r.Src.IsValid() && r.Src.Bits() > 0
	})
}

// byPort reports whether any rule of dst's family looks at the protocol or the
// port: then the route of a connection may be another than the address's.
func byPort(rules []platform.RouteRule, dst netip.Addr) bool {
	return slices.ContainsFunc(rules, func(r platform.RouteRule) bool {
		return (r.Family == "ipv4") == dst.Is4() && (r.Proto != 0 || r.Ports != nil)
	})
}

// Rejecter finds the rule or the route that turns packets away in this
// manner. The system tells the manner alone; rules are tried in their order, as
// it does. A rule that may not hold for us is passed over unless it explains
// what was told.
func Rejecter(rules []platform.RouteRule, table []platform.Route, to Reach, kind platform.RouteKind) (by platform.RouteRule, route platform.Route, found bool) {
	for _, r := range rules {
		holds := fits(r, to.Dst, to.Route.Source, to.Port)
		if holds == platform.No {
			continue
		}
		if r.Action != platform.RuleLookup {
			if string(r.Action) == string(kind) {
				return r, platform.Route{}, true
			}
			continue
		}
		switch best, ok := match(r, table, to.Dst); {
		case ok && best.Kind == kind:
			return r, best, true
		case ok && holds == platform.Yes && best.Kind != platform.Throw:
			return by, route, false
		}
	}
	return by, route, false
}

// match finds the entry of a rule's table that covers dst most closely.
func match(r platform.RouteRule, table []platform.Route, dst netip.Addr) (best platform.Route, ok bool) {
	for _, x := range table {
		if x.Table != r.Table || !covers(x, dst) || r.Suppress != nil && x.Dst.Bits() <= *r.Suppress {
			continue
		}
		if !ok || closer(x, best) {
			best, ok = x, true
		}
	}
	return best, ok
}

// covers reports whether an entry leads to an address.
func covers(r platform.Route, dst netip.Addr) bool {
	return r.Dst.IsValid() && r.Dst.Addr().Is4() == dst.Is4() && r.Dst.Contains(dst.WithZone(""))
}

// closer reports whether the system prefers x to y within one table.
func closer(x, y platform.Route) bool {
	if x.Dst.Bits() != y.Dst.Bits() {
		return x.Dst.Bits() > y.Dst.Bits()
	}
	return x.Metric < y.Metric
}

// Chosen returns the rule by which packets come to the table of their route.
func Chosen(rules []platform.RouteRule, to Reach) (platform.RouteRule, bool) {
	i := slices.IndexFunc(rules, func(r platform.RouteRule) bool {
		return r.Action == platform.RuleLookup && r.Table == to.Route.Table && fits(r, to.Dst, to.Route.Source, to.Port) != platform.No
	})
	if i < 0 {
		return platform.RouteRule{}, false
	}
	return rules[i], true
}
