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
		check.NamesServers, check.NamesControl, check.CountersRead, check.ResetTTLCheck, check.ControlHost, check.FirewallRules,
		check.PathServers, check.PathTrace, check.FirewallTrace, check.QualityEchoes},
	Tells: []catalog.Code{"ipv6.broken", "tcp.some-addresses"},
	Infer: func(v diag.View) (j diag.Judgement) {
		var working, failing []netip.Addr
		for _, w := range directWays(v) {
			switch works(v, w.Addr) {
			case platform.Yes:
				working = append(working, w.Addr)
			case platform.No:
				failing = append(failing, w.Addr)
			}
		}
		if len(working) == 0 || len(failing) == 0 || losesMany(v) {
			return j
		}
		// Where only whole families differ, what fails is rather a network than
		// one of several machines.
		f := diag.Finding{Code: "tcp.some-addresses", Direct: sameFamily(working, failing), Party: blame(v, failing),
			Args:     diag.Args{"working": check.Texts(working), "failing": check.Texts(failing)},
			Evidence: []diag.Ref{{Check: "tcp.connect"}, {Check: "talk.target"}}}
		if all(failing, netip.Addr.Is6) && all(working, netip.Addr.Is4) && !all(failing, opens(v)) {
			f.Code, f.Way, f.Direct = "ipv6.broken", diag.Way{Family: diag.IPv6}, true
		}
		j.Findings = append(j.Findings, f)
		return j
	},
}

// sameFamily reports whether every failing address has a working one of its own
// family beside it.
func sameFamily(working, failing []netip.Addr) bool {
	return !slices.ContainsFunc(failing, func(a netip.Addr) bool {
		return !slices.ContainsFunc(working, func(b netip.Addr) bool { return a.Is6() == b.Is6() })
	})
}

// blame is whose fault it is that some addresses fail and others work: this
// machine's when it drops them itself or its own route cannot carry, the network's own when its router
// is silent, the server's when its family works up to it; else the catalogue's.
func blame(v diag.View, failing []netip.Addr) catalog.Party {
	links, _ := check.LinksRead.Of(v)
	near, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	here := append(dropped.Infer(v).Findings, unheard(v).Findings...)
	if slices.ContainsFunc(here, func(f diag.Finding) bool { return slices.Contains(failing, f.Way.Addr) }) {
		return catalog.Computer
	}
	for _, a := range failing {
		r, _ := routeTo(v, a)
		if l, ok := check.LinkByIndex(links, r.Route.Link); r.Exists() == platform.No || ok && l.Carrier == platform.No {
			return catalog.Computer
		} else if ok && check.IsTunnel(l) {
			return catalog.VPN
		}
		for _, h := range slices.Concat(near, far) {
			if silent, _ := silentHop(v, h); silent && h.Gateway && h.Addr == r.Route.Gateway {
				return catalog.LAN
			}
		}
	}
	if all(failing, func(a netip.Addr) bool { return tunneled(v, a) }) {
		return catalog.VPN
	}
	alive := func(a netip.Addr) bool {
		return len(machinesBeyond(v, diag.FamilyOf(a))) > 0 || len(lives(v, a)) > 0 || darkAtDoor(v, a)
	}
	if slices.ContainsFunc(failing, alive) {
		return catalog.Server
	}
	return ""
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

// darkAtDoor reports whether the way to an address goes dark no earlier than
// before the machine, as far as the way of the other family tells how far it is.
func darkAtDoor(v diag.View, a netip.Addr) bool {
	t, traced := traceTo(v, a)
	last, _ := t.Last()
	return traced && t.Dark() && slices.ContainsFunc(traces(v), func(o way) bool {
		far, there := o.There()
		return there && o.seen.Check == "path.trace" && o.Addr().Is6() != a.Is6() && far > 2 && last >= far-1
	})
}

// losesMany reports whether so many packets get lost that one of several
// conversations may fail by chance.
func losesMany(v diag.View) bool {
	series, _ := check.QualityEchoes.Of(v)
	return slices.ContainsFunc(series, func(q check.Echoed) bool { return q.Loses() && 10*q.Lost() >= q.Sent })
}
