//go:build cgo || !darwin

package gui

import (
	"bytes"
	"cmp"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/diag"
	"faultline/diag/rule"
	"faultline/platform"
	"faultline/platform/tape"
)

// cases are runs that were recorded in the lab.
const cases = "../../diag/testdata/cases"

// then is when the tests happen.
var then = time.Date(2026, 11, 24, 14, 27, 3, 0, time.UTC)

// newWindow makes a window of a test, of a size, with what was kept.
func newWindow(t *testing.T, size fyne.Size, change func(w *Window)) *Window {
	t.Helper()
	a := test.NewTempApp(t)
	w := New(a, Env{
		Host: func() platform.Host { return platform.Host{} }, Plan: rule.Plan, Now: func() time.Time { return then },
		Getenv: func(string) string { return "" }, Seed: func() uint64 { return 1 }, Version: "1.0.0", Zone: time.UTC,
		Do: func(f func()) { f() },
	})
	w.kept.Theme, w.kept.Calm = "light", true
	if change != nil {
		change(w)
	}
	w.words = w.language()
	w.restyle()
	w.win.Resize(size)
	return w
}

// shownHost stands for the random names of the recorded runs.
const shownHost = "intranet.corp.example"

// replay is a recorded run, judged again: one of the pictures', which stay as
// they are, or one of the engine's.
func replay(t *testing.T, name string) *app.Session {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("testdata/runs", name))
	if len(dirs) == 0 {
		dirs, err = filepath.Glob(filepath.Join(cases, name))
	}
	if err != nil || len(dirs) == 0 {
		t.Fatalf("got no case %s (%v)", name, err)
	}
	raw, err := os.ReadFile(filepath.Join(dirs[0], "calls.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := tape.Read(bytes.NewReader(renamed(t, dirs[0], raw)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Replay(lines, rule.Plan())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// renamed gives a recorded run the name of the pictures.
func renamed(t *testing.T, dir string, raw []byte) []byte {
	t.Helper()
	about, err := os.ReadFile(filepath.Join(dir, "case.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Target string }
	if err := json.Unmarshal(about, &c); err != nil {
		t.Fatal(err)
	}
	target, err := diag.ParseTarget(c.Target)
	if err != nil {
		t.Fatal(err)
	}
	if target.Addr.IsValid() {
		return raw
	}
	return bytes.ReplaceAll(raw, []byte(target.Host), []byte(shownHost))
}

// tellCase shows the verdict of a recorded run.
func tellCase(t *testing.T, w *Window, name string) {
	t.Helper()
	s := replay(t, name)
	s.Start(t.Context())
	<-s.Done()
	w.session, w.target, w.began = s, s.Result().Target, then
	w.ladder = nil
	w.finish(s)
}

// shoot draws the window as a picture.
func shoot(t *testing.T, w *Window, file string, scale float32) {
	t.Helper()
	c := w.win.Canvas()
	if s, ok := c.(software.WindowlessCanvas); ok && scale != 1 {
		s.SetScale(scale)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, fewColors(c.Capture())); err != nil {
		t.Fatal(err)
	}
}

// lookCase shows a recorded run while some of its checks still run.
func lookCase(t *testing.T, w *Window, name string, elapsed time.Duration, running ...diag.ID) {
	t.Helper()
	s := replay(t, name)
	s.Start(t.Context())
	res := s.Result()
	w.session, w.target, w.stage, w.page = s, res.Target, looking, diagnosePage
	w.began = then.Add(-elapsed)
	w.ladder = scene.NewLadder(rule.Plan(), res.Target, map[diag.ID]time.Duration{"ping.target": 20 * time.Millisecond})
	for _, e := range events(res, running...) {
		w.ladder.Apply(e)
	}
	w.rebuild()
}

// events are those that a run like this one gives. A replay has no clock, so
// the checks begin and settle one after the other.
func events(res diag.Result, running ...diag.ID) []diag.Event {
	var all []diag.Event
	for i, o := range res.Observations {
		begun := time.Duration(i) * 30 * time.Millisecond
		if o.Outcome != diag.NotNeeded {
			all = append(all, diag.Event{Kind: diag.CheckStarted, Check: o.Check, At: begun})
		}
		if !slices.Contains(running, o.Check) {
			all = append(all, diag.Event{Kind: diag.CheckSettled, Check: o.Check, At: begun + 25*time.Millisecond, Observation: o, Judgement: res.Judgement})
		}
	}
	return all
}

// texts are all words that are shown.
func texts(w *Window) []string { return w.State().Texts }

// all are the recorded cases.
func all(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(cases, "*", "*"))
	if err != nil || len(dirs) < 20 {
		t.Fatalf("got %d cases (%v), want the recorded ones", len(dirs), err)
	}
	for i, d := range dirs {
		dirs[i], _ = filepath.Rel(cases, d)
	}
	return dirs
}

// fewColors makes a picture of at most 256 colors, which is a third of the
// size: the pages have few, and their blends at the edges of letters.
func fewColors(m image.Image) image.Image {
	count := map[color.RGBA]int{}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)]++
		}
	}
	kinds := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var p color.Palette
	taken := map[color.RGBA]bool{}
	for _, apart := range []int{900, 100, 0} { // rare colors that are like no other come first
		for _, c := range kinds {
			if len(p) < 256 && !taken[c] && !slices.ContainsFunc(p, func(o color.Color) bool { return distance(c, o.(color.RGBA)) < apart }) {
				taken[c], p = true, append(p, c)
			}
		}
	}
	nearest := map[color.RGBA]uint8{}
	for _, c := range kinds {
		nearest[c] = uint8(p.Index(c))
	}
	out := image.NewPaletted(b, p)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			out.SetColorIndex(x, y, nearest[color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)])
		}
	}
	return out
}

func distance(a, b color.RGBA) int {
	d := func(x, y uint8) int { return (int(x) - int(y)) * (int(x) - int(y)) }
	return d(a.R, b.R) + d(a.G, b.G) + d(a.B, b.B)
}
