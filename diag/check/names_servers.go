package check

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

const (
	// mostServers are asked: the system's resolver heeds no more (MAXNS,
	// resolv.conf(5)), and one that it does not ask is none of its own.
	mostServers = 3
	// mostSuffixes of the search list are tried.
	mostSuffixes = 3
	dnsPatience  = 2200 * time.Millisecond
	// othersPatience is how long further servers may take once the first one
	// has given an address.
	othersPatience = 500 * time.Millisecond
	// tcpAfter is how long UDP may stay silent before TCP is tried beside it.
	tcpAfter = 900 * time.Millisecond
	// slowPatience is how long a server may take that was seen to be there: the
	// system waits five seconds for it (resolv.conf(5), timeout).
	slowPatience = 4600 * time.Millisecond
)

// localhost is whom the system asks when no server is configured (resolv.conf(5)).
var localhost = platform.Resolver{Addr: netip.MustParseAddrPort("127.0.0.1:53")}

// NamesServers asks every configured name server by itself.
var NamesServers = add(diag.Spec[[]ServerAnswers]{
	ID: "names.servers", Layer: catalog.Name, Timeout: 6 * time.Second, Traffic: diag.LocalTraffic,
	After:   []diag.Node{NamesResolvers, NamesHosts},
	Serves:  func(all []ServerAnswers) bool { return len(believed(all)) > 0 },
	Probe:   probeServers,
	Unclear: []string{"some", "silent", "nosuchname", "noaddress", "failure"},
	Tell:    tellServers,
})

func probeServers(ctx context.Context, e *diag.Env) ([]ServerAnswers, error) {
	if e.Target.Addr.IsValid() {
		return nil, diag.Skip("literal")
	}
	conf, err := NamesResolvers.Need(e)
	if err != nil {
		return nil, err
	}
	servers := conf.Servers[:min(len(conf.Servers), mostServers)]
	if len(servers) == 0 {
		here := askServer(ctx, e, localhost.Addr, candidates(e.Target, conf), false)
		if !slices.ContainsFunc(here.UDP, Answer.Came) {
			return nil, nil
		}
		return []ServerAnswers{here}, nil
	}
	out := askServers(ctx, e, servers, candidates(e.Target, conf), conf)
	if hosts, _ := NamesHosts.Of(e.View); len(hosts.Addresses) > 0 && !e.Target.Rooted {
		for i := range out {
			out[i].Unasked = true
		}
	}
	return out, nil
}

// askServers asks all of them side by side. Once the first one knows the name,
// as for the system, the others are waited for no longer than they should take,
// unless they take turns (resolv.conf(5), rotate).
func askServers(ctx context.Context, e *diag.Env, servers []platform.Resolver, names []string, conf platform.Resolvers) []ServerAnswers {
	byTCP, turns := slices.Contains(conf.Options, "use-vc"), slices.Contains(conf.Options, "rotate")
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	out := make([]ServerAnswers, len(servers))
	var first, all sync.WaitGroup
	for i, s := range servers {
		ask := func() { out[i] = askServer(ctx, e, s.Addr, names, byTCP) }
		if i == 0 {
			first.Go(ask)
		} else {
			all.Go(ask)
		}
	}
	first.Wait()
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	if len(servers) > 1 && out[0].known() && !turns && e.StillWaiting(ctx, "others", done, othersPatience) {
		e.Cut(cut)
	}
	<-done
	return out
}

// candidates returns the names that the system would ask for, in its order
// (resolv.conf(5), search and ndots).
func candidates(t diag.Target, conf platform.Resolvers) []string {
	name := t.Host
	if t.Rooted || len(conf.Search) == 0 || strings.Count(name, ".") >= conf.Ndots {
		return []string{name}
	}
	var all []string
	for _, suffix := range conf.Search[:min(len(conf.Search), mostSuffixes)] {
		if suffix = strings.Trim(strings.ToLower(suffix), "."); suffix != "" {
			all = append(all, name+"."+suffix)
		}
	}
	return append(all, name)
}

func askServer(ctx context.Context, e *diag.Env, server netip.AddrPort, names []string, byTCP bool) ServerAnswers {
	s := ServerAnswers{Server: server, UDP: make([]Answer, 2*len(names))}
	done := make(chan struct{})
	var udp sync.WaitGroup
	for i, name := range names {
		for k, kind := range []string{"A", "AAAA"} {
			q := platform.DNSAsk{Server: server, Name: name, Type: kind, Transport: "udp"}
			udp.Go(func() { s.UDP[2*i+k] = exchange(ctx, e, q) })
		}
	}
	go func() { udp.Wait(); close(done) }()
	waiting := e.StillWaiting(ctx, "udp "+server.String(), done, tcpAfter)
	if !waiting {
		<-done
	}
	if waiting || !slices.ContainsFunc(s.UDP, func(a Answer) bool { return !a.Closed() }) {
		s.otherwise(ctx, e, names[0], waiting)
	}
	<-done
	if s.TCP == nil {
		s.fetch(ctx, e, 0, byTCP)
	}
	s.inquire(ctx, e, names[len(names)-1])
	return s
}

// otherwise asks a server that does not answer over UDP, by TCP. One that accepts
// the connection is there, and may be slow: it is waited for as the system does.
func (s *ServerAnswers) otherwise(ctx context.Context, e *diag.Env, name string, silent bool) {
	q := platform.DNSAsk{Server: s.Server, Name: name, Type: "A", Transport: "tcp"}
	slow, cut := context.WithCancel(ctx)
	defer cut()
	var late Answer
	var all sync.WaitGroup
	if silent {
		again := q
		again.Transport, again.N = "udp", 1
		all.Go(func() { late = patiently(slow, e, again, slowPatience) })
	}
	a := exchange(ctx, e, q)
	if s.TCP = &a; a.Came() || !a.Connected {
		e.Cut(cut)
	}
	all.Wait()
	if silent && late.Came() {
		s.Late = &late
	}
}

// inquire asks what tells whose fault it is that the name, as given, is not found.
func (s *ServerAnswers) inquire(ctx context.Context, e *diag.Env, name string) {
	switch s.Says() {
	case "NXDOMAIN":
		a := exchange(ctx, e, platform.DNSAsk{Server: s.Server, Name: parentOf(name), Type: "SOA", Transport: "udp"})
		s.Parent = &a
	case "SERVFAIL":
		a := exchange(ctx, e, platform.DNSAsk{Server: s.Server, Name: name, Type: "A", Transport: "udp", CD: true})
		root := exchange(ctx, e, platform.DNSAsk{Server: s.Server, Name: ".", Type: "SOA", Transport: "udp", N: 1})
		s.Unchecked, s.Root = &a, &root
	}
}

func tellServers(servers []ServerAnswers) (string, diag.Args) {
	n, with := len(servers), 0
	codes := map[string]int{}
	for _, s := range servers {
		if len(s.Addresses()) > 0 {
			with++
		}
		codes[s.Says()]++
	}
	switch {
	case n == 0:
		return "", nil
	case with == n:
		return "all", diag.Args{"n": n}
	case with > 0:
		return "some", diag.Args{"n": with, "of": n}
	case codes[SaysNothing]+codes[SaysClosed]+codes[SaysNoRoute] == n:
		return "silent", diag.Args{"n": n}
	case codes["NXDOMAIN"] == n:
		return "nosuchname", diag.Args{"n": n}
	case codes["NOERROR"] == n:
		return "noaddress", diag.Args{"n": n}
	}
	return "failure", diag.Args{"rcode": servers[0].Says()}
}

// Texts writes addresses for a message.
func Texts(addrs []netip.Addr) (out []string) {
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}
