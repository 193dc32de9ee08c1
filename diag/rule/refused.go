package rule

import (
	"net/netip"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/check"
	"faultline/platform"
)

// distance is whether a refusal came over another number of hops than the
// target's echo reply.
func distance(v diag.View, p check.Attempts) platform.Tri {
	ttls, _ := check.ResetTTLCheck.Of(v)
	if i := slices.IndexFunc(ttls, func(r check.ResetTTL) bool { return r.To == p.To }); i >= 0 {
		return ttls[i].Differs()
	}
	return platform.Unknown
}

const (
	// soonerBy is far more than a busy machine adds to a round trip, and
	// leastTimed how many answers of each kind are compared.
	soonerBy   = 10 * time.Millisecond
	leastTimed = 2
)

// sooner reports whether every refusal of a port came in less than half the time
// of every answer that the same address gave otherwise, to other ports and to a
// trace: then something nearer sent it. A gateway that passes other ports on to a machine behind it
// looks the same, so that this is never more than a sign.
func sooner(v diag.View, p check.Attempts) bool {
	var quick []time.Duration
	for _, d := range p.Dials {
		if d.Ended == platform.DialRefused {
			quick = append(quick, d.Waited)
		}
	}
	slow := append(otherPorts(v, p.Addr()), tracedTrips(v, p.Addr())...)
	return len(quick) >= leastTimed && len(slow) >= leastTimed && slices.Min(slow) > 2*slices.Max(quick)+soonerBy
}

func otherPorts(v diag.View, a netip.Addr) (out []time.Duration) {
	lives, _ := check.TargetAlive.Of(v)
	for _, l := range lives {
		for _, other := range l.TCP {
			if l.Addr == a && other.Alive() {
				out = append(out, other.Last().Waited)
			}
		}
	}
	return out
}

// tracedTrips are the round trips that a trace saw from the address itself, at another
// moment than the ports were tried: a busy machine delays all of one moment.
func tracedTrips(v diag.View, a netip.Addr) (out []time.Duration) {
	traces, _ := check.PathTrace.Of(v)
	for _, t := range traces {
		for _, h := range t.Hops {
			for _, p := range h.Probes {
				if t.Addr() == a && p.There && p.By != "tcp" {
					out = append(out, p.Waited)
				}
			}
		}
	}
	return out
}
