package scene

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/app"
	"faultline/app/text"
)

func TestKeptComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "window.json")
	var k Kept
	k.Theme, k.Language, k.Scale, k.Width = "dark", "zh-Hans", 1.25, 1000
	for i := range 12 {
		k.Remember(app.Report{Target: app.Target{Given: fmt.Sprintf("host-%d", i)}, Verdict: app.Verdict{Code: "ok"},
			Checks: []app.Check{{ID: "ping.target", State: app.Pass, Seconds: 0.2}}})
	}
	if err := k.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Theme != "dark" || got.Scale != 1.25 || len(got.Recents) != mostRecents || got.Recents[0].Given != "host-11" {
		t.Errorf("got %+v", got)
	}
	if got.Usual["ping.target"] != 200*time.Millisecond {
		t.Errorf("usual: got %v, want 200ms", got.Usual["ping.target"])
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("rights: got %v (%v), want only the owner's", info.Mode(), err)
	}
}

func TestKeptThatIsBrokenGivesDefaults(t *testing.T) {
	for name, content := range map[string]string{"no JSON": "{", "of another form": `{"recents":3}`} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "window.json")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			k, err := Load(path)
			if err == nil || k.Theme != "" || len(k.Recents) != 0 {
				t.Errorf("got %+v, %v; want the defaults and an error", k, err)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("no file: got %v, want no error", err)
	}
}

func TestTimesOfRecentTargets(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 30, 0, 0, time.UTC)
	en, _ := text.For(text.English)
	for _, tt := range []struct {
		name string
		ago  time.Duration
		want string
	}{
		{"today", 20 * time.Minute, "worked, 00:10"},
		{"yesterday", time.Hour, "worked, yesterday 23:30"},
		{"earlier", 50 * time.Hour, "worked, 2026-11-21"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Recent{Code: "ok", At: now.Add(-tt.ago)}).Line(now, time.UTC, en); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
