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

// Witness is a machine that is asked for a sign of life.
type Witness struct {
	Addr     netip.Addr
	Echoes   []platform.EchoReply
	Dial     platform.Dial // to a port where nothing is expected
	Neighbor platform.Neighbor
}

// Lives reports whether it answered anything; unknown when it could not be
// asked.
func (w Witness) Lives() platform.Tri {
	switch {
	case w.Neighbor.Confirmed == platform.Yes,
		w.Dial.Ended == platform.DialOpen, w.Dial.Ended == platform.DialRefused,
		w.Dial.ICMP != nil && w.Dial.ICMP.From == w.Addr,
		slices.ContainsFunc(w.Echoes, func(r platform.EchoReply) bool { return r.Answered }):
		return platform.Yes
	case w.Dial.Ended == platform.DialSilent:
		return platform.No
	}
	return platform.Unknown
}

// TunnelLife is what shows life at both sides of a tunnel.
type TunnelLife struct {
	Link     int
	Inside   []Witness // its far end, the gateways within it
	Endpoint []Witness // where its packets are sent to, outside
	Gateway  *Witness  // the next hop of the way out that goes by no tunnel
}

const (
	mostTunnels     = 2
	mostWitnesses   = 2
	tunnelPatience  = 1300 * time.Millisecond
	witnessNumber   = 30 // of attempts that no other check uses
	discardPort     = 9
	fullTunnelBits4 = 1 // 0.0.0.0/1 and 128.0.0.0/1 stand for everything
	fullTunnelBits6 = 3 // 2000::/3 is all that is routed
)

// TunnelAlive asks the machines at both ends of the tunnels that are up for a
// sign of life. All of them are named in this machine's own settings.
var TunnelAlive = add(diag.Spec[[]TunnelLife]{
	ID: "tunnel.alive", Layer: catalog.Path, Timeout: 2 * time.Second, Start: diag.OnTrouble, Traffic: diag.LocalTraffic,
	After: []diag.Node{RoutesRead, LinksRead},
	Probe: func(ctx context.Context, e *diag.Env) ([]TunnelLife, error) {
		r, err := RoutesRead.Need(e)
		if err != nil {
			return nil, err
		}
		links, _ := LinksRead.Of(e.View)
		out := tunnelsInUse(r, links)
		if len(out) == 0 {
			return nil, diag.Skip("no-tunnel")
		}
		ctx, cancel := context.WithTimeout(ctx, tunnelPatience)
		defer cancel()
		var all sync.WaitGroup
		for i := range out {
			out[i].ask(ctx, e, &all)
		}
		all.Wait()
		return out, nil
	},
	Unclear: []string{"silent"},
	Tell: func(all []TunnelLife) (string, diag.Args) {
		for _, t := range all {
			for _, w := range t.Inside {
				if w.Lives() == platform.Yes {
					return "inside", diag.Args{"address": w.Addr.String()}
				}
			}
		}
		return "silent", diag.Args{"n": len(all)}
	},
})

// IsTunnel reports whether an adapter carries packets within others.
func IsTunnel(l platform.Link) bool { return l.Kind == platform.Tunnel || l.Kind == platform.PPP }

// tunnelsInUse are the tunnels that are up and that any route leads into.
func tunnelsInUse(r Routing, links []platform.Link) (out []TunnelLife) {
	for _, l := range links {
		if !IsTunnel(l) || !l.Up || l.Carrier == platform.No || len(out) == mostTunnels {
			continue
		}
		t := TunnelLife{Link: l.Index}
		for _, a := range insideOf(l, r.Table) {
			t.Inside = append(t.Inside, Witness{Addr: a})
		}
		for _, a := range endpointsOf(l, r.Table, links) {
			t.Endpoint = append(t.Endpoint, Witness{Addr: a})
		}
		if g, ok := plainGateway(r.Table, links); ok {
			t.Gateway = &Witness{Addr: g.Gateway, Neighbor: platform.Neighbor{Link: g.Link}}
		}
		if len(t.Inside)+len(t.Endpoint) > 0 || t.Gateway != nil {
			out = append(out, t)
		}
	}
	return out
}

