package check

import (
	"context"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
)

// NeighborTarget asks the same of the next hops on the way to the target's
// addresses that were not asked before.
var NeighborTarget = add(diag.Spec[[]NextHop]{
	ID: "neighbor.target", Layer: catalog.Neighbor, Timeout: hopPatience, Start: diag.OnTrouble,
	Traffic: diag.LocalTraffic, After: []diag.Node{RoutesRead, RoutesTarget, LinksRead},
	Tells:  []catalog.Code{"gateway.silent", "neighbour.silent"},
	Claims: []catalog.Claim{catalog.GatewayAlive},
	Probe: func(ctx context.Context, e *diag.Env) ([]NextHop, error) {
		to, err := RoutesTarget.Need(e)
		if err != nil {
			return nil, err
		}
		before, _ := RoutesRead.Of(e.View)
		asked := nextHops(before.To)
		hops := slices.DeleteFunc(nextHops(to), func(h NextHop) bool {
			return slices.ContainsFunc(asked, func(a NextHop) bool { return a.Addr == h.Addr && a.Link == h.Link })
		})
		return resolve(ctx, e, hops, 1)
	},
	Unclear: []string{"silent", "unsettled"},
	Tell:    tellHops,
})
