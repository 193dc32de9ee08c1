package check

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/platform"
)

// Trace is the way to one address, as the routers show themselves to whom a
// packet's hop limit sends an error (RFC 792, time exceeded).
type Trace struct {
	To    netip.AddrPort
	Reach Reach
	Hops  []Hop // by rising TTL, from 1
}

// Hop is what came back with one TTL.
type Hop struct {
	TTL    int
	Probes []TraceProbe
}

// TraceProbe is one packet with a TTL, and what came back.
type TraceProbe struct {
	By     string // icmp, udp or tcp
	There  bool   // the address itself answered
	Waited time.Duration
	ICMP   *platform.ICMP
	Sent   bool // false: this machine could not, or would not
}

const (
	// A first look at a way: most in one organization are shorter. Further
	// waves follow only as long as routers answer.
	traceWave = 8
	// darkHops beyond the last router that answered are asked in every way
	// before the way is called dark.
	darkHops     = 4
	farthest     = 30
	wavePatience = time.Second
	// hopsApart is how far apart silent hops are asked again (routers limit how
	// many errors they send at once).
	hopsApart = 80 * time.Millisecond
)

// run looks with one protocol first, the one that most machines answer, and
// where the way goes dark with every one.
func (t *Trace) run(ctx context.Context, e *diag.Env) {
	by := "icmp"
	if t.waves(ctx, e, by, 1, 0); !t.sent() {
		by = "udp"
		t.waves(ctx, e, by, 1, 0)
	}
	if _, there := t.There(); there || t.looping() || t.unroutable() {
		return
	}
	ttl, _ := t.Last()
	others := make([]Trace, 3)
	var all sync.WaitGroup
	for i, other := range []string{"icmp", "udp", "tcp"} {
		others[i] = Trace{To: t.To}
		if other == "icmp" && by != "icmp" {
			continue // this process may not
		}
		all.Go(func() { others[i].again(ctx, e, other, ttl+1) })
	}
	all.Wait()
	for _, o := range others {
		t.merge(o)
	}
}

// waves asks eight hops at a time with one protocol, further as long as the
// later half of them shows a router.
func (t *Trace) waves(ctx context.Context, e *diag.Env, by string, from, round int) {
	for ; from <= farthest; from += traceWave {
		t.wave(ctx, e, by, from, min(from+traceWave-1, farthest), round, 0)
		ttl, _ := t.Last()
		if _, there := t.There(); there || t.looping() || t.rejected() || ttl < from+traceWave/2 {
			return
		}
	}
}

// again asks the hops that stayed silent one by one, and goes on where one of
// them shows itself now.
func (t *Trace) again(ctx context.Context, e *diag.Env, by string, from int) {
	t.wave(ctx, e, by, from, min(from+darkHops-1, farthest), 1, hopsApart)
	ttl, _ := t.Last()
	if _, there := t.There(); ttl >= from && !there && !t.rejected() {
		t.waves(ctx, e, by, from+darkHops, 1)
	}
}

// wave asks the hops from low to high.
func (t *Trace) wave(ctx context.Context, e *diag.Env, by string, low, high, round int, apart time.Duration) {
	out := make([]Hop, max(high-low+1, 0))
	var all sync.WaitGroup
	for i := range out {
		out[i].TTL = low + i
		if i > 0 && apart > 0 {
			e.StillWaiting(ctx, fmt.Sprintf("%s %s %d", t.To, by, low+i), nil, apart)
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, wavePatience)
			defer cancel()
			out[i].Probes = []TraceProbe{t.probe(ctx, e, by, low+i, round)}
		})
	}
	all.Wait()
	t.merge(Trace{Hops: out})
}

// traceN keeps the asks of a trace apart from those of other checks.
const traceN = 20

func (t *Trace) probe(ctx context.Context, e *diag.Env, by string, ttl, round int) (p TraceProbe) {
	p.By = by
	var err error
	switch by {
	case "icmp":
		var r platform.EchoReply
		r, err = e.Host.Echo.Send(ctx, platform.EchoAsk{To: t.Addr(), TTL: ttl, Seq: 200 + round})
		p.There, p.ICMP, p.Waited = r.Answered, r.ICMP, r.Waited
	case "udp":
		var r platform.DatagramReply
		to := netip.AddrPortFrom(t.Addr(), improbable(e, "trace"))
		r, err = e.Host.Datagrams.Send(ctx, platform.DatagramAsk{To: to, TTL: ttl, N: traceN + round})
		p.There, p.ICMP, p.Waited = r.Answered, r.ICMP, r.Waited
	case "tcp":
		var d platform.Dial
		d, err = e.Host.Dialer.TCP(ctx, platform.DialAsk{To: t.To, SYNs: 1, TTL: ttl, N: traceN + round})
		p.There, p.ICMP, p.Waited = d.Ended == platform.DialOpen || d.Ended == platform.DialRefused, d.ICMP, d.Waited
		if d.Ended == platform.DialLocal {
			return p
		}
	}
	p.Sent = err == nil
	if p.ICMP != nil && p.ICMP.From.Unmap() == t.Addr().Unmap().WithZone("") {
		p.There = true
	}
	return p
}

