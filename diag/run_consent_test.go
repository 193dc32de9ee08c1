package diag

import (
	"testing"
	"testing/synctest"

	"faultline/diag/catalog"
)

// TestRunOnConsent: what changes this machine needs both trouble and consent.
func TestRunOnConsent(t *testing.T) {
	blocks := direct("tcp.refused", everywhere)
	for _, c := range []struct {
		name    string
		trouble bool
		consent bool
		outcome Outcome
		reason  string
	}{
		{"trouble and consent", true, true, Observed, ""},
		{"trouble alone", true, false, NotNeeded, "on-consent"},
		{"consent alone", false, true, NotNeeded, "no-trouble"},
		{"neither", false, false, NotNeeded, "on-consent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				spec := Spec[string]{ID: "first", Probe: takes(ms(100))}
				if c.trouble {
					spec.Judge = finds(blocks)
				}
				first := fake(spec)
				asked := fake(Spec[string]{ID: "asked", Start: OnConsent, Probe: takes(ms(10)), Tells: []catalog.Code{"firewall.local-out"}})
				r := play(t, t.Context(), Plan{Checks: []Node{first, asked}}, Options{Trace: c.consent})
				if o := r.of(t, asked); o.Outcome != c.outcome || o.Reason != c.reason && o.Reason != "verdict" {
					t.Errorf("got %s (%s), want %s (%s)", o.Outcome, o.Reason, c.outcome, c.reason)
				}
			})
		})
	}
}
