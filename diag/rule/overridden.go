package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// overridden tells a hosts file that sends the name elsewhere than the name
// servers do, where that address fails: an entry that works is how its owner
// wants it.
var overridden = diag.Rule{
	Name:  "overridden",
	Reads: []diag.Node{check.NamesHosts, check.NamesServers, check.TCPConnect, check.TalkTarget, check.ClockRead},
	Tells: []catalog.Code{"dns.overridden"},
	Infer: func(v diag.View) (j diag.Judgement) {
		hosts, _ := check.NamesHosts.Of(v)
		servers, _ := check.NamesServers.Of(v)
		var said []netip.Addr
		for _, s := range servers {
			said = append(said, s.Addresses()...)
		}
		for _, a := range hosts.Addresses {
			if len(said) == 0 || slices.Contains(said, a) || check.Usable(a) && works(v, a) != platform.No {
				continue
			}
			var dns []string
			for _, d := range said {
				if !slices.Contains(dns, d.String()) {
					dns = append(dns, d.String())
				}
			}
			j.Findings = append(j.Findings, diag.Finding{
				Code: "dns.overridden", Way: wayTo(a), Direct: true,
				Args:     diag.Args{"address": a.String(), "path": hosts.Path, "dns": dns},
				Evidence: []diag.Ref{{Check: "names.hosts"}, {Check: "names.servers"}},
			})
		}
		return j
	},
}

// wayTo is the way to an address; one that can be no host's stands for every way.
func wayTo(a netip.Addr) diag.Way {
	if !check.Usable(a) {
		return diag.Way{}
	}
	return diag.WayTo(a)
}

// meant says whether this machine's own address as the target's is the user's
// choice. Name servers answer so to block a name, and also for names that are
// meant to lead here.
var meant = diag.Rule{
	Name:   "meant",
	Reads:  []diag.Node{check.NamesHosts, check.NamesServers, check.TCPConnect},
	Claims: []catalog.Claim{catalog.AddressMeant},
	Infer: func(v diag.View) (j diag.Judgement) {
		hosts, _ := check.NamesHosts.Of(v)
		servers, _ := check.NamesServers.Of(v)
		for _, a := range tried(v) {
			value, seen := platform.Unknown, diag.Ref{Check: "names.hosts"}
			switch {
			case v.Target.Addr.IsValid(), slices.Contains(hosts.Addresses, a):
				value = platform.Yes
			case slices.ContainsFunc(servers, func(s check.ServerAnswers) bool { return slices.Contains(s.Addresses(), a) }):
				value, seen.Check = platform.No, "names.servers"
			}
			if value != platform.Unknown {
				j.Claims = append(j.Claims, diag.Claim{Name: catalog.AddressMeant, Way: diag.WayTo(a), Value: value, Evidence: []diag.Ref{seen}})
			}
		}
		return j
	},
}
