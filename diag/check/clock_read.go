package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// ClockRead reads this machine's time and whether something keeps it right.
var ClockRead = add(diag.Spec[platform.ClockFacts]{
	ID: "clock.read", Layer: catalog.NoLayer, Timeout: 2 * time.Second,
	Probe: func(ctx context.Context, e *diag.Env) (platform.ClockFacts, error) {
		return e.Host.Clock.Now(ctx, e.Reading())
	},
	Unclear: []string{"unknown"},
	Tell: func(c platform.ClockFacts) (string, diag.Args) {
		return map[platform.Tri]string{platform.Yes: "synced", platform.No: "unsynced", platform.Unknown: "unknown"}[c.Synced], nil
	},
})
