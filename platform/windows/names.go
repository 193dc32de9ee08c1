package windows

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"faultline/platform"
)

const (
	dnsPort     = 53
	mostServers = 32
	mostSearch  = 32
	mostRules   = 256
	maxDNSName  = 255 // RFC 1035 §2.3.4

	// useServers of ConfigOptions says that names are sent to servers of their
	// own ([MS-GPNRPT] 2.2.2.2).
	useServers = 0x8
)

// nrptRule is one rule of the Name Resolution Policy Table, as the registry
// keeps it ([MS-GPNRPT] 2.2.2): Name, GenericDNSServers, ConfigOptions.
type nrptRule struct {
	names   []string
	servers string
	options uint64
}

// resolvers are the servers to which the rule sends names. A rule without
// servers exempts its names from other rules, and sends them nowhere.
func (r nrptRule) resolvers() (all []platform.Resolver) {
	if r.options&useServers == 0 {
		return nil
	}
	domains, only := r.domains()
	if only && len(domains) == 0 {
		return nil
	}
	for _, s := range words(r.servers) {
		if a, err := netip.ParseAddr(s); err == nil && len(all) < mostServers {
			all = append(all, platform.Resolver{Addr: netip.AddrPortFrom(a.Unmap(), dnsPort), From: "NRPT", Domains: domains, Only: only})
		}
	}
	return all
}

// domains are the names that the rule is for: ".corp.example" is all below it,
// "." is every name.
func (r nrptRule) domains() (all []string, only bool) {
	for _, n := range r.names {
		if n == "." {
			return nil, false
		}
		if n = strings.Trim(strings.ToLower(strings.TrimSpace(n)), "."); n != "" && len(n) <= maxDNSName && len(all) < mostRules {
			all = append(all, n)
		}
	}
	return all, true
}

// words cuts a list of the registry.
func words(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ';' || c == ',' || c == ' ' || c == '\t' })
}

// nameSettings are what the registry says of names.
type nameSettings struct {
	search []string // SearchList, which takes the place of all suffixes
	domain string   // the primary DNS suffix
	rules  []nrptRule
	cache  bool // the DNS Client service is installed
}

// resolversOf is the configuration of name resolution. The servers come in the
// order of their adapters' metrics, in which Windows begins to ask; soon it asks
// all of them. The rules are in Upstream: the DNS Client service asks the
// servers of a rule in place of the adapters'.
func resolversOf(all []adapter, on map[onIP]ipInterface, set nameSettings) platform.Resolvers {
	up := slices.DeleteFunc(slices.Clone(all), func(a adapter) bool { return a.status != operUp })
	slices.SortStableFunc(up, func(x, y adapter) int { return cmp.Compare(x.metric(on), y.metric(on)) })
	r := platform.Resolvers{Ndots: 1, Order: []string{"files", "dns"}, Source: "GetAdaptersAddresses", Search: set.searched(up)}
	for _, a := range up {
		for _, s := range a.dns {
			r.Servers = addServer(r.Servers, a, s)
		}
	}
	for _, rule := range set.rules {
		r.Upstream = append(r.Upstream, rule.resolvers()...)
	}
	r.Upstream = r.Upstream[:min(len(r.Upstream), mostServers)]
	if set.cache {
		r.Caches = []string{"dnscache"}
	}
	return r
}

// addServer adds a server that is not there yet: several adapters may name it.
func addServer(all []platform.Resolver, a adapter, s netip.Addr) []platform.Resolver {
	link := a.indexFor(s)
	if s.Is6() && s.IsLinkLocalUnicast() {
		s = s.WithZone(strconv.Itoa(link))
	}
	at := netip.AddrPortFrom(s, dnsPort)
	if len(all) == mostServers || slices.ContainsFunc(all, func(r platform.Resolver) bool { return r.Addr == at }) {
		return all
	}
	return append(all, platform.Resolver{Addr: at, Link: link, From: "adapter"})
}

// metric is the smaller one of both families.
func (a adapter) metric(on map[onIP]ipInterface) int {
	v4, ok4 := on[onIP{a.index4, false}]
	v6, ok6 := on[onIP{a.index6, true}]
	switch {
	case ok4 && ok6:
		return min(v4.metric, v6.metric)
	case ok4:
		return v4.metric
	}
	return v6.metric
}

// searched are the suffixes that are tried: those of the list, else the primary
// one and the adapters' own.
func (s nameSettings) searched(up []adapter) (all []string) {
	wanted := s.search
	if len(wanted) == 0 {
		wanted = append(wanted, s.domain)
		for _, a := range up {
			wanted = append(wanted, a.suffix)
		}
	}
	for _, w := range wanted {
		if w = strings.Trim(w, ". "); w != "" && len(w) <= maxDNSName && len(all) < mostSearch && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// askable says that a name can be asked for; an empty one would be this machine.
func askable(name string) bool {
	return name != "" && len(name) <= maxDNSName && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// Numbers of winerror.h with which a lookup ends.
const (
	wsaHostNotFound = 11001
	wsaTryAgain     = 11002
	wsaNoRecovery   = 11003
	wsaNoData       = 11004

	errorTimeout = 1460
)

// lookupProblem says how a lookup ended. GetAddrInfoW tells little: the same
// number for a name that does not exist and for silent servers. why is what
// DnsQuery then says of it, 0 where that was not asked.
func lookupProblem(n, why uint32) *platform.Problem {
	text := "GetAddrInfoW: " + strconv.Itoa(int(n))
	if why != 0 {
		text += ", DnsQuery: " + strconv.Itoa(int(why))
	}
	switch {
	case n != wsaHostNotFound && n != wsaTryAgain && n != wsaNoRecovery && n != wsaNoData:
		p := *winsockProblem(n)
		p.Text = text
		return &p
	case why == errorTimeout:
		return &platform.Problem{Code: platform.Timeout, Text: text}
	}
	return &platform.Problem{Code: platform.NotFound, Text: text}
}

// scoped reads SOCKADDR_INET with the zone of an address of one link.
func (s structure) scoped() netip.Addr {
	a := s.inet()
	if a.Is6() && a.IsLinkLocalUnicast() && s.u32(24) != 0 {
		a = a.WithZone(strconv.FormatUint(uint64(s.u32(24)), 10))
	}
	return a
}
