package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// detours tells a way that was badly chosen: packets to the target leave by a
// route that another one of this machine would not give, and come to nothing.
// That they would arrive by the other one is seen where the target, or while
// its name is not known a name server, answers there. A route that works is how
// its owner wants it, however odd.
var detours = diag.Rule{
	Name: "detours",
	Reads: []diag.Node{check.RoutesRead, check.RoutesRules, check.RoutesTarget, check.RoutesOther, check.NamesOther, check.LinksRead,
		check.TCPConnect, check.PingTarget, check.TargetAlive, check.NeighborGateway, check.NeighborTarget,
		check.NamesServers, check.NamesControl, check.TunnelAlive, check.ControlHost, check.PathServers, check.PathTrace},
	Tells:  []catalog.Code{"route.overlap", "route.better-unused", "route.unexpected", "route.stale-host-route"},
	Claims: []catalog.Claim{catalog.OtherWay, catalog.TunnelDead},
	Infer: func(v diag.View) (j diag.Judgement) {
		for _, w := range diverted(v) {
			if w.tried != platform.Unknown {
				j.Claims = append(j.Claims, diag.Claim{Name: catalog.OtherWay, Way: w.way, Value: w.tried, Evidence: w.seen})
			}
			if alive, _ := inside(v, w.link, w.Dst); alive > 0 || !check.IsTunnel(w.link) {
				j.Claims = append(j.Claims, diag.Claim{Name: catalog.TunnelDead, Way: w.way, Value: platform.No, Evidence: w.seen[:1]})
			}
			if f, fault := w.finding(v); fault {
				f.Way, f.Evidence = w.way, append(f.Evidence, w.seen...)
				j.Findings = append(j.Findings, f)
			}
		}
		return j
	},
}

// diversion is the way to something that does not answer, and another one that
// this machine's tables hold.
type diversion struct {
	check.Reach
	way   diag.Way
	link  platform.Link
	other platform.Route
	tried platform.Tri // whether it answers by the other way
	seen  []diag.Ref
}

// diverted returns the ways of the target that come to nothing and, while no
// address of the target is known, those of the name servers when all are silent.
func diverted(v diag.View) (out []diversion) {
	table, known := check.RoutesRead.Of(v)
	to, targets := check.RoutesTarget.Of(v)
	tried, _ := check.RoutesOther.Of(v)
	if !targets {
		to, tried = silentServers(v), nil
		tried, _ = check.NamesOther.Of(v)
		to = slices.DeleteFunc(to, func(r check.Reach) bool { return !deafWay(tried, r) })
	}
	links, _ := check.LinksRead.Of(v)
	for _, r := range to {
		l, ok := check.LinkByIndex(links, r.Route.Link)
		if !known || !ok || r.Problem != nil || r.Route.Kind != platform.Unicast || targets && !fails(v, r) {
			continue
		}
		w := diversion{Reach: r, link: l, way: diag.WayTo(r.Dst), seen: []diag.Ref{about(check.RoutesTarget, r.Dst), {Check: "routes.other"}}}
		if !targets {
			w.way, w.seen = diag.Way{}, []diag.Ref{about(check.RoutesRead, r.Dst), {Check: "names.other"}}
		}
		w.other, w.tried = otherWay(tried, table.Table, r)
		out = append(out, w)
	}
	return out
}

// otherWay is the way by which an address answers, else the one that was tried,
// else the entry that would lead there if the chosen one were not.
func otherWay(tried []check.Detour, table []platform.Route, r check.Reach) (other platform.Route, answers platform.Tri) {
	for _, d := range tried {
		if d.Dst != r.Dst || d.Own || answers == platform.Yes {
			continue
		}
		if a := d.Answers(); a == platform.Yes || answers == platform.Unknown {
			other, answers = d.Route, a
		}
	}
	if answers == platform.Yes {
		return other, answers
	}
	if next, ok := check.NextBest(table, r); ok {
		other = next
	}
	return other, answers
}

// silentServers are the ways to the name servers when none of them is heard.
func silentServers(v diag.View) []check.Reach {
	r, _ := check.RoutesRead.Of(v)
	servers, known := check.NamesServers.Of(v)
	if !known || len(answeringServers(v)) > 0 || v.Target.Addr.IsValid() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.To), func(r check.Reach) bool {
		return !slices.ContainsFunc(servers, func(s check.ServerAnswers) bool { return s.Server.Addr() == r.Dst })
	})
}

// deafWay reports whether an address that was asked for any sign of life gave
// none by the way that the system takes.
func deafWay(tried []check.Detour, r check.Reach) bool {
	i := slices.IndexFunc(tried, func(d check.Detour) bool { return d.Dst == r.Dst && d.Own })
	return i >= 0 && tried[i].Answers() == platform.No
}

