package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// filtered tells a name that a name server keeps back: it says so itself by an
// extended error, or answers with an address that can lead to no host, or to
// nobody but this machine.
var filtered = diag.Rule{
	Name: "filtered",
	Reads: []diag.Node{check.NamesResolvers, check.NamesHosts, check.NamesSystem, check.NamesServers, check.NamesControl,
		check.TCPConnect, check.TalkTarget, check.ClockRead},
	Tells:  []catalog.Code{"dns.filtered"},
	Claims: []catalog.Claim{catalog.NameWithheld},
	Infer: func(v diag.View) (j diag.Judgement) {
		sys, known := check.NamesSystem.Of(v)
		servers, _ := check.NamesServers.Of(v)
		i := teller(sys.Addresses, servers)
		if !known || sys.Silent || i < 0 || v.Target.Addr.IsValid() || local(v.Target.Host) || overriddenHere(v, sys.Addresses) {
			return j
		}
		if slices.ContainsFunc(sys.Addresses, func(a netip.Addr) bool { return check.Usable(a) && works(v, a) != platform.No }) {
			return j
		}
		s := servers[i]
		said, how := says(s)
		if !said && !withholds(s, sys.Addresses) {
			return j
		}
		f := diag.Finding{Code: "dns.filtered", Direct: true, Evidence: []diag.Ref{{Check: "names.servers"}, {Check: "names.system"}},
			Args: diag.Args{"server": s.Server.Addr().String(), "how": how}}
		if len(sys.Addresses) > 0 && !said {
			f.Args["address"], f.Args["how"] = sys.Addresses[0].String(), "address"
		}
		j.Findings = append(j.Findings, f)
		if said || contradicted(s, servers) {
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.NameWithheld, Value: platform.Yes, Evidence: []diag.Ref{{Check: "names.servers"}}})
		}
		return j
	},
}

// teller is the server that the system believes.
func teller(told []netip.Addr, servers []check.ServerAnswers) int {
	if len(told) == 0 {
		if i := check.Believed(servers); i >= 0 {
			return i
		}
		return slices.IndexFunc(servers, func(s check.ServerAnswers) bool { said, _ := says(s); return said })
	}
	return comparison{told: told, servers: servers}.teller()
}

// says reports whether a server itself says that it keeps the name back, and how
// it calls that.
func says(s check.ServerAnswers) (said bool, how string) {
	for _, a := range s.UDP {
		if e, ok := a.Withheld(); ok {
			return true, [...]string{"blocked", "censored", "filtered"}[e.Code-15]
		}
	}
	return false, ""
}

// withholds reports whether a server's addresses are such as block a name: none
// that is a host's, this machine's own, or the server's.
func withholds(s check.ServerAnswers, told []netip.Addr) bool {
	if said, _ := says(s); said {
		return true
	}
	given := s.Addresses()
	return len(told) > 0 && len(given) > 0 && !slices.ContainsFunc(given, func(a netip.Addr) bool {
		return check.Usable(a) && !a.IsLoopback()
	})
}

// contradicted reports whether another server gives an address of a host.
func contradicted(s check.ServerAnswers, servers []check.ServerAnswers) bool {
	return slices.ContainsFunc(servers, func(o check.ServerAnswers) bool {
		return o.Server != s.Server && slices.ContainsFunc(o.Addresses(), func(a netip.Addr) bool { return check.Usable(a) && !a.IsLoopback() })
	})
}

func overriddenHere(v diag.View, told []netip.Addr) bool {
	hosts, _ := check.NamesHosts.Of(v)
	return slices.ContainsFunc(told, func(a netip.Addr) bool { return slices.Contains(hosts.Addresses, a) })
}

// local reports whether a name is this machine's by definition (RFC 6761 §6.3).
func local(name string) bool { return check.Within(name, "localhost") }
