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

// Life is what other ports of one address of the target show.
type Life struct {
	Addr netip.Addr
	TCP  []Attempts             // well-known ports that were not the question
	UDP  platform.DatagramReply // to a port where nothing is expected
	// UDPProblem: this machine could not send, or refused to.
	UDPProblem *platform.Problem
}

// By says what showed life: tcp, udp, or "".
func (l Life) By() string {
	if slices.ContainsFunc(l.TCP, Attempts.Alive) {
		return "tcp"
	}
	if l.UDP.Answered || l.UDP.ICMP != nil && l.UDP.ICMP.From.Unmap() == l.Addr.Unmap().WithZone("") && Rejects(*l.UDP.ICMP) == Prohibited {
		return "udp"
	}
	return ""
}

const (
	mostAlive     = 2 // addresses of each family
	alivePatience = 2 * time.Second
	// udpPatience is longer than a router looks for the machine before it says
	// that it is not there: three questions, a second apart (RFC 4861 §10).
	udpPatience = 3100 * time.Millisecond
)

// otherPorts are asked for a sign of life: the web's, and remote login's.
var otherPorts = []uint16{443, 80, 22}

// TargetAlive looks for life of the target apart from the port in question.
var TargetAlive = add(diag.Spec[[]Life]{
	ID: "target.alive", Layer: catalog.Path, Timeout: 4 * time.Second, Start: diag.OnTrouble,
	Traffic: diag.TargetTraffic, First: []diag.Node{NamesSystem, NamesServers}, After: []diag.Node{RoutesRead, CountersRead},
	Claims: []catalog.Claim{catalog.TargetAlive},
	Probe: func(ctx context.Context, e *diag.Env) ([]Life, error) {
		addrs := firstOfEach(addresses(ctx, e), mostAlive)
		if len(addrs) == 0 {
			return nil, diag.Skip("no-address")
		}
		out := make([]Life, len(addrs))
		var all sync.WaitGroup
		for i, a := range addrs {
			out[i].Addr = a
			all.Go(func() { life(ctx, e, &out[i]) })
		}
		all.Wait()
		return out, nil
	},
	Judge:   judgeLife,
	Unclear: []string{"silent"},
	Tell: func(all []Life) (string, diag.Args) {
		for _, l := range all {
			if by := l.By(); by != "" {
				return "alive", diag.Args{"by": by}
			}
		}
		return "silent", nil
	},
})

// firstOfEach keeps the first n addresses of each family.
func firstOfEach(addrs []netip.Addr, n int) (out []netip.Addr) {
	count := map[diag.Family]int{}
	for _, a := range addrs {
		if count[diag.FamilyOf(a)]++; count[diag.FamilyOf(a)] <= n {
			out = append(out, a)
		}
	}
	return out
}

func life(ctx context.Context, e *diag.Env, l *Life) {
	var all sync.WaitGroup
	for _, p := range otherPorts {
		if !slices.Contains(e.Target.Ports, p) {
			l.TCP = append(l.TCP, Attempts{To: netip.AddrPortFrom(l.Addr, p)})
		}
	}
	for i := range l.TCP {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, alivePatience)
			defer cancel()
			d := dial(ctx, e, platform.DialAsk{To: l.TCP[i].To, SYNs: 2})
			l.TCP[i].Dials = settled([]platform.Dial{d})
		})
	}
	all.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, udpPatience)
		defer cancel()
		to := netip.AddrPortFrom(l.Addr, improbable(e, "udp"))
		r, err := e.Host.Datagrams.Send(ctx, platform.DatagramAsk{To: to})
		l.UDP, l.UDPProblem = r, platform.AsProblem(err)
	})
	all.Wait()
}

// improbable picks a port on which nothing is likely to listen: above what is
// assigned, below where systems begin to hand out ports by themselves.
func improbable(e *diag.Env, what string) uint16 { return uint16(28000 + e.Pick(what, 4000)) }

func judgeLife(_ diag.View, all []Life) (j diag.Judgement) {
	for _, l := range all {
		if l.By() != "" {
			j.Claims = append(j.Claims, diag.Claim{
				Name: catalog.TargetAlive, Way: diag.WayTo(l.Addr), Value: platform.Yes,
				Evidence: []diag.Ref{{Check: "target.alive"}},
			})
		}
	}
	return j
}
