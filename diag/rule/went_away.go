package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// wentAway tells what was there when the run began and is gone at its end: the
// adapter that carries the route, or the way out itself. It explains a silence
// that began in between.
var wentAway = diag.Rule{
	Name:  "went away",
	Reads: []diag.Node{check.LinksRead, check.RoutesRead, check.RoutesTarget},
	Tells: []catalog.Code{"link.disabled", "link.no-carrier", "gateway.none"},
	Infer: func(v diag.View) (j diag.Judgement) {
		links, again := check.LinksRead.Later(v)
		if !again {
			return j
		}
		routes, known := check.RoutesTarget.Of(v)
		if f, gone := unasked(v, links); gone && !known {
			return diag.Judgement{Findings: []diag.Finding{f}}
		}
		for _, r := range routes {
			if r = asRead(v, r); r.Problem != nil || r.Route.Kind != platform.Unicast {
				continue
			}
			if f, gone := ceased(v, links, r); gone {
				f.Way, f.Direct = diag.WayTo(r.Dst), true
				j.Findings = append(j.Findings, f)
			}
		}
		return j
	},
}

// unasked tells what the way to all name servers lacks by now.
func unasked(v diag.View, links []platform.Link) (f diag.Finding, gone bool) {
	read, _ := check.RoutesRead.Of(v)
	for _, r := range read.To {
		if r.Dst.IsLoopback() || r.Problem != nil || r.Route.Kind != platform.Unicast {
			return f, false
		}
		if f, gone = ceased(v, links, r); !gone {
			return f, false
		}
		f.Direct = true
		f.Evidence = []diag.Ref{{Check: "links.read"}, about(check.RoutesRead, r.Dst)}
	}
	return f, gone
}

// asRead is a way out as the table had it that was read before, where the way was
// already gone when it was asked for.
func asRead(v diag.View, r check.Reach) check.Reach {
	table, _ := check.RoutesRead.Of(v)
	if r.Problem == nil || r.Problem.Code != platform.UnreachableNet {
		return r
	}
	best := -1
	for _, t := range table.Table {
		if t.Table == platform.MainTable && t.Kind == platform.Unicast && !t.Down && t.Dst.Contains(r.Dst.WithZone("")) && t.Dst.Bits() > best {
			r.Problem, r.Route, best = nil, t, t.Dst.Bits()
		}
	}
	return r
}

// ceased tells what an earlier way out lacks by now.
func ceased(v diag.View, links []platform.Link, r check.Reach) (f diag.Finding, gone bool) {
	before, _ := check.LinksRead.Of(v)
	first, _ := check.LinkByIndex(before, r.Route.Link)
	now, there := check.LinkByIndex(links, r.Route.Link)
	switch {
	case there && carries(first) && !carries(now):
		f = linkFault(now, true)
		f.Evidence = []diag.Ref{{Check: "links.read"}, about(check.RoutesTarget, r.Dst)}
		return f, true
	case there && r.Route.Gateway.IsValid() && !stillLeadsOut(v):
		return diag.Finding{Code: "gateway.none", Args: diag.Args{"address": r.Dst.String()},
			Evidence: []diag.Ref{{Check: "routes.read"}, about(check.RoutesTarget, r.Dst)}}, true
	}
	return f, false
}

// stillLeadsOut reports whether any route led to other networks at the end, or
// none did at the beginning either.
func stillLeadsOut(v diag.View) bool {
	before, _ := check.RoutesRead.Of(v)
	now, again := check.RoutesRead.Later(v)
	return !again || slices.ContainsFunc(now.Table, leadsOut) || !slices.ContainsFunc(before.Table, leadsOut)
}
