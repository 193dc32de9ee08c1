package check

import (
	"context"
	"errors"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// SystemNames is the answer that ordinary programs of this machine get.
type SystemNames struct {
	platform.NameAnswer
	// Silent: it had not answered when we stopped waiting.
	Silent bool
}

// systemPatience is how long the system's own resolver may take: its usual
// schedule waits five seconds for a dead first server (resolv.conf(5)).
const systemPatience = 6 * time.Second

// NamesSystem asks the system's own resolver for the name.
var NamesSystem = add(diag.Spec[SystemNames]{
	ID: "names.system", Layer: catalog.Name, Timeout: systemPatience, Patience: 3 * time.Second, Traffic: diag.LocalTraffic,
	Tells: []catalog.Code{"dns.slow"}, Claims: []catalog.Claim{catalog.SystemResolves},
	Probe: func(ctx context.Context, e *diag.Env) (SystemNames, error) {
		if e.Target.Addr.IsValid() {
			return SystemNames{}, diag.Skip("literal")
		}
		q := platform.NameAsk{Name: e.Target.Host}
		if e.Target.Rooted {
			q.Name += "." // else the system would try its search list
		}
		a, err := e.Host.Names.System(ctx, q)
		switch {
		case errors.Is(err, platform.ErrNotFound):
			err = nil
		case errors.Is(err, platform.ErrTimeout):
			return SystemNames{NameAnswer: a, Silent: true}, nil
		}
		return SystemNames{NameAnswer: a}, err
	},
	Judge:   judgeSystem,
	Unclear: []string{"notfound", "slow"},
	Tell: func(s SystemNames) (string, diag.Args) {
		switch {
		case s.Silent:
			return "slow", diag.Args{"seconds": s.Waited}
		case len(s.Addresses) == 0:
			return "notfound", nil
		}
		return "addresses", diag.Args{"addresses": texts(s.Addresses), "seconds": s.Waited}
	},
})

// slowName is what the catalogue calls slow.
const slowName = time.Second

func judgeSystem(_ diag.View, s SystemNames) (j diag.Judgement) {
	seen := []diag.Ref{{Check: "names.system"}}
	resolves := len(s.Addresses) > 0
	if !s.Silent {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.SystemResolves, Value: platform.TriOf(resolves), Evidence: seen})
	}
	if resolves && s.Waited > slowName {
		j.Findings = append(j.Findings, diag.Finding{
			Code: "dns.slow", Direct: true, Evidence: seen, Args: diag.Args{"seconds": s.Waited},
		})
	}
	return j
}
