package rule

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// noAnswer tells why the name has no address.
func noAnswer(v diag.View, servers []check.ServerAnswers) (f diag.Finding, fault bool) {
	conf, known := check.NamesResolvers.Of(v)
	if known && len(conf.Servers) == 0 && len(servers) == 0 && settled(v, check.NamesServers) {
		_, asked := check.NamesSystem.Of(v)
		return diag.Finding{Code: "dns.no-resolver", Direct: asked}, true
	}
	if f, fault := notWhole(servers); fault {
		return f, true
	}
	says := map[string][]string{}
	for _, s := range servers {
		code := s.Says()
		if len(s.Addresses()) > 0 {
			code = "addresses"
		}
		says[code] = append(says[code], s.Server.Addr().String())
	}
	if deaf := slices.Concat(says[check.SaysNothing], says[check.SaysClosed], says[check.SaysNoRoute]); len(deaf) > 0 && len(deaf) == len(servers) {
		return deafServers(v, servers, deaf)
	}
	if tooLate(v, servers) {
		return diag.Finding{Code: "dns.resolver-silent", Direct: true, Args: diag.Args{
			"servers": says["addresses"], "n": len(servers), "seconds": waited(servers), "late": "yes"}}, true
	}
	if len(says["addresses"]) > 0 && asksNobody(conf) {
		return diag.Finding{Code: "dns.no-resolver", Direct: true, Args: diag.Args{"order": conf.Order}}, true
	}
	f, fault = saidCode(servers, says)
	if f.Code == "dns.no-such-name" && f.Args["alias"] == nil {
		weighRoot(v, &f, f.Args["servers"].([]string))
	}
	return f, fault
}

// weighRoot weighs what servers say of a name by what they say of the root: where
// that does not exist for them either (RFC 8020 §2), they know no name of the
// internet, and what they say of one name proves nothing of it.
func weighRoot(v diag.View, f *diag.Finding, servers []string) {
	controls, _ := check.NamesControl.Of(v)
	deny := 0
	for _, c := range controls {
		switch {
		case !c.Root.Came() || !slices.Contains(servers, c.Server.Addr().String()):
		case c.Root.RCode == "NXDOMAIN":
			deny++
		default:
			return
		}
	}
	if f.Direct = false; deny == len(servers) {
		delete(f.Args, "parent")
		f.Args["root"], f.Party = "yes", catalog.Computer
	}
}

// tooLate reports whether every server gave its addresses only after the system
// had given up: it may be told to wait no longer (resolv.conf(5), timeout).
func tooLate(v diag.View, servers []check.ServerAnswers) bool {
	sys, known := check.NamesSystem.Of(v)
	return known && !sys.Silent && len(servers) > 0 && !slices.ContainsFunc(servers, func(s check.ServerAnswers) bool {
		first := time.Duration(-1)
		for _, a := range s.UDP {
			if a.Came() && (first < 0 || a.Waited < first) {
				first = a.Waited
			}
		}
		return !(first > sys.Waited && first > time.Second || s.Late != nil && s.Late.Waited > sys.Waited) || len(s.Addresses()) == 0
	})
}

// saidCode tells by what the servers say: the one that the system believes first,
// else the gravest.
func saidCode(servers []check.ServerAnswers, says map[string][]string) (f diag.Finding, fault bool) {
	order := append(slices.Clip(serverCodes), slices.Sorted(maps.Keys(says))...)
	if i := check.Believed(servers); i >= 0 && len(servers[i].Addresses()) == 0 {
		order = append([]string{servers[i].Says()}, order...)
	}
	for _, c := range order {
		who := says[c]
		if len(who) == 0 || slices.Contains(noCodes, c) {
			continue
		}
		f.Code, f.Args, f.Direct = codeOf(c), diag.Args{"n": len(who), "servers": who}, len(says) == 1
		detail(&f, c, servers)
		return f, true
	}
	return f, false
}

