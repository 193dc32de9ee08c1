package check

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Answer is what one question brought.
type Answer struct {
	Name string
	platform.DNSAnswer
	Problem *platform.Problem
}

// Came reports whether a well-formed response came, whatever it said.
func (a Answer) Came() bool { return a.Problem == nil }

// Silent reports whether nothing came back although enough was sent and waited.
func (a Answer) Silent() bool {
	return errors.Is(a.err(), platform.ErrTimeout) && a.Sent >= 3 && a.Waited >= time.Second
}

// Closed reports whether the server's machine said that no name server
// listens there.
func (a Answer) Closed() bool {
	return errors.Is(a.err(), platform.ErrRefused) || errors.Is(a.err(), platform.ErrUnreachablePort)
}

// Unreachable reports whether the system has no way to the server, or was told
// by a router that there is none.
func (a Answer) Unreachable() bool {
	return errors.Is(a.err(), platform.ErrUnreachableHost) || errors.Is(a.err(), platform.ErrUnreachableNet)
}

func (a Answer) err() error {
	if a.Problem == nil {
		return nil
	}
	return a.Problem
}

// ServerAnswers is what one name server says of the target's name.
type ServerAnswers struct {
	Server netip.AddrPort
	UDP    []Answer // A and AAAA of each candidate name, in order
	TCP    *Answer  // A of the first candidate, asked when UDP stayed silent
}

// Addresses returns every address that the server gave.
func (s ServerAnswers) Addresses() (all []netip.Addr) {
	for _, a := range s.UDP {
		for _, r := range a.Records {
			if r.Addr.IsValid() {
				all = append(all, r.Addr.Unmap())
			}
		}
	}
	return all
}

func (s ServerAnswers) known() bool { return len(s.Addresses()) > 0 }

const (
	mostServers = 4
	dnsPatience = 2200 * time.Millisecond
	// othersPatience is how long further servers may take once the first one
	// has given an address.
	othersPatience = 500 * time.Millisecond
	// tcpAfter is how long UDP may stay silent before TCP is tried beside it.
	tcpAfter = 900 * time.Millisecond
)

// NamesServers asks every configured name server by itself.
var NamesServers = add(diag.Spec[[]ServerAnswers]{
	ID: "names.servers", Layer: catalog.Name, Timeout: 3 * time.Second, Traffic: diag.LocalTraffic,
	After:   []diag.Node{NamesResolvers},
	Serves:  func(all []ServerAnswers) bool { return slices.ContainsFunc(all, ServerAnswers.known) },
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
	return askServers(ctx, e, servers, candidates(e.Target, conf)), nil
}

// askServers asks all of them side by side. Once the first one knows the name,
// as for the system, the others are waited for no longer than they should take.
func askServers(ctx context.Context, e *diag.Env, servers []platform.Resolver, names []string) []ServerAnswers {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	out := make([]ServerAnswers, len(servers))
	var first, all sync.WaitGroup
	for i, s := range servers {
		ask := func() { out[i] = askServer(ctx, e, s.Addr, names) }
		if i == 0 {
			first.Go(ask)
		} else {
			all.Go(ask)
		}
	}
	first.Wait()
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	if len(servers) > 1 && out[0].known() && e.StillWaiting(ctx, "others", done, othersPatience) {
		e.Cut(cut)
	}
	<-done
	return out
}

// candidates returns the names that the system would ask for, in its order
// (resolv.conf(5), search and ndots).
func candidates(t diag.Target, conf platform.Resolvers) []string {
	name := t.Host
	if t.Rooted || len(conf.Search) == 0 || strings.Count(name, ".") >= max(conf.Ndots, 1) {
		return []string{name}
	}
	var all []string
	for _, suffix := range conf.Search[:min(len(conf.Search), 2)] {
		all = append(all, name+"."+strings.TrimPrefix(suffix, "."))
	}
	return append(all, name)
}

func askServer(ctx context.Context, e *diag.Env, server netip.AddrPort, names []string) ServerAnswers {
	s := ServerAnswers{Server: server, UDP: make([]Answer, 2*len(names))}
	done := make(chan struct{})
	var udp sync.WaitGroup
	for i, name := range names {
		for k, kind := range []string{"A", "AAAA"} {
			udp.Go(func() { s.UDP[2*i+k] = ask(ctx, e, server, name, kind) })
		}
	}
	go func() { udp.Wait(); close(done) }()
	waiting := e.StillWaiting(ctx, "udp "+server.String(), done, tcpAfter)
	if !waiting {
		<-done
	}
	if waiting || !slices.ContainsFunc(s.UDP, func(a Answer) bool { return !a.Closed() }) {
		a := exchange(ctx, e, server, names[0], "A", "tcp")
		s.TCP = &a
	}
	<-done
	return s
}

// ask asks over UDP and, as the system does, over TCP when the answer was cut
// off (RFC 7766 §5).
func ask(ctx context.Context, e *diag.Env, server netip.AddrPort, name, kind string) Answer {
	a := exchange(ctx, e, server, name, kind, "udp")
	if a.cutOff() {
		if whole := exchange(ctx, e, server, name, kind, "tcp"); whole.Came() {
			return whole
		}
	}
	return a
}

// cutOff reports whether an answer holds nothing but that it was too long.
func (a Answer) cutOff() bool { return a.Came() && a.Truncated && len(a.Records) == 0 }

func exchange(ctx context.Context, e *diag.Env, server netip.AddrPort, name, kind, transport string) Answer {
	ctx, cancel := context.WithTimeout(ctx, dnsPatience)
	defer cancel()
	a, err := e.Host.DNS.Exchange(ctx, platform.DNSAsk{Server: server, Name: name, Type: kind, Transport: transport})
	if err == nil {
		e.RTT(a.Waited)
	}
	return Answer{Name: name, DNSAnswer: a, Problem: platform.AsProblem(err)}
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

// What a server says, when it is no response code.
const (
	SaysNothing = "silent"
	SaysClosed  = "closed" // its machine says that nothing listens there
	SaysNoRoute = "unreachable"
	SaysDenied  = "denied"    // this machine refused to send
	SaysGarbage = "malformed" // what it sends cannot be understood
	SaysUnknown = "unknown"   // this machine could not ask, or not long enough
)

// Says sums a server's answers up: NOERROR when any candidate exists, else the
// code of the last candidate, which is the name as given.
func (s ServerAnswers) Says() string {
	last := SaysUnknown
	for _, a := range s.UDP {
		if last = a.says(); last == "NOERROR" {
			return last
		}
	}
	return last
}

func (a Answer) says() string {
	switch {
	case a.cutOff():
		return SaysUnknown // the answer itself is to be had over TCP (RFC 7766 §5)
	case a.Came():
		return a.RCode
	case a.Silent():
		return SaysNothing
	case a.Closed():
		return SaysClosed
	case a.Unreachable():
		return SaysNoRoute
	case errors.Is(a.err(), platform.ErrPermission):
		return SaysDenied
	case errors.Is(a.err(), platform.ErrMalformed):
		return SaysGarbage
	}
	return SaysUnknown
}

func texts(addrs []netip.Addr) (out []string) {
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}
