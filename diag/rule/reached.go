package rule

import (
	"net/netip"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// reached says how each address of the target met the connection attempts.
var reached = diag.Rule{
	Name:  "reached",
	Reads: []diag.Node{check.TCPConnect, check.RoutesTarget, check.LinksRead, check.ResetTTLCheck, check.TargetAlive, check.PathTrace, check.PathServers, check.RoutesRead, check.NeighborGateway, check.NeighborTarget, check.CountersRead, check.FirewallRules, check.SocketsLocal},
	Tells: []catalog.Code{
		"tcp.refused", "tcp.refused-on-path", "tcp.no-reply", "tcp.rejected", "path.rejected", "path.loop",
		"firewall.local-out", "agent.blocks", "local.os-blocked", "listener.none", "web.none", "recovered",
	},
	Claims: []catalog.Claim{catalog.Answers, catalog.RouterHasNoRoute, catalog.TargetAlive, catalog.DropSeen},
	Infer: func(v diag.View) (j diag.Judgement) {
		attempts, _ := check.TCPConnect.Of(v)
		for _, a := range tried(v) {
			ports := slices.DeleteFunc(slices.Clone(attempts), func(t check.Attempts) bool { return t.Addr() != a })
			one := address(v, a, ports)
			j.Findings = append(j.Findings, one.Findings...)
			j.Claims = append(j.Claims, one.Claims...)
		}
		return j
	},
}

// address judges all ports of one address together.
func address(v diag.View, a netip.Addr, ports []check.Attempts) (j diag.Judgement) {
	way := diag.WayTo(a)
	ended := func(e platform.DialEnd) int {
		return slices.IndexFunc(ports, func(p check.Attempts) bool { return p.Last().Ended == e })
	}
	if i := ended(platform.DialOpen); i >= 0 {
		if recovered(ports[i]) {
			j.Findings = append(j.Findings, diag.Finding{Code: "recovered", Way: way,
				Evidence: []diag.Ref{{Check: "tcp.connect", About: ports[i].To.String()}}})
		}
		return j // what it then said is the talk's to judge
	}
	if i := slices.IndexFunc(ports, func(p check.Attempts) bool { return refuses(v, p) }); i >= 0 {
		seen := []diag.Ref{{Check: "tcp.connect", About: ports[i].To.String()}}
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.TargetAlive, Way: way, Value: platform.Yes, Evidence: seen})
		if v.Target.Bare {
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.Answers, Way: way, Value: platform.Yes,
				Args: diag.Args{"proof": "refused"}, Evidence: seen})
			j.Findings = append(j.Findings, diag.Finding{Code: "web.none", Way: way, Evidence: seen})
			return j
		}
	}
	if v.Target.Bare && answersTCP(v, a) {
		return j // another port answered, which is all that was asked (rule C1)
	}
	if ended("") < 0 {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.Answers, Way: way, Value: platform.No,
			Evidence: []diag.Ref{about(check.TCPConnect, a)}})
	}
	for _, p := range ports {
		one := port(v, way, p)
		j.Findings = append(j.Findings, one.Findings...)
		j.Claims = append(j.Claims, one.Claims...)
	}
	return j
}

// refuses reports whether a port is refused, and not by another machine to which a
// rule of this one sends what is meant for it.
func refuses(v diag.View, p check.Attempts) bool {
	_, elsewhere := sentElsewhere(v, p)
	return p.Last().Ended == platform.DialRefused && !elsewhere
}

// recovered reports whether a port opened after it had turned an attempt away
// within the same run.
func recovered(p check.Attempts) bool {
	return slices.ContainsFunc(p.Dials, func(d platform.Dial) bool {
		return d.Ended == platform.DialRefused || d.Ended == platform.DialICMP
	})
}

