package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
)

// control is something apart from the target that this machine is set up to
// reach, or another address of the target, and from which nothing comes back.
type control struct {
	addr netip.Addr
	seen []diag.Ref
}

// deadControls are the controls beyond a gateway that stay silent, each in a
// network of its own.
func deadControls(v diag.View, target netip.Addr) (out []control) {
	for _, s := range deadServers(v) {
		if routed(v, s.addr) {
			out = apart(out, s, target)
		}
	}
	attempts, _ := check.TCPConnect.Of(v)
	for _, p := range attempts {
		if p.Silent() && routed(v, p.Addr()) && len(lives(v, p.Addr())) == 0 {
			out = apart(out, control{p.Addr(), []diag.Ref{{Check: "tcp.connect", About: p.To.String()}}}, target)
		}
	}
	named, _ := check.ControlHost.Of(v)
	for _, a := range named.Addrs {
		if t, traced := traceTo(v, a); traced && t.Reach.Route.Gateway.IsValid() && !slices.Contains(named.Alive(), a) && !aliveAt(v, t) {
			out = apart(out, control{a, []diag.Ref{{Check: "control.host"}}}, target)
		}
	}
	return out
}

// deadServers are the name servers that answer neither for the name nor for the
// root, nor anything on the way of a trace.
func deadServers(v diag.View) (out []control) {
	answering := answeringServers(v)
	controls, _ := check.NamesControl.Of(v)
	for _, c := range controls {
		a := c.Server.Addr()
		t, traced := traceTo(v, a)
		if !c.Root.Silent() || slices.Contains(answering, a) || traced && aliveAt(v, t) {
			continue
		}
		out = append(out, control{a, []diag.Ref{about(check.NamesControl, a)}})
	}
	return out
}

// apart adds a control unless it is in the network of one that is there, or of
// the target: what is alike may fail alike (rule C4).
func apart(all []control, c control, target netip.Addr) []control {
	if alike(c.addr, target) || slices.ContainsFunc(all, func(o control) bool { return alike(o.addr, c.addr) }) {
		return all
	}
	return append(all, c)
}

// alike reports whether two addresses are in one network, as networks are
// usually given out: 24 bits of IPv4, 48 of IPv6 (RFC 6177).
func alike(a, b netip.Addr) bool {
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, err := a.WithZone("").Prefix(bits)
	return err == nil && p.Contains(b.WithZone(""))
}

func controlTexts(all []control) (out []string) {
	for _, c := range all {
		out = append(out, c.addr.String())
	}
	return out
}

// aliveAt reports whether what a trace leads to answers in any way.
func aliveAt(v diag.View, t way) bool {
	_, there := t.There()
	return there || heard(v, t.Addr()) || slices.Contains(answeringServers(v), t.Addr())
}

// unroutableNames tells a router that says it has no way to any of the name
// servers, none of which answers.
func unroutableNames(v diag.View, dead []control, j *diag.Judgement) bool {
	i, seen, told := unroutable(v, dead[0].addr)
	for _, c := range dead[1:] {
		_, _, too := unroutable(v, c.addr)
		told = told && too
	}
	if !told {
		return false
	}
	args := diag.Args{"address": dead[0].addr.String(), "router": i.From.String(), "icmp": check.ICMPText(i)}
	j.Findings = append(j.Findings, diag.Finding{Code: "path.rejected", Direct: true, Args: args, Evidence: append([]diag.Ref{seen}, dead[0].seen...)})
	j.Claims = append(j.Claims, diag.Claim{Name: catalog.RouterHasNoRoute, Value: lacksRoute(i), Evidence: []diag.Ref{seen}})
	return true
}

// noNames tells that nothing beyond the gateway answers where name servers in
// unlike networks are dark right behind it, so that there is no address to try.
// That the name servers are silent follows from it.
func noNames(v diag.View, j *diag.Judgement) {
	dead := deadServers(v)
	sys, _ := check.NamesSystem.Of(v)
	if len(dead) == 0 || len(sys.Addresses) > 0 || unroutableNames(v, dead, j) || len(dead) < 2 {
		return
	}
	for _, f := range []diag.Family{diag.IPv4, diag.IPv6} {
		if len(answersBeyond(v, f)) > 0 {
			return
		}
	}
	gate, ok := gatewayTo(v, dead[0].addr)
	t, _ := traceTo(v, dead[0].addr)
	if !ok || !t.Dark() || !gatewayAnswers(v, gate, t) {
		return
	}
	var others []control
	for _, c := range dead[1:] {
		if routed(v, c.addr) {
			others = apart(others, c, dead[0].addr)
		}
	}
	noUpstream(diag.Finding{Direct: true, Args: diag.Args{"address": dead[0].addr.String()}, Evidence: dead[0].seen}, gate, others, j)
}

// tunneled reports whether the way to an address of the target enters a tunnel.
func tunneled(v diag.View, a netip.Addr) bool {
	far, _ := check.RoutesTarget.Of(v)
	return intoTunnel(v, far, a)
}

// serverTunneled reports whether the way to a name server enters a tunnel.
func serverTunneled(v diag.View, server netip.Addr) bool {
	near, _ := check.RoutesRead.Of(v)
	return intoTunnel(v, near.To, server)
}

func intoTunnel(v diag.View, routes []check.Reach, a netip.Addr) bool {
	links, _ := check.LinksRead.Of(v)
	i := slices.IndexFunc(routes, func(r check.Reach) bool { return r.Dst == a && r.Problem == nil })
	if i < 0 {
		return false
	}
	l, ok := check.LinkByIndex(links, routes[i].Route.Link)
	return ok && check.IsTunnel(l)
}
