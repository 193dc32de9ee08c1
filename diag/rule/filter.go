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

// flow is a conversation as the packet filters meet it.
type flow struct {
	proto    string
	from, to netip.AddrPort // here and there
	out      string         // adapter
	bridge   bool           // which is a bridge
	local    bool           // the far end is this machine
}

// flowOf is the flow of connection attempts to one port.
func flowOf(v diag.View, a check.Attempts) flow {
	f := flow{proto: "tcp", from: a.Last().Local, to: netip.AddrPortFrom(a.Addr().WithZone(""), a.To.Port())}
	if r, ok := routeTo(v, a.Addr()); ok && r.Problem == nil {
		f.out, f.local = r.Route.LinkName, r.Route.Kind == platform.Local
		links, _ := check.LinksRead.Of(v)
		l, _ := check.LinkByIndex(links, r.Route.Link)
		f.bridge = l.Kind == platform.Bridge
		if !f.from.IsValid() {
			f.from = netip.AddrPortFrom(r.Route.Source, 0)
		}
	}
	if len(a.Dials) > 1 {
		f.from = netip.AddrPortFrom(f.from.Addr(), 0) // each had a port of its own
	}
	return f
}

// questionsTo is the flow of the questions to a name server.
func questionsTo(v diag.View, server netip.AddrPort) flow {
	f := flow{proto: "udp", to: server, local: server.Addr().IsLoopback()}
	near, _ := check.RoutesRead.Of(v)
	for _, r := range near.To {
		if r.Dst == server.Addr() && r.Problem == nil {
			f.out, f.local = r.Route.LinkName, r.Route.Kind == platform.Local
			f.from = netip.AddrPortFrom(r.Route.Source, 0)
		}
	}
	return f
}

// sent traces what leaves, received what comes in: of a far end its answer, of
// this machine itself the question as well.
func (f flow) sent(set platform.RuleSet) firewall.Outcome {
	return f.trace(set, f.packet(set))
}

// trace follows a packet of this machine out.
func (flow) trace(set platform.RuleSet, p firewall.Packet) firewall.Outcome {
	return firewall.Trace(set, firewall.Step{Hook: "output", Packet: p}, firewall.Step{Hook: "postrouting", Packet: p}, firewall.Step{Hook: "egress", Packet: p})
}

// dataOf is a packet of the same flow once the connection is open.
func dataOf(p firewall.Packet) firewall.Packet {
	p.State, p.Flags = "established", "psh,ack"
	return p
}

func (f flow) received(set platform.RuleSet) firewall.Outcome {
	back := f.answer(set)
	steps := arriving(back)
	if f.local {
		asked := f.packet(set)
		asked.In, asked.Out, asked.Owned = f.device(), "", false
		steps = append(arriving(asked), steps...)
	}
	return firewall.Trace(set, steps...)
}

// refused traces the reset with which a far machine refuses.
func (f flow) refused(set platform.RuleSet) firewall.Outcome {
	back := f.answer(set)
	if f.local || f.proto != "tcp" {
		return firewall.Outcome{Pass: true}
	}
	back.Flags = "rst,ack"
	return firewall.Trace(set, arriving(back)...)
}

func arriving(p firewall.Packet) []firewall.Step {
	return []firewall.Step{{Hook: "ingress", Packet: p}, {Hook: "prerouting", Packet: p}, {Hook: "input", Packet: p}}
}

func (f flow) packet(set platform.RuleSet) firewall.Packet {
	p := firewall.Packet{Proto: f.proto, Src: f.from.Addr().WithZone(""), Dst: f.to.Addr().Unmap().WithZone(""), Sport: f.from.Port(), Dport: f.to.Port(),
		Out: f.device(), UID: set.UID, GID: set.GID, Owned: true, State: "new", DstType: f.kind(), SrcType: "local", Bridged: f.bridge && !f.local}
	if f.proto == "tcp" {
		p.Flags = "syn"
	}
	return p
}

func (f flow) answer(set platform.RuleSet) firewall.Packet {
	p := firewall.Packet{Proto: f.proto, Src: f.to.Addr().Unmap().WithZone(""), Dst: f.from.Addr().WithZone(""), Sport: f.to.Port(), Dport: f.from.Port(),
		In: f.device(), State: "established", DstType: "local", SrcType: f.kind(), Bridged: f.bridge && !f.local}
	if f.proto == "tcp" {
		p.Flags = "syn,ack"
	}
	if untracks(set) {
		p.State = ""
	}
	if !p.Dst.IsValid() { // its family is still known
		p.Dst = p.Src
		p.DstType = ""
	}
	return p
}

