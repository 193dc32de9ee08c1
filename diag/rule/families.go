package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// families compares the target's addresses with each other.
var families = diag.Rule{
	Name: "families",
	Reads: []diag.Node{check.TCPConnect, check.TalkTarget, check.RoutesRead, check.RoutesTarget, check.LinksRead,
		check.ControlPort, check.ClockRead, check.NeighborGateway, check.NeighborTarget, check.PingTarget, check.TargetAlive,
		check.NamesServers, check.NamesControl},
	Tells: []catalog.Code{"ipv6.broken", "tcp.some-addresses"},
	Infer: func(v diag.View) (j diag.Judgement) {
		var working, failing []netip.Addr
		for _, w := range ways(v) {
			switch works(v, w.Addr) {
			case platform.Yes:
				working = append(working, w.Addr)
			case platform.No:
				failing = append(failing, w.Addr)
			}
		}
		if len(working) == 0 || len(failing) == 0 {
			return j
		}
		f := diag.Finding{Code: "tcp.some-addresses", Direct: true,
			Args:     diag.Args{"working": texts(working), "failing": texts(failing)},
			Evidence: []diag.Ref{{Check: "tcp.connect"}, {Check: "talk.target"}}}
		if all(failing, netip.Addr.Is6) && all(working, netip.Addr.Is4) && !all(failing, opens(v)) {
			f.Code, f.Way, f.Party = "ipv6.broken", diag.Way{Family: diag.IPv6}, blame(v, failing)
		}
		j.Findings = append(j.Findings, f)
		return j
	},
}

// blame is whose fault it is that IPv6 fails where IPv4 works: the network's own
// when its router is silent, the server's when other IPv6 works, or its own
// refusal came that way.
func blame(v diag.View, failing []netip.Addr) catalog.Party {
	near, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	for _, h := range slices.Concat(near, far) {
		if silent, _ := silentHop(v, h); silent && h.Gateway && h.Addr.Is6() {
			return catalog.LAN
		}
	}
	alive := func(a netip.Addr) bool { return len(lives(v, a)) > 0 }
	if len(answersBeyond(v, diag.IPv6)) > 0 || slices.ContainsFunc(failing, alive) {
		return catalog.Server
	}
	return "" // the catalogue's
}

// works reports whether an address opens a port and, where that was asked,
// speaks. Long enough silence, a refusal and a rejection are a no.
func works(v diag.View, a netip.Addr) platform.Tri {
	attempts, _ := check.TCPConnect.Of(v)
	value := platform.Unknown
	for _, p := range attempts {
		switch last := p.Last(); {
		case p.Addr() != a || last.Ended == "":
		case last.Ended == platform.DialOpen:
			return check.Speaks(v, a)
		case last.Ended == platform.DialRefused && v.Target.Bare:
			return platform.Yes
		case last.Ended != platform.DialSilent || p.Silent():
			value = platform.No
		}
	}
	return value
}

// opens reports whether an address opens a port, whatever is said on it.
func opens(v diag.View) func(netip.Addr) bool {
	attempts, _ := check.TCPConnect.Of(v)
	return func(a netip.Addr) bool {
		return slices.ContainsFunc(attempts, func(p check.Attempts) bool {
			return p.Addr() == a && p.Last().Ended == platform.DialOpen
		})
	}
}

func all(addrs []netip.Addr, is func(netip.Addr) bool) bool {
	return !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return !is(a) })
}

func texts(addrs []netip.Addr) (out []string) {
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}
