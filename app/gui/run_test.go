//go:build cgo || !darwin

package gui

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"faultline/app/gui/scene"
	"faultline/diag/rule"
	"faultline/platform"
)

// live is a window whose handovers the test takes in itself, as the toolkit
// would: on the goroutine of the window.
func live(t *testing.T) (w *Window, until func(what string, ok func() bool)) {
	t.Helper()
	todo := make(chan func(), 100)
	dir := t.TempDir()
	w = New(test.NewTempApp(t), Env{
		Host: platform.Unsupported, Plan: rule.Plan, Now: time.Now, Getenv: func(string) string { return "" },
		Seed: func() uint64 { return 1 }, Version: "1.0.0", Zone: time.UTC, Do: func(f func()) { todo <- f },
		Settings: filepath.Join(dir, "window.json"), Folder: dir,
	})
	return w, func(what string, ok func() bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for !ok() {
			select {
			case f := <-todo:
				f()
			case <-late:
				t.Fatalf("waiting for %s: it shows %+v", what, w.State())
			}
		}
	}
}

// TestRunFromFieldToVerdict: on a host that tells nothing nothing is known, and
// that is said.
func TestRunFromFieldToVerdict(t *testing.T) {
	w, until := live(t)
	w.Check("look at intranet.example:8443, it is down")
	if w.stage != looking || !slices.Contains(texts(w), "intranet.example") {
		t.Fatalf("at once: got %+v, want the look", w.State())
	}
	until("the verdict", func() bool { return w.stage == telling })
	if s := w.State(); s.Code != "inconclusive" || !slices.Contains(s.Texts, "It cannot be told yet") {
		t.Errorf("got %+v, want that it cannot be told", s)
	}
	kept, err := scene.Load(w.env.Settings)
	if err != nil || len(kept.Recents) != 1 || kept.Recents[0].Given != "intranet.example:8443" {
		t.Errorf("kept: got %+v, %v; want the target", kept.Recents, err)
	}
	w.save()
	saved, err := filepath.Glob(filepath.Join(w.env.Folder, "faultline-*.zip"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("saved: got %v, %v; want one report", saved, err)
	}
	if info, err := os.Stat(saved[0]); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("saved: got %v, %v; want a file of the owner's", info, err)
	}
}

// TestSecondRunHearsNothingOfTheFirst: a run that was left for another tells
// nothing.
func TestSecondRunHearsNothingOfTheFirst(t *testing.T) {
	w, until := live(t)
	w.Check("first.example:1")
	w.Check("second.example:2")
	until("the verdict", func() bool { return w.stage == telling })
	if w.tell.Host != "second.example" || w.runs != 1 {
		t.Errorf("got %s after %d verdicts, want the second alone", w.tell.Host, w.runs)
	}
}

// TestCancelKeepsWhatWasFound and says that it was the reader who stopped it.
func TestCancelKeepsWhatWasFound(t *testing.T) {
	w, until := live(t)
	w.Check("intranet.example:8443")
	w.escape()
	until("the verdict", func() bool { return w.stage == telling })
	if w.win.Canvas().Size().Width < 1 || len(w.tell.Steps) == 0 {
		t.Errorf("got %+v, want what was found", w.tell)
	}
}

// TestSettingsApplyAtOnce: look, size and language, without a restart.
func TestSettingsApplyAtOnce(t *testing.T) {
	var set []string
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	w.env.Setenv = func(name, value string) error { set = append(set, name+"="+value); return nil }
	w.goTo(settingsPage)
	tap := func(name string) {
		t.Helper()
		done := false
		each(w.root, func(o fyne.CanvasObject) {
			if c, ok := o.(interface {
				name() string
				Tapped(*fyne.PointEvent)
			}); ok && c.name() == name && !done {
				done = true
				c.Tapped(nil)
			}
		})
		if !done {
			t.Fatalf("got nothing called %q to tap; there is %+v", name, w.State().Controls)
		}
	}
	tap("Dark")
	if w.colors != dark {
		t.Error("Dark: got another look")
	}
	tap("High contrast")
	if w.colors == dark || w.colors == light {
		t.Error("High contrast: got an ordinary look")
	}
	tap("125 %")
	if !slices.Equal(set, []string{"FYNE_SCALE=1.25"}) {
		t.Errorf("125 %%: got %v", set)
	}
	tap("简体中文")
	if w.words.Lang() != "zh-Hans" || !slices.Contains(texts(w), "外观") {
		t.Errorf("language: got %v", texts(w))
	}
}

// TestLadderAppearsInItsPlace: the rows come after a moment, one below the
// other, and what was pending gets the color of what is proven.
func TestLadderAppearsInItsPlace(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	lookCase(t, w, "tcp.filtered/pictured", 300*time.Millisecond, "tcp.connect")
	if slices.Contains(texts(w), "Gateway") && slices.Contains(texts(w), "Firewall") {
		t.Error("before its time: got the ladder, want only the line")
	}
	w.began = then.Add(-2 * time.Second)
	w.step(nil)
	last := float32(0)
	for _, r := range w.look.rows {
		at := w.app.Driver().AbsolutePositionForObject(r)
		if at.Y <= last || at.X < railWide {
			t.Errorf("%s: got it at %v, want it below %.0f", r.row.Label, at, last)
		}
		last = at.Y
	}
}
