package app

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/rule"
	"faultline/platform/tape"
)

// TestHealthyManagedLaptop: a network that leads out through its proxy alone, which
// wants the session's sign-in and inspects, beside a VPN and another maker's
// filter, is as it is meant to be. Nothing of the report warns.
func TestHealthyManagedLaptop(t *testing.T) {
	words, _ := text.For(text.English)
	for _, name := range []string{
		"ok/windows-managed-laptop-through-the-proxy-that-inspects",
		"ok/windows-managed-laptop-within-the-company",
		"proxy.auth-refused/windows-managed-laptop-the-session-s-sign-in-was-given",
	} {
		raw, err := os.ReadFile(filepath.Join("../diag/testdata/cases", name, "calls.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := tape.Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Replay(lines, rule.Plan())
		if err != nil {
			t.Fatal(err)
		}
		s.Start(t.Context())
		r := s.Report(words, "1.2.3")
		if r.Verdict.Code != diag.OK || r.ExitCode() != 0 {
			t.Errorf("%s: got %s, exit %d want ok, 0", name, r.Verdict.Code, r.ExitCode())
		}
		for _, c := range r.Checks {
			if c.State == Warn || c.State == Fail {
				t.Errorf("%s: %s is %s: %s", name, c.ID, c.State, c.Summary)
			}
		}
		for _, n := range r.Notes {
			if catalog.All()[n.Code].Weight != catalog.Notes {
				t.Errorf("%s: got the note %s: %s", name, n.Code, n.Summary)
			}
		}
	}
}
