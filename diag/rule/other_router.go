package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// otherRouter tells a gateway that passes on nothing, while another machine on
// the same link does: both were handed the same packets. A router whose line
// is down looks like it, and is told so as long as no other one forwards.
var otherRouter = diag.Rule{
	Name: "by another router",
	Reads: []diag.Node{check.RelaysTry, check.RelaysServers, check.AddressClaims, check.RoutesRead, check.RoutesTarget, check.LinksRead, check.TCPConnect,
		check.PingTarget, check.TargetAlive, check.NamesServers, check.NamesControl, check.NamesSystem, check.ControlHost, check.PathServers, check.PathTrace,
		check.NeighborGateway, check.NeighborTarget},
	Tells:  []catalog.Code{"gateway.not-forwarding"},
	Claims: []catalog.Claim{catalog.OtherWay},
	Infer: func(v diag.View) (j diag.Judgement) {
		all, seen := relays(v)
		for i, r := range all {
			if slices.ContainsFunc(all[:i], func(o check.Relayed) bool { return o.To == r.To }) || !stuck(v) || heard(v, r.To) {
				continue
			}
			if f, ok := notForwarding(v, r.To, all); ok {
				f.Evidence = append(f.Evidence, seen(r.To), diag.Ref{Check: "address.claims"})
				j.Findings = append(j.Findings, f)
				j.Claims = append(j.Claims, diag.Claim{Name: catalog.OtherWay, Way: f.Way, Value: platform.Yes, Evidence: f.Evidence[len(f.Evidence)-2:]})
			}
		}
		return j
	},
}

func notForwarding(v diag.View, to netip.Addr, all []check.Relayed) (f diag.Finding, ok bool) {
	gate, known := gatewayTo(v, to)
	t, _ := traceTo(v, to)
	if !known || len(answersBeyond(v, diag.FamilyOf(to))) > 0 || !gatewayAnswers(v, gate, t) {
		return f, false
	}
	bad := slices.IndexFunc(all, func(r check.Relayed) bool { return r.To == to && r.Gateway == gate && !r.OnLink })
	good := slices.IndexFunc(all, func(r check.Relayed) bool { return r.To == to && r.Gateway != gate && r.Answered && !r.OnLink })
	if bad < 0 || good < 0 || all[bad].Answered || all[bad].Problem != nil || advertised(v, gate) && advertised(v, all[good].Gateway) {
		return f, false
	}
	controls := deadControls(v, to)
	f = diag.Finding{Code: "gateway.not-forwarding", Way: wayOf(v, to), Direct: len(controls) > 0, Args: diag.Args{
		"gateway": gate.String(), "mac": all[bad].MAC, "address": to.String(), "router": all[good].Gateway.String()}}
	for _, c := range controls {
		f.Evidence = append(f.Evidence, c.seen...)
	}
	return f, true
}
