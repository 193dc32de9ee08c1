package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// LinksCounters reads what the adapters carried and lost, before and after.
var LinksCounters = add(diag.Spec[[]platform.LinkCounters]{
	ID: "links.counters", Layer: catalog.Link, Timeout: 2 * time.Second, Again: true,
	Probe: func(ctx context.Context, e *diag.Env) ([]platform.LinkCounters, error) {
		return e.Host.Links.Counters(ctx, e.Reading())
	},
	Same: func(_, _ []platform.LinkCounters) bool { return true }, // counters move
	Tell: func(all []platform.LinkCounters) (string, diag.Args) {
		return "read", diag.Args{"n": len(all)}
	},
})

// CountersOf returns the counters of an adapter.
func CountersOf(all []platform.LinkCounters, link int) (platform.LinkCounters, bool) {
	for _, c := range all {
		if c.Link == link {
			return c, true
		}
	}
	return platform.LinkCounters{}, false
}
