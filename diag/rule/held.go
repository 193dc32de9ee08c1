package rule

import (
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// held tells data of an open connection that this machine never let out: the far
// end had room for it, nothing was under way, and it stayed. A filter that lets
// the handshake pass and drops what follows, by its size or its content, does so,
// and so does the queue of an adapter that takes no more (tc(8)): a filter of
// addresses is counted, a queue comes after the count (net/ipv4/ip_output.c).
var held = diag.Rule{
	Name:   "held here",
	Reads:  []diag.Node{check.TalkTarget, check.FirewallRules, check.TCPConnect, check.RoutesTarget, check.LinksRead, check.CountersRead},
	Tells:  []catalog.Code{"firewall.local-out", "agent.blocks"},
	Claims: []catalog.Claim{catalog.DropSeen},
	Infer: func(v diag.View) (j diag.Judgement) {
		talks, _ := check.TalkTarget.Of(v)
		attempts, _ := check.TCPConnect.Of(v)
		for _, t := range talks {
			for _, a := range attempts {
				if a.To == t.To && check.Held(t.Reply()) {
					keptBack(v, a, &j)
				}
			}
		}
		return j
	},
}

func keptBack(v diag.View, a check.Attempts, j *diag.Judgement) {
	set, read := check.FirewallRules.Of(v)
	f := flowOf(v, a)
	o := f.trace(set, dataOf(f.packet(set)))
	b, named := culprit(o, true)
	found := diag.Finding{Code: "firewall.local-out", Way: diag.WayTo(a.Addr()), Direct: true, Evidence: []diag.Ref{{Check: "talk.target"}},
		Args: diag.Args{"address": a.Addr().String()}}
	named = named && read
	switch kept, known := untransmitted(v, diag.FamilyOf(a.Addr())); {
	case named:
	case read && o.Passes():
		found.Direct = false // it is none of the rules: the adapter may be full
		found.Args["unseen"] = "rules"
	case !known || kept == 0:
		found.Direct = false // no filter is seen to drop anything
		found.Args["kept"] = "back"
	}
	j.Findings = append(j.Findings, accuse(found, b, named)...)
	if named && worked(v, b) {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.DropSeen, Way: found.Way, Value: platform.Yes, Evidence: []diag.Ref{{Check: "firewall.rules"}}})
	}
}
