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

// ControlPortal asks port 80 of the target for a page when the target's own port
// fails: a network that wants a sign-in drops all else and answers there.
var ControlPortal = add(diag.Spec[WebControls]{
	ID: "control.portal", Layer: catalog.Application, Timeout: 6 * time.Second, Start: diag.OnTrouble, Traffic: diag.TargetTraffic,
	First: []diag.Node{NamesSystem, NamesServers}, After: []diag.Node{RoutesTarget, NamesResolvers}, Reads: []diag.Node{LinksRead, TalkTarget},
	Tells: []catalog.Code{"portal.captive"}, Claims: []catalog.Claim{catalog.Answers, catalog.ControlSame}, Patience: controlPatience + 200*time.Millisecond,
	Probe: func(ctx context.Context, e *diag.Env) (WebControls, error) {
		addrs := addresses(ctx, e)
		switch {
		case len(addrs) == 0:
			return WebControls{}, diag.Skip("no-address")
		case addrs[0].IsLoopback():
			return WebControls{}, diag.Skip("local-target")
		case slices.Contains(e.Target.Ports, 80):
			return WebControls{}, diag.Skip("no-page")
		}
		return askPortal(ctx, e, netip.AddrPortFrom(addrs[0], 80))
	},
	Judge: func(v diag.View, c WebControls) diag.Judgement {
		var j judgement
		if slices.ContainsFunc(directTalks(v), func(t Talked) bool { return diag.FamilyOf(t.To.Addr()) == diag.FamilyOf(c.Of.To.Addr()) }) {
			return j.Judgement // what answered there is compared by itself
		}
		if one := c.page(v); len(one.Findings) > 0 && one.Findings[0].Code == "portal.captive" {
			j.add(one, diag.Way{Family: diag.FamilyOf(c.Of.To.Addr())}, diag.Ref{Check: "control.portal"})
		}
		return j.Judgement
	},
	Tell: func(c WebControls) (string, diag.Args) {
		if h := c.Of.Talk.HTTP; h != nil && h.Status > 0 {
			return "page", diag.Args{"status": h.Status}
		}
		return "nothing", nil
	},
})

// askPortal dials first, by one SYN: more of them would be taken for others' by
// whoever counts what this machine itself drops.
func askPortal(ctx context.Context, e *diag.Env, to netip.AddrPort) (WebControls, error) {
	dialing, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if d := dial(dialing, e, platform.DialAsk{To: to, SYNs: 1, N: 5}); d.Ended != platform.DialOpen {
		return WebControls{Of: Talked{To: to}}, nil
	}
	q := platform.TalkAsk{To: to, N: 5, Read: pageBegin, HTTP: &platform.HTTPAsk{Method: "GET", Host: hostField(e.Target, 80, false), Path: "/"}}
	c := WebControls{Of: Talked{To: to}}
	if c.Of.Talk, c.Of.Problem = converse(ctx, e, q, controlPatience); !surprises(e.Target, c.Of) {
		return c, nil
	}
	hosts := elsewhere(ctx, e, to)
	c.Elsewhere = make([]Elsewhere, len(hosts))
	var all sync.WaitGroup
	all.Go(func() { c.Hijacked = hijacked(ctx, e, to.Addr()) })
	for i, h := range hosts {
		all.Go(func() { c.Elsewhere[i] = h.ask(ctx, e, q) })
	}
	all.Wait()
	return c, nil
}
