package check

import (
	"context"
	"errors"
	"slices"
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
	// Again is how the same went once more, after a late answer.
	Again *platform.NameAnswer
}

// systemPatience is how long the system's own resolver may take: its usual
// schedule waits five seconds for a dead first server (resolv.conf(5)).
const systemPatience = 6 * time.Second

// againPatience is how long the repetition of a late answer may take: long
// enough to be late again.
const againPatience = SlowName + 100*time.Millisecond

// NamesSystem asks the system's own resolver for the name.
var NamesSystem = add(diag.Spec[SystemNames]{
	ID: "names.system", Layer: catalog.Name, Timeout: systemPatience + againPatience, Patience: 3 * time.Second, Traffic: diag.LocalTraffic,
	Tells: []catalog.Code{"dns.slow", "recovered"}, Claims: []catalog.Claim{catalog.SystemResolves},
	Reads: []diag.Node{NamesServers, NamesResolvers},
	Probe: func(ctx context.Context, e *diag.Env) (SystemNames, error) {
		if e.Target.Addr.IsValid() {
			return SystemNames{}, diag.Skip("literal")
		}
		q := platform.NameAsk{Name: e.Target.Host}
		if e.Target.Rooted {
			q.Name += "." // else the system would try its search list
		}
		a, err := system(ctx, e, q, systemPatience)
		switch {
		case errors.Is(err, platform.ErrNotFound):
			err = nil
		case errors.Is(err, platform.ErrTimeout):
			return SystemNames{NameAnswer: a, Silent: true}, nil
		}
		return SystemNames{NameAnswer: a, Again: repeatLate(ctx, e, q, a)}, err
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
		return "addresses", diag.Args{"addresses": Texts(s.Addresses), "seconds": s.Waited}
	},
})

// SlowName is from when on the catalogue calls a lookup slow.
const SlowName = time.Second

func system(ctx context.Context, e *diag.Env, q platform.NameAsk, patience time.Duration) (platform.NameAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return e.Host.Names.System(ctx, q)
}

// repeatLate asks once more after a late answer: one lost datagram makes a
// lookup five seconds late (resolv.conf(5), timeout), and the next one is not.
func repeatLate(ctx context.Context, e *diag.Env, q platform.NameAsk, first platform.NameAnswer) *platform.NameAnswer {
	if len(first.Addresses) == 0 || first.Waited <= SlowName {
		return nil
	}
	q.N = 1
	again, err := system(ctx, e, q, againPatience)
	if err != nil && !errors.Is(err, platform.ErrTimeout) {
		return nil
	}
	return &again
}

func judgeSystem(v diag.View, s SystemNames) (j diag.Judgement) {
	seen := []diag.Ref{{Check: "names.system"}}
	resolves := len(s.Addresses) > 0
	if !s.Silent {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.SystemResolves, Value: platform.TriOf(resolves), Evidence: seen})
	}
	late, known := serversLate(v)
	switch {
	case s.Silent && known, resolves && s.Waited > SlowName && (late || s.Again == nil || s.Again.Waited > SlowName):
		j.Findings = append(j.Findings, diag.Finding{
			Code: "dns.slow", Direct: resolves && s.Again != nil && s.Again.Waited > SlowName, Evidence: seen,
			Args: diag.Args{"seconds": s.Waited, "how": encryptedOnly(v, s)},
		})
	case resolves && s.Waited > SlowName:
		j.Findings = append(j.Findings, diag.Finding{Code: "recovered", Evidence: seen})
	}
	return j
}

// encryptedOnly says so where the system got no answer and asks its name servers
// in no way but over HTTPS: what they answer in plain it never hears.
func encryptedOnly(v diag.View, s SystemNames) string {
	conf, _ := NamesResolvers.Of(v)
	plain := slices.ContainsFunc(conf.Servers, func(r platform.Resolver) bool { return r.Encrypted != platform.EncryptionRequired })
	if !s.Silent || plain || len(conf.Servers) == 0 {
		return ""
	}
	return "encrypted"
}

// serversLate reports whether the name server that is asked first is late or
// silent when asked by itself, too, and whether any of them knows an address.
func serversLate(v diag.View) (late, known bool) {
	servers, _ := NamesServers.Of(v)
	for i, s := range servers {
		known = known || len(s.Addresses()) > 0
		late = late || i == 0 && slices.ContainsFunc(s.UDP, func(a Answer) bool { return !a.Came() || a.Waited > SlowName })
	}
	return late, known
}