// port judges one port that did not open.
func port(v diag.View, way diag.Way, p check.Attempts) (j diag.Judgement) {
	seen := []diag.Ref{{Check: "tcp.connect", About: p.To.String()}}
	args := diag.Args{"address": p.Addr().String()}
	if b, elsewhere := sentElsewhere(v, p); elsewhere && turnedDown(v, p) {
		args["to"], args["rule"], args["store"] = whereTo(b, p), b.Words(), b.Store()
		seen = append(seen, diag.Ref{Check: "firewall.rules"})
	}
	tell := func(code catalog.Code, direct bool) {
		f := diag.Finding{Code: code, Way: way, Direct: direct, Args: args, Evidence: seen}
		if i := p.Last().ICMP; (code == "tcp.rejected" || code == "path.rejected") && i != nil && i.From == p.Addr() {
			f.Party = catalog.Server // it turns callers away itself
		}
		if hops, ok := fartherThan(v, p); code == "path.loop" && ok {
			f.Party, args["hops"] = catalog.Computer, hops
		}
		if code == "firewall.local-out" {
			set, read := check.FirewallRules.Of(v)
			b, named := culprit(flowOf(v, p).sent(set), true)
			j.Findings = append(j.Findings, accuse(f, b, named && read)...)
			return
		}
		j.Findings = append(j.Findings, f)
	}
	switch last := p.Last(); last.Ended {
	case platform.DialRefused:
		refusals(v, p, tell)
	case platform.DialICMP:
		if last.ICMP != nil {
			args["router"], args["icmp"] = last.ICMP.From.String(), check.ICMPText(*last.ICMP)
			j.Claims = rejections(v, way, p, *last.ICMP, seen, tell)
		}
	case platform.DialLocal:
		j.Claims = forbidden(v, way, p, seen, tell)
	case platform.DialSilent:
		if _, _, waited, _ := p.Silence(); p.Silent() {
			args["seconds"] = waited
			tell("tcp.no-reply", false)
			if onThisLink(v, p.Addr()) && !routed(v, p.Addr()) {
				j.Findings[len(j.Findings)-1].Party = catalog.Server // nobody else is on the way
			}
		}
	}
	return j
}

// forbidden tells an attempt that this machine did not let out. Its packet filter
// answers with an ICMP error; what refuses by its number alone is no filter of
// packets, as none was made.
func forbidden(v diag.View, way diag.Way, p check.Attempts, seen []diag.Ref, tell func(catalog.Code, bool)) []diag.Claim {
	last := p.Last()
	switch {
	case last.Problem != nil && last.Problem.Code == platform.UnreachableHost && atOnce(v, p):
		tell("firewall.local-out", false)
		return []diag.Claim{{Name: catalog.DropSeen, Way: way, Value: platform.Yes, Evidence: seen}}
	case last.Problem == nil || last.Problem.Code != platform.Permission || routeRejects(v, p.Addr()) || everybody(v, p.Addr()):
		return nil
	case last.ICMP == nil:
		tell("local.os-blocked", false)
		return nil
	}
	// A route or a rule that prohibits says the same.
	r, asked := routeTo(v, p.Addr())
	tell("firewall.local-out", asked && r.Problem == nil)
	return []diag.Claim{{Name: catalog.DropSeen, Way: way, Value: platform.Yes, Evidence: seen}}
}

// refusals tells a reset that answered a SYN. Of this machine itself it is
// certain that nothing listens, once its own table says so, or its own stack
// counts as many resets as came: those that a filter makes are not counted. Of a
// machine to which a rule of this one leads, the target's distance says nothing.
func refusals(v diag.View, p check.Attempts, tell func(catalog.Code, bool)) {
	if _, elsewhere := sentElsewhere(v, p); elsewhere {
		tell("tcp.refused", true)
		return
	}
	if localTarget(v, p.Addr()) {
		sent, known := moved(v, "Tcp.OutRsts")
		facts, read := check.SocketsLocal.Of(v)
		listens := slices.ContainsFunc(on(facts, p.To.Port()), func(l platform.Listener) bool { return l.Accepts(p.Addr()) != platform.No })
		if came := refused(v); !listens && (!known || sent >= came) {
			tell("listener.none", read && !facts.Cut || known && sent == came)
			return
		}
	}
	tell("tcp.refused", true)
	switch differs := distance(v, p); {
	case differs == platform.Yes:
		tell("tcp.refused-on-path", true)
	case differs == platform.Unknown && sooner(v, p):
		tell("tcp.refused-on-path", false)
	}
}