// serverCodes are what servers say, in the order in which the system believes
// them: a failure sends it on to the next server, a name that does not exist
// ends the search (resolv.conf(5)).
// Any other code is a failure.
var serverCodes = []string{"NXDOMAIN", "NOERROR", "REFUSED", "SERVFAIL"}

// noCodes are what servers say that is no code, nor any other failure to answer.
var noCodes = []string{"addresses", check.SaysNothing, check.SaysClosed, check.SaysNoRoute, check.SaysDenied, check.SaysUnknown}

func codeOf(says string) catalog.Code {
	if c, ok := map[string]catalog.Code{
		"NXDOMAIN": "dns.no-such-name", "NOERROR": "dns.no-address", "REFUSED": "dns.refused"}[says]; ok {
		return c
	}
	return "dns.server-failure"
}

// detail says more of a finding, and whose fault it is.
func detail(f *diag.Finding, says string, servers []check.ServerAnswers) {
	who := slices.DeleteFunc(slices.Clone(servers), func(s check.ServerAnswers) bool { return s.Says() != says })
	switch f.Code {
	case "dns.no-such-name", "dns.no-address":
		if end := aliasEnd(who); end != "" {
			f.Args["alias"] = end
		} else if f.Code == "dns.no-such-name" {
			parentage(f, who)
		}
	case "dns.server-failure":
		if slices.ContainsFunc(who, func(s check.ServerAnswers) bool { return s.Unchecked != nil && s.Unchecked.RCode == "NOERROR" }) {
			f.Args["dnssec"] = "yes"
		} else if len(who) < len(servers) || failsAlways(who) || says == check.SaysLame {
			f.Party = catalog.LAN // and not the zone's own servers
		}
		if says == check.SaysLame {
			f.Args["lame"] = "yes"
		}
	}
}

// aliasEnd is where the name leads by CNAME records; what then is missing is the
// zone's business, and not the reader's spelling.
func aliasEnd(who []check.ServerAnswers) string {
	for _, s := range who {
		for _, a := range s.UDP {
			if end := a.Alias(); end != "" {
				return end
			}
		}
	}
	return ""
}

// parentage says by the zone above a missing name who can act: where that does not
// exist either, nobody but the one who wrote the name.
func parentage(f *diag.Finding, who []check.ServerAnswers) {
	for _, s := range who {
		if s.Parent == nil || !s.Parent.Came() {
			continue
		}
		switch {
		case s.Parent.RCode == "NXDOMAIN":
			f.Party, f.Args["parent"] = catalog.Computer, s.Parent.Name
		case s.Parent.Name == ".":
			f.Party = catalog.Computer // a single word, of which no zone is in charge
		}
		return
	}
}

// failsAlways reports whether servers fail on a question of another kind, too.
func failsAlways(who []check.ServerAnswers) bool {
	return !slices.ContainsFunc(who, func(s check.ServerAnswers) bool {
		return s.Root == nil || !s.Root.Came() || s.Root.RCode == "NOERROR"
	})
}

// asksNobody reports whether the system looks names up without name servers
// (nsswitch.conf(5)).
func asksNobody(conf platform.Resolvers) bool {
	here := func(service string) bool {
		return slices.Contains([]string{"files", "compat", "db", "altfiles", "myhostname", "mymachines"}, service) || strings.HasPrefix(service, "mdns")
	}
	return len(conf.Order) > 0 && !slices.ContainsFunc(conf.Order, func(s string) bool { return !here(s) })
}

// notWhole tells answers that the system must fetch over TCP, while TCP is barred.
func notWhole(servers []check.ServerAnswers) (f diag.Finding, fault bool) {
	var barred []string
	for _, s := range servers {
		if slices.ContainsFunc(s.UDP, check.Answer.NotWhole) {
			barred = append(barred, s.Server.Addr().String())
		}
	}
	return diag.Finding{Code: "dns.tcp-blocked", Direct: len(barred) == len(servers),
		Args: diag.Args{"servers": barred, "n": len(barred)}}, len(barred) > 0
}

