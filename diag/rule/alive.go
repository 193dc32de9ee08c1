package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// alive reads silence on the port in question beside other signs of life of
// the same address.
var alive = diag.Rule{
	Name:   "alive",
	Reads:  []diag.Node{check.TCPConnect, check.PingTarget, check.TargetAlive, check.NeighborGateway, check.NeighborTarget, check.RoutesTarget, check.RoutesRead, check.AddressClaims, check.LinksRead},
	Tells:  []catalog.Code{"tcp.filtered", "icmp.filtered", "web.none"},
	Claims: []catalog.Claim{catalog.Answers},
	Infer: func(v diag.View) (j diag.Judgement) {
		attempts, _ := check.TCPConnect.Of(v)
		for _, p := range attempts {
			if life := itself(v, p.Addr()); p.Silent() && len(life) > 0 {
				silentPort(v, p, life, &j)
			} else if p.Last().Ended == platform.DialOpen {
				pingless(v, p.Addr(), &j)
			}
		}
		return j
	},
}

// silentPort tells a port that drops while its machine lives. A bare host that
// answers TCP on any port is reachable, which is all that was asked (rule C1).
func silentPort(v diag.View, p check.Attempts, life []diag.Ref, j *diag.Judgement) {
	_, _, waited, _ := p.Silence()
	way := diag.WayTo(p.Addr())
	if v.Target.Bare && answersTCP(v, p.Addr()) {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.Answers, Way: way, Value: platform.Yes, Evidence: life,
			Args: diag.Args{"proof": "refused"}})
		j.Findings = append(j.Findings, diag.Finding{Code: "web.none", Way: way, Evidence: life})
		return
	}
	j.Findings = append(j.Findings, diag.Finding{Code: "tcp.filtered", Way: way, Direct: true,
		Args:     diag.Args{"address": p.Addr().String(), "seconds": waited},
		Evidence: append([]diag.Ref{{Check: "tcp.connect", About: p.To.String()}}, life...)})
}

// lives returns what shows that an address is alive.
func lives(v diag.View, a netip.Addr) []diag.Ref {
	return append(replies(v, a), asNeighbor(v, a)...)
}

// itself returns what shows that an address is alive, and that it is not the gateway
// that answers for it. Whose hardware address that has takes a moment to be known,
// for which only this rule waits.
func itself(v diag.View, a netip.Addr) []diag.Ref {
	if mayAnswerForOthers(v, a) {
		return replies(v, a)
	}
	return lives(v, a)
}

// replies returns what an address answered to.
func replies(v diag.View, a netip.Addr) (refs []diag.Ref) {
	echoes, _ := check.PingTarget.Of(v)
	for _, e := range echoes {
		if _, ok := e.Answered(); ok && e.Addr == a {
			refs = append(refs, about(check.PingTarget, a))
		}
	}
	others, _ := check.TargetAlive.Of(v)
	for _, l := range others {
		if l.Addr == a && l.By() != "" {
			refs = append(refs, diag.Ref{Check: "target.alive"})
		}
	}
	return refs
}

// asNeighbor is the evidence that a machine of this network answers for its
// address. One that answers for others as well, as a router does for machines
// that it keeps apart (RFC 1027), speaks for nobody.
func asNeighbor(v diag.View, a netip.Addr) []diag.Ref {
	all, near, i := neighborhood(v, a)
	if i < 0 || slices.ContainsFunc(all, func(h hop) bool { return h.Addr != a && h.Neighbor.MAC == all[i].Neighbor.MAC }) {
		return nil
	}
	if _, ok := wayWithoutGateway(v, all[i]); ok {
		return nil
	}
	if i < near {
		return []diag.Ref{about(check.NeighborGateway, a)}
	}
	return []diag.Ref{about(check.NeighborTarget, a)}
}

// neighborhood are the neighbors that were asked for, how many of them on the way to
// a gateway, and which of them answers for an address; -1 for none.
func neighborhood(v diag.View, a netip.Addr) (all []hop, near, i int) {
	first, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	all = slices.Concat(first, far)
	return all, len(first), slices.IndexFunc(all, func(h hop) bool {
		return h.Addr == a && !h.Gateway && h.Neighbor.Confirmed == platform.Yes && h.Neighbor.Held == "" && h.Neighbor.MAC != ""
	})
}

// mayAnswerForOthers reports whether who answers for an address may be the gateway
// of its network: it has that hardware address, or nobody was asked for the
// gateway's.
func mayAnswerForOthers(v diag.View, a netip.Addr) bool {
	all, _, i := neighborhood(v, a)
	if i < 0 {
		return false
	}
	h := all[i]
	claims, asked := check.AddressClaims.Of(v)
	for _, c := range claims {
		if c.Addr != h.Addr && c.Link == h.Link && slices.Contains(c.MACs, h.Neighbor.MAC) {
			return true
		}
	}
	asked = asked || slices.ContainsFunc(all, func(o hop) bool { return o.Gateway && o.Link == h.Link && o.Neighbor.MAC != "" })
	r, _ := check.RoutesRead.Of(v)
	return !asked && slices.ContainsFunc(r.Table, func(r platform.Route) bool { return r.Link == h.Link && r.Gateway.IsValid() })
}

func answersTCP(v diag.View, a netip.Addr) bool {
	others, _ := check.TargetAlive.Of(v)
	return slices.ContainsFunc(others, func(l check.Life) bool { return l.Addr == a && l.By() == "tcp" })
}

// pingless notes a host that answers TCP and ignores echo requests.
func pingless(v diag.View, a netip.Addr, j *diag.Judgement) {
	echoes, _ := check.PingTarget.Of(v)
	for _, e := range echoes {
		if _, ok := e.Answered(); e.Addr == a && !ok && len(e.Replies) > 1 {
			j.Findings = append(j.Findings, diag.Finding{Code: "icmp.filtered", Way: diag.WayTo(a),
				Args: diag.Args{"address": a.String()}, Evidence: []diag.Ref{about(check.PingTarget, a)}})
		}
	}
}
