package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// misdirected tells a next hop that this machine itself cannot meet, whoever
// answers there: an entry of the neighbor table that somebody fixed names another
// machine, or nobody is looked for at an adapter that needs it.
var misdirected = diag.Rule{
	Name: "sent to the wrong machine",
	Reads: []diag.Node{check.NeighborGateway, check.NeighborTarget, check.LinksRead, check.RoutesRead, check.RoutesTarget,
		check.TCPConnect, check.PingTarget, check.TargetAlive, check.NamesServers, check.NamesControl, check.ControlHost,
		check.PathServers, check.PathTrace},
	Tells: []catalog.Code{"gateway.silent", "neighbour.silent"},
	Infer: func(v diag.View) (j diag.Judgement) {
		near, _ := check.NeighborGateway.Of(v)
		far, _ := check.NeighborTarget.Of(v)
		links, _ := check.LinksRead.Of(v)
		for i, h := range slices.Concat(near, far) {
			seen := diag.Ref{Check: "neighbor.gateway", About: h.Addr.String()}
			if i >= len(near) {
				seen.Check = "neighbor.target"
			}
			link, _ := check.LinkByIndex(links, h.Link)
			if args := astray(h, link); args != nil && !anyHeard(v, h) {
				j.Findings = append(j.Findings, missed(v, h, args, seen)...)
			}
		}
		return j
	},
}

// astray says why what is sent to a next hop goes astray; nil where nothing says
// that it does.
func astray(h hop, link platform.Link) diag.Args {
	switch {
	case h.Neighbor.Held != "":
		return diag.Args{"held": h.Neighbor.Held, "mac": h.Neighbor.MAC}
	case link.NoARP && link.Kind == platform.Ethernet && !link.PointToPoint && h.Neighbor.State == platform.NeighborNoARP:
		return diag.Args{"unasked": true}
	}
	return nil
}

// anyHeard reports whether anything came back by way of a next hop.
func anyHeard(v diag.View, h hop) bool {
	return slices.ContainsFunc(h.For, func(a netip.Addr) bool { return heard(v, a) }) ||
		h.Gateway && len(answersBeyond(v, diag.FamilyOf(h.Addr))) > 0
}

func missed(v diag.View, h hop, args diag.Args, seen diag.Ref) (out []diag.Finding) {
	f := diag.Finding{Code: "neighbour.silent", Direct: true, Party: catalog.Computer, Args: args, Evidence: []diag.Ref{seen}}
	args["address"], args["adapter"] = h.Addr.String(), h.Name
	if h.Gateway {
		f.Code, args["gateway"] = "gateway.silent", h.Addr.String()
	}
	for _, w := range hopWays(v, h) {
		f.Way = w
		out = append(out, f)
	}
	return out
}