// refused is how many attempts of this run a reset of this machine answered.
func refused(v diag.View) (n int) {
	attempts, _ := check.TCPConnect.Of(v)
	lives, _ := check.TargetAlive.Of(v)
	for _, l := range lives {
		attempts = append(slices.Clip(attempts), l.TCP...)
	}
	for _, a := range attempts {
		r, ok := routeTo(v, a.Addr())
		for _, d := range a.Dials {
			if ok && r.Route.Kind == platform.Local && d.Ended == platform.DialRefused {
				n++
			}
		}
	}
	return n
}

// rejections tells an ICMP error that answered a SYN. One that this machine
// sent to itself is no router's: its own filter, or a neighbor that did not
// answer, which the next hops tell.
func rejections(v diag.View, way diag.Way, p check.Attempts, i platform.ICMP, seen []diag.Ref, tell func(catalog.Code, bool)) []diag.Claim {
	means := check.Rejects(i)
	if own(v, i.From) {
		if means != check.Prohibited && !atOnce(v, p) {
			return nil
		}
		tell("firewall.local-out", means == check.Prohibited)
		return []diag.Claim{{Name: catalog.DropSeen, Way: way, Value: platform.Yes, Evidence: seen}}
	}
	switch means {
	case check.Prohibited:
		tell("tcp.rejected", true)
	case check.NoRouteTo, check.HostAbsent:
		tell("path.rejected", true)
		return []diag.Claim{{Name: catalog.RouterHasNoRoute, Way: way, Value: platform.TriOf(means == check.NoRouteTo), Evidence: seen}}
	case check.Looping:
		tell("path.loop", true)
	}
	return nil
}

// atOnce reports whether this machine itself turned an attempt away sooner than
// a neighbor can have failed to answer (net/core/neighbour.c asks three times, a
// second apart), and with a way to go, by no neighbor that is silent.
func atOnce(v diag.View, p check.Attempts) bool {
	r, ok := routeTo(v, p.Addr())
	next := r.Route.Gateway
	if !next.IsValid() {
		next = p.Addr()
	}
	near, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	return ok && r.Exists() == platform.Yes && p.Last().Waited < 500*time.Millisecond &&
		!slices.ContainsFunc(slices.Concat(near, far), func(h hop) bool { return h.Addr == next && h.Neighbor.Confirmed != platform.Yes })
}

// own reports whether an address is one of this machine's.
func own(v diag.View, a netip.Addr) bool {
	links, _ := check.LinksRead.Of(v)
	return a.IsLoopback() || check.Has(links, a)
}

// everybody reports whether an address stands for every host of a network: the
// system turns a connection to it away with the error of a filter (tcp(7)).
func everybody(v diag.View, a netip.Addr) bool {
	r, ok := routeTo(v, a)
	return ok && r.Problem == nil && (r.Route.Kind == platform.Broadcast || r.Route.Kind == platform.Multicast)
}

func routeRejects(v diag.View, a netip.Addr) bool {
	r, ok := routeTo(v, a)
	return ok && r.Problem == nil && r.Exists() == platform.No
}

// fartherThan returns how many hops away an address is that a trace reached,
// where what is sent as usual expires before: the hop limit of this machine is
// too small, as a trace sets its own.
func fartherThan(v diag.View, p check.Attempts) (hops int, ok bool) {
	t, traced := traceTo(v, p.Addr())
	if !traced {
		return 0, false
	}
	hops, ok = t.There()
	return hops, ok && hops > 1
}
