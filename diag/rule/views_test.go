package rule

import (
	"net/netip"
	"slices"
	"testing"

	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

const asked = "app.corp.example"

// said is what a server at an address says: a code, or addresses of the name as
// asked, or name=address.
func said(server string, answers ...string) check.ServerAnswers {
	s := check.ServerAnswers{Server: netip.AddrPortFrom(netip.MustParseAddr(server), 53)}
	for _, a := range answers {
		one := check.Answer{Name: asked}
		one.Recursion = true
		if addr, err := netip.ParseAddr(a); err == nil {
			one.RCode = "NOERROR"
			one.Records = []platform.DNSRecord{{Name: asked, Type: "A", Addr: addr}}
		} else {
			one.RCode = a
		}
		s.UDP = append(s.UDP, one)
	}
	return s
}

// under lets the first answer be one to another candidate name.
func under(s check.ServerAnswers, name string) check.ServerAnswers {
	s.UDP = slices.Clone(s.UDP)
	s.UDP[0].Name = name
	return s
}

func addrs(all ...string) (out []netip.Addr) {
	for _, a := range all {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func group(all ...check.ServerAnswers) []check.ServerAnswers { return all }

func TestWhyTheSystemWasNotTold(t *testing.T) {
	const old, inside, outside = "9.8.7.1", "10.1.2.3", "9.8.7.9"
	resolve := platform.Resolvers{Order: []string{"files", "resolve", "dns"}}
	multicast := platform.Resolvers{Order: []string{"files", "mdns4_minimal", "dns"}, Ends: []string{"mdns4_minimal"}}
	for _, tt := range []struct {
		name   string
		c      comparison
		serves string
		want   catalog.Code
	}{
		{"two servers, another address", comparison{told: addrs(old), servers: group(said("192.0.2.1", old), said("192.0.2.2", outside))}, outside, "dns.wrong-answer"},
		{"two servers, both internal", comparison{told: addrs("10.1.2.4"), servers: group(said("192.0.2.1", "10.1.2.4"), said("192.0.2.2", inside))}, inside, "dns.wrong-answer"},
		{"two servers, an internal address", comparison{told: addrs(old), servers: group(said("192.0.2.1", old), said("192.0.2.2", inside))}, inside, "dns.split-view"},
		{"two servers, the first does not know it", comparison{servers: group(said("192.0.2.1", "NXDOMAIN"), said("192.0.2.2", outside))}, outside, "dns.split-view"},
		{"two servers, no record and a private one", comparison{servers: group(said("192.0.2.1", "NOERROR"), said("192.0.2.2", inside))}, inside, "dns.rebind-filtered"},
		{"two servers, no record and a public one", comparison{servers: group(said("192.0.2.1", "NOERROR"), said("192.0.2.2", outside))}, outside, "dns.split-view"},
		{"blocked by the first", comparison{told: addrs("0.0.0.0"), servers: group(said("192.0.2.1", "0.0.0.0"), said("192.0.2.2", outside))}, outside, "dns.filtered"},
		{"the first gives its own address", comparison{told: addrs("192.0.2.1"), servers: group(said("192.0.2.1", "192.0.2.1"), said("192.0.2.2", outside))}, outside, "dns.filtered"},
		{"the search list found another", comparison{told: addrs(old), servers: group(under(said("192.0.2.1", old, outside), asked+".lan"))}, outside, "dns.search-domain"},
		{"kept by a local resolver", comparison{told: addrs(old), servers: group(said("127.0.0.53", old)), upstream: group(said("192.0.2.1", outside))}, outside, "dns.stale-cache"},
		{"kept by a local resolver, beside another server", comparison{told: addrs(old), servers: group(said("127.0.0.1", old), said("192.0.2.1", outside))}, outside, "dns.stale-cache"},
		{"a local resolver that asks two, who disagree", comparison{servers: group(said("127.0.0.53", "NXDOMAIN")), upstream: group(said("192.0.2.1", outside), said("192.0.2.2", "NXDOMAIN"))}, outside, "dns.split-view"},
		{"a local resolver with a rule for the domain", comparison{servers: group(said("127.0.0.53", "NXDOMAIN")), upstream: group(said("192.0.2.1", outside)),
			conf: platform.Resolvers{Upstream: []platform.Resolver{{Domains: []string{"corp.example"}}}}}, outside, "dns.split-view"},
		{"kept by the name service switch", comparison{told: addrs(old), conf: resolve, servers: group(said("192.0.2.1", outside))}, outside, "dns.stale-cache"},
		{"kept by nscd", comparison{conf: platform.Resolvers{Caches: []string{"nscd"}}, servers: group(said("192.0.2.1", outside))}, outside, "dns.stale-cache"},
		{"nothing that keeps answers", comparison{servers: group(said("192.0.2.1", outside))}, outside, ""},
		{"nobody gives it", comparison{servers: group(said("192.0.2.1", "NXDOMAIN"))}, outside, ""},
		{"multicast, and another name than local", comparison{conf: multicast, servers: group(said("192.0.2.1", outside))}, outside, ""},
		{"multicast only", comparison{name: "printer.local", conf: multicast, servers: group(said("192.0.2.1", outside))}, outside, "dns.split-view"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.c.name == "" {
				tt.c.name = asked
			}
			f, fault := tt.c.explain(netip.MustParseAddr(tt.serves))
			if fault != (tt.want != "") || fault && f.Code != tt.want {
				t.Errorf("got %s (%v), want %q", f.Code, fault, tt.want)
			}
		})
	}
}

func TestWhatServersSayOfAFailure(t *testing.T) {
	lame := said("192.0.2.1", "NOERROR")
	lame.UDP[0].Recursion = false
	bogus := said("192.0.2.1", "SERVFAIL")
	bogus.Unchecked = &check.Answer{DNSAnswer: platform.DNSAnswer{RCode: "NOERROR"}}
	broken := said("192.0.2.1", "SERVFAIL")
	broken.Root = &check.Answer{DNSAnswer: platform.DNSAnswer{RCode: "SERVFAIL"}}
	orphan := said("192.0.2.1", "NXDOMAIN")
	orphan.Parent = &check.Answer{Name: "corp.example", DNSAnswer: platform.DNSAnswer{RCode: "NXDOMAIN"}}
	alias := said("192.0.2.1", "NXDOMAIN")
	alias.Parent = orphan.Parent
	alias.UDP[0].Records = []platform.DNSRecord{{Name: asked, Type: "CNAME", Text: "gone.example"}}
	for _, tt := range []struct {
		name    string
		servers []check.ServerAnswers
		code    catalog.Code
		party   catalog.Party
		arg     string
	}{
		{"fails", group(said("192.0.2.1", "SERVFAIL")), "dns.server-failure", "", ""},
		{"fails at everything", group(broken), "dns.server-failure", catalog.LAN, ""},
		{"one of two fails, one refuses", group(said("192.0.2.1", "SERVFAIL"), said("192.0.2.2", "FORMERR")), "dns.server-failure", catalog.LAN, ""},
		{"signatures", group(bogus), "dns.server-failure", "", "dnssec"},
		{"refers to others", group(lame), "dns.server-failure", catalog.LAN, "lame"},
		{"another code", group(said("192.0.2.1", "NOTZONE")), "dns.server-failure", "", ""},
		{"neither the zone above", group(orphan), "dns.no-such-name", catalog.Computer, "parent"},
		{"an alias that leads nowhere", group(alias), "dns.no-such-name", "", "alias"},
		{"the first has no address, the second no name", group(said("192.0.2.1", "NOERROR"), said("192.0.2.2", "NXDOMAIN")), "dns.no-address", "", ""},
		{"a failure, then no such name", group(said("192.0.2.1", "SERVFAIL"), said("192.0.2.2", "NXDOMAIN")), "dns.no-such-name", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			by := map[string][]string{}
			for _, s := range tt.servers {
				by[s.Says()] = append(by[s.Says()], s.Server.String())
			}
			f, fault := saidCode(tt.servers, by)
			_, has := f.Args[tt.arg]
			if !fault || f.Code != tt.code || f.Party != tt.party || tt.arg != "" && !has {
				t.Errorf("got %s of %q with %v, want %s of %q with %q", f.Code, f.Party, f.Args, tt.code, tt.party, tt.arg)
			}
		})
	}
}

func TestAddressesAreNoFault(t *testing.T) {
	if f, fault := saidCode(group(said("192.0.2.1", "192.0.2.9")), map[string][]string{"addresses": {"192.0.2.1"}}); fault {
		t.Errorf("got %+v, want no fault where there are addresses", f)
	}
}
