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
			if len(said) == 0 || slices.Contains(said, a) || works(v, a) != platform.No {
				continue
			}
			var dns []string
			for _, d := range said {
				if !slices.Contains(dns, d.String()) {
					dns = append(dns, d.String())
				}
			}
			j.Findings = append(j.Findings, diag.Finding{
				Code: "dns.overridden", Way: diag.WayTo(a), Direct: true,
				Args:     diag.Args{"address": a.String(), "path": hosts.Path, "dns": dns},
				Evidence: []diag.Ref{{Check: "names.hosts"}, {Check: "names.servers"}},
			})
		}
		return j
	},
}
