package cli

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"faultline/app"
	"faultline/app/history"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// TestHistoryKeepsTimeAndTargetApart: one is not read as part of the other.
func TestHistoryKeepsTimeAndTargetApart(t *testing.T) {
	p := &program{}
	p.words, _ = text.For(text.English)
	var b strings.Builder
	p.Stdout = &b
	p.History = &history.Store{Path: filepath.Join(t.TempDir(), "history.json")}
	if err := p.History.Keep(platform.GoodRun{Target: "192.0.2.1:80", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := (historyList{}).Run(p); err != nil || !regexp.MustCompile(`:\d\d  192\.`).MatchString(b.String()) {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

// TestUnclearNamesWhatIsMissing: a verdict that cannot be given says which
// checks brought no result, unless an open rival does.
func TestUnclearNamesWhatIsMissing(t *testing.T) {
	for _, tt := range []struct {
		name string
		code catalog.Code
		open []app.Untested
		want bool
	}{
		{"nothing else is named", diag.Inconclusive, nil, true},
		{"a rival is", diag.Inconclusive, []app.Untested{{What: "w"}}, false},
		{"it works", diag.OK, nil, false},
	} {
		r := app.Report{Checks: []app.Check{{ID: "names.system", State: app.Unknown}, {ID: "links.read", State: app.Pass}}}
		r.Verdict.Code, r.Verdict.Untested = tt.code, tt.open
		w, _ := text.For(text.English)
		got := plain(r, w, style{width: 80}, amount{})
		if strings.Contains(got, "Not known: Lookup by the system\n") != tt.want {
			t.Errorf("%s: got %q, want what is missing in it: %v", tt.name, got, tt.want)
		}
	}
}
