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

// Reach is the way that packets to Dst would take, or why there is none.
type Reach struct {
	Dst     netip.Addr
	Route   platform.Route
	Problem *platform.Problem
}

// Exists reports whether packets to Dst would leave or stay here, rather than
// be turned away. It is unknown when the system did not say.
func (r Reach) Exists() platform.Tri {
	switch {
	case r.Problem == nil:
		return platform.TriOf(!rejects(r.Route.Kind))
	case r.Problem.Code == platform.UnreachableNet:
		return platform.No
	}
	return platform.Unknown
}

func rejects(k platform.RouteKind) bool {
	return k == platform.Blackhole || k == platform.Unreachable || k == platform.Prohibit
}

// Routing is the routing table, and the system's choice for what must be
// reached before the target is known: its name servers, and a literal target.
type Routing struct {
	Table []platform.Route
	To    []Reach
}

// RoutesRead reads the routing tables, and the routes to the name servers.
var RoutesRead = add(diag.Spec[Routing]{
	ID: "routes.read", Layer: catalog.Route, Timeout: 2 * time.Second, Again: true,
	After: []diag.Node{NamesResolvers, RoutesRules},
	Probe: probeRoutes,
	Same:  func(a, b Routing) bool { return slices.Equal(a.Table, b.Table) },
	Tell: func(r Routing) (string, diag.Args) {
		return "routes", diag.Args{"n": len(r.Table)}
	},
})

func probeRoutes(ctx context.Context, e *diag.Env) (Routing, error) {
	table, err := e.Host.Routes.All(ctx, e.Reading())
	if err != nil || e.Again {
		return Routing{Table: table}, err
	}
	var wanted []netip.Addr
	if e.Target.Addr.IsValid() {
		wanted = append(wanted, e.Target.Addr)
	} else if names, ok := NamesResolvers.Of(e.View); ok {
		for _, s := range slices.Concat(names.Servers, upstreamFor(e.Target.Host, names.Upstream)) {
			wanted = append(wanted, s.Addr.Addr())
		}
	}
	return Routing{Table: table, To: reaches(ctx, e, wanted, 0)}, nil
}

// reaches asks the route to each address once, and once more from the source
// that a socket then has where a rule looks at that.
func reaches(ctx context.Context, e *diag.Env, addrs []netip.Addr, seq int) (out []Reach) {
	for i, a := range addrs {
		if slices.Contains(addrs[:i], a) {
			continue
		}
		route, err := e.Host.Routes.To(ctx, platform.RouteAsk{Dst: a, Seq: seq})
		r := Reach{Dst: a, Route: route, Problem: platform.AsProblem(err)}
		if rules, _ := RoutesRules.Of(e.View); err == nil && route.Source.IsValid() && bySource(rules, a) {
			r = fromSource(ctx, e, r, seq)
		}
		out = append(out, r)
	}
	return out
}

// fromSource is the way that packets take once their source is set.
func fromSource(ctx context.Context, e *diag.Env, r Reach, seq int) Reach {
	route, err := e.Host.Routes.To(ctx, platform.RouteAsk{Dst: r.Dst, Src: r.Route.Source, Seq: seq})
	if p := platform.AsProblem(err); p != nil && p.Code != platform.UnreachableNet {
		return r
	}
	route.Source = r.Route.Source
	return Reach{Dst: r.Dst, Route: route, Problem: platform.AsProblem(err)}
}
