package rule

import (
	"net/netip"
	"strconv"
	"strings"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/diag/firewall"
	"faultline/platform"
)

// translated tells connections that a rule of this machine sends elsewhere, where
// nobody answers, or sends in the name of another machine, to which the answers
// then go. A translation that works is never told, one to a machine that turns the
// connection away is that machine's no, not this one's (sentElsewhere), and of one
// to who answers otherwise than it should, the answer decides: it is told beside it.
var translated = diag.Rule{
	Name:  "translated here",
	Reads: []diag.Node{check.TCPConnect, check.FirewallRules, check.RoutesTarget, check.LinksRead, check.TalkTarget, check.ClockRead},
	Tells: []catalog.Code{"firewall.local-out", "agent.blocks"},
	Infer: func(v diag.View) (j diag.Judgement) {
		attempts, _ := check.TCPConnect.Of(v)
		set, read := check.FirewallRules.Of(v)
		links, _ := check.LinksRead.Of(v)
		for _, a := range attempts {
			open := a.Last().Ended == platform.DialOpen
			if _, elsewhere := sentElsewhere(v, a); !read || open && check.Speaks(v, a.Addr()) != platform.No || elsewhere && turnedDown(v, a) {
				continue
			}
			o := flowOf(v, a).sent(set)
			for _, b := range o.Turned {
				if args := turnedTo(b, a, links); args != nil {
					args["address"] = a.Addr().String()
					f := diag.Finding{Code: "firewall.local-out", Way: diag.WayTo(a.Addr()), Direct: !open, Args: args,
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

// sentElsewhere is the rule of this machine by which what is sent to a port
// certainly goes to another machine, or to another port of the target.
func sentElsewhere(v diag.View, a check.Attempts) (firewall.Blocker, bool) {
	set, read := check.FirewallRules.Of(v)
	links, _ := check.LinksRead.Of(v)
	if !read {
		return firewall.Blocker{}, false
	}
	for _, b := range flowOf(v, a).sent(set).Turned {
		to := b.Destination()
		if !to.IsValid() {
			to = a.Addr()
		}
		if b.Rule.Verdict == platform.RuleDNAT && !to.IsLoopback() && !check.Has(links, to) {
			return b, true
		}
	}
	return firewall.Blocker{}, false
}

// whereTo names where a translation leads; one to another port alone stays with the
// target.
func whereTo(b firewall.Blocker, a check.Attempts) string {
	if port, only := strings.CutPrefix(b.Rule.To, ":"); only {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			return netip.AddrPortFrom(a.Addr(), uint16(n)).String()
		}
	}
	return b.Rule.To
}

// turnedDown reports whether somebody out there said no to an attempt.
func turnedDown(v diag.View, a check.Attempts) bool {
	last := a.Last()
	return last.Ended == platform.DialRefused ||
		last.Ended == platform.DialICMP && last.ICMP != nil && check.Rejects(*last.ICMP) == check.Prohibited && !own(v, last.ICMP.From)
}
