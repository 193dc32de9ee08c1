package check

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// RoutesTarget asks which way packets to each address of the target would
// leave this machine.
var RoutesTarget = add(diag.Spec[[]Reach]{
	ID: "routes.target", Layer: catalog.Route, Timeout: 2 * time.Second,
	After: []diag.Node{RoutesRead, RoutesRules}, First: []diag.Node{NamesSystem, NamesServers},
	Tells: []catalog.Code{"route.rejected"}, Claims: []catalog.Claim{catalog.Tunnel},
	Reads: []diag.Node{LinksRead},
	Probe: func(ctx context.Context, e *diag.Env) ([]Reach, error) {
		addrs := addresses(ctx, e)
		if len(addrs) == 0 {
			return nil, diag.Skip("no-address")
		}
		known, _ := RoutesRead.Of(e.View)
		return reaches(ctx, e, known.Table, addrs, e.Target.Ports[0], 1), nil
	},
	Judge:   judgeRoutes,
	Unclear: []string{"none", "rejected", "broadcast"},
	Tell:    tellRoutes,
})

func judgeRoutes(v diag.View, to []Reach) (j diag.Judgement) {
	links, _ := LinksRead.Of(v)
	rules, _ := RoutesRules.Of(v)
	table, _ := RoutesRead.Of(v)
	for _, r := range to {
		way, seen := diag.WayTo(r.Dst), []diag.Ref{{Check: "routes.target", About: r.Dst.String()}}
		if r.Problem == nil && rejects(r.Route.Kind) {
			j.Findings = append(j.Findings, diag.Finding{
				Code: "route.rejected", Way: way, Direct: true, Evidence: seen,
				Args: Rejected(rules, table.Table, r, r.Route.Kind),
			})
		}
		if link, ok := LinkByIndex(links, r.Route.Link); ok && r.Problem == nil {
			tunnel := platform.TriOf(IsTunnel(link))
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.Tunnel, Way: way, Value: tunnel, Evidence: seen})
		}
	}
	return j
}

// Rejected says which route, or which rule, turns packets to an address away.
func Rejected(rules []platform.RouteRule, table []platform.Route, r Reach, kind platform.RouteKind) diag.Args {
	args := diag.Args{"address": r.Dst.String(), "route": prefixText(r.Route), "kind": string(kind)}
	by, route, found := Rejecter(rules, table, r, kind)
	switch {
	case !found:
	case route.Dst.IsValid():
		args["route"] = prefixText(route)
	default:
		args["rule"] = RuleText(by)
		args["route"] = args["rule"]
	}
	return args
}

// RuleText spells a rule as iproute2 does.
func RuleText(r platform.RouteRule) string {
	var b strings.Builder
	word := func(name, value string, set bool) {
		if set {
			b.WriteString(" " + name + " " + value)
		}
	}
	fmt.Fprintf(&b, "%d:", r.Priority)
	if r.Not {
		b.WriteString(" not")
	}
	word("from", r.Src.String(), r.Src.IsValid())
	word("from", "all", !r.Src.IsValid())
	word("to", r.Dst.String(), r.Dst.IsValid())
	word("iif", r.In, r.In != "")
	word("oif", r.Out, r.Out != "")
	word("fwmark", fmt.Sprintf("%#x/%#x", r.Mark, r.Mask), r.Mask != 0)
	word("ipproto", strconv.Itoa(r.Proto), r.Proto != 0)
	if r.Ports != nil {
		word("dport", fmt.Sprintf("%d-%d", r.Ports.Low, r.Ports.High), true)
	}
	if r.Users != nil {
		word("uidrange", r.Users.From+"-"+r.Users.To, true)
	}
	b.WriteString(" " + string(r.Action))
	if r.Action == platform.RuleLookup {
		fmt.Fprintf(&b, " %d", r.Table)
	}
	return b.String()
}

// prefixText names a route as iproute2 does.
func prefixText(r platform.Route) string {
	if !r.Dst.IsValid() {
		return "?"
	}
	if r.Dst.Bits() == 0 {
		return "default"
	}
	return r.Dst.String()
}

// LinkByIndex is the adapter with an index; no adapter has the index 0.
func LinkByIndex(links []platform.Link, index int) (platform.Link, bool) {
	for _, l := range links {
		if l.Index == index && index != 0 {
			return l, true
		}
	}
	return platform.Link{}, false
}

func tellRoutes(to []Reach) (string, diag.Args) {
	if len(to) == 0 {
		return "", nil
	}
	switch r := to[0]; {
	case r.Exists() == platform.No && r.Problem != nil:
		return "none", nil
	case r.Problem != nil:
		return "", nil
	case rejects(r.Route.Kind):
		return "rejected", diag.Args{"kind": string(r.Route.Kind)}
	case r.Route.Kind == platform.Broadcast || r.Route.Kind == platform.Multicast:
		return "broadcast", nil
	case r.Route.Kind == platform.Local:
		return "local", nil
	case r.Route.Gateway.IsValid():
		return "via", diag.Args{"gateway": r.Route.Gateway.String(), "adapter": r.Route.LinkName}
	default:
		return "onlink", diag.Args{"adapter": r.Route.LinkName}
	}
}
