package check

import (
	"context"
	"net/netip"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// PathServers asks the same of the way to the name servers that lie beyond a
// gateway. They are the controls: what is dark on the way to them too is no
// fault of the target.
var PathServers = add(diag.Spec[[]Trace]{
	ID: "path.servers", Layer: catalog.Path, Timeout: 6 * time.Second, Start: diag.OnTrouble,
	Traffic: diag.LocalTraffic, Trips: 4, Patience: 500 * time.Millisecond, After: []diag.Node{NamesResolvers, RoutesRead, RoutesRules, CountersRead, ControlHost},
	Probe: func(ctx context.Context, e *diag.Env) ([]Trace, error) {
		conf, err := NamesResolvers.Need(e)
		if err != nil {
			return nil, err
		}
		var servers []netip.Addr
		for _, s := range conf.Servers[:min(len(conf.Servers), mostServers)] {
			servers = append(servers, s.Addr.Addr())
		}
		var out []Trace
		for _, r := range reaches(ctx, e, table(e), servers, 0, 2) {
			if leavesLink(r) && !r.Dst.IsLoopback() && len(out) < mostControls {
				out = append(out, Trace{To: netip.AddrPortFrom(r.Dst, 53), Reach: r})
			}
		}
		return traceAll(ctx, e, append(out, toControl(ctx, e)...))
	},
	Unclear: []string{"dark", "loop", "stopped", "none"},
	Tell:    tellTraces,
})

// toControl is the way to the host that the user named for comparison.
func toControl(ctx context.Context, e *diag.Env) (out []Trace) {
	c, ok := ControlHost.Of(e.View)
	if !ok || len(c.TCP) == 0 {
		return nil
	}
	for _, r := range reaches(ctx, e, table(e), c.Addrs[:1], c.TCP[0].To.Port(), 3) {
		if leavesLink(r) {
			out = append(out, Trace{To: netip.AddrPortFrom(r.Dst, c.TCP[0].To.Port()), Reach: r})
		}
	}
	return out
}

// mostControls are traced, so that a run stays below two hundred packets.
const mostControls = 2

// table is the routing table as it was read.
func table(e *diag.Env) []platform.Route {
	known, _ := RoutesRead.Of(e.View)
	return known.Table
}
