package check

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Steadiness is how the adapters went on once there was trouble.
type Steadiness struct {
	Counters []platform.LinkCounters // read last
	// Echoes are those to the next hops, sent where frames were damaged.
	Echoes []Echoes
}

const (
	steadyWatch  = 3 * time.Second // long enough for two losses of a signal that comes and goes
	steadyEchoes = 20
	steadyApart  = 100 * time.Millisecond
	mostPinged   = 2 // next hops
)

// LinksSteady looks at the adapters again when there is trouble. Only where a
// signal was lost meanwhile does it watch on, and only where frames were
// damaged does it ask the next hops for echoes.
var LinksSteady = add(diag.Spec[Steadiness]{
	ID: "links.steady", Layer: catalog.Link, Timeout: 6 * time.Second, Start: diag.OnTrouble, Traffic: diag.LocalTraffic,
	After: []diag.Node{LinksCounters, LinksRead, RoutesRead},
	Probe: func(ctx context.Context, e *diag.Env) (Steadiness, error) {
		first, err := LinksCounters.Need(e)
		if err != nil {
			return Steadiness{}, err
		}
		now, err := e.Host.Links.Counters(ctx, platform.Reading{Seq: 2})
		s := Steadiness{Counters: now}
		switch {
		case err != nil:
			return s, err
		case grew(first, now, func(c platform.LinkCounters) uint64 { return c.CarrierLost }), darkWay(e):
			e.StillWaiting(ctx, "watch", nil, steadyWatch)
			s.Counters, err = e.Host.Links.Counters(ctx, platform.Reading{Seq: 3})
		case grew(first, now, Damaged):
			s.Echoes = echoed(ctx, e)
		}
		return s, err
	},
	Tell: func(s Steadiness) (string, diag.Args) {
		if n, of := lostEchoes(s.Echoes); of > 0 {
			return "echoes", diag.Args{"n": n, "of": of}
		}
		return "read", nil
	},
})

// darkWay reports whether the way to what must be reached had no signal when
// the adapters were listed.
func darkWay(e *diag.Env) bool {
	links, _ := LinksRead.Of(e.View)
	r, _ := RoutesRead.Of(e.View)
	return slices.ContainsFunc(r.To, func(t Reach) bool {
		l, ok := LinkByIndex(links, t.Route.Link)
		return ok && l.Up && l.Carrier == platform.No
	})
}

// Damaged counts frames that did not arrive whole. What was only dropped was
// whole, and grows on healthy links.
func Damaged(c platform.LinkCounters) uint64 { return c.RxErrors + c.TxErrors + c.Collisions }

func grew(first, later []platform.LinkCounters, count func(platform.LinkCounters) uint64) bool {
	for _, a := range first {
		if b, ok := CountersOf(later, a.Link); ok && count(b) > count(a) {
			return true
		}
	}
	return false
}

// echoed sends echo requests to the next hops of what must be reached.
func echoed(ctx context.Context, e *diag.Env) (all []Echoes) {
	routes, _ := RoutesRead.Of(e.View)
	for _, h := range nextHops(routes.To) {
		if len(all) < mostPinged && !h.Addr.IsLinkLocalUnicast() { // which would need its zone
			all = append(all, Echoes{Addr: h.Addr})
		}
	}
	var done sync.WaitGroup
	for i := range all {
		done.Go(func() { all[i].Replies = volley(ctx, e, all[i].Addr) })
	}
	done.Wait()
	return all
}

func volley(ctx context.Context, e *diag.Env, to netip.Addr) []platform.EchoReply {
	replies := make([]platform.EchoReply, steadyEchoes)
	var done sync.WaitGroup
	for n := range replies {
		done.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, echoPatience)
			defer cancel()
			replies[n], _ = e.Host.Echo.Send(ctx, platform.EchoAsk{To: to, Seq: 100 + n})
		})
		if n < steadyEchoes-1 {
			e.StillWaiting(ctx, fmt.Sprintf("%s %d", to, n), nil, steadyApart)
		}
	}
	done.Wait()
	return replies
}

// lostEchoes is how many requests stayed without an answer, where any came.
func lostEchoes(all []Echoes) (lost, of int) {
	for _, a := range all {
		if _, any := a.Answered(); !any {
			continue
		}
		for _, r := range a.Replies {
			of++
			if !r.Answered {
				lost++
			}
		}
	}
	return lost, of
}

// Lost returns how many of the echo requests to the next hops were lost.
func (s Steadiness) Lost() (lost, of int) { return lostEchoes(s.Echoes) }
