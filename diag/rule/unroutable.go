package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// unroutable finds a router that said of an address that it has no way there,
// whatever was sent. Routers limit how many errors they send (Linux one a second
// to a host for a route that rejects, net/ipv4/route.c, ip_error), so that the
// one that comes need not answer the connection attempt.
func unroutable(v diag.View, a netip.Addr) (i platform.ICMP, seen diag.Ref, told bool) {
	for _, e := range errorsOf(v, a) {
		means := check.Rejects(e.icmp)
		if (means == check.NoRouteTo || means == check.HostAbsent) && !own(v, e.icmp.From) && e.icmp.From != a {
			return e.icmp, e.seen, true
		}
	}
	return i, seen, false
}

// toldError is an ICMP error, and which check met it.
type toldError struct {
	icmp platform.ICMP
	seen diag.Ref
}

// errorsOf are the errors that came back for anything sent to an address apart
// from the connection attempts themselves.
func errorsOf(v diag.View, a netip.Addr) (out []toldError) {
	add := func(i *platform.ICMP, seen diag.Ref) {
		if i != nil {
			out = append(out, toldError{*i, seen})
		}
	}
	echoes, _ := check.PingTarget.Of(v)
	for _, e := range echoes {
		for _, r := range e.Replies {
			if e.Addr == a {
				add(r.ICMP, about(check.PingTarget, a))
			}
		}
	}
	others, _ := check.TargetAlive.Of(v)
	for _, l := range others {
		if l.Addr != a {
			continue
		}
		add(l.UDP.ICMP, diag.Ref{Check: "target.alive"})
		for _, t := range l.TCP {
			add(t.Last().ICMP, diag.Ref{Check: "target.alive"})
		}
	}
	if t, traced := traceTo(v, a); traced {
		for _, h := range t.Hops {
			for _, p := range h.Probes {
				add(p.ICMP, t.seen)
			}
		}
	}
	return out
}

// rejectedElsewhere tells what a router said of an address to something other
// than the connection attempt, which itself stayed silent.
func rejectedElsewhere(v diag.View, p check.Attempts, i platform.ICMP, seen diag.Ref, j *diag.Judgement) {
	way := diag.WayTo(p.Addr())
	j.Findings = append(j.Findings, diag.Finding{Code: "path.rejected", Way: way, Args: rejectionArgs(p, i), Evidence: []diag.Ref{seen}})
	j.Claims = append(j.Claims, diag.Claim{Name: catalog.RouterHasNoRoute, Way: way, Evidence: []diag.Ref{seen},
		Value: lacksRoute(i)})
	absent(v, p, i, seen, j)
}

func rejectionArgs(p check.Attempts, i platform.ICMP) diag.Args {
	return diag.Args{"address": p.Addr().String(), "router": i.From.String(), "icmp": check.ICMPText(i)}
}

// absent tells a machine that the router before it does not find, while it
// finds others: a name server, or another address of the target.
func absent(v diag.View, p check.Attempts, i platform.ICMP, seen diag.Ref, j *diag.Judgement) {
	if check.Rejects(i) != check.HostAbsent || own(v, i.From) {
		return
	}
	f := diag.Finding{Code: "path.host-absent", Way: diag.WayTo(p.Addr()), Direct: seen.Check == "tcp.connect",
		Args: rejectionArgs(p, i), Evidence: []diag.Ref{seen}}
	gate, _ := gatewayTo(v, p.Addr())
	all := traces(v)
	n := slices.IndexFunc(all, func(t way) bool {
		g, _ := gatewayTo(v, t.Addr())
		return t.Addr() != p.Addr() && aliveAt(v, t) && (t.Passes(i.From) || i.From == gate && g == gate)
	})
	if n < 0 {
		return
	}
	f.Args["other"] = all[n].Addr().String()
	f.Evidence = append(f.Evidence, all[n].seen)
	j.Findings = append(j.Findings, f)
}
