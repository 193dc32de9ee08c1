package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// ControlProxy asks through the proxy that is set for what programs may ask
// directly: a host without a scheme, another protocol. One that works shows a
// network that lets nothing else out.
var ControlProxy = add(diag.Spec[Proxied]{
	ID: "control.proxy", Layer: catalog.Application, Timeout: 10 * time.Second, Start: diag.OnTrouble, Traffic: diag.LocalTraffic,
	After: []diag.Node{ProxyRead}, Reads: []diag.Node{ClockRead, TalkTarget},
	Tells: []catalog.Code{"proxy.required"}, Patience: 4 * time.Second,
	Probe: func(ctx context.Context, e *diag.Env) (Proxied, error) {
		setting, err := ProxyRead.Need(e)
		if err != nil {
			return Proxied{}, err
		}
		if _, set := setting.Proxy(); !set {
			return Proxied{}, diag.Skip("no-proxy")
		}
		if _, used := setting.Used(e.Target); used {
			return Proxied{}, diag.Skip("proxy-used")
		}
		return throughProxy(ctx, e, setting)
	},
	Judge: func(v diag.View, p Proxied) (j diag.Judgement) {
		clock, _ := ClockRead.Of(v)
		w := witness{v.Target, clock}
		if _, own := proxysOwn(v, p); own || p.Problem != nil || !p.Connected() || faulty(w, p.Talked) ||
			answers(v.Target, p.Talked, false).Value != platform.Yes {
			return j
		}
		heard := p.Talk.TLS != nil && len(p.Talk.TLS.Chain) > 0 || replied(&p.Talk) || len(p.Talk.First) > 0
		j.Findings = append(j.Findings, diag.Finding{Code: "proxy.required", Direct: heard,
			Args:     diag.Args{"proxy": proxyText(p.Proxy), "from": p.From},
			Evidence: []diag.Ref{{Check: "control.proxy"}}})
		return j
	},
	Tell: tellProxied,
})
