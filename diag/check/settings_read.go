package check

import (
	"context"
	"strconv"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// SettingsRead reads how the network stack is set up.
var SettingsRead = add(diag.Spec[platform.SettingFacts]{
	ID: "settings.read", Layer: catalog.Route, Timeout: 2 * time.Second, Start: diag.OnTrouble,
	Probe: func(ctx context.Context, e *diag.Env) (platform.SettingFacts, error) {
		return e.Host.Settings.Read(ctx, e.Reading())
	},
	Tell: func(s platform.SettingFacts) (string, diag.Args) {
		if len(s.Filters) > 0 {
			return "filters", diag.Args{"n": len(s.Links), "filters": s.Filters}
		}
		return "read", diag.Args{"n": len(s.Links)}
	},
})

// strictReversePath reports whether an adapter drops what comes in from an
// address to which packets would leave by another one. The stricter of the
// setting for all adapters and of its own counts, where 1 is strict and 2 is
// loose (ip-sysctl, rp_filter: the higher value).
func strictReversePath(s platform.SettingFacts, adapter string) bool {
	highest := 0
	for _, l := range s.Links {
		if n, err := strconv.Atoi(l.Values["rp_filter"]); err == nil && (l.Link == "all" || l.Link == adapter) {
			highest = max(highest, n)
		}
	}
	return highest == 1
}
