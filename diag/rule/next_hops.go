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

// nextHops says whether the neighbors answer through which something must
// pass. A neighbor through which an answer came is alive whatever its entry
// says.
var nextHops = diag.Rule{
	Name: "next hops",
	Reads: []diag.Node{check.NeighborGateway, check.NeighborTarget, check.RoutesRead, check.RoutesTarget,
		check.TCPConnect, check.PingTarget, check.NamesServers, check.NamesControl, check.ControlHost,
		check.PathServers, check.PathTrace, check.LinksRead},
	Tells:  []catalog.Code{"gateway.silent", "neighbour.silent", "gateway.none", "address.none"},
	Claims: []catalog.Claim{catalog.GatewayAlive},
	Infer: func(v diag.View) (j diag.Judgement) {
		near, _ := check.NeighborGateway.Of(v)
		far, _ := check.NeighborTarget.Of(v)
		all := slices.Concat(near, far)
		for i, h := range all {
			seen := diag.Ref{Check: "neighbor.gateway", About: h.Addr.String()}
			if i >= len(near) {
				seen.Check = "neighbor.target"
			}
			j.Claims = append(j.Claims, hopClaims(v, h, seen)...)
			if silent, failed := silentHop(v, h); silent {
				j.Findings = append(j.Findings, hopFindings(v, h, all, failed, seen)...)
			}
		}
		return j
	},
}

// hop is a next hop with what else is known of it.
type hop = check.NextHop

// longSilence is how long a neighbor may take before its silence counts as a
// sign: two solicitations unanswered (RFC 4861 §10, RETRANS_TIMER).
const longSilence = time.Second

// silentHop reports whether a next hop does not answer, and whether the system
// itself has given up on it.
func silentHop(v diag.View, h hop) (silent, failed bool) {
	if slices.ContainsFunc(h.For, func(a netip.Addr) bool { return heard(v, a) }) {
		return false, false
	}
	n := h.Neighbor
	failed = n.Confirmed == platform.No
	if failed || n.Confirmed == platform.Yes || n.Waited < longSilence {
		return failed, failed
	}
	// The table may still hold for reachable what has died since, for up to 45
	// seconds (RFC 4861 §6.3.2). Where the neighbor answers nothing and nothing
	// beyond it does either, it is suspected.
	stale := n.State == platform.NeighborReachable && h.Gateway && len(answersBeyond(v, diag.FamilyOf(h.Addr))) == 0
	return stale || n.State == platform.NeighborIncomplete, false
}

// heard reports whether anything came back from an address.
func heard(v diag.View, a netip.Addr) bool {
	attempts, _ := check.TCPConnect.Of(v)
	echoes, _ := check.PingTarget.Of(v)
	servers, _ := check.NamesServers.Of(v)
	return slices.ContainsFunc(attempts, func(t check.Attempts) bool { return t.Addr() == a && t.Alive() }) ||
		slices.ContainsFunc(echoes, func(e check.Echoes) bool { _, ok := e.Answered(); return ok && e.Addr == a }) ||
		slices.ContainsFunc(servers, func(s check.ServerAnswers) bool {
			return s.Server.Addr() == a && slices.ContainsFunc(s.UDP, check.Answer.Came)
		})
}

func hopClaims(v diag.View, h hop, seen diag.Ref) (out []diag.Claim) {
	if h.Neighbor.Confirmed == platform.Unknown || !h.Gateway {
		return nil
	}
	for _, w := range hopWays(v, h) {
		out = append(out, diag.Claim{Name: catalog.GatewayAlive, Way: w, Value: h.Neighbor.Confirmed, Evidence: []diag.Ref{seen}})
	}
	return out
}

// hopWays are the ways that lead through a next hop. What leads only to name
// servers concerns everything, while the target's addresses are not known.
func hopWays(v diag.View, h hop) (out []diag.Way) {
	routes, known := check.RoutesTarget.Of(v)
	for _, r := range routes {
		if r.Problem == nil && r.Route.Link == h.Link && (r.Route.Gateway == h.Addr || !h.Gateway && r.Dst == h.Addr) {
			out = append(out, diag.WayTo(r.Dst))
		}
	}
	if !known && !v.Target.Addr.IsValid() {
		out = append(out, diag.Way{})
	}
	return out
}

// hopFindings tells a silent next hop. One that leads only to name servers
// counts when every name server lies behind a silent one.
func hopFindings(v diag.View, h hop, all []hop, failed bool, seen diag.Ref) (out []diag.Finding) {
	f := diag.Finding{Code: "neighbour.silent", Direct: failed, Evidence: []diag.Ref{seen},
		Args: diag.Args{"address": h.Addr.String(), "adapter": h.Name}}
	if h.Gateway {
		f.Code, f.Args = "gateway.silent", diag.Args{"gateway": h.Addr.String(), "adapter": h.Name}
	}
	if link, ok := wayWithoutGateway(v, h); ok {
		f = diag.Finding{Code: "gateway.none", Evidence: append(f.Evidence, diag.Ref{Check: "routes.target"}),
			Args: diag.Args{"address": h.Addr.String(), "adapter": link}}
	}
	if p, bridge, ok := portOfBridge(v, h); ok {
		f = diag.Finding{Code: "address.none", Direct: failed, Evidence: append(f.Evidence, diag.Ref{Check: "links.read"}),
			Args: diag.Args{"adapter": bridge, "port": p, "family": familyText(h.Addr)}}
	}
	for _, w := range hopWays(v, h) {
		if w == (diag.Way{}) && (!h.Gateway || slices.ContainsFunc(all, func(o hop) bool { s, _ := silentHop(v, o); return !s })) {
			continue
		}
		f.Way = w
		out = append(out, f)
	}
	return out
}

// wayWithoutGateway finds a route for everything that names no gateway: the
// system then looks for every machine of the world on this link, where only a
// router that answers for all of them helps (RFC 1027). The adapter is returned.
func wayWithoutGateway(v diag.View, h hop) (adapter string, ok bool) {
	links, _ := check.LinksRead.Of(v)
	l, known := check.LinkByIndex(links, h.Link)
	if h.Gateway || !known || check.IsTunnel(l) || l.PointToPoint {
		return "", false
	}
	routes, _ := check.RoutesTarget.Of(v)
	for _, r := range routes {
		if r.Dst == h.Addr && r.Problem == nil && r.Route.Dst.IsValid() && r.Route.Dst.Bits() <= 1 {
			return l.Name, true
		}
	}
	return "", false
}

// portOfBridge finds that the adapter of a next hop serves a bridge: what comes in
// belongs to the bridge, so that an address of the port itself hears no answer
// (Linux net/bridge/br_input.c, br_handle_frame).
func portOfBridge(v diag.View, h hop) (port, bridge string, ok bool) {
	links, _ := check.LinksRead.Of(v)
	l, _ := check.LinkByIndex(links, h.Link)
	b, known := check.LinkByIndex(links, l.Master)
	if !known || b.Kind != platform.Bridge || !speaks(l, diag.FamilyOf(h.Addr)) {
		return "", "", false
	}
	return l.Name, b.Name, true
}

func familyText(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}