// untracks reports whether rules take packets out of the tracking of connections,
// so that an answer may belong to none.
func untracks(set platform.RuleSet) bool {
	return slices.ContainsFunc(set.Chains, func(c platform.RuleChain) bool {
		return slices.ContainsFunc(c.Rules, func(r platform.FilterRule) bool { return r.Verdict == platform.RuleNoTrack })
	})
}

// device: what this machine sends to itself goes over loopback, whatever adapter
// has the address.
func (f flow) device() string {
	if f.local {
		return "lo"
	}
	return f.out
}

func (f flow) kind() string {
	if f.local {
		return "local"
	}
	return "unicast"
}

// culprit is what stops a packet by the rules: the first that certainly does or,
// where it is known that one does, the only one that may.
func culprit(o firewall.Outcome, seen bool) (firewall.Blocker, bool) {
	if o.Stopped() || seen && len(o.Blockers) == 1 {
		return o.Blockers[0], true
	}
	if seen && len(o.Blockers) == 0 && len(o.Asking) == 1 {
		return o.Asking[0], true // and its program said no
	}
	return firewall.Blocker{}, false
}

// traced is the rule, or the default of a chain, at which a packet of a traced
// connection was seen to end.
func traced(v diag.View, to netip.AddrPort, back bool) (firewall.Blocker, bool) {
	trace, ok := check.FirewallTrace.Of(v)
	if !ok || trace.To != to {
		return firewall.Blocker{}, false
	}
	set, _ := check.FirewallRules.Of(v)
	for _, h := range trace.Hits.Hits {
		if h.Verdict != platform.RuleDrop || h.Reply != back {
			continue
		}
		for _, c := range set.Chains {
			if c.Store == platform.NFTables && c.Family == h.Family && c.Table == h.Table && c.Name == h.Chain {
				return at(c, h), true
			}
		}
	}
	return firewall.Blocker{}, false
}

func at(c platform.RuleChain, h platform.RuleHit) firewall.Blocker {
	b := firewall.Blocker{Chain: c, Through: []string{c.Name}, Hook: c.Hook}
	i := slices.IndexFunc(c.Rules, func(r platform.FilterRule) bool {
		return r.Handle == h.Handle && h.Handle > 0 && (r.Verdict == platform.RuleDrop || r.Verdict == platform.RuleReject || r.Verdict == platform.RuleOther)
	})
	if i >= 0 {
		b.Rule = &c.Rules[i]
	}
	return b
}

// worked reports whether a rule, or the default of a chain, was seen to meet
// packets while the run went on.
func worked(v diag.View, b firewall.Blocker) bool {
	later, ok := check.FirewallRules.Later(v)
	i := slices.IndexFunc(later.Chains, func(c platform.RuleChain) bool {
		return c.Store == b.Chain.Store && c.Family == b.Chain.Family && c.Table == b.Chain.Table && c.Name == b.Chain.Name
	})
	if !ok || i < 0 {
		return false
	}
	if b.Rule == nil {
		return rose(b.Chain.Packets, later.Chains[i].Packets)
	}
	at := slices.IndexFunc(b.Chain.Rules, func(r platform.FilterRule) bool { return sameRule(r, *b.Rule) })
	rules := later.Chains[i].Rules
	return at >= 0 && at < len(rules) && sameRule(rules[at], *b.Rule) && rose(b.Rule.Packets, rules[at].Packets)
}

func sameRule(a, b platform.FilterRule) bool {
	return a.Handle == b.Handle && a.Verdict == b.Verdict && len(a.Matches) == len(b.Matches) &&
		slices.EqualFunc(a.Matches, b.Matches, func(m, n platform.RuleMatch) bool {
			return m.Field == n.Field && slices.Equal(m.Values, n.Values) && m.Set == n.Set
		})
}

func rose(before, after *uint64) bool { return before != nil && after != nil && *after > *before }

// accuse makes the findings on what stops a flow: the firewall's and, where a
// program other than that keeps the rule, that program's.
func accuse(f diag.Finding, b firewall.Blocker, known bool) []diag.Finding {
	if !known {
		return []diag.Finding{f}
	}
	args := diag.Args{"store": b.Store(), "rule": b.Words()}
	for k, x := range f.Args {
		args[k] = x
	}
	f.Evidence = append(slices.Clip(f.Evidence), diag.Ref{Check: "firewall.rules"})
	p, named := b.Product()
	if named {
		args["product"], args["store"] = p.Name, p.Name+", "+b.Store()
	}
	f.Args = args
	if !named || !p.Agent {
		return []diag.Finding{f}
	}
	agent := f
	agent.Code = catalog.Code("agent.blocks")
	return []diag.Finding{f, agent}
}
