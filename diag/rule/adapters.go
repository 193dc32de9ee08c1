package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// adapters tells that nothing leads out of this machine. To itself it needs
// nothing that does.
var adapters = diag.Rule{
	Name:  "adapters",
	Reads: []diag.Node{check.LinksRead, check.RoutesTarget},
	Tells: []catalog.Code{"link.no-adapter"},
	Infer: func(v diag.View) (j diag.Judgement) {
		links, known := check.LinksRead.Of(v)
		routes, _ := check.RoutesTarget.Of(v)
		home := slices.ContainsFunc(routes, func(r check.Reach) bool { return r.Problem == nil && r.Route.Kind == platform.Local })
		if !known || home || v.Observation(check.RoutesTarget).Outcome == "" || v.Target.Addr.IsLoopback() || len(check.Outward(links)) > 0 {
			return j
		}
		j.Findings = append(j.Findings, diag.Finding{
			Code: "link.no-adapter", Direct: true, Evidence: []diag.Ref{{Check: "links.read"}},
		})
		return j
	},
}
