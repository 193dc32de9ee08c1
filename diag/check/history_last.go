package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// HistoryLast reads what this program saw when the target last answered, on
// each network that is remembered.
var HistoryLast = add(diag.Spec[[]platform.GoodRun]{
	ID: "history.last", Layer: catalog.NoLayer, Timeout: time.Second, Start: diag.OnTrouble,
	Probe: func(ctx context.Context, e *diag.Env) ([]platform.GoodRun, error) {
		a, err := e.Host.History.Last(ctx, platform.HistoryAsk{Target: e.Target.String()})
		return a.Runs, err
	},
	Tell: func(runs []platform.GoodRun) (string, diag.Args) {
		if len(runs) == 0 {
			return "none", nil
		}
		return "some", diag.Args{"n": len(runs), "at": runs[0].At}
	},
})
