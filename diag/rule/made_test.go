package rule_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/rule"
	"faultline/platform"
	"faultline/platform/tape"
)

var update = flag.Bool("update", false, "write the cases that are made from descriptions")

// madeOrigin marks cases that no computer was asked for.
const madeOrigin = "made from documented formats; no such system was asked"

// TestMade looks at each described computer, and finds what is kept of it as a
// case. With -update it writes the cases.
func TestMade(t *testing.T) {
	for _, s := range windowsStories() {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines, v := s.run(t)
				dir := filepath.Join(caseDir, string(s.of), "windows-"+slug(s.name))
				got := wantOf(v)
				if *update {
					s.write(t, dir, lines, got)
					return
				}
				var want outcome
				decode(t, filepath.Join(dir, "want.json"), &want)
				if got.Code != want.Code || got.Confidence != want.Confidence || got.Party != want.Party || !slices.Equal(got.Notes, want.Notes) {
					t.Errorf("got %+v want %+v", got, want)
				}
			})
		})
	}
}

// outcome is what a case must tell.
type outcome struct {
	Code       catalog.Code   `json:"code"`
	Party      catalog.Party  `json:"party"`
	Confidence string         `json:"confidence"`
	Notes      []catalog.Code `json:"notes"`
}

func wantOf(v diag.Verdict) outcome {
	party := v.Party
	if party == "" {
		party = catalog.NoParty
	}
	return outcome{v.Code, party, v.Confidence.String(), notes(v)}
}

const madeSeed = 20

// run looks at the described computer as at a live one, and records it.
func (s story) run(t *testing.T) ([]tape.Line, diag.Verdict) {
	target, err := diag.ParseTarget(s.target)
	if err != nil {
		t.Fatalf("%s: %v", s.target, err)
	}
	host, log := tape.Record(hostOf(s.world), time.Now)
	began, err := json.Marshal(map[string]any{"target": target, "thorough": false, "seed": madeSeed})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.Decisions.Decide(platform.WithCaller(t.Context(), "session"), platform.DecisionAsk{Key: "session", Proposed: began}); err != nil {
		t.Fatal(err)
	}
	res := diag.Run(t.Context(), host, rule.Plan(), target, diag.Options{Now: time.Now, Seed: madeSeed,
		Asked: func(id diag.ID) []string { return tape.Asked(log.Lines(), string(id)) }})
	if len(res.Broken) > 0 {
		t.Errorf("broken: %q", res.Broken)
	}
	return log.Lines(), res.Verdict
}

// write keeps a run as a case.
func (s story) write(t *testing.T, dir string, lines []tape.Line, want outcome) {
	var calls bytes.Buffer
	err := tape.Write(&calls, lines)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	for name, v := range map[string]any{"want.json": want, "case.json": map[string]any{
		"target": s.target, "of": s.of, "near": s.near, "story": "Windows: " + s.name, "origin": madeOrigin, "seed": madeSeed}} {
		text, encoded := json.MarshalIndent(v, "", "  ")
		if err == nil {
			err = encoded
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), append(text, '\n'), 0o644)
		}
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "calls.jsonl"), calls.Bytes(), 0o644)
	}
	if err != nil {
		t.Errorf("writing the case: %v", err)
	}
}

func slug(name string) string {
	return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
}
