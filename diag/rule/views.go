package rule

import (
	"net/netip"
	"slices"
	"strings"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// views compares what the system was told with what the name servers of this
// machine say. That they differ is no fault: many names have another address for
// each who asks. It is one where what the system was told fails and what it was
// not told serves.
var views = diag.Rule{
	Name: "views",
	Reads: []diag.Node{check.NamesResolvers, check.NamesHosts, check.NamesSystem, check.NamesServers, check.NamesUpstream,
		check.TCPOthers, check.TCPConnect, check.TalkTarget, check.ClockRead, check.LinksRead, check.RoutesRead, check.RoutesTarget},
	Tells:  []catalog.Code{"dns.search-domain", "dns.split-view", "dns.stale-cache", "dns.rebind-filtered", "dns.wrong-answer", "dns.filtered"},
	Claims: []catalog.Claim{catalog.NameWithheld},
	Infer: func(v diag.View) (j diag.Judgement) {
		c, ok := compare(v)
		if !ok {
			return j
		}
		for _, o := range c.others {
			serves, proven := o.Serves(v)
			if !serves {
				continue
			}
			if f, fault := c.explain(o.Addr()); fault {
				if f.Code == "dns.split-view" && f.Args["rule"] != "mdns" {
					f.Party = viewParty(v, f.Args["server"].(string))
				}
				f.Direct = f.Direct && proven
				f.Args["working"] = o.Addr().String()
				f.Evidence = append(f.Evidence, diag.Ref{Check: "names.system"}, diag.Ref{Check: "names.servers"}, diag.Ref{Check: "tcp.others"})
				if rule, _ := f.Args["rule"].(string); rule != "" {
					j.Claims = []diag.Claim{{Name: catalog.NameWithheld, Value: platform.No, Evidence: []diag.Ref{{Check: "names.resolvers"}}}}
				}
				j.Findings = []diag.Finding{f}
				return j
			}
		}
		return j
	},
}

// comparison is what the system was told beside what others say.
type comparison struct {
	name              string // as given
	conf              platform.Resolvers
	told              []netip.Addr // by the system; none of them works
	servers, upstream []check.ServerAnswers
	others            []check.Other
}

// compare gathers it where the system's answer leads nowhere, and does not come
// from the hosts file or this machine's own names.
func compare(v diag.View) (c comparison, ok bool) {
	sys, known := check.NamesSystem.Of(v)
	if !known || sys.Silent || v.Target.Addr.IsValid() {
		return c, false
	}
	hosts, _ := check.NamesHosts.Of(v)
	for _, a := range sys.Addresses {
		if slices.Contains(hosts.Addresses, a) || check.Usable(a) && works(v, a) != platform.No || own(v, a) && !a.IsLoopback() {
			return c, false
		}
	}
	c = comparison{name: v.Target.Host, told: sys.Addresses}
	c.conf, _ = check.NamesResolvers.Of(v)
	c.servers, _ = check.NamesServers.Of(v)
	c.upstream, _ = check.NamesUpstream.Of(v)
	c.others, _ = check.TCPOthers.Of(v)
	return c, true
}

// explain says why the system was not told an address that serves.
func (c comparison) explain(serves netip.Addr) (diag.Finding, bool) {
	giver, behind, ok := c.giver(serves)
	teller := c.teller()
	f := diag.Finding{Direct: true, Args: diag.Args{"server": giver.Server.Addr().String()}}
	if len(c.told) > 0 {
		f.Args["address"] = c.told[0].String()
	}
	switch {
	case !ok:
		return f, false
	case teller < 0:
		return f, c.untold(&f, behind)
	}
	told := c.servers[teller]
	f.Args["teller"] = told.Server.Addr().String()
	switch {
	case c.suffix(told, serves, &f):
		f.Code = "dns.search-domain"
	case slices.Contains(told.Addresses(), serves):
		return f, c.untold(&f, behind)
	case withholds(told, c.told), slices.Equal(c.told, []netip.Addr{told.Server.Addr()}):
		f.Code, f.Args["how"] = "dns.filtered", "address"
	case c.cached(told, serves, behind):
		f.Code = "dns.stale-cache"
	default:
		c.differ(&f, told, serves)
	}
	return f, true
}

// giver is a server that gives an address, a configured one before one behind a
// resolver of this machine.
func (c comparison) giver(a netip.Addr) (s check.ServerAnswers, behind, ok bool) {
	gives := func(s check.ServerAnswers) bool { return slices.Contains(s.Addresses(), a) }
	if i := slices.IndexFunc(c.servers, gives); i >= 0 {
		return c.servers[i], false, true
	}
	if i := slices.IndexFunc(c.upstream, gives); i >= 0 {
		return c.upstream[i], true, true
	}
	return s, false, false
}

// teller is the server from which the system's answer is: the one that gives
// these addresses, or says that there are none; -1 when it is from none of them.
func (c comparison) teller() int {
	if len(c.told) == 0 {
		return check.Believed(c.servers)
	}
	return slices.IndexFunc(c.servers, func(s check.ServerAnswers) bool {
		return slices.ContainsFunc(s.Addresses(), func(a netip.Addr) bool { return slices.Contains(c.told, a) })
	})
}

// suffix reports whether the search list led the system astray: another name was
// found before the one with the address that serves.
func (c comparison) suffix(s check.ServerAnswers, serves netip.Addr, f *diag.Finding) bool {
	found := ""
	for _, a := range s.UDP {
		addrs := s.AddressesOf(a.Name)
		switch {
		case found != "" && a.Name != found && slices.Contains(addrs, serves):
			f.Args["found"], f.Args["suffix"] = found, strings.TrimPrefix(found, c.name+".")
			f.Args["full"] = a.Name
			return true
		case found == "" && slices.ContainsFunc(addrs, func(x netip.Addr) bool { return slices.Contains(c.told, x) }):
			found = a.Name
		}
	}
	return false
}

// cached reports whether a resolver of this machine itself gave the old answer,
// and every other that it could have from gives the new one.
func (c comparison) cached(told check.ServerAnswers, serves netip.Addr, behind bool) bool {
	if !told.Server.Addr().IsLoopback() || c.ruled() != "" {
		return false
	}
	fresh := c.upstream
	if !behind && len(fresh) == 0 {
		fresh = slices.DeleteFunc(slices.Clone(c.servers), func(s check.ServerAnswers) bool { return s.Server.Addr().IsLoopback() })
	}
	return len(fresh) > 0 && !slices.ContainsFunc(fresh, func(s check.ServerAnswers) bool { return c.otherwise(s, serves) })
}

// otherwise reports whether a server says another thing than the new answer, or
// still the old one.
func (c comparison) otherwise(s check.ServerAnswers, serves netip.Addr) bool {
	says, given := s.Says(), s.Addresses()
	return says == "NXDOMAIN" || says == "NOERROR" && !slices.Contains(given, serves) ||
		slices.ContainsFunc(given, func(a netip.Addr) bool { return slices.Contains(c.told, a) })
}

// ruled returns the domain for which a rule of this machine sends the name to
// particular servers.
func (c comparison) ruled() string {
	for _, r := range c.conf.Upstream {
		for _, d := range r.Domains {
			if check.Within(c.name, d) {
				return d
			}
		}
	}
	return ""
}

// differ tells two servers that contradict each other.
func (c comparison) differ(f *diag.Finding, told check.ServerAnswers, serves netip.Addr) {
	public := len(c.told) > 0 && !slices.ContainsFunc(c.told, private)
	switch {
	case len(c.told) == 0 && told.Says() == "NOERROR" && private(serves):
		f.Code = "dns.rebind-filtered"
	case len(c.told) == 0, public && private(serves):
		f.Code, f.Args["rule"] = "dns.split-view", c.ruled()
	default:
		f.Code = "dns.wrong-answer"
	}
}

// viewParty is who must act on a name that was asked of the wrong server: whoever
// runs the tunnel that leads to the right one, else this machine's settings.
func viewParty(v diag.View, server string) catalog.Party {
	if a, err := netip.ParseAddr(server); err == nil && tunneled(v, a) {
		return catalog.VPN
	}
	return catalog.Computer
}

// untold tells addresses that the servers give and the system does not: a rule
// keeps it from asking them, or something here remembers another answer.
func (c comparison) untold(f *diag.Finding, behind bool) bool {
	f.Party = ""
	switch {
	case len(c.told) == 0 && c.multicastOnly():
		f.Code, f.Party, f.Args["rule"] = "dns.split-view", catalog.Computer, "mdns"
	case behind, len(c.conf.Caches) > 0, slices.Contains(c.conf.Order, "resolve"), slices.Contains(c.conf.Order, "sss"):
		f.Code = "dns.stale-cache"
	default:
		return false
	}
	return true
}

// multicastOnly reports whether the system looks the name up by multicast DNS and
// ends the search there: names within local (RFC 6762 §3).
func (c comparison) multicastOnly() bool {
	dns := slices.Index(c.conf.Order, "dns")
	return check.Within(c.name, "local") && slices.ContainsFunc(c.conf.Ends, func(s string) bool {
		at := slices.Index(c.conf.Order, s)
		return len(s) >= 4 && s[:4] == "mdns" && at >= 0 && (dns < 0 || at < dns)
	})
}

// private reports whether an address is of a network that is nobody's in public
// (RFC 1918, RFC 4193, RFC 6598; RFC 5737 and RFC 3849, which filters treat
// likewise), or of this machine alone.
func private(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() ||
		slices.ContainsFunc(inner, func(p netip.Prefix) bool { return p.Contains(a) })
}

var inner = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"),
}
