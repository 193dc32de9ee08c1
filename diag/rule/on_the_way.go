package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// onTheWay reads where the way to a silent target ends, beside the ways to what
// else this machine is set up to reach: what is dark there too is no fault of
// the target.
var onTheWay = diag.Rule{
	Name: "on the way",
	Reads: []diag.Node{check.TCPConnect, check.PathTrace, check.PathServers, check.PingTarget, check.TargetAlive,
		check.NamesServers, check.NamesControl, check.NamesSystem, check.RoutesRead, check.RoutesTarget, check.LinksRead,
		check.NeighborGateway, check.NeighborTarget, check.TalkTarget, check.ClockRead, check.ControlHost},
	Tells:  []catalog.Code{"path.silent", "path.loop", "path.host-absent", "path.rejected", "tcp.rejected", "gateway.no-upstream"},
	Claims: []catalog.Claim{catalog.ControlsDark, catalog.RouterHasNoRoute},
	Infer: func(v diag.View) (j diag.Judgement) {
		if slices.ContainsFunc(tried(v), func(a netip.Addr) bool { return works(v, a) == platform.Yes }) {
			return j // what fails then is one address or one family
		}
		attempts, _ := check.TCPConnect.Of(v)
		for _, p := range attempts {
			switch {
			case p.Silent() && len(lives(v, p.Addr())) == 0:
				if i, seen, told := unroutable(v, p.Addr()); told {
					rejectedElsewhere(v, p, i, seen, &j)
				} else {
					silentWay(v, p, &j)
				}
			case unsaid(p):
				turnedAway(v, p, &j)
			case p.Last().Ended == platform.DialICMP && p.Last().ICMP != nil:
				absent(v, p, *p.Last().ICMP, diag.Ref{Check: "tcp.connect", About: p.To.String()}, &j)
			}
		}
		if len(attempts) == 0 {
			noNames(v, &j)
		}
		return j
	},
}

// way is a trace and where it was made.
type way struct {
	check.Trace
	seen diag.Ref
}

// traces are those of the target and of the name servers.
func traces(v diag.View) (out []way) {
	far, _ := check.PathTrace.Of(v)
	for _, t := range far {
		out = append(out, way{t, about(check.PathTrace, t.Addr())})
	}
	near, _ := check.PathServers.Of(v)
	for _, t := range near {
		out = append(out, way{t, about(check.PathServers, t.Addr())})
	}
	return out
}

// tracedRoutes are the routes to the name servers, of a literal target too.
func tracedRoutes(v diag.View) (out []check.Reach) {
	near, _ := check.PathServers.Of(v)
	for _, t := range near {
		out = append(out, t.Reach)
	}
	return out
}

func traceTo(v diag.View, a netip.Addr) (way, bool) {
	for _, t := range traces(v) {
		if t.Addr() == a {
			return t, true
		}
	}
	return way{}, false
}

// passesGateway reports whether something beyond the first hop showed itself.
// The first may answer from any of its addresses, so that hops are counted.
func passesGateway(t way) bool {
	ttl, _ := t.Last()
	_, there := t.There()
	return there || ttl > 1
}

// silentWay tells why nothing comes back from one port.
func silentWay(v diag.View, p check.Attempts, j *diag.Judgement) {
	t, traced := traceTo(v, p.Addr())
	seen := []diag.Ref{{Check: "tcp.connect", About: p.To.String()}}
	f := diag.Finding{Way: diag.WayTo(p.Addr()), Args: diag.Args{"address": p.Addr().String()}, Evidence: seen}
	if traced {
		f.Evidence = append(f.Evidence, t.seen)
	}
	if routers, circle := t.Loop(); circle && traced {
		f.Code, f.Direct = "path.loop", true
		f.Args["router"], f.Args["icmp"], f.Args["routers"] = routers[len(routers)-1].String(), "time to live exceeded", check.Texts(routers)
		j.Findings = append(j.Findings, f)
		return
	}
	if gate, ok := gatewayTo(v, p.Addr()); ok && len(answersBeyond(v, diag.FamilyOf(p.Addr()))) == 0 && gatewayAnswers(v, gate, t) {
		controls := deadControls(v, p.Addr())
		f.Direct = len(controls) >= manyControls
		noUpstream(f, gate, controls, j)
	} else if traced && t.Dark() {
		darkWay(v, f, t, j)
	}
}

// gatewayAnswers reports whether the next hop shows life: to its neighbor, or as
// the first hop of a trace.
func gatewayAnswers(v diag.View, gate netip.Addr, t way) bool {
	near, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	ttl, _ := t.Last()
	return ttl == 1 || slices.ContainsFunc(slices.Concat(near, far), func(h hop) bool {
		return h.Gateway && h.Addr == gate && h.Neighbor.Confirmed == platform.Yes
	})
}

// Two unlike controls are needed (rule C4); with one it is only possible, with
// none it is not told. It is seen directly with three: of a target that is off and
// name servers that nobody looks after there may be two.
const (
	fewControls  = 2
	manyControls = 3
)

// noUpstream tells a gateway beyond which nothing answers.
func noUpstream(f diag.Finding, gate netip.Addr, controls []control, j *diag.Judgement) {
	if len(controls) == 0 {
		return
	}
	f.Code = "gateway.no-upstream"
	f.Args["gateway"], f.Args["others"] = gate.String(), controlTexts(controls)
	for _, c := range controls {
		f.Evidence = append(f.Evidence, c.seen...)
	}
	j.Findings = append(j.Findings, f)
	if len(controls) >= fewControls {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.ControlsDark, Way: f.Way, Value: platform.Yes, Evidence: f.Evidence})
	}
}

// darkWay tells a way that ends after a router beyond which other things are
// dark too.
func darkWay(v diag.View, f diag.Finding, t way, j *diag.Judgement) {
	_, router := t.Last()
	if !router.IsValid() {
		return
	}
	var dark []control
	for _, c := range traces(v) {
		if c.Addr() == t.Addr() || !c.Passes(router) {
			continue
		}
		_, last := c.Last()
		if aliveAt(v, c) || last != router || !c.Dark() {
			return // something beyond that router answers, or goes further
		}
		dark = apart(dark, control{c.Addr(), []diag.Ref{c.seen}}, t.Addr())
	}
	if len(dark) == 0 {
		return
	}
	f.Code = "path.silent" // inferred: at most two controls are traced
	f.Args["router"], f.Args["others"] = router.String(), controlTexts(dark)
	for _, c := range dark {
		f.Evidence = append(f.Evidence, c.seen...)
	}
	j.Findings = append(j.Findings, f)
}
