package rule

import (
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// medium reads how the adapters in use fared during the run: their counters at
// its beginning, in trouble, and at its end. What they counted before says
// nothing of now.
var medium = diag.Rule{
	Name:  "medium",
	Reads: []diag.Node{check.LinksRead, check.LinksCounters, check.LinksSteady, check.RoutesRead, check.RoutesTarget, check.NeighborGateway, check.NeighborTarget},
	Tells: []catalog.Code{"link.unstable", "link.errors", "local.saturated"}, Claims: []catalog.Claim{catalog.LinkSteady},
	Infer: func(v diag.View) (j diag.Judgement) {
		first, _ := check.LinksCounters.Of(v)
		j.Claims = steady(v, first)
		for _, a := range first {
			if b, ok := last(v, a.Link); ok && inUse(v, a.Link) {
				for _, f := range []diag.Finding{unstable(a, b), damaged(v, a, b), saturated(v, a, b)} {
					if f.Code != "" {
						f.Direct, f.Evidence = true, append(f.Evidence, diag.Ref{Check: "links.counters"})
						j.Findings = append(j.Findings, f)
					}
				}
			}
		}
		return j
	},
}

// steady claims whether every adapter in use kept its signal until now. A signal
// that came and went looks like many other faults.
func steady(v diag.View, first []platform.LinkCounters) []diag.Claim {
	value := platform.Unknown
	for _, a := range first {
		b, ok := last(v, a.Link)
		switch {
		case !ok || !inUse(v, a.Link):
		case b.CarrierLost != a.CarrierLost:
			value = platform.No
		case value == platform.Unknown:
			value = platform.Yes
		}
	}
	return []diag.Claim{{Name: catalog.LinkSteady, Value: value, Evidence: []diag.Ref{{Check: "links.counters"}}}}
}

// last returns the latest counters of an adapter.
func last(v diag.View, link int) (platform.LinkCounters, bool) {
	later, _ := check.LinksCounters.Later(v)
	if c, ok := check.CountersOf(later, link); ok {
		return c, true
	}
	s, _ := check.LinksSteady.Of(v)
	return check.CountersOf(s.Counters, link)
}

// inUse reports whether what must be reached is reached by an adapter, or by
// one that it serves or carries.
func inUse(v diag.View, link int) bool {
	links, _ := check.LinksRead.Of(v)
	near, _ := check.RoutesRead.Of(v)
	far, _ := check.RoutesTarget.Of(v)
	to := far
	if len(to) == 0 {
		to = near.To
	}
	return slices.ContainsFunc(to, func(r check.Reach) bool {
		if r.Problem != nil || r.Route.Kind != platform.Unicast {
			return false
		}
		l, _ := byIndex(links, r.Route.Link)
		own, _ := byIndex(links, link)
		return r.Route.Link == link || l.Parent == link || own.Master != 0 && own.Master == r.Route.Link
	})
}

// twice is how often a signal must go during one run: once may be a hand at the
// cable.
const twice = 2

func unstable(a, b platform.LinkCounters) (f diag.Finding) {
	if n := b.CarrierLost - a.CarrierLost; b.CarrierLost > a.CarrierLost && n >= twice {
		return diag.Finding{Code: "link.unstable", Args: diag.Args{"adapter": a.Name, "why": "signal", "n": int(n)}}
	}
	// Two stations on one half-duplex wire collide now and then; an adapter that
	// is half duplex against a full-duplex port does so all the time.
	if n := b.Collisions - a.Collisions; b.Duplex == "half" && b.Collisions > a.Collisions && n*20 > b.TxPackets-a.TxPackets {
		return diag.Finding{Code: "link.unstable", Args: diag.Args{"adapter": a.Name, "why": "duplex", "n": int(n)}}
	}
	return f
}

// damaged tells frames that arrived damaged while echo requests to the next hop
// were lost.
func damaged(v diag.View, a, b platform.LinkCounters) (f diag.Finding) {
	s, _ := check.LinksSteady.Of(v)
	lost, of := s.Lost()
	errors := check.Damaged(b) - check.Damaged(a) - (b.Collisions - a.Collisions)
	if check.Damaged(b) <= check.Damaged(a) || errors == 0 || !enoughLost(lost, of) {
		return f
	}
	return diag.Finding{Code: "link.errors", Args: diag.Args{"adapter": a.Name, "n": int(min(errors, 1<<30)), "lost": lost, "of": of},
		Evidence: []diag.Ref{{Check: "links.steady"}}}
}

// enoughLost is loss by rule C5: three at least, and of 20 that is above 1 %
// with certainty.
func enoughLost(lost, of int) bool { return lost >= 3 && of > 0 && lost*100 > of*5 }

const (
	// slowGateway is a round trip that no next hop on an idle link takes.
	slowGateway = 40 * time.Millisecond
	// leastWindow is how long traffic must be watched to be a rate.
	leastWindow = 150 * time.Millisecond
)

// saturated tells that this machine's own traffic fills its link: 80 % of its
// speed, or of the rate to which this machine itself limits what it sends, while
// the next hop answers late.
func saturated(v diag.View, a, b platform.LinkCounters) (f diag.Finding) {
	window := b.At.Sub(a.At)
	rtt, known := gatewayTrip(v, a.Link)
	if window < leastWindow || !known || rtt < slowGateway {
		return f
	}
	limit, what := capacity(b)
	for _, d := range []struct {
		moved uint64
		limit int64
		way   string
	}{{b.TxBytes - a.TxBytes, limit, "sends"}, {b.RxBytes - a.RxBytes, b.Speed, "receives"}} {
		rate := float64(d.moved) * 8 / window.Seconds()
		if d.limit > 0 && d.moved < 1<<40 && rate >= 0.8*float64(d.limit) {
			return diag.Finding{Code: "local.saturated", Args: diag.Args{"adapter": a.Name, "way": d.way, "what": what,
				"percent": int(min(rate/float64(d.limit)*100, 100)), "rate": perSecond(d.limit), "rtt": rtt},
				Evidence: []diag.Ref{{Check: "neighbor.gateway"}}}
		}
	}
	return f
}

// capacity is what an adapter can send at most, and what limits it.
func capacity(c platform.LinkCounters) (rate int64, what string) {
	if c.Shaped > 0 && (c.Speed == 0 || c.Shaped < c.Speed) {
		return c.Shaped, "shaped"
	}
	return c.Speed, "speed"
}

// perSecond is a rate in kbit/s, a number that every language writes alike.
func perSecond(bits int64) int { return int(bits / 1000) }

// gatewayTrip is how long the next hop on a link took to answer.
func gatewayTrip(v diag.View, link int) (rtt time.Duration, known bool) {
	near, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	for _, h := range slices.Concat(near, far) {
		if h.Link == link && h.Neighbor.Confirmed == platform.Yes && h.Neighbor.Waited > 0 {
			rtt, known = max(rtt, h.Neighbor.Waited), true
		}
	}
	return rtt, known
}
