package diag

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"faultline/diag/catalog"
	"faultline/platform"
)

// listed is a system that says how it answers, or that it does not know.
type listed struct {
	platform.System
	rows []platform.Mechanism
	err  error
}

func (l listed) Mechanisms(context.Context, platform.Reading) ([]platform.Mechanism, error) {
	return l.rows, l.err
}

func TestUntried(t *testing.T) {
	wine := []platform.Mechanism{{Method: "routes.to", Tried: platform.TriedWine}, {Method: "links.all"}}
	asks := func(methods ...string) func(ID) []string { return func(ID) []string { return methods } }
	for name, c := range map[string]struct {
		system     listed
		asked      func(ID) []string
		confidence catalog.Confidence
		untried    []string
	}{
		"asked what was never run":    {listed{rows: wine}, asks("routes.to", "links.all"), catalog.Possible, []string{"routes.to"}},
		"asked something else":        {listed{rows: wine}, asks("links.all"), catalog.Proven, nil},
		"nobody knows what was asked": {listed{rows: wine}, nil, catalog.Possible, []string{"routes.to"}},
		"everything was run":          {listed{rows: wine[1:]}, nil, catalog.Proven, nil},
		"the host does not say":       {listed{err: platform.ErrTimeout}, asks("links.all"), catalog.Possible, []string{unlisted}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := fake(Spec[string]{ID: "judge.gateway.none", Probe: takes(ms(1)), Judge: finds(direct("gateway.none", everywhere))})
				host := platform.Unsupported()
				c.system.System = host.System
				host.System = c.system
				r := Run(t.Context(), host, Plan{Checks: []Node{n}, Catalog: catalog.All()}, Target{}, Options{Now: time.Now, Asked: c.asked})
				v := r.Verdict
				if v.Code != "gateway.none" || v.Confidence != c.confidence || !slices.Equal(v.Untried, c.untried) {
					t.Errorf("got %s, %s by %v want gateway.none, %s by %v", v.Code, v.Confidence, v.Untried, c.confidence, c.untried)
				}
			})
		})
	}
}
