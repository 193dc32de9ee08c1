package check

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// mostUpstream are asked of those that a resolver of this machine asks.
const mostUpstream = 4

// NamesUpstream asks the servers behind a resolver of this machine itself, when
// that one's answer leads nowhere: what it keeps may be old, its rules may send
// the name elsewhere, and it fails when they do.
var NamesUpstream = add(diag.Spec[[]ServerAnswers]{
	ID: "names.upstream", Layer: catalog.Name, Timeout: 6 * time.Second, Start: diag.OnTrouble, Traffic: diag.LocalTraffic,
	After: []diag.Node{NamesResolvers}, Trips: 2,
	Probe: func(ctx context.Context, e *diag.Env) ([]ServerAnswers, error) {
		conf, err := NamesResolvers.Need(e)
		if err != nil {
			return nil, err
		}
		if e.Target.Addr.IsValid() {
			return nil, diag.Skip("literal")
		}
		upstream := upstreamFor(e.Target.Host, conf.Upstream)
		if len(upstream) == 0 {
			return nil, diag.Skip("no-upstream")
		}
		out := make([]ServerAnswers, len(upstream))
		var all sync.WaitGroup
		for i, s := range upstream {
			all.Go(func() {
				out[i] = askServer(ctx, e, s.Addr, []string{e.Target.Host}, false)
				out[i].askAgain(ctx, e)
			})
		}
		all.Wait()
		return out, nil
	},
	Unclear: []string{"some", "silent", "nosuchname", "noaddress", "failure"},
	Tell:    tellServers,
})

// upstreamFor leaves out the servers to which the name is never sent: those that
// are for other domains alone.
func upstreamFor(name string, all []platform.Resolver) (some []platform.Resolver) {
	for _, r := range all {
		if (!r.Only || slices.ContainsFunc(r.Domains, func(d string) bool { return Within(name, d) })) && len(some) < mostUpstream {
			some = append(some, r)
		}
	}
	return some
}

// Within reports whether a name is a domain or lies below it.
func Within(name, domain string) bool {
	return domain != "" && (name == domain || strings.HasSuffix(name, "."+domain))
}

// askAgain asks a server that gave addresses once more: some give each caller
// another part of many, and what differs by that is no other answer.
func (s *ServerAnswers) askAgain(ctx context.Context, e *diag.Env) {
	again := ServerAnswers{Server: s.Server}
	for _, kind := range []string{"A", "AAAA"} {
		if s.known() {
			again.UDP = append(again.UDP, exchange(ctx, e, platform.DNSAsk{
				Server: s.Server, Name: s.UDP[0].Name, Type: kind, Transport: "udp", N: 1}))
		}
	}
	again.fetch(ctx, e, 1, false)
	s.UDP = append(s.UDP, again.UDP...)
}
