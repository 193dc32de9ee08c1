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
	Port    uint16 // of the TCP connections that it is the way of; 0: of anything
	Apart   bool   // a rule gives these connections a way of their own
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
	var port uint16
	if e.Target.Addr.IsValid() {
		wanted, port = append(wanted, e.Target.Addr), e.Target.Ports[0]
	} else if names, ok := NamesResolvers.Of(e.View); ok {
		for _, s := range slices.Concat(names.Servers, upstreamFor(e.Target.Host, names.Upstream)) {
			wanted = append(wanted, s.Addr.Addr())
		}
	}
	return Routing{Table: table, To: reaches(ctx, e, table, wanted, port, 0)}, nil
}

// reaches asks the route to each address once, and once more with the source
// that a socket then has, where a rule looks at that or one of several next hops
// is chosen by it, and with the port, where a rule looks at that.
func reaches(ctx context.Context, e *diag.Env, table []platform.Route, addrs []netip.Addr, port uint16, seq int) (out []Reach) {
	rules, _ := RoutesRules.Of(e.View)
	for i, a := range addrs {
		if slices.Contains(addrs[:i], a) {
			continue
		}
		r := reach(ctx, e, table, platform.RouteAsk{Dst: a, Seq: seq}, bySource(rules, a))
		if byPort(rules, a) && port > 0 {
			own := reach(ctx, e, table, platform.RouteAsk{Dst: a, TCP: port, Seq: seq}, bySource(rules, a))
			own.Apart = own.Route.Link != r.Route.Link || own.Route.Gateway != r.Route.Gateway || own.Exists() != r.Exists()
			r = own
		}
		r.Port = port
		out = append(out, r)
	}
	return out
}

// reach is the way that packets take, and with sourced the one once their source
// is set.
func reach(ctx context.Context, e *diag.Env, table []platform.Route, ask platform.RouteAsk, sourced bool) Reach {
	route, err := e.Host.Routes.To(ctx, ask)
	r := Reach{Dst: ask.Dst, Route: route, Problem: platform.AsProblem(err)}
	if err != nil || !route.Source.IsValid() || !sourced && !several(table, route) {
		return r
	}
	ask.Src = route.Source
	then, err := e.Host.Routes.To(ctx, ask)
	if p := platform.AsProblem(err); p != nil && p.Code != platform.UnreachableNet {
		return r
	}
	then.Source = route.Source
	return Reach{Dst: ask.Dst, Route: then, Problem: platform.AsProblem(err)}
}

// several reports whether a route has more than one next hop. The kernel chooses
// among them by both addresses, of which a socket has its own only once the first
// choice is made (fib_select_path, net/ipv4/fib_semantics.c; ip_route_connect).
func several(table []platform.Route, chosen platform.Route) bool {
	n := 0
	for _, r := range table {
		if r.Dst == chosen.Dst && r.Table == chosen.Table && r.Metric == chosen.Metric && r.Gateway.IsValid() {
			n++
		}
	}
	return n > 1
}
