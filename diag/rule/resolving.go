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
// system resolves is no fault, whatever a server says; nor is, where the system's
// answer could not be had, what its hosts file holds.
var resolving = diag.Rule{
	Name: "resolving",
	Reads: []diag.Node{check.NamesResolvers, check.NamesSystem, check.NamesServers, check.NamesControl, check.NamesUpstream,
		check.LinksRead, check.RoutesRead, check.NeighborGateway, check.NamesHosts, check.RelaysServers},
	Tells: []catalog.Code{
		"dns.no-resolver", "dns.resolver-silent", "dns.udp-blocked", "dns.tcp-blocked", "dns.refused", "dns.server-failure",
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
		if known && len(sys.Addresses) > 0 || !known && inHosts(v) {
			return j
		}
		f, fault := unnamed(v, servers)
		if fault && (deaf(f.Code) || settled(v, check.NamesSystem)) {
			f.Evidence = append(f.Evidence, diag.Ref{Check: "names.servers"}, diag.Ref{Check: "names.system"})
			f.Against = aliveElsewhere(v, f.Code)
			j.Findings = append(j.Findings, f)
		} else if only := onlyIPv6(v, servers); !fault && known && len(only) > 0 {
			j.Findings = append(j.Findings, diag.Finding{Code: "ipv6.unavailable", Direct: true, Args: diag.Args{"addresses": only},
				Evidence: []diag.Ref{{Check: "links.read"}, {Check: "names.servers"}, {Check: "names.system"}}})
		}
		return j
	},
}

// inHosts reports whether the hosts file holds the name, and the system is not
// told to leave that file out (nsswitch.conf(5)).
func inHosts(v diag.View) bool {
	hosts, _ := check.NamesHosts.Of(v)
	conf, _ := check.NamesResolvers.Of(v)
	return len(hosts.Addresses) > 0 && (len(conf.Order) == 0 || slices.Contains(conf.Order, "files"))
}

// unnamed tells why the system finds no address: by those whom it asks.
func unnamed(v diag.View, servers []check.ServerAnswers) (f diag.Finding, fault bool) {
	if f, fault, ruled := byRule(v); ruled {
		return f, fault
	}
	if f, fault := behindStub(v, servers); fault {
		return f, true
	}
	return noAnswer(v, servers)
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
// wait for the system's own answer, which is then long in coming (it waits two
// minutes for a connection over TCP); what servers say does: the system may still
// find an address by another server or by other means than name servers.
func deaf(c catalog.Code) bool {
	return c == "dns.resolver-silent" || c == "dns.udp-blocked" || c == "dns.tcp-blocked"
}

// aliveElsewhere are the name servers that are silent by way of the gateway and
// answer, each that was tried, by way of another router on the link: it is then
// not they who are silent.
func aliveElsewhere(v diag.View, c catalog.Code) (refs []diag.Ref) {
	tried, _ := check.RelaysServers.Of(v)
	near, _ := check.RoutesRead.Of(v)
	for _, r := range near.To {
		answered := func(chosen bool) bool {
			return slices.ContainsFunc(tried, func(o check.Relayed) bool {
				return o.To == r.Dst && !o.OnLink && (o.Gateway == r.Route.Gateway) == chosen && o.Answered
			})
		}
		if !slices.ContainsFunc(tried, func(o check.Relayed) bool { return o.To == r.Dst }) {
			continue
		}
		if !deaf(c) || answered(true) || !answered(false) {
			return nil
		}
		refs = append(refs, about(check.RelaysServers, r.Dst))
	}
	return refs
}

// settled reports whether nothing more comes of a check.
func settled(v diag.View, n diag.Node) bool { return v.Observation(n).Outcome != "" }

// late tells a dead first server where a later one serves, and a late one. Where
// the run ended before the system's own answer came, the servers' own answers
// tell it.
var late = diag.Rule{
	Name:  "late",
	Reads: []diag.Node{check.NamesResolvers, check.NamesSystem, check.NamesServers},
	Tells: []catalog.Code{"dns.first-resolver-dead", "dns.slow"},
	Infer: func(v diag.View) (j diag.Judgement) {
		servers, _ := check.NamesServers.Of(v)
		sys, known := check.NamesSystem.Of(v)
		conf, _ := check.NamesResolvers.Of(v)
		if known && len(sys.Addresses) == 0 {
			return j
		}
		seen := []diag.Ref{{Check: "names.servers"}, {Check: "names.system"}}
		if f, fault := lateAnswer(servers, slices.Contains(conf.Options, "rotate")); fault {
			f.Evidence = seen
			j.Findings = append(j.Findings, f)
		} else if s := slowest(servers); !known && s > check.SlowName {
			j.Findings = append(j.Findings, diag.Finding{Code: "dns.slow", Evidence: seen, Args: diag.Args{"seconds": s}})
		}
		return j
	},
}

// slowest is how long the first server took for an address; 0 when it gave none.
func slowest(servers []check.ServerAnswers) (took time.Duration) {
	if len(servers) == 0 {
		return 0
	}
	for _, a := range servers[0].UDP {
		if a.Came() && len(a.Records) > 0 {
			took = max(took, a.Waited)
		}
	}
	return took
}

// lateAnswer finds a dead server that the system waits for: the first one, or any
// where it takes turns (resolv.conf(5), rotate).
func lateAnswer(servers []check.ServerAnswers, turns bool) (f diag.Finding, fault bool) {
	dead := slices.IndexFunc(servers, func(s check.ServerAnswers) bool { return s.Says() == check.SaysNothing })
	i := slices.IndexFunc(servers, func(s check.ServerAnswers) bool { return len(s.Addresses()) > 0 })
	if i < 0 || dead < 0 || dead > i && !turns {
		return f, false
	}
	return diag.Finding{Code: "dns.first-resolver-dead", Direct: true, Args: diag.Args{
		"server": servers[dead].Server.Addr().String(), "other": servers[i].Server.Addr().String()}}, true
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
		if !s.Settled() || says == check.SaysNothing || says == check.SaysClosed || says == check.SaysUnknown || says == check.SaysGarbage {
			return platform.Unknown
		}
		agree = platform.Yes
		if i > 0 && (says != servers[0].Says() || (len(s.Addresses()) > 0) != (len(servers[0].Addresses()) > 0)) {
			return platform.No
		}
	}
	return agree
}
