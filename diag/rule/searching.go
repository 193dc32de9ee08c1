package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/diag/firewall"
	"faultline/platform"
)

// searching says whether this machine's own filter keeps it from finding a
// neighbor. Over IPv4 that is asked by ARP, which only filters of its own kind
// meet (arptables, the family arp of nftables); over IPv6 by ICMPv6 (RFC 4861),
// which is filtered like anything else, so that a gateway seems dead. A question
// that is dropped is not counted as sent (net/ipv6/ndisc.c, ndisc_send_skb).
var searching = diag.Rule{
	Name: "search for neighbors",
	Reads: []diag.Node{check.NeighborGateway, check.NeighborTarget, check.RoutesRead, check.RoutesTarget, check.TCPConnect,
		check.PingTarget, check.NamesServers, check.NamesControl, check.CountersRead, check.FirewallRules,
		check.ControlHost, check.PathServers, check.PathTrace},
	Tells:  []catalog.Code{"firewall.local-out", "firewall.local-in", "agent.blocks"},
	Claims: []catalog.Claim{catalog.SearchLeaves, catalog.SearchHeard, catalog.DropSeen, catalog.RulesBlock},
	Infer: func(v diag.View) (j diag.Judgement) {
		near, _ := check.NeighborGateway.Of(v)
		far, _ := check.NeighborTarget.Of(v)
		for _, h := range slices.Concat(near, far) {
			if silent, _ := silentHop(v, h); silent || unheeded(v, h) {
				searched(v, h, &j)
			}
		}
		return j
	},
}

// unheeded reports whether a neighbor answers what we ask by ourselves, while the
// system, behind a filter for ARP, does not take its answers.
func unheeded(v diag.View, h hop) bool {
	return h.Addr.Is4() && h.Neighbor.Confirmed == platform.Yes && filtersARP(v) &&
		(h.Neighbor.State == platform.NeighborFailed || h.Neighbor.State == platform.NeighborIncomplete)
}

func searched(v diag.View, h hop, j *diag.Judgement) {
	seen := []diag.Ref{{Check: "counters.read"}}
	claim := func(name catalog.Claim, w diag.Way) {
		j.Claims = append(j.Claims, diag.Claim{Name: name, Way: w, Value: platform.Yes, Evidence: seen})
	}
	b, back, named := kept(v, h)
	left := !named && (h.Addr.Is4() && !filtersARP(v) || h.Addr.Is6() && questionsLeft(v))
	heardHere := !named && (h.Addr.Is4() && !filtersARP(v) || h.Addr.Is6() && answersPass(v, h))
	for _, w := range hopWays(v, h) {
		if heardHere {
			claim(catalog.SearchHeard, w)
		}
		f := diag.Finding{Code: "firewall.local-out", Way: w, Direct: true, Args: diag.Args{"address": h.Addr.String()}, Evidence: seen}
		switch {
		case left:
			claim(catalog.SearchLeaves, w)
			continue
		case named && back:
			f.Code = "firewall.local-in"
			claim(catalog.RulesBlock, w)
		case !named && !questionsKept(v):
			continue
		}
		all := accuse(f, b, named)
		if back {
			all = all[len(all)-1:]
		}
		j.Findings = append(j.Findings, all...)
		if named && (questionsKept(v) || worked(v, b)) {
			claim(catalog.DropSeen, w)
		}
	}
}

// questionsLeft and questionsKept are what the counters say of questions for
// neighbors: that some went out, or that none did while something was dropped. A
// system that trusts an old entry asks none for five seconds.
func questionsLeft(v diag.View) bool {
	asked, ok := moved(v, "Icmp6.OutNeighborSolicits")
	kept, known := untransmitted(v, diag.IPv6)
	set, read := check.FirewallRules.Of(v)
	return ok && asked > 0 || known && kept == 0 || read && len(set.Chains) == 0 && len(set.Unread) == 0 && !set.Cut
}

func questionsKept(v diag.View) bool {
	asked, ok := moved(v, "Icmp6.OutNeighborSolicits")
	kept, known := untransmitted(v, diag.IPv6)
	return ok && asked == 0 && known && kept > 0
}

// kept finds the rule that drops the question for a neighbor, or the answer.
func kept(v diag.View, h hop) (b firewall.Blocker, back, ok bool) {
	set, read := check.FirewallRules.Of(v)
	if !read {
		return b, false, false
	}
	if h.Addr.Is4() {
		return keptARP(set, h)
	}
	ask := firewall.Packet{Proto: "icmpv6", Dst: solicited(h.Addr), Out: h.Name, Owned: true, State: "untracked", DstType: "multicast",
		ICMP: "nd-neighbor-solicit,neighbour-solicitation,neighbor-solicitation,135"}
	if b, ok = culprit(firewall.Trace(set, firewall.Step{Hook: "output", Packet: ask}, firewall.Step{Hook: "postrouting", Packet: ask}), false); ok {
		return b, false, true
	}
	b, ok = culprit(firewall.Trace(set, arriving(neighborsAnswer(h))...), false)
	return b, true, ok
}

// neighborsAnswer is the answer of a neighbor over IPv6.
func neighborsAnswer(h hop) firewall.Packet {
	return firewall.Packet{Proto: "icmpv6", Src: h.Addr.WithZone(""), Dst: h.Addr.WithZone(""), In: h.Name, State: "untracked", Anywhere: true,
		ICMP: "nd-neighbor-advert,neighbour-advertisement,neighbor-advertisement,136"}
}

// answersPass reports whether an answer over IPv6 would be heard: by the rules,
// or as nothing that came in was dropped.
func answersPass(v diag.View, h hop) bool {
	set, read := check.FirewallRules.Of(v)
	lost := lostOnArrival(v, diag.IPv6)
	return read && firewall.Trace(set, arriving(neighborsAnswer(h))...).Passes() || lost.known && lost.n == 0
}

// keptARP finds the rule that drops what ARP asks, or its answer.
func keptARP(set platform.RuleSet, h hop) (b firewall.Blocker, back, ok bool) {
	p := firewall.Packet{Proto: firewall.ARP, Out: h.Name, Owned: true}
	if b, ok = culprit(firewall.Trace(set, firewall.Step{Hook: "output", Packet: p}), true); ok {
		return b, false, true
	}
	b, ok = culprit(firewall.Trace(set, firewall.Step{Hook: "input", Packet: firewall.Packet{Proto: firewall.ARP, In: h.Name}}), true)
	return b, true, ok
}

// filtersARP reports whether rules for ARP are known: whether they meet a question
// is not always understood.
func filtersARP(v diag.View) bool {
	set, _ := check.FirewallRules.Of(v)
	return slices.ContainsFunc(set.Chains, func(c platform.RuleChain) bool {
		return c.Family == firewall.ARP && (c.Policy == "drop" || len(c.Rules) > 0)
	})
}

// solicited is the multicast address at which a neighbor is asked for (RFC 4291
// §2.7.1).
func solicited(a netip.Addr) netip.Addr {
	own, group := a.As16(), netip.MustParseAddr("ff02::1:ff00:0").As16()
	copy(group[13:], own[13:])
	return netip.AddrFrom16(group)
}
