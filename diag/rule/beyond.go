package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// beyond gathers what shows that something answers beyond the next hop: a name
// server that lies there, or a router that sent an error. What speaks against
// it is never claimed: silence has many causes.
var beyond = diag.Rule{
	Name: "beyond the gateway",
	Reads: []diag.Node{check.RoutesRead, check.RoutesTarget, check.NamesServers, check.NamesControl, check.TCPConnect,
		check.PingTarget, check.TargetAlive, check.ControlHost, check.PathTrace, check.PathServers},
	Claims: []catalog.Claim{catalog.BeyondGateway},
	Infer: func(v diag.View) (j diag.Judgement) {
		for _, f := range []diag.Family{diag.IPv4, diag.IPv6} {
			if refs := answersBeyond(v, f); len(refs) > 0 {
				j.Claims = append(j.Claims, diag.Claim{
					Name: catalog.BeyondGateway, Way: diag.Way{Family: f}, Value: platform.Yes, Evidence: refs})
			}
		}
		return j
	},
}

// answersBeyond are a machine or a router that shows itself there.
func answersBeyond(v diag.View, f diag.Family) (refs []diag.Ref) {
	refs = machinesBeyond(v, f)
	for _, t := range traces(v) {
		if diag.FamilyOf(t.Addr()) == f && passesGateway(t) {
			refs = append(refs, t.seen)
		}
	}
	return refs
}

// machinesBeyond are the machines beyond a gateway that answer.
func machinesBeyond(v diag.View, f diag.Family) (refs []diag.Ref) {
	for _, s := range answeringServers(v) {
		if diag.FamilyOf(s) == f && routed(v, s) {
			refs = append(refs, about(check.NamesServers, s))
		}
	}
	attempts, _ := check.TCPConnect.Of(v)
	for _, a := range attempts {
		if diag.FamilyOf(a.Addr()) == f && routed(v, a.Addr()) && (a.Alive() || a.Last().Ended == platform.DialICMP && fromBeyond(v, a.Last().ICMP)) {
			refs = append(refs, diag.Ref{Check: "tcp.connect", About: a.To.String()})
		}
	}
	echoes, _ := check.PingTarget.Of(v)
	for _, e := range echoes {
		if _, ok := e.Answered(); ok && diag.FamilyOf(e.Addr) == f && routed(v, e.Addr) {
			refs = append(refs, about(check.PingTarget, e.Addr))
		}
	}
	control, _ := check.ControlHost.Of(v)
	for _, a := range control.Alive() {
		if diag.FamilyOf(a) == f && !onThisLink(v, a) {
			refs = append(refs, diag.Ref{Check: "control.host"})
		}
	}
	return refs
}

// onThisLink reports whether an address lies in a network that this machine is
// attached to.
func onThisLink(v diag.View, a netip.Addr) bool {
	r, _ := check.RoutesRead.Of(v)
	return slices.ContainsFunc(r.Table, func(r platform.Route) bool {
		return r.Kind == platform.Unicast && !r.Gateway.IsValid() && r.Dst.IsValid() && r.Dst.Bits() > 0 && r.Dst.Contains(a)
	})
}

// answeringServers are the name servers that sent any response.
func answeringServers(v diag.View) (out []netip.Addr) {
	servers, _ := check.NamesServers.Of(v)
	for _, s := range servers {
		if slices.ContainsFunc(s.UDP, check.Answer.Came) || s.TCP != nil && s.TCP.Came() {
			out = append(out, s.Server.Addr())
		}
	}
	controls, _ := check.NamesControl.Of(v)
	for _, c := range controls {
		if c.Root.Came() && !slices.Contains(out, c.Server.Addr()) {
			out = append(out, c.Server.Addr())
		}
	}
	return out
}

// routed reports whether packets to an address pass a gateway.
func routed(v diag.View, a netip.Addr) bool {
	_, ok := gatewayTo(v, a)
	return ok
}

func gatewayTo(v diag.View, a netip.Addr) (netip.Addr, bool) {
	near, _ := check.RoutesRead.Of(v)
	far, _ := check.RoutesTarget.Of(v)
	for _, r := range slices.Concat(near.To, far, tracedRoutes(v)) {
		if r.Dst == a && r.Problem == nil && r.Route.Gateway.IsValid() {
			return r.Route.Gateway, true
		}
	}
	return netip.Addr{}, false
}

// fromBeyond reports whether an ICMP error came from a router other than the
// next hops.
func fromBeyond(v diag.View, i *platform.ICMP) bool {
	if i == nil {
		return false
	}
	near, _ := check.RoutesRead.Of(v)
	far, _ := check.RoutesTarget.Of(v)
	return !slices.ContainsFunc(slices.Concat(near.To, far), func(r check.Reach) bool {
		return r.Route.Gateway == i.From || r.Route.Source == i.From
	})
}
