package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// vpnBefore tells a VPN that is not connected by the last good run on this
// network: the target was reached through a tunnel that is gone or off now, and
// does not answer without it.
var vpnBefore = diag.Rule{
	Name:   "VPN of an earlier run",
	Reads:  append([]diag.Node{check.HistoryLast, check.TCPConnect}, remembered...),
	Tells:  []catalog.Code{"vpn.not-connected"},
	Claims: []catalog.Claim{catalog.VPNNeeded},
	Infer: func(v diag.View) (j diag.Judgement) {
		runs, _ := check.HistoryLast.Of(v)
		now := Remember(v)
		i := slices.IndexFunc(runs, func(r platform.GoodRun) bool { return sameNetwork(r, now) })
		links, known := check.LinksRead.Of(v)
		if i < 0 || !known || !runs[i].Tunnel || now.Tunnel {
			return j
		}
		if l, there := byName(links, runs[i].Via); there && carries(l) {
			return j
		}
		seen := []diag.Ref{{Check: "history.last"}, {Check: "links.read"}}
		j.Claims = []diag.Claim{{Name: catalog.VPNNeeded, Value: platform.Yes, Evidence: seen}}
		j.Findings = []diag.Finding{{Code: "vpn.not-connected", Evidence: seen,
			Args: diag.Args{"address": v.Target.String(), "adapter": runs[i].Via, "at": runs[i].At}}}
		return j
	},
}

func byName(links []platform.Link, name string) (platform.Link, bool) {
	i := slices.IndexFunc(links, func(l platform.Link) bool { return l.Name == name })
	if i < 0 {
		return platform.Link{}, false
	}
	return links[i], true
}
