package check

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// ControlPort asks an improbable port where the deepest proof is only an open
// one: something on the way may open every port in the target's name (rule C3).
var ControlPort = add(diag.Spec[[]Attempts]{
	ID: "control.port", Layer: catalog.Transport, Timeout: 2 * time.Second, Traffic: diag.TargetTraffic,
	After: []diag.Node{TalkTarget, RoutesTarget},
	Tells: []catalog.Code{"tcp.answered-on-path"}, Claims: []catalog.Claim{catalog.ImprobablePortOpen, catalog.Answers},
	Probe: func(ctx context.Context, e *diag.Env) ([]Attempts, error) {
		talks, err := TalkTarget.Need(e)
		if err != nil {
			return nil, err
		}
		routes, _ := RoutesTarget.Of(e.View)
		var out []Attempts
		for _, t := range talks {
			if t.Problem == nil && t.Talk.Received == 0 && !isLocal(routes, t.To.Addr()) {
				out = append(out, Attempts{To: netip.AddrPortFrom(t.To.Addr(), improbable(e, "tcp"))})
			}
		}
		if len(out) == 0 {
			return nil, diag.Skip("proven-deeper")
		}
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		var all sync.WaitGroup
		for i := range out {
			all.Go(func() { out[i].Dials = []platform.Dial{dial(ctx, e, platform.DialAsk{To: out[i].To, SYNs: 1})} })
		}
		all.Wait()
		return out, nil
	},
	Judge:   judgeControlPort,
	Unclear: []string{"opens"},
	Tell: func(all []Attempts) (string, diag.Args) {
		for _, a := range all {
			if a.Last().Ended == platform.DialOpen {
				return "opens", diag.Args{"improbable": int(a.To.Port())}
			}
		}
		return "closed", nil
	},
})

func judgeControlPort(_ diag.View, all []Attempts) (j diag.Judgement) {
	for _, a := range all {
		way, seen := diag.WayTo(a.Addr()), []diag.Ref{{Check: "control.port"}}
		opens := platform.TriOf(a.Last().Ended == platform.DialOpen)
		if a.Last().Ended == platform.DialLocal {
			continue
		}
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.ImprobablePortOpen, Way: way, Value: opens, Evidence: seen})
		if opens == platform.Yes {
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.Answers, Way: way, Value: platform.No, Evidence: seen})
			j.Findings = append(j.Findings, diag.Finding{
				Code: "tcp.answered-on-path", Way: way, Evidence: seen,
				Args: diag.Args{"address": a.Addr().String(), "improbable": int(a.To.Port())},
			})
		}
	}
	return j
}
