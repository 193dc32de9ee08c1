package check

import (
	"cmp"
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

// Detour is another way to an address than the one that the system takes, and
// what came back by it.
type Detour struct {
	Dst    netip.Addr
	Route  platform.Route // the entry that leads there
	Dials  []platform.Dial
	Echoes []platform.EchoReply
	// Own: it is the very way that the system takes, asked in the same manner.
	Own bool
	// Gateway is the next hop of a way by the same adapter: no socket can be
	// told to take that one, so that only the next hop is asked.
	Gateway *platform.Neighbor
}

// Answers reports whether the address itself answered by this way.
func (d Detour) Answers() platform.Tri {
	value := platform.Unknown
	for _, x := range d.Dials {
		switch {
		case x.Ended == platform.DialOpen, x.Ended == platform.DialRefused, x.ICMP != nil && x.ICMP.From == d.Dst:
			return platform.Yes
		case x.Ended == platform.DialSilent, x.Ended == platform.DialICMP:
			value = platform.No
		}
	}
	for _, r := range d.Echoes {
		if r.Answered {
			return platform.Yes
		}
		value = platform.No
	}
	return value
}

const (
	mostDetours = 2 // for each address
	// Numbers of attempts that no other check uses.
	detourDial = 20
	detourEcho = 20

	// Less than the second after which a SYN is repeated: the port in question
	// has met almost all the SYNs that it may meet.
	detourPatience = 850 * time.Millisecond
	detourApart    = 250 * time.Millisecond
)

// RoutesOther tries the target by the adapters that other routes name: what
// answers there and not by the way that the system chose is badly routed.
var RoutesOther = add(diag.Spec[[]Detour]{
	ID: "routes.other", Layer: catalog.Route, Timeout: 2 * time.Second, Start: diag.OnTrouble, Traffic: diag.TargetTraffic,
	After:   []diag.Node{RoutesRead, RoutesTarget, LinksRead},
	Unclear: []string{"silent"},
	Probe: func(ctx context.Context, e *diag.Env) ([]Detour, error) {
		to, err := RoutesTarget.Need(e)
		if err != nil {
			return nil, err
		}
		var addrs []netip.Addr
		for _, r := range to {
			addrs = append(addrs, r.Dst)
		}
		return detours(ctx, e, reachesOf(to, firstOfEach(addrs, 1)), e.Target.Ports, false)
	},
	Tell: tellDetours,
})

func reachesOf(to []Reach, addrs []netip.Addr) []Reach {
	return slices.DeleteFunc(slices.Clone(to), func(r Reach) bool { return !slices.Contains(addrs, r.Dst) })
}

func tellDetours(all []Detour) (string, diag.Args) {
	if len(all) == 0 {
		return "", nil
	}
	for _, d := range all {
		if d.Answers() == platform.Yes && !d.Own {
			return "answers", diag.Args{"adapter": d.Route.LinkName}
		}
	}
	return "silent", diag.Args{"adapter": all[0].Route.LinkName}
}

// detours tries each address by the other ways that there are and, where no
// other check does, by its own.
func detours(ctx context.Context, e *diag.Env, to []Reach, ports []uint16, own bool) ([]Detour, error) {
	table, _ := RoutesRead.Of(e.View)
	links, _ := LinksRead.Of(e.View)
	var out []Detour
	for _, r := range to {
		before := len(out)
		for _, x := range Others(table.Table, links, r) {
			if leads(ctx, e, r.Dst, x) {
				out = append(out, Detour{Dst: r.Dst, Route: x})
			}
		}
		if x, ok := NextBest(table.Table, r); ok && x.Link == r.Route.Link && x.Gateway.IsValid() {
			out = append(out, Detour{Dst: r.Dst, Route: x, Gateway: &platform.Neighbor{Addr: x.Gateway, Link: x.Link}})
		}
		if own && len(out) > before {
			out = append(out, Detour{Dst: r.Dst, Route: r.Route, Own: true})
		}
	}
	if len(out) == 0 {
		return nil, diag.Skip("no-detour")
	}
	var all sync.WaitGroup
	for i := range out {
		first := i == 0 || out[i-1].Dst != out[i].Dst
		if out[i].Gateway != nil {
			all.Go(func() { out[i].knock(ctx, e) })
			continue
		}
		all.Go(func() { out[i].try(ctx, e, portsOf(ports, first)) })
	}
	all.Wait()
	return out, nil
}

// portsOf are the ports that one way is tried by. The port in question has met
// most of the attempts that it may meet: one more is left, for the first way.
func portsOf(asked []uint16, first bool) (ports []uint16) {
	if first {
		ports = append(ports, asked[:min(len(asked), 1)]...)
	}
	for _, p := range otherPorts {
		if !slices.Contains(asked, p) {
			ports = append(ports, p)
		}
	}
	return ports
}

// Others returns the entries that lead to an address by other adapters than
// the system's choice does, of each adapter the closest one: first those of the
// main table, and the more exact ones.
func Others(table []platform.Route, links []platform.Link, r Reach) (out []platform.Route) {
	if r.Problem != nil || r.Route.Kind != platform.Unicast {
		return nil
	}
	for _, x := range table {
		l, ok := LinkByIndex(links, x.Link)
		if x.Kind != platform.Unicast || x.Down || !covers(x, r.Dst) || x.Link == r.Route.Link ||
			!ok || !l.Up || l.Carrier == platform.No || l.Kind == platform.Loopback {
			continue
		}
		if i := slices.IndexFunc(out, func(o platform.Route) bool { return o.Link == x.Link }); i < 0 {
			out = append(out, x)
		} else if preferred(x, out[i]) < 0 {
			out[i] = x
		}
	}
	slices.SortStableFunc(out, preferred)
	return out[:min(len(out), mostDetours)]
}

// NextBest is the entry of the main table that covers an address most closely
// and leads elsewhere than the system's choice.
func NextBest(table []platform.Route, r Reach) (best platform.Route, ok bool) {
	if r.Problem != nil || r.Route.Kind != platform.Unicast {
		return best, false
	}
	for _, x := range table {
		elsewhere := x.Link != r.Route.Link || x.Gateway != r.Route.Gateway
		if x.Table == platform.MainTable && x.Kind == platform.Unicast && !x.Down && elsewhere && covers(x, r.Dst) &&
			(!ok || x.Dst.Bits() > best.Dst.Bits()) {
			best, ok = x, true
		}
	}
	return best, ok
}

func preferred(x, y platform.Route) int {
	main := func(r platform.Route) int { return map[bool]int{true: 0, false: 1}[r.Table == platform.MainTable] }
	return cmp.Or(cmp.Compare(main(x), main(y)), cmp.Compare(y.Dst.Bits(), x.Dst.Bits()), cmp.Compare(x.Metric, y.Metric))
}

// leads reports whether the system itself would send along an entry once a
// socket is bound to its adapter. Where it finds no route there it takes the
// address for a neighbor's (net/ipv4/route.c, ip_route_output_key_hash_rcu),
// whom nobody should look for.
func leads(ctx context.Context, e *diag.Env, dst netip.Addr, x platform.Route) bool {
	got, err := e.Host.Routes.To(ctx, platform.RouteAsk{Dst: dst, Link: x.Link, Seq: 2})
	return err == nil && got.Kind == platform.Unicast && got.Link == x.Link && got.Gateway == x.Gateway && got.Dst.IsValid()
}

// knock asks the next hop alone.
func (d *Detour) knock(ctx context.Context, e *diag.Env) {
	ctx, cancel := context.WithTimeout(ctx, detourPatience)
	defer cancel()
	n, err := e.Host.Neighbors.Resolve(ctx, platform.NeighborAsk{Addr: d.Route.Gateway, Link: d.Route.Link, N: 3})
	if err == nil {
		d.Gateway = &n
	}
}

// try sends one connection attempt to each port and two echo requests, until
// anything answers.
func (d *Detour) try(ctx context.Context, e *diag.Env, ports []uint16) {
	ctx, cancel := context.WithTimeout(ctx, detourPatience)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	var once sync.Once
	answered := make(chan struct{})
	heard := func(yes bool) {
		if yes {
			once.Do(func() { close(answered) })
			e.Cut(cancel)
		}
	}
	dials := make([]platform.Dial, len(ports))
	for i, p := range ports {
		all.Go(func() {
			dials[i] = dial(ctx, e, platform.DialAsk{To: netip.AddrPortFrom(d.Dst, p), Link: d.Route.Link, SYNs: 1, N: detourDial})
			heard(dials[i].Ended == platform.DialOpen || dials[i].Ended == platform.DialRefused)
		})
	}
	for n := range 2 {
		if n > 0 && !e.StillWaiting(ctx, fmt.Sprintf("%s %d echo", d.Dst, d.Route.Link), answered, detourApart) {
			break
		}
		all.Go(func() {
			r, err := e.Host.Echo.Send(ctx, platform.EchoAsk{To: d.Dst, Link: d.Route.Link, Seq: detourEcho + n})
			if err == nil {
				mu.Lock()
				d.Echoes = append(d.Echoes, r)
				mu.Unlock()
			}
			heard(err == nil && r.Answered)
		})
	}
	all.Wait()
	d.Dials = settled(dials)
}
