package rule

import (
	"net/netip"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// resolving reads the system's own answer beside each name server's. What the
// system resolves is no fault, whatever a server says.
var resolving = diag.Rule{
	Name: "resolving",
	Reads: []diag.Node{check.NamesResolvers, check.NamesSystem, check.NamesServers, check.NamesControl, check.LinksRead,
		check.RoutesRead, check.NeighborGateway},
	Tells: []catalog.Code{
		"dns.no-resolver", "dns.resolver-silent", "dns.udp-blocked", "dns.refused", "dns.server-failure",
		"dns.no-such-name", "dns.no-address", "ipv6.unavailable",
	},
	Claims: []catalog.Claim{catalog.ResolverAnswers, catalog.ResolversAgree},
	Infer: func(v diag.View) (j diag.Judgement) {
		servers, _ := check.NamesServers.Of(v)
		j.Claims = append(j.Claims, resolverClaims(v, servers)...)
		sys, known := check.NamesSystem.Of(v)
		if v.Target.Addr.IsValid() {
			return j
		}
		if known && len(sys.Addresses) > 0 {
			return j
		}
		if f, fault := noAnswer(v, servers); fault && (deaf(f.Code) || settled(v, check.NamesSystem)) {
			f.Evidence = append(f.Evidence, diag.Ref{Check: "names.servers"}, diag.Ref{Check: "names.system"})
			j.Findings = append(j.Findings, f)
		} else if only := onlyIPv6(v, servers); !fault && known && len(only) > 0 {
			j.Findings = append(j.Findings, diag.Finding{Code: "ipv6.unavailable", Direct: true, Args: diag.Args{"addresses": only},
				Evidence: []diag.Ref{{Check: "links.read"}, {Check: "names.servers"}, {Check: "names.system"}}})
		}
		return j
	},
}

// onlyIPv6 returns the addresses that the name servers know when all of them are
// IPv6 and this machine has no IPv6: the system then says that there are none
// (getaddrinfo(3), AI_ADDRCONFIG).
func onlyIPv6(v diag.View, servers []check.ServerAnswers) (addrs []string) {
	links, known := check.LinksRead.Of(v)
	if !known || hasGlobal(links, diag.IPv6) {
		return nil
	}
	for _, s := range servers {
		for _, a := range s.Addresses() {
			if !a.Is6() {
				return nil
			}
			if !slices.Contains(addrs, a.String()) {
				addrs = append(addrs, a.String())
			}
		}
	}
	return addrs
}

// deaf reports whether a code says that no name server is heard. That needs not
// wait for the system's own answer, which is then long in coming; what servers
// say does: the system may still find an address by TCP, by another server or
// by other means than name servers.
func deaf(c catalog.Code) bool { return c == "dns.resolver-silent" || c == "dns.udp-blocked" }

// settled reports whether nothing more comes of a check.
func settled(v diag.View, n diag.Node) bool { return v.Observation(n).Outcome != "" }

// late tells a dead first server where a later one serves.
var late = diag.Rule{
	Name:  "late",
	Reads: []diag.Node{check.NamesSystem, check.NamesServers},
	Tells: []catalog.Code{"dns.first-resolver-dead"},
	Infer: func(v diag.View) (j diag.Judgement) {
		servers, _ := check.NamesServers.Of(v)
		sys, _ := check.NamesSystem.Of(v)
		if f, fault := lateAnswer(servers); fault && len(sys.Addresses) > 0 {
			f.Evidence = []diag.Ref{{Check: "names.servers"}, {Check: "names.system"}}
			j.Findings = append(j.Findings, f)
		}
		return j
	},
}

func lateAnswer(servers []check.ServerAnswers) (f diag.Finding, fault bool) {
	if len(servers) < 2 || servers[0].Says() != check.SaysNothing {
		return f, false
	}
	i := slices.IndexFunc(servers, func(s check.ServerAnswers) bool { return len(s.Addresses()) > 0 })
	if i < 0 {
		return f, false
	}
	return diag.Finding{Code: "dns.first-resolver-dead", Direct: true, Args: diag.Args{
		"server": servers[0].Server.Addr().String(), "other": servers[i].Server.Addr().String()}}, true
}

// noAnswer tells why the name has no address.
func noAnswer(v diag.View, servers []check.ServerAnswers) (f diag.Finding, fault bool) {
	conf, known := check.NamesResolvers.Of(v)
	if known && len(conf.Servers) == 0 {
		_, asked := check.NamesSystem.Of(v)
		return diag.Finding{Code: "dns.no-resolver", Direct: asked}, true
	}
	says := map[string][]string{}
	for _, s := range servers {
		code := s.Says()
		if len(s.Addresses()) > 0 {
			code = "addresses"
		}
		says[code] = append(says[code], s.Server.Addr().String())
	}
	f.Direct = len(says) == 1
	if deaf := slices.Concat(says[check.SaysNothing], says[check.SaysClosed], says[check.SaysNoRoute]); len(deaf) > 0 && len(deaf) == len(servers) {
		return deafServers(v, servers, deaf)
	}
	for _, c := range serverCodes {
		if who := says[c.says]; len(who) > 0 {
			f.Code, f.Args = c.code, diag.Args{"n": len(who), "servers": who}
			return f, true
		}
	}
	return f, false
}

// serverCodes are what servers say, in the order in which the system believes
// them: a failure sends it on to the next server, a name that does not exist
// ends the search (resolv.conf(5)).
var serverCodes = []struct {
	says string
	code catalog.Code
}{
	{"NXDOMAIN", "dns.no-such-name"}, {"NOERROR", "dns.no-address"},
	{"REFUSED", "dns.refused"}, {"SERVFAIL", "dns.server-failure"},
	{"FORMERR", "dns.server-failure"}, {"NOTIMP", "dns.server-failure"}, {check.SaysGarbage, "dns.server-failure"},
}

// deafServers tells servers that do not answer over UDP: over TCP they may, and
// they may answer other questions.
func deafServers(v diag.View, servers []check.ServerAnswers, deaf []string) (f diag.Finding, fault bool) {
	direct := !slices.ContainsFunc(servers, func(s check.ServerAnswers) bool {
		return s.Says() == check.SaysNoRoute || s.Says() == check.SaysNothing && !nearAlive(v, s.Server.Addr())
	})
	f = diag.Finding{Code: "dns.resolver-silent", Direct: direct, Args: diag.Args{
		"servers": deaf, "n": len(deaf), "seconds": waited(servers)}}
	if !slices.ContainsFunc(servers, func(s check.ServerAnswers) bool { return !s.Server.Addr().IsLoopback() }) {
		f.Party = catalog.Computer // a resolver of this machine itself
	}
	if tunneled(v, deaf) {
		f.Party, f.Direct = catalog.VPN, false // the tunnel may be what is silent
	}
	if slices.ContainsFunc(servers, func(s check.ServerAnswers) bool { return s.TCP != nil && s.TCP.Came() }) {
		f.Code = "dns.udp-blocked"
		return f, true
	}
	controls, _ := check.NamesControl.Of(v)
	if slices.ContainsFunc(controls, func(c check.Control) bool { return c.Root.Came() }) {
		f.Code, f.Direct = "dns.server-failure", false
	}
	return f, true
}

// tunneled reports whether the way to every one of these addresses leads into a
// tunnel.
func tunneled(v diag.View, addrs []string) bool {
	r, _ := check.RoutesRead.Of(v)
	links, _ := check.LinksRead.Of(v)
	return len(addrs) > 0 && !slices.ContainsFunc(addrs, func(a string) bool {
		return !slices.ContainsFunc(r.To, func(to check.Reach) bool {
			l, ok := byIndex(links, to.Route.Link)
			return to.Dst.String() == a && to.Problem == nil && ok && check.IsTunnel(l)
		})
	})
}

// nearAlive reports whether the next hop to an address is known to answer, or
// there is none.
func nearAlive(v diag.View, a netip.Addr) bool {
	hops, _ := check.NeighborGateway.Of(v)
	for _, h := range hops {
		if slices.Contains(h.For, a) && h.Gateway {
			return h.Neighbor.Confirmed == platform.Yes
		}
	}
	return true
}

func waited(servers []check.ServerAnswers) (d time.Duration) {
	for _, s := range servers {
		for _, a := range s.UDP {
			d = max(d, a.Waited)
		}
	}
	return d
}

// resolverClaims says whether the servers answer anything, and whether those
// that answered agree.
func resolverClaims(v diag.View, servers []check.ServerAnswers) (out []diag.Claim) {
	seen := []diag.Ref{{Check: "names.servers"}, {Check: "names.control"}}
	if controls, ok := check.NamesControl.Of(v); ok && len(controls) > 0 {
		answers := slices.ContainsFunc(controls, func(c check.Control) bool { return c.Root.Came() })
		settled := answers || !slices.ContainsFunc(controls, func(c check.Control) bool {
			return !c.Root.Silent() && !c.Root.Closed()
		})
		if settled {
			out = append(out, diag.Claim{Name: catalog.ResolverAnswers, Value: platform.TriOf(answers), Evidence: seen})
		}
	}
	if agree := agreement(servers); agree != platform.Unknown {
		out = append(out, diag.Claim{Name: catalog.ResolversAgree, Value: agree, Evidence: seen[:1]})
	}
	return out
}

// agreement is whether every server says the same of the name's existence. It
// is unknown while one is silent, as it might say otherwise.
func agreement(servers []check.ServerAnswers) platform.Tri {
	agree := platform.Unknown
	for i, s := range servers {
		says := s.Says()
		if says == check.SaysNothing || says == check.SaysClosed || says == check.SaysUnknown || says == check.SaysGarbage {
			return platform.Unknown
		}
		agree = platform.Yes
		if i > 0 && (says != servers[0].Says() || (len(s.Addresses()) > 0) != (len(servers[0].Addresses()) > 0)) {
			return platform.No
		}
	}
	return agree
}