// insideOf are the machines within a tunnel that its settings name: the peer
// of its address, the only other address of a network of two, the gateways.
func insideOf(l platform.Link, table []platform.Route) (out []netip.Addr) {
	add := func(a netip.Addr) {
		if a.IsValid() && !a.IsLinkLocalUnicast() && len(out) < mostWitnesses && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	for _, a := range l.Addresses {
		add(a.Peer)
		add(partner(a.Prefix))
	}
	for _, r := range table {
		if r.Link == l.Index && r.Kind == platform.Unicast {
			add(r.Gateway)
		}
	}
	return out
}

// partner is the other address of a network that has two (RFC 3021, RFC 6164);
// of an IPv4 network of four, two are its own and its broadcast address.
func partner(p netip.Prefix) netip.Addr {
	free := p.Addr().BitLen() - p.Bits()
	first := p.Masked().Addr()
	switch {
	case free == 1 && first == p.Addr():
		return first.Next()
	case free == 1:
		return first
	case free == 2 && p.Addr().Is4() && first.Next() == p.Addr():
		return p.Addr().Next()
	case free == 2 && p.Addr().Is4() && first.Next().Next() == p.Addr():
		return first.Next()
	}
	return netip.Addr{}
}

// endpointsOf are the addresses that a tunnel's own packets go to: its far
// outer end or, where a program keeps that to itself and all goes into the
// tunnel, the hosts that have a route of their own around it.
func endpointsOf(l platform.Link, table []platform.Route, links []platform.Link) (out []netip.Addr) {
	if l.Tunnel != nil && l.Tunnel.Remote.IsValid() {
		return []netip.Addr{l.Tunnel.Remote}
	}
	full := slices.ContainsFunc(table, func(r platform.Route) bool {
		return r.Link == l.Index && r.Kind == platform.Unicast && FullTunnel(r)
	})
	for _, r := range table {
		other, ok := LinkByIndex(links, r.Link)
		if full && ok && !IsTunnel(other) && r.Kind == platform.Unicast && r.Gateway.IsValid() &&
			r.Dst.IsSingleIP() && len(out) < mostWitnesses {
			out = append(out, r.Dst.Addr())
		}
	}
	return out
}

// FullTunnel reports whether a route stands for everything, or for half of it.
func FullTunnel(r platform.Route) bool {
	if r.Dst.Addr().Is4() {
		return r.Dst.IsValid() && r.Dst.Bits() <= fullTunnelBits4
	}
	return r.Dst.IsValid() && r.Dst.Bits() <= fullTunnelBits6
}

// plainGateway is the default route of the main table that goes by no tunnel.
func plainGateway(table []platform.Route, links []platform.Link) (best platform.Route, ok bool) {
	for _, r := range table {
		l, known := LinkByIndex(links, r.Link)
		if r.Table == platform.MainTable && r.Kind == platform.Unicast && r.Dst.IsValid() && r.Dst.Bits() == 0 && r.Gateway.IsValid() && !r.Down &&
			known && l.Up && l.Carrier != platform.No && !IsTunnel(l) && (!ok || r.Metric < best.Metric) {
			best, ok = r, true
		}
	}
	return best, ok
}

func (t *TunnelLife) ask(ctx context.Context, e *diag.Env, all *sync.WaitGroup) {
	for i := range t.Inside {
		all.Go(func() { t.Inside[i].ask(ctx, e, t.Link) })
	}
	for i := range t.Endpoint {
		all.Go(func() { t.Endpoint[i].ask(ctx, e, 0) })
	}
	if t.Gateway != nil {
		all.Go(func() {
			q := platform.NeighborAsk{Addr: t.Gateway.Addr, Link: t.Gateway.Neighbor.Link, N: 2}
			t.Gateway.Neighbor, _ = e.Host.Neighbors.Resolve(ctx, q)
		})
	}
}

// ask sends a witness one SYN and two echo requests.
func (w *Witness) ask(ctx context.Context, e *diag.Env, link int) {
	var all sync.WaitGroup
	all.Go(func() {
		w.Dial = dial(ctx, e, platform.DialAsk{To: netip.AddrPortFrom(w.Addr, discardPort), Link: link, SYNs: 1, N: witnessNumber})
	})
	all.Go(func() {
		for n := range 2 {
			r, err := echoOnce(ctx, e, platform.EchoAsk{To: w.Addr, Link: link, Seq: witnessNumber + n})
			if err != nil {
				return
			}
			if w.Echoes = append(w.Echoes, r); r.Answered {
				return
			}
		}
	})
	all.Wait()
}

// echoOnce waits for one reply at most half as long as a witness may take.
func echoOnce(ctx context.Context, e *diag.Env, q platform.EchoAsk) (platform.EchoReply, error) {
	ctx, cancel := context.WithTimeout(ctx, tunnelPatience/2)
	defer cancel()
	return e.Host.Echo.Send(ctx, q)
}