// deafServers tells servers that do not answer over UDP: over TCP they may, and
// they may answer other questions.
func deafServers(v diag.View, servers []check.ServerAnswers, deaf []string) (f diag.Finding, fault bool) {
	direct := !slices.ContainsFunc(servers, func(s check.ServerAnswers) bool {
		return s.Says() == check.SaysNoRoute || s.Says() == check.SaysNothing && !nearAlive(v, s.Server.Addr())
	})
	f = diag.Finding{Code: "dns.resolver-silent", Direct: direct, Party: deafParty(v, servers), Args: diag.Args{
		"servers": deaf, "n": len(deaf), "seconds": waited(servers)}}
	f.Direct = f.Direct && f.Party != catalog.VPN // the tunnel may be what is silent
	if slices.ContainsFunc(servers, func(s check.ServerAnswers) bool { return s.TCP != nil && s.TCP.Came() }) {
		f.Code, f.Party = "dns.udp-blocked", ""
		return f, true
	}
	controls, _ := check.NamesControl.Of(v)
	if slices.ContainsFunc(controls, func(c check.Control) bool {
		return c.Root.Came() && slices.Contains(deaf, c.Server.Addr().String())
	}) {
		f.Code, f.Direct, f.Party = "dns.server-failure", false, ""
	}
	return f, true
}

// deafParty is whose name servers are silent: this machine's own, those of the
// other end of a tunnel that the way to them enters, or else the network's.
func deafParty(v diag.View, servers []check.ServerAnswers) catalog.Party {
	every := func(is func(netip.Addr) bool) bool {
		return !slices.ContainsFunc(servers, func(s check.ServerAnswers) bool { return !is(s.Server.Addr()) })
	}
	switch {
	case every(netip.Addr.IsLoopback):
		return catalog.Computer
	case every(func(a netip.Addr) bool { return serverTunneled(v, a) }):
		return catalog.VPN
	}
	return ""
}

// byRule tells of a name that a rule of this machine sends to servers of its
// own (NRPT of Windows): what the other servers say of it, the system never
// hears. Silent ones of a tunnel that is gone are this machine's leftover.
func byRule(v diag.View) (f diag.Finding, fault, ruled bool) {
	conf, _ := check.NamesResolvers.Of(v)
	domain := (comparison{name: v.Target.Host, conf: conf}).ruled()
	if conf.Stub || domain == "" {
		return f, false, false
	}
	servers, known := check.NamesUpstream.Of(v)
	if !known {
		return f, false, true
	}
	f, fault = noAnswer(v, servers)
	if fault && f.Code == "dns.resolver-silent" {
		f.Party = cmp.Or(f.Party, catalog.Computer)
		f.Direct = false // the tunnel may be what is silent
		f.Args["rule"] = domain
	}
	f.Evidence = []diag.Ref{{Check: "names.resolvers"}, {Check: "names.upstream"}}
	return f, fault, true
}

// behindStub tells that a resolver of this machine fails because those that it
// asks are not heard.
func behindStub(v diag.View, servers []check.ServerAnswers) (f diag.Finding, fault bool) {
	upstream, _ := check.NamesUpstream.Of(v)
	if len(upstream) == 0 || slices.ContainsFunc(servers, func(s check.ServerAnswers) bool {
		says := s.Says()
		return len(s.Addresses()) > 0 || says == "NXDOMAIN" || says == "NOERROR" || says == check.SaysClosed
	}) {
		return f, false
	}
	var names []string
	for _, s := range upstream {
		if says := s.Says(); says != check.SaysNothing && says != check.SaysClosed && says != check.SaysNoRoute {
			return f, false
		}
		names = append(names, s.Server.Addr().String())
	}
	return deafServers(v, upstream, names)
}