func (t *Trace) merge(o Trace) {
	for _, h := range o.Hops {
		if i := slices.IndexFunc(t.Hops, func(x Hop) bool { return x.TTL == h.TTL }); i >= 0 {
			t.Hops[i].Probes = append(t.Hops[i].Probes, h.Probes...)
		} else {
			t.Hops = append(t.Hops, h)
		}
	}
	slices.SortFunc(t.Hops, func(a, b Hop) int { return a.TTL - b.TTL })
}

// Addr is the address that the way leads to.
func (t Trace) Addr() netip.Addr { return t.To.Addr() }

// From is the router that showed itself, the zero address when none did.
func (h Hop) From() netip.Addr {
	for _, p := range h.Probes {
		if p.ICMP != nil && !p.There && Rejects(*p.ICMP) == Looping {
			return p.ICMP.From
		}
	}
	return netip.Addr{}
}

func (t Trace) any(is func(Hop, TraceProbe) bool) bool {
	return slices.ContainsFunc(t.Hops, func(h Hop) bool {
		return slices.ContainsFunc(h.Probes, func(p TraceProbe) bool { return is(h, p) })
	})
}

func (t Trace) sent() bool { return t.any(func(_ Hop, p TraceProbe) bool { return p.Sent }) }

// SYNs is how many connection attempts the trace made to its port.
func (t Trace) SYNs() (n int) {
	for _, h := range t.Hops {
		for _, p := range h.Probes {
			if p.By == "tcp" && p.Sent {
				n++
			}
		}
	}
	return n
}

// There returns how many hops away the address answered.
func (t Trace) There() (ttl int, there bool) {
	for _, h := range t.Hops {
		if slices.ContainsFunc(h.Probes, func(p TraceProbe) bool { return p.There }) {
			return h.TTL, true
		}
	}
	return 0, false
}

// Last returns the last router that showed itself, and how far away it is.
func (t Trace) Last() (ttl int, router netip.Addr) {
	for _, h := range t.Hops {
		if from := h.From(); from.IsValid() {
			ttl, router = h.TTL, from
		}
	}
	return ttl, router
}

// Passes reports whether a router shows itself on the way.
func (t Trace) Passes(router netip.Addr) bool {
	return slices.ContainsFunc(t.Hops, func(h Hop) bool { return h.From() == router })
}

// rejected reports whether something on the way said that it goes no further.
func (t Trace) rejected() bool {
	return t.any(func(_ Hop, p TraceProbe) bool { return p.ICMP != nil && !p.There && Rejects(*p.ICMP) != Looping })
}

// unroutable reports whether a router said that it has no way on, which holds
// for every protocol.
func (t Trace) unroutable() bool {
	return t.any(func(_ Hop, p TraceProbe) bool {
		return p.ICMP != nil && !p.There && (Rejects(*p.ICMP) == NoRouteTo || Rejects(*p.ICMP) == HostAbsent)
	})
}

// Dark reports whether nothing beyond the last router answers, although every
// hop there was asked in more than one way and more than once.
func (t Trace) Dark() bool {
	if _, there := t.There(); there || t.looping() || t.rejected() {
		return false
	}
	last, _ := t.Last()
	dark := 0
	for _, h := range t.Hops {
		ways := map[string]bool{}
		for _, p := range h.Probes {
			if p.Sent {
				ways[p.By] = true
			}
		}
		if h.TTL > last && len(ways) > 1 && len(h.Probes) > 2 {
			dark++
		}
	}
	return dark >= darkHops-1
}

// loops is how often a router must show itself for the way to be called a
// circle: a translator or a labelled path may answer twice (RFC 4950).
const loops = 3

func (t Trace) looping() bool { _, ok := t.Loop(); return ok }

// Loop returns the routers among which packets go round: one that shows itself
// three times, each time equally far from the time before, with others between.
func (t Trace) Loop() (routers []netip.Addr, ok bool) {
	at := map[netip.Addr][]int{}
	for _, h := range t.Hops {
		from := h.From()
		if !from.IsValid() {
			continue
		}
		if at[from] = append(at[from], h.TTL); evenly(at[from]) {
			round := at[from][len(at[from])-1] - at[from][len(at[from])-2]
			return t.between(h.TTL-round, h.TTL), true
		}
	}
	return nil, false
}

// evenly reports whether the last three TTLs are two or more hops apart, and
// alike.
func evenly(ttls []int) bool {
	n := len(ttls)
	if n < loops {
		return false
	}
	a, b, c := ttls[n-3], ttls[n-2], ttls[n-1]
	return b-a >= 2 && c-b == b-a
}

func (t Trace) between(low, high int) (routers []netip.Addr) {
	for _, h := range t.Hops {
		if from := h.From(); from.IsValid() && h.TTL > low && h.TTL <= high && !slices.Contains(routers, from) {
			routers = append(routers, from)
		}
	}
	return routers
}

// texts names the routers in their order, for the check's line.
func (t Trace) texts() (out []string) {
	for _, h := range t.Hops {
		if from := h.From(); from.IsValid() {
			out = append(out, fmt.Sprintf("%d %s", h.TTL, from))
		}
	}
	return out
}
