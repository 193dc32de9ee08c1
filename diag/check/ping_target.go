package check

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Echoes are the echo requests to one address and what came back.
type Echoes struct {
	Addr    netip.Addr
	Replies []platform.EchoReply
	Problem *platform.Problem
}

// Answered returns the first reply from the address itself.
func (e Echoes) Answered() (platform.EchoReply, bool) {
	for _, r := range e.Replies {
		if r.Answered {
			return r, true
		}
	}
	return platform.EchoReply{}, false
}

const (
	echoCount    = 3
	echoApart    = 500 * time.Millisecond
	echoPatience = 1500 * time.Millisecond
	mostEchoed   = 4 // addresses
)

// PingTarget sends a few echo requests. It is a witness: a host that ignores
// them and answers TCP is healthy.
var PingTarget = add(diag.Spec[[]Echoes]{
	ID: "ping.target", Layer: catalog.Path, Timeout: 4 * time.Second, Traffic: diag.TargetTraffic,
	First: []diag.Node{NamesSystem, NamesServers}, After: []diag.Node{RoutesRead},
	Claims: []catalog.Claim{catalog.TargetAlive},
	Probe: func(ctx context.Context, e *diag.Env) ([]Echoes, error) {
		addrs := addresses(ctx, e)
		if len(addrs) == 0 {
			return nil, diag.Skip("no-address")
		}
		out := make([]Echoes, min(len(addrs), mostEchoed))
		var all sync.WaitGroup
		for i := range out {
			out[i].Addr = addrs[i]
			all.Go(func() { echo(ctx, e, &out[i]) })
		}
		all.Wait()
		return out, nil
	},
	Judge:   judgeEcho,
	Unclear: []string{"silent", "rejected"},
	Tell:    tellEcho,
})

// echo sends requests half a second apart until one is answered.
func echo(ctx context.Context, e *diag.Env, to *Echoes) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var once sync.Once
	answered := make(chan struct{})
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for n := range echoCount {
		if n > 0 && !e.StillWaiting(ctx, fmt.Sprintf("%s %d", to.Addr, n), answered, echoApart) {
			break
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, echoPatience)
			defer cancel()
			r, err := e.Host.Echo.Send(ctx, platform.EchoAsk{To: to.Addr, Seq: n})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				to.Problem = platform.AsProblem(err)
			} else {
				to.Replies = append(to.Replies, r)
			}
			if err != nil || r.Answered || r.ICMP != nil {
				once.Do(func() { close(answered) })
				e.Cut(stop)
			}
			if r.Answered {
				e.RTT(r.Waited)
			}
		})
	}
	all.Wait()
}

func judgeEcho(_ diag.View, all []Echoes) (j diag.Judgement) {
	for _, a := range all {
		if _, ok := a.Answered(); ok {
			j.Claims = append(j.Claims, diag.Claim{
				Name: catalog.TargetAlive, Way: diag.WayTo(a.Addr), Value: platform.Yes,
				Evidence: []diag.Ref{{Check: "ping.target", About: a.Addr.String()}},
			})
		}
	}
	return j
}

func tellEcho(all []Echoes) (string, diag.Args) {
	silent := 0
	for _, a := range all {
		if r, ok := a.Answered(); ok {
			return "answers", diag.Args{"rtt": r.Waited, "n": 1, "of": len(a.Replies)}
		}
		for _, r := range a.Replies {
			if r.ICMP != nil {
				return "rejected", diag.Args{"router": r.ICMP.From.String(), "icmp": ICMPText(*r.ICMP)}
			}
			silent++
		}
	}
	if silent == 0 {
		return "", nil
	}
	return "silent", diag.Args{"of": silent}
}
