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

// Relayed is an address that was tried by way of one neighbor in particular.
type Relayed struct {
	To       netip.Addr
	Gateway  netip.Addr // the neighbor's address
	MAC      string
	OnLink   bool // the table holds To for a neighbor, and it answers no question as one
	Answered bool
	Problem  *platform.Problem
}

const mostRelays = 4

// relayPatience is a little more than a neighbor is given to pass something on:
// nobody is tried unless there is another one than the gateway.
const relayPatience = 1800 * time.Millisecond

// RelaysTry sends by way of neighbors that the routing table does not choose:
// by each of several that say to be the gateway or may be another one, and by
// the gateway to an address that the table holds for a neighbor and that is
// silent as one.
var RelaysTry = add(diag.Spec[[]Relayed]{
	ID: "relays.try", Layer: catalog.Path, Timeout: 4 * time.Second, Start: diag.OnTrouble, Traffic: diag.TargetTraffic, Trips: 20, Patience: relayPatience,
	After: []diag.Node{AddressClaims, RoutesTarget},
	Probe: func(ctx context.Context, e *diag.Env) ([]Relayed, error) {
		to, err := RoutesTarget.Need(e)
		if err != nil {
			return nil, err
		}
		return relay(ctx, e, to, e.Target.Ports)
	},
	Tell: tellRelayed,
})

// relay sends along the first routes by every machine that may pass it on.
func relay(ctx context.Context, e *diag.Env, to []Reach, ports []uint16) ([]Relayed, error) {
	known, err := AddressClaims.Need(e)
	if err != nil {
		return nil, err
	}
	var out []Relayed
	asks := map[int]platform.RelayAsk{}
	for _, r := range firstReaches(to) {
		onLink := !r.Route.Gateway.IsValid()
		by := relayers(known, r.Route, r.Dst)
		if onLink && (len(by) == 0 || !silentThere(ctx, e, r)) || !onLink && len(by) < 2 {
			continue
		}
		for _, c := range by {
			if len(out) < mostRelays {
				asks[len(out)] = platform.RelayAsk{To: netip.AddrPortFrom(r.Dst, relayPort(ports, onLink)), From: r.Route.Source, Via: c.MACs[0], Link: r.Route.Link}
				out = append(out, Relayed{To: r.Dst, Gateway: c.Addr, MAC: c.MACs[0], OnLink: onLink})
			}
		}
	}
	if len(out) == 0 {
		return nil, diag.Skip("one-way")
	}
	var all sync.WaitGroup
	for i := range out {
		all.Go(func() {
			a, err := e.Host.Relays.Try(ctx, asks[i])
			out[i].Answered, out[i].Problem = a.Answered, platform.AsProblem(err)
		})
	}
	all.Wait()
	return out, nil
}

func tellRelayed(all []Relayed) (string, diag.Args) {
	n := 0
	for _, r := range all {
		if r.Answered {
			n++
		}
	}
	return "tried", diag.Args{"n": n, "of": len(all)}
}

// firstReaches are those of the first two ways that lead anywhere.
func firstReaches(to []Reach) []Reach {
	return slices.DeleteFunc(slices.Clone(to[:min(len(to), 2)]), func(r Reach) bool {
		return r.Problem != nil || r.Route.Kind != platform.Unicast || !r.Route.Source.IsValid()
	})
}

// relayPort is the port that is tried by way of a neighbor: the first in question
// where nothing else of this run reached it, else one that is not in question, as
// the attempts on each of those are counted.
func relayPort(ports []uint16, onLink bool) uint16 {
	if onLink && len(ports) > 0 {
		return ports[0]
	}
	others := []uint16{443, 80, 22}
	i := slices.IndexFunc(others, func(p uint16) bool { return !slices.Contains(ports, p) })
	return others[max(i, 0)]
}

// relayers are the neighbors on a route's link that say to be a gateway of the
// family, and for a way through a gateway those that may be another one; one
// entry for each machine.
func relayers(known []Claimed, r platform.Route, to netip.Addr) (out []Claimed) {
	for _, c := range known {
		if c.Own || c.Link != r.Link || c.Addr.Is4() != to.Is4() || c.Other && !r.Gateway.IsValid() {
			continue
		}
		for _, mac := range c.MACs {
			if !slices.ContainsFunc(out, func(o Claimed) bool { return o.MACs[0] == mac }) {
				one := c
				one.MACs = []string{mac}
				out = append(out, one)
			}
		}
	}
	return out
}

// silentThere reports whether nobody on the link says to have an address.
func silentThere(ctx context.Context, e *diag.Env, r Reach) bool {
	a, err := e.Host.Neighbors.Claimants(ctx, platform.ClaimAsk{Addr: r.Dst, Link: r.Route.Link, N: 1})
	return err == nil && a.Sent > 1 && len(a.MACs) == 0
}
