package check

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// NextHop is a neighbor through which something must pass, or which is itself
// the thing to reach.
type NextHop struct {
	Addr     netip.Addr
	Link     int
	Name     string // of the adapter
	Gateway  bool   // false: a target on this very network
	For      []netip.Addr
	Neighbor platform.Neighbor
	Problem  *platform.Problem
}

// hopPatience is how long a next hop may stay unsettled. A stale entry is
// probed again only five seconds after its first use, and fails three seconds
// later (RFC 4861 §10, DELAY_FIRST_PROBE_TIME and MAX_UNICAST_SOLICIT).
const hopPatience = 8500 * time.Millisecond

// NeighborGateway asks whether the next hops on the way to the name servers,
// or to a literal target, answer ARP or neighbor discovery.
var NeighborGateway = add(diag.Spec[[]NextHop]{
	ID: "neighbor.gateway", Layer: catalog.Neighbor, Timeout: hopPatience, Traffic: diag.LocalTraffic,
	After:  []diag.Node{RoutesRead, LinksRead},
	Tells:  []catalog.Code{"gateway.silent", "neighbour.silent"},
	Claims: []catalog.Claim{catalog.GatewayAlive},
	Probe: func(ctx context.Context, e *diag.Env) ([]NextHop, error) {
		r, err := RoutesRead.Need(e)
		if err != nil {
			return nil, err
		}
		return resolve(ctx, e, nextHops(r.To), 0)
	},
	Unclear: []string{"silent", "unsettled"},
	Tell:    tellHops,
})

// nextHops gathers the neighbors that packets along these routes must pass.
func nextHops(to []Reach) (hops []NextHop) {
	for _, r := range to {
		if r.Problem != nil || r.Route.Kind != platform.Unicast || r.Route.Link == 0 {
			continue
		}
		hop := NextHop{Addr: r.Route.Gateway, Link: r.Route.Link, Name: r.Route.LinkName, Gateway: true}
		if !hop.Addr.IsValid() {
			hop.Addr, hop.Gateway = r.Dst, false
		}
		i := slices.IndexFunc(hops, func(h NextHop) bool { return h.Addr == hop.Addr && h.Link == hop.Link })
		if i < 0 {
			hops, i = append(hops, hop), len(hops)
		}
		hops[i].For = append(hops[i].For, r.Dst)
	}
	return hops
}

const mostHops = 4

func resolve(ctx context.Context, e *diag.Env, hops []NextHop, n int) ([]NextHop, error) {
	// Within a tunnel nobody is looked for: there are no link-layer addresses.
	links, _ := LinksRead.Of(e.View)
	hops = slices.DeleteFunc(hops, func(h NextHop) bool {
		l, ok := LinkByIndex(links, h.Link)
		return ok && l.NoARP && IsTunnel(l)
	})
	if len(hops) == 0 {
		return nil, diag.Skip("no-gateway")
	}
	hops = hops[:min(len(hops), mostHops)]
	var all sync.WaitGroup
	for i := range hops {
		h := &hops[i]
		all.Go(func() {
			a, err := e.Host.Neighbors.Resolve(ctx, platform.NeighborAsk{Addr: h.Addr, Link: h.Link, N: n})
			h.Neighbor, h.Problem = a, platform.AsProblem(err)
			if a.Confirmed == platform.Yes && a.Waited > 0 {
				e.RTT(a.Waited)
			}
		})
	}
	all.Wait()
	return hops, nil
}

func tellHops(hops []NextHop) (string, diag.Args) {
	if len(hops) == 0 {
		return "", nil
	}
	h := hops[0]
	for _, o := range hops {
		if o.Neighbor.Confirmed == platform.No {
			h = o
		}
	}
	shape := map[platform.Tri]string{platform.Yes: "answers", platform.No: "silent"}[h.Neighbor.Confirmed]
	switch {
	case shape == "" && h.Neighbor.State == platform.NeighborNoARP:
		shape = "notneeded"
	case shape == "":
		shape = "unsettled"
	}
	return shape, diag.Args{"gateway": h.Addr.String()}
}
