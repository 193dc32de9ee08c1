package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// CountersRead reads the stack's counters before and after.
var CountersRead = add(diag.Spec[platform.CounterFacts]{
	ID: "counters.read", Layer: catalog.Firewall, Timeout: 2 * time.Second, Again: true,
	Probe: func(ctx context.Context, e *diag.Env) (platform.CounterFacts, error) {
		return e.Host.Counters.Read(ctx, e.Reading())
	},
	Same: func(_, _ platform.CounterFacts) bool { return true }, // counters move
	Tell: func(c platform.CounterFacts) (string, diag.Args) {
		return "read", diag.Args{"n": len(c.Values)}
	},
})
