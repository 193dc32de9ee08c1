package check

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Claimed is an address on one of this machine's links, and who says that it
// is his.
type Claimed struct {
	Addr    netip.Addr
	Link    int
	Name    string // of the adapter
	Own     bool   // an address of this machine; else a gateway's
	Other   bool   // not the gateway's that is used: another machine that may be a router
	MACs    []string
	Problem *platform.Problem
}

const (
	mostClaims     = 5 // asks, of three questions each
	mostOwnOfLink  = 2
	claimsPatience = 3 * time.Second
)

// AddressClaims asks the links by which the way out leads who has this
// machine's own addresses and those of its gateways: there must be nobody
// else, and one machine each. Beside them it looks for other machines that may
// be routers.
var AddressClaims = add(diag.Spec[[]Claimed]{
	ID: "address.claims", Layer: catalog.Address, Timeout: claimsPatience, Start: diag.OnTrouble, Traffic: diag.LocalTraffic, Patience: 300 * time.Millisecond,
	After: []diag.Node{LinksRead, RoutesRead},
	Probe: func(ctx context.Context, e *diag.Env) ([]Claimed, error) {
		links, err := LinksRead.Need(e)
		if err != nil {
			return nil, err
		}
		routes, err := RoutesRead.Need(e)
		if err != nil {
			return nil, err
		}
		all := claimable(links, routes)
		known, _ := e.Host.Neighbors.All(ctx, platform.Reading{}) // without it the usual addresses are left
		others := otherRouters(links, routes, known)
		all, err = claims(ctx, e, append(all, others...))
		return slices.DeleteFunc(all, func(c Claimed) bool { return c.Other && len(c.MACs) == 0 }), err
	},
	Unclear: []string{"shared"},
	Tell: func(all []Claimed) (string, diag.Args) {
		for _, c := range all {
			if c.Shared() {
				return "shared", diag.Args{"address": c.Addr.String(), "n": len(c.MACs)}
			}
		}
		return "single", diag.Args{"n": len(all)}
	},
})

// Shared reports whether more than one machine says that the address is its.
func (c Claimed) Shared() bool {
	return c.Own && len(c.MACs) > 0 || len(c.MACs) > 1 && !c.Other
}

// claimable lists what there is to ask for: of each link by which something
// must be reached this machine's own addresses, and the gateways on it.
func claimable(links []platform.Link, r Routing) (out []Claimed) {
	add := func(c Claimed) {
		known := slices.ContainsFunc(out, func(o Claimed) bool { return o.Addr == c.Addr && o.Link == c.Link })
		if !known && len(out) < mostClaims {
			out = append(out, c)
		}
	}
	ways := waysOut(r)
	for _, w := range ways {
		l, ok := LinkByIndex(links, w.Link)
		if !ok || l.NoARP || l.PointToPoint || l.Kind == platform.Loopback || l.Kind == platform.Tunnel {
			continue
		}
		for i, a := range speaking(l) {
			if i < mostOwnOfLink {
				add(Claimed{Addr: a, Link: l.Index, Name: l.Name, Own: true})
			}
		}
	}
	for _, w := range ways {
		if w.Gateway.IsValid() {
			add(Claimed{Addr: w.Gateway, Link: w.Link, Name: w.LinkName})
		}
	}
	return out
}

// waysOut are the routes to what must be reached, and the default routes.
func waysOut(r Routing) (ways []platform.Route) {
	for _, t := range r.To {
		if t.Problem == nil && t.Route.Kind == platform.Unicast {
			ways = append(ways, t.Route)
		}
	}
	for _, t := range r.Table {
		if t.Kind == platform.Unicast && !t.Down && t.Dst.IsValid() && t.Dst.Bits() == 0 && t.Gateway.IsValid() {
			ways = append(ways, t)
		}
	}
	return ways
}

// speaking are the addresses with which a link speaks beyond itself, in its own
// order.
func speaking(l platform.Link) (out []netip.Addr) {
	for _, a := range l.Addresses {
		if !a.LinkLocal && !a.Temporary && !a.Tentative && !a.Duplicate && !a.Deprecated {
			out = append(out, a.Prefix.Addr())
		}
	}
	return out
}

func claims(ctx context.Context, e *diag.Env, all []Claimed) ([]Claimed, error) {
	if len(all) == 0 {
		return nil, diag.Skip("no-gateway")
	}
	var done sync.WaitGroup
	errs := make([]error, len(all))
	for i := range all {
		if len(all[i].MACs) > 0 {
			continue // the neighbor table has it
		}
		done.Go(func() {
			var a platform.Claimants
			a, errs[i] = e.Host.Neighbors.Claimants(ctx, platform.ClaimAsk{Addr: all[i].Addr, Link: all[i].Link})
			all[i].MACs, all[i].Problem = a.MACs, platform.AsProblem(errs[i])
		})
	}
	done.Wait()
	for _, err := range errs {
		if errors.Is(err, platform.ErrPermission) || errors.Is(err, platform.ErrUnsupported) {
			return all, err
		}
	}
	return all, nil
}