// fails reports whether nothing of an address itself is heard, although it was
// asked long enough or its next hop does not answer. What takes a way apart from
// the rest of the address is judged by itself.
func fails(v diag.View, r check.Reach) bool {
	a := r.Dst
	if !r.Apart && (heard(v, a) || len(lives(v, a)) > 0) {
		return false
	}
	attempts, _ := check.TCPConnect.Of(v)
	for _, t := range attempts {
		last := t.Last()
		if t.Addr() == a && (!r.Apart || t.To.Port() == r.Port) && (t.Silent() || last.Ended == platform.DialICMP && last.ICMP != nil && last.ICMP.From != a) {
			return true
		}
	}
	_, silent := hopOf(v, a)
	return silent
}

// hopOf is the next hop to an address, and whether it does not answer.
func hopOf(v diag.View, a netip.Addr) (h hop, silent bool) {
	near, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	for _, h := range slices.Concat(near, far) {
		if slices.Contains(h.For, a) {
			silent, _ := silentHop(v, h)
			return h, silent
		}
	}
	return h, false
}

// finding says what is odd about the way. What is odd and not known to fail for
// that reason is told as less sure, or left to what else was found.
func (w diversion) finding(v diag.View) (f diag.Finding, fault bool) {
	if !w.other.Dst.IsValid() || check.IsTunnel(w.link) && tunnelIsDead(v, w.Reach, w.link) {
		return f, false
	}
	f.Args = diag.Args{"address": w.Dst.String(), "adapter": w.Route.LinkName, "other": w.other.LinkName,
		"route": prefix(w.Route), "metric": w.Route.Metric, "othermetric": w.other.Metric, "way": wayText(w.other)}
	_, gone := hopOf(v, w.Dst)
	answers := w.tried == platform.Yes
	elsewhere := w.other.Link != w.Route.Link
	switch {
	case w.connected():
		f.Code, f.Direct = "route.overlap", true
		return f, answers || elsewhere && w.link.Carrier == platform.No && w.link.Kind == platform.Bridge
	case w.Route.Table != platform.MainTable && w.Route.Table != 0:
		f.Code, f.Direct = "route.unexpected", answers || gone
		if !check.IsTunnel(w.link) {
			f.Party = catalog.Computer
		}
		return f, answers || gone && w.otherWorks(v) || !elsewhere && w.otherWorks(v)
	case w.Route.Dst == w.other.Dst:
		// That nothing at all is reached is seen of a dead gateway, or of name
		// servers that are silent too; one dead target is less.
		f.Code, f.Direct = "route.better-unused", gone || w.way == (diag.Way{})
		return f, answers && !w.reachesAnything(v)
	case check.IsTunnel(w.link) && !w.Route.Dst.IsSingleIP():
		f.Code, f.Direct = "route.unexpected", true
		return f, answers
	case w.Route.Dst.Bits() > w.other.Dst.Bits():
		f.Code, f.Direct = "route.stale-host-route", answers || gone
		host := w.Route.Dst.IsSingleIP()
		return f, answers || host && (gone || !elsewhere) && w.otherWorks(v)
	}
	return f, false
}

// connected reports whether the way leads to a network that is attached here.
func (w diversion) connected() bool {
	return !w.Route.Gateway.IsValid() && w.Route.Dst.Bits() > 0 && onLink(w.link, w.Dst)
}

// otherWorks reports whether the other way is seen to lead to anything, or at
// least its next hop to answer.
func (w diversion) otherWorks(v diag.View) bool {
	tried, _ := check.RoutesOther.Of(v)
	return slices.ContainsFunc(tried, func(d check.Detour) bool {
		return d.Dst == w.Dst && d.Route == w.other && d.Gateway != nil && d.Gateway.Confirmed == platform.Yes
	}) || leadsAnywhere(v, func(r platform.Route) bool { return r.Link == w.other.Link && r.Gateway == w.other.Gateway })
}

// reachesAnything reports whether the chosen way leads to anything else.
func (w diversion) reachesAnything(v diag.View) bool {
	return leadsAnywhere(v, func(r platform.Route) bool { return r.Link == w.Route.Link && r.Gateway == w.Route.Gateway })
}

// leadsAnywhere reports whether anything answered by the routes that are meant.
func leadsAnywhere(v diag.View, meant func(platform.Route) bool) bool {
	near, _ := check.RoutesRead.Of(v)
	far, _ := check.RoutesTarget.Of(v)
	answering := answeringServers(v)
	return slices.ContainsFunc(slices.Concat(near.To, far), func(r check.Reach) bool {
		return r.Problem == nil && meant(r.Route) && (heard(v, r.Dst) || slices.Contains(answering, r.Dst))
	})
}

// prefix names a route by what it covers.
func prefix(r platform.Route) string {
	if !r.Dst.IsValid() || r.Dst.Bits() == 0 {
		return "default"
	}
	return r.Dst.String()
}

// wayText names a way by its next hop and its adapter.
func wayText(r platform.Route) string {
	if r.Gateway.IsValid() {
		return r.Gateway.String() + " (" + r.LinkName + ")"
	}
	return r.LinkName
}
