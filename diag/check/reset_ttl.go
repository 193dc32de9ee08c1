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

// ResetTTL finds out how many hops away the sender of a reset is, and how many
// the target is by its own echo reply. The system does not show the reset, but
// a socket can refuse answers below a TTL (RFC 5082, IP_MINTTL): attempts that
// demand different TTLs tell between which of them the reset's lies.
type ResetTTL struct {
	To     netip.AddrPort
	Echo   platform.EchoReply
	Probes []TTLProbe // by rising demand
}

// TTLProbe is one attempt that ignores answers whose TTL is below Least.
type TTLProbe struct {
	Least int
	Dial  platform.Dial
}

// The TTLs that systems start with. The reset and the echo reply of one
// machine may start differently (some answer ICMP with 255 and TCP with 64), so
// hops are compared and not TTLs.
var initialTTLs = []int{64, 128, 255}

// hops is the distance that a TTL on arrival speaks of.
func hops(ttl int) int {
	for _, initial := range initialTTLs {
		if ttl <= initial {
			return initial - ttl
		}
	}
	return 0
}

// Differs is whether the reset came over fewer hops than the echo reply. It is
// unknown when an attempt was lost, or too few could be made, and where the reset
// may have come over more: who forwards a port answers echoes by itself, and what
// it forwards to refuses from farther away.
func (r ResetTTL) Differs() platform.Tri {
	low, high := 0, 256 // low <= TTL of the reset < high
	for _, p := range r.Probes {
		switch {
		case p.Dial.Ended == platform.DialRefused && high == 256:
			low = p.Least
		case p.Dial.Ended == platform.DialSilent && p.Dial.Waited >= r.Echo.Waited:
			high = min(high, p.Least)
		default:
			return platform.Unknown
		}
	}
	switch {
	case low == 0 || high == 256 && low < 255:
		return platform.Unknown
	case high == low+1 && hops(low) == hops(r.Echo.TTL):
		return platform.No
	}
	for ttl := low; ttl < high; ttl++ {
		if here, there := hops(ttl), hops(r.Echo.TTL); here == there || here > there && !r.quicker() {
			return platform.Unknown // one of several TTLs that fit
		}
	}
	return platform.Yes
}

// quicker reports whether a reset came in less than half the time of the echo
// reply: then it is from nearer, whatever its TTL says.
func (r ResetTTL) quicker() bool {
	return slices.ContainsFunc(r.Probes, func(p TTLProbe) bool {
		return p.Dial.Ended == platform.DialRefused && 2*p.Dial.Waited < r.Echo.Waited
	})
}

// Far reports whether the target's echo reply crossed any router.
func (r ResetTTL) Far() bool { return r.Echo.Answered && hops(r.Echo.TTL) > 0 }

// ResetTTLCheck runs where a far machine refused.
var ResetTTLCheck = add(diag.Spec[[]ResetTTL]{
	ID: "reset.ttl", Layer: catalog.Transport, Timeout: 3 * time.Second, Start: diag.OnTrouble,
	Traffic: diag.TargetTraffic, After: []diag.Node{TCPConnect, RoutesTarget},
	Claims: []catalog.Claim{catalog.ResetTTLDiffers},
	Probe: func(ctx context.Context, e *diag.Env) ([]ResetTTL, error) {
		attempts, err := TCPConnect.Need(e)
		if err != nil {
			return nil, err
		}
		routes, _ := RoutesTarget.Of(e.View)
		var refused []Attempts
		for _, a := range attempts {
			if a.Last().Ended == platform.DialRefused && !isLocal(routes, a.Addr()) && len(refused) < 2 {
				refused = append(refused, a)
			}
		}
		if len(refused) == 0 {
			return nil, diag.Skip("no-reset")
		}
		out := make([]ResetTTL, len(refused))
		var all sync.WaitGroup
		for i, a := range refused {
			all.Go(func() { out[i] = compareTTL(ctx, e, a) })
		}
		all.Wait()
		return out, nil
	},
	Judge: func(_ diag.View, all []ResetTTL) (j diag.Judgement) {
		for _, r := range all {
			if d := r.Differs(); d != platform.Unknown {
				j.Claims = append(j.Claims, diag.Claim{
					Name: catalog.ResetTTLDiffers, Way: diag.WayTo(r.To.Addr()), Value: d,
					Evidence: []diag.Ref{{Check: "reset.ttl"}},
				})
			}
		}
		return j
	},
	Unclear: []string{"differs", "unknown"},
	Tell: func(all []ResetTTL) (string, diag.Args) {
		shape := map[platform.Tri]string{platform.Yes: "differs", platform.No: "same", platform.Unknown: "unknown"}
		if len(all) == 0 {
			return "", nil
		}
		return shape[all[0].Differs()], nil
	},
})

// isLocal reports whether an address is this machine's own.
func isLocal(routes []Reach, a netip.Addr) bool {
	for _, r := range routes {
		if r.Dst == a && r.Problem == nil && r.Route.Kind == platform.Local {
			return true
		}
	}
	return false
}

// mostSYNs is how many may be sent to the failing port of one address.
const mostSYNs = 8

// compareTTL waits about three round trips in all.
func compareTTL(ctx context.Context, e *diag.Env, a Attempts) ResetTTL {
	r, rtt := ResetTTL{To: a.To}, a.Last().Waited
	ping, cancel := context.WithTimeout(ctx, 3*rtt/2+100*time.Millisecond)
	defer cancel()
	reply, err := e.Host.Echo.Send(ping, platform.EchoAsk{To: a.Addr(), Seq: 100})
	if r.Echo = reply; err != nil || !reply.Answered || reply.TTL == 0 {
		return r
	}
	r.Probes = demands(hops(reply.TTL), mostSYNs-a.SYNs)
	ctx, cancel = context.WithTimeout(ctx, 3*rtt/2+50*time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	for i := range r.Probes {
		p := &r.Probes[i]
		all.Go(func() { p.Dial = dial(ctx, e, platform.DialAsk{To: a.To, SYNs: 1, Min: p.Least, N: 10}) })
	}
	all.Wait()
	return r
}

// demands are the TTLs that a machine so many hops away could send with, and
// one more each, as far as the budget of SYNs reaches.
func demands(distance, budget int) (out []TTLProbe) {
	for _, initial := range initialTTLs {
		for _, least := range []int{initial - distance, initial - distance + 1} {
			if least > 0 && least <= 255 && len(out) < budget {
				out = append(out, TTLProbe{Least: least})
			}
		}
	}
	return out
}
