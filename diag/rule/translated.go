package rule

import (
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/diag/firewall"
	"faultline/platform"
)

// translated tells connections that a rule of this machine sends to another
// machine, which does not take them, or sends in the name of another machine, to
// which the answers then go. A translation that works is never told.
var translated = diag.Rule{
	Name:  "translated here",
	Reads: []diag.Node{check.TCPConnect, check.FirewallRules, check.RoutesTarget, check.LinksRead},
	Tells: []catalog.Code{"firewall.local-out", "agent.blocks"},
	Infer: func(v diag.View) (j diag.Judgement) {
		attempts, _ := check.TCPConnect.Of(v)
		set, read := check.FirewallRules.Of(v)
		links, _ := check.LinksRead.Of(v)
		for _, a := range attempts {
			if !read || a.Last().Ended == platform.DialOpen {
				continue
			}
			o := flowOf(v, a).sent(set)
			for _, b := range o.Turned {
				if args := turnedTo(b, a, links); args != nil {
					args["address"] = a.Addr().String()
					f := diag.Finding{Code: "firewall.local-out", Way: diag.WayTo(a.Addr()), Direct: true, Args: args,
						Evidence: []diag.Ref{{Check: "tcp.connect", About: a.To.String()}}}
					j.Findings = append(j.Findings, accuse(f, b, true)...)
					break
				}
			}
		}
		return j
	},
}

// turnedTo says what a translation makes of a connection that failed; nil where
// that explains nothing. An answer to an address of this machine finds back.
func turnedTo(b firewall.Blocker, a check.Attempts, links []platform.Link) diag.Args {
	switch to := b.Destination(); {
	case b.Rule.Verdict != platform.RuleSNAT:
		return diag.Args{"to": b.Rule.To}
	case a.Silent() && to.IsValid() && !check.Has(links, to):
		return diag.Args{"from": to.String()}
	}
	return nil
}
