package rule

import (
	"net/netip"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// undelivered says whether this machine drops what comes back. The rules tell it,
// where they can be read. Everybody may read that packets were received and not
// delivered (Ip.InReceives against Ip.InDelivers, net/ipv4/ip_input.c): as many as
// our SYNs should have brought back are a sign, and none at all excludes it.
var undelivered = diag.Rule{
	Name: "replies dropped here",
	Reads: []diag.Node{check.CountersRead, check.FirewallRules, check.TCPConnect, check.TargetAlive, check.RoutesTarget,
		check.RoutesRead, check.NamesServers, check.NamesSystem, check.ResetTTLCheck, check.FirewallTrace, check.PingTarget, check.LinksRead},
	Tells:  []catalog.Code{"firewall.local-in", "agent.blocks"},
	Claims: []catalog.Claim{catalog.DropSeen, catalog.RulesBlock, catalog.RepliesDropped},
	Infer: func(v diag.View) diag.Judgement {
		j := unheard(v)
		unheardServers(v, &j)
		return j
	},
}

// unheard looks for the answers to the attempts that brought no connection.
func unheard(v diag.View) (j diag.Judgement) {
	for _, a := range lost(v) {
		f := flowOf(v, a)
		if !a.Silent() && !f.local {
			continue
		}
		one := arrival{v: v, flow: f, way: diag.WayTo(a.Addr()), least: a.SYNs, more: unansweredBeside(v, a), lost: lostOnArrival(v, diag.FamilyOf(a.Addr())),
			args: diag.Args{"address": a.Addr().String()}, seen: []diag.Ref{{Check: "counters.read"}},
			refused: a.Last().Ended == platform.DialRefused}
		one.judge(&j)
	}
	return j
}

// arrival is what should have come back, and what is known of it.
type arrival struct {
	v       diag.View
	flow    flow
	way     diag.Way
	least   int // packets that an answering far end sends
	more    int // further ones that may have been lost alike
	lost    count
	args    diag.Args
	seen    []diag.Ref
	refused bool // a reset came that this machine may have made
}

// count is a number that may not be known.
type count struct {
	n     int
	known bool
}

// sign reports whether as many packets were lost on arrival as answers would be.
func (a arrival) sign() bool {
	most := 2*(a.least+a.more) - 2
	return a.lost.known && a.lost.n >= a.least && a.lost.n <= most
}

func (a arrival) judge(j *diag.Judgement) {
	set, read := check.FirewallRules.Of(a.v)
	if read && a.flow.sent(set).Stopped() {
		return // nothing comes back to what never left
	}
	o := a.flow.received(set)
	if refusal := a.flow.refused(set); read && o.Passes() && refusal.Stopped() && a.sign() {
		o = refusal // what comes is a reset, and that is dropped
	}
	b, named := culprit(o, a.sign())
	named = named && read && (!a.refused || b.Rejects())
	if named && a.lost.known && 2*a.lost.n < a.least && b.Hook != "ingress" {
		named, read = false, false // too little came that it could have dropped
	}
	t, seen := traced(a.v, a.flow.to, true)
	if seen {
		b, named = t, true
	}
	claim := func(name catalog.Claim, value platform.Tri) {
		j.Claims = append(j.Claims, diag.Claim{Name: name, Way: a.way, Value: value, Evidence: a.seen})
	}
	switch {
	case named && b.Hook == "output":
		return
	case named:
		claim(catalog.RulesBlock, platform.Yes)
		if seen || a.sign() || worked(a.v, b) {
			claim(catalog.DropSeen, platform.Yes)
		}
	case read && o.Passes() || a.lost.known && a.lost.n == 0:
		claim(catalog.RepliesDropped, platform.No)
		return
	case !a.sign() || a.refused && !a.filtered():
		return
	}
	claim(catalog.RepliesDropped, platform.Yes)
	f := diag.Finding{Code: "firewall.local-in", Way: a.way, Direct: true, Args: a.args, Evidence: a.seen}
	all := accuse(f, b, named)
	j.Findings = append(j.Findings, all[len(all)-1]) // whoever keeps the rule, where it is another program
}

// filtered reports whether this machine refused itself and its stack did not.
func (a arrival) filtered() bool {
	sent, known := moved(a.v, "Tcp.OutRsts")
	return a.flow.local && known && sent < refused(a.v)
}

// unansweredBeside is how many other questions to the machines of a family stayed
// without an answer: what drops the answers of one port may drop theirs.
func unansweredBeside(v diag.View, a check.Attempts) (n int) {
	same := func(b netip.Addr) bool { return diag.FamilyOf(b) == diag.FamilyOf(a.Addr()) }
	for _, o := range lost(v) {
		if o.To != a.To && same(o.Addr()) {
			n += o.SYNs
		}
	}
	lives, _ := check.TargetAlive.Of(v)
	for _, l := range lives {
		for _, t := range l.TCP {
			if syns, _, _, silent := t.Silence(); silent && same(l.Addr) {
				n += syns
			}
		}
		if same(l.Addr) && !l.UDP.Answered && l.UDP.ICMP == nil {
			n++
		}
	}
	echoes, _ := check.PingTarget.Of(v)
	for _, e := range echoes {
		if _, ok := e.Answered(); !ok && same(e.Addr) {
			n += len(e.Replies)
		}
	}
	return n
}

// lostOnArrival is how many packets of a family were received for this machine and
// neither delivered nor otherwise accounted for. Those that were meant for many
// are taken off: a firewall that lets none of them in is healthy.
func lostOnArrival(v diag.View, f diag.Family) count {
	prefix, others := "Ip.", []string{"IpExt.InMcastPkts", "IpExt.InBcastPkts", "IpExt.InNoRoutes", "Ip.ForwDatagrams", "TcpExt.IPReversePathFilter"}
	if f == diag.IPv6 {
		prefix, others = "Ip6.", []string{"Ip6.InMcastPkts", "Ip6.OutForwDatagrams", "Ip6.InNoRoutes"}
	}
	came, ok1 := moved(v, prefix+"InReceives")
	delivered, ok2 := moved(v, prefix+"InDelivers")
	if !ok1 || !ok2 {
		return count{}
	}
	lost := came - delivered
	for _, name := range append(others, prefix+"InHdrErrors", prefix+"InAddrErrors", prefix+"InDiscards") {
		if n, ok := moved(v, name); ok && lost > 0 {
			lost -= n
		}
	}
	return count{max(lost, 0), true}
}

// unheardServers looks for the answers of name servers, all of which must be
// silent to matter.
func unheardServers(v diag.View, j *diag.Judgement) {
	servers, _ := check.NamesServers.Of(v)
	if sys, _ := check.NamesSystem.Of(v); len(servers) == 0 || len(sys.Addresses) > 0 {
		return
	}
	asked := 0
	var names []string
	for _, s := range servers {
		if s.Says() != check.SaysNothing {
			return
		}
		names = append(names, s.Server.Addr().String())
		for _, a := range s.UDP {
			asked += a.Sent
		}
	}
	one := arrival{v: v, flow: questionsTo(v, servers[0].Server), least: asked, lost: lostOnArrival(v, diag.FamilyOf(servers[0].Server.Addr())),
		args: diag.Args{"address": names[0], "servers": names}, seen: []diag.Ref{{Check: "counters.read"}, {Check: "names.servers"}}}
	one.judge(j)
}
