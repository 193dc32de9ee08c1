package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
)

// NamesOther tries the name servers that way, as long as no address of the
// target is known.
var NamesOther = add(diag.Spec[[]Detour]{
	ID: "names.other", Layer: catalog.Route, Timeout: 2 * time.Second, Start: diag.OnTrouble, Traffic: diag.LocalTraffic,
	After:   []diag.Node{RoutesRead, LinksRead},
	Unclear: []string{"silent"},
	Probe: func(ctx context.Context, e *diag.Env) ([]Detour, error) {
		r, err := RoutesRead.Need(e)
		switch {
		case err != nil:
			return nil, err
		case e.Target.Addr.IsValid():
			return nil, diag.Skip("literal")
		}
		return detours(ctx, e, r.To[:min(len(r.To), mostDetours)], []uint16{dnsPort}, true)
	},
	Tell: tellDetours,
})

const dnsPort = 53
