package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// loopback tells that the loopback interface is down where something needs it:
// a target on this machine, or a name server on it. Packets to 127.0.0.0/8 then
// leave by the default route, and those to this machine's own addresses are
// lost, so that both look like silence. Nothing else minds: a machine whose
// targets and name servers are elsewhere works as ever.
var loopback = diag.Rule{
	Name:  "loopback",
	Reads: []diag.Node{check.LinksRead, check.NamesResolvers, check.NamesSystem, check.NamesServers, check.NamesControl, check.TCPConnect, check.RoutesTarget},
	Tells: []catalog.Code{"link.loopback-down"},
	Infer: func(v diag.View) (j diag.Judgement) {
		links, _ := check.LinksRead.Of(v)
		i := slices.IndexFunc(links, func(l platform.Link) bool { return l.Kind == platform.Loopback && l.Up })
		down := slices.IndexFunc(links, func(l platform.Link) bool { return l.Kind == platform.Loopback && !l.Up })
		if i >= 0 || down < 0 {
			return j
		}
		f := diag.Finding{Code: "link.loopback-down", Direct: true, Args: diag.Args{"adapter": links[down].Name}, Evidence: []diag.Ref{{Check: "links.read"}}}
		if seen, needed := resolverHere(v); needed {
			f.Evidence, f.Args["needed"] = append(f.Evidence, seen), "resolver"
			return diag.Judgement{Findings: []diag.Finding{f}}
		}
		to, _ := check.RoutesTarget.Of(v)
		for _, r := range to {
			if r.Dst.IsLoopback() || own(v, r.Dst) {
				f.Way, f.Evidence, f.Args = diag.WayTo(r.Dst), append(slices.Clip(f.Evidence), about(check.RoutesTarget, r.Dst)),
					diag.Args{"adapter": links[down].Name, "needed": "target"}
				j.Findings = append(j.Findings, f)
			}
		}
		return j
	},
}

// resolverHere reports whether the name was not found, and only a name server of
// this machine could find it.
func resolverHere(v diag.View) (diag.Ref, bool) {
	sys, _ := check.NamesSystem.Of(v)
	names, ok := check.NamesResolvers.Of(v)
	if !ok || !stuck(v) || v.Target.Addr.IsValid() || len(sys.Addresses) > 0 || len(names.Servers) == 0 {
		return diag.Ref{}, false
	}
	elsewhere := slices.ContainsFunc(names.Servers, func(s platform.Resolver) bool { return !s.Addr.Addr().IsLoopback() })
	return diag.Ref{Check: "names.resolvers"}, names.Stub || !elsewhere
}
