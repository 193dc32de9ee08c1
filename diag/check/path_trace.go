package check

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// PathTrace asks the routers on the way to the target to show themselves, once
// there is trouble.
var PathTrace = add(diag.Spec[[]Trace]{
	ID: "path.trace", Layer: catalog.Path, Timeout: 6 * time.Second, Start: diag.OnTrouble,
	Traffic: diag.TargetTraffic, Trips: 4, First: []diag.Node{NamesSystem, NamesServers},
	After: []diag.Node{RoutesTarget, CountersRead},
	Probe: func(ctx context.Context, e *diag.Env) ([]Trace, error) {
		routes, err := RoutesTarget.Need(e)
		if err != nil {
			return nil, err
		}
		var out []Trace
		for _, a := range firstOfEach(addresses(ctx, e), 1) {
			if r, ok := reachOf(routes, a); ok && leavesLink(r) {
				out = append(out, Trace{To: netip.AddrPortFrom(a, e.Target.Ports[0]), Reach: r})
			}
		}
		return traceAll(ctx, e, out)
	},
	Unclear: []string{"dark", "loop", "stopped", "none"},
	Tell:    tellTraces,
})

func traceAll(ctx context.Context, e *diag.Env, out []Trace) ([]Trace, error) {
	if len(out) == 0 {
		return nil, diag.Skip("no-gateway")
	}
	var all sync.WaitGroup
	for i := range out {
		all.Go(func() { out[i].run(ctx, e) })
	}
	all.Wait()
	return out, nil
}

func reachOf(routes []Reach, a netip.Addr) (Reach, bool) {
	for _, r := range routes {
		if r.Dst == a {
			return r, true
		}
	}
	return Reach{}, false
}

// leavesLink reports whether packets pass a gateway.
func leavesLink(r Reach) bool {
	return r.Problem == nil && r.Route.Kind == platform.Unicast && r.Route.Gateway.IsValid()
}

func tellTraces(all []Trace) (string, diag.Args) {
	if len(all) == 0 {
		return "", nil
	}
	t := all[0]
	for _, o := range all {
		if o.Dark() {
			t = o
		}
	}
	args := diag.Args{"hops": t.texts(), "address": t.Addr().String()}
	ttl, last := t.Last()
	_, there := t.There()
	_, loops := t.Loop()
	switch {
	case there:
		return "reached", args
	case loops:
		return "loop", args
	case t.rejected():
		return "stopped", args
	case ttl == 0:
		return "none", args
	}
	args["router"] = last.String()
	return "dark", args
}
