//go:build cgo || !darwin

package gui

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"faultline/app/gui/scene"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/rule"
)

// cuts lists the texts that reach out of the part that holds them, or below the
// smallest size.
func cuts(o fyne.CanvasObject) []string {
	var found []string
	look := func(t *canvas.Text, width float32) {
		x := t.Position().X
		if t.Text != "" && width > 0 && (x < -0.5 || x+t.MinSize().Width > width+1) {
			found = append(found, fmt.Sprintf("%q at %.0f to %.0f of %.0f", t.Text, x, x+t.MinSize().Width, width))
		}
		if t.TextSize < microSize {
			found = append(found, fmt.Sprintf("%q is of size %.0f", t.Text, t.TextSize))
		}
	}
	each(o, func(o fyne.CanvasObject) {
		if p, ok := o.(interface{ children() []fyne.CanvasObject }); ok && o.Visible() {
			for _, c := range p.children() {
				if words, ok := c.(*canvas.Text); ok && words.Visible() {
					look(words, o.Size().Width)
				}
			}
		}
	})
	return found
}

var small1366 = fyne.NewSize(1093, 614)

// TestNoTextIsCut: every verdict that was recorded, in both languages, with
// everything unfolded, at the sizes that people have.
func TestNoTextIsCut(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range all(t) {
		code := filepath.Dir(name)
		if seen[code] {
			continue
		}
		seen[code] = true
		t.Run(code, func(t *testing.T) {
			for _, lang := range text.Languages() {
				w := newWindow(t, small1366, func(w *Window) { w.kept.Language, w.kept.Technician = lang, true })
				tellCase(t, w, name)
				for _, size := range []fyne.Size{small1366, {Width: 900, Height: 540}} {
					w.win.Resize(size)
					for _, cut := range cuts(w.root) {
						t.Errorf("%s at %.0f: %s", lang, size.Width, cut)
					}
					if at := w.root.sheet.column.Size().Width; at > size.Width-railNarrow {
						t.Errorf("%s at %.0f: got a page %.0f wide, want no scrolling sideways", lang, size.Width, at)
					}
				}
			}
		})
	}
}

// TestOtherPagesAreNotCut is the same for the pages without a verdict.
func TestOtherPagesAreNotCut(t *testing.T) {
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			for _, lang := range text.Languages() {
				w := newWindow(t, small1366, func(w *Window) { w.kept.Language, w.kept.Recents = lang, recents() })
				s.show(t, w)
				for _, size := range []fyne.Size{small1366, {Width: 900, Height: 540}} {
					w.win.Resize(size)
					for _, cut := range cuts(w.root) {
						t.Errorf("%s at %.0f: %s", lang, size.Width, cut)
					}
				}
			}
		})
	}
}

// TestSixQuestions: on a small laptop at 125 % a reader sees without scrolling:
// is it me, what is broken, who acts, what do I do now, what do I tell them,
// how do I come back.
func TestSixQuestions(t *testing.T) {
	for _, lang := range text.Languages() {
		for _, name := range []string{"tcp.refused/nothing-listens", "firewall.local-out/own-filter-drops-the-port", "gateway.silent/pictured", "dns.no-such-name/pictured"} {
			w := newWindow(t, fyne.NewSize(1093, 550), func(w *Window) { w.kept.Language = lang })
			tellCase(t, w, name)
			below := func(what string, o fyne.CanvasObject) {
				at := w.app.Driver().AbsolutePositionForObject(o)
				if bottom := at.Y + o.Size().Height; bottom > 550 {
					t.Errorf("%s, %s: %s ends at %.0f, want it above 550", lang, name, what, bottom)
				}
			}
			wanted := map[string]string{w.tell.Title: "what is broken", w.tell.Pills[0].Text: "is it me", w.tell.Pills[1].Text: "who acts",
				w.tell.Steps[0].Title: "what to do now", w.word("action.check.again"): "how to come back", w.word("action.ticket.copy"): "what to tell them"}
			each(w.root, func(o fyne.CanvasObject) {
				c, ok := o.(*canvas.Text)
				if !ok {
					return
				}
				if what, ok := wanted[c.Text]; ok {
					delete(wanted, c.Text)
					below(what, o)
				}
			})
			for words, what := range wanted {
				t.Errorf("%s, %s: got no %s (%q)", lang, name, what, words)
			}
		}
	}
}

// TestEventsInAnyOrder: the page after a run is the same in whatever order the
// events of different checks came, and while it goes on something is always
// said.
func TestEventsInAnyOrder(t *testing.T) {
	en, _ := text.For(text.English)
	for _, name := range []string{"tcp.refused/nothing-listens", "tcp.filtered/pictured", "dns.resolver-silent/*", "link.no-carrier/*"} {
		s := replay(t, name)
		s.Start(t.Context())
		res := s.Result()
		plan := rule.Plan()
		want := scene.NewLadder(plan, res.Target, nil)
		stream := events(res)
		for _, e := range stream {
			want.Apply(e)
			if at := want.At(e.At, en); at.Status == "" || len(at.Rows) == 0 {
				t.Errorf("%s at %v: got a silent page", name, e.At)
			}
		}
		for seed := range uint64(20) {
			got := scene.NewLadder(plan, res.Target, nil)
			for _, e := range shuffled(stream, seed) {
				got.Apply(e)
			}
			if a, b := got.At(5*time.Second, en), want.At(5*time.Second, en); !reflect.DeepEqual(a, b) {
				t.Fatalf("%s, seed %d: got %+v, want %+v", name, seed, a, b)
			}
		}
	}
}

// shuffled keeps the one order that the engine promises: a check begins before
// it settles.
func shuffled(all []diag.Event, seed uint64) []diag.Event {
	r := rand.New(rand.NewPCG(seed, 1))
	out := slices.Clone(all)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	for i, e := range out {
		for j := range i {
			if out[j].Check == e.Check && out[j].Kind == diag.CheckSettled && e.Kind == diag.CheckStarted {
				out[i], out[j] = out[j], out[i]
			}
		}
	}
	return out
}

// TestRowsTickWhileTheyRun: no step is silent for more than a second.
func TestRowsTickWhileTheyRun(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	var before []string
	for _, elapsed := range []time.Duration{2 * time.Second, 2100 * time.Millisecond, 3 * time.Second} {
		lookCase(t, w, "tcp.filtered/pictured", elapsed, "tcp.connect")
		now := texts(w)
		if slices.Equal(now, before) {
			t.Errorf("at %v: got the same words as before", elapsed)
		}
		before = now
	}
	if !slices.Contains(before, "Skip") {
		t.Errorf("got %q, want a way to skip after a second", before)
	}
}

func press(w *Window, key fyne.KeyName, extra fyne.KeyModifier) {
	w.shortcuts.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault | extra})
}

// TestKeyboard walks the page without a pointer.
func TestKeyboard(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	tellCase(t, w, "tcp.refused/nothing-listens")
	c := w.win.Canvas()
	seen := map[string]bool{}
	for range 30 {
		c.FocusNext()
		if f, ok := c.Focused().(interface{ name() string }); ok {
			seen[f.name()] = true
			if ring, ok := c.Focused().(interface{ ringShown() bool }); ok && !ring.ringShown() {
				t.Errorf("%s: got the focus and no ring", f.name())
			}
		}
	}
	for _, name := range []string{"Diagnose", "Settings", "Technician", "Check again", "Save report", "Copy for the ticket", "Evidence · 4", "node Service"} {
		if !seen[name] {
			t.Errorf("%s: got no focus by Tab; there were %v", name, seen)
		}
	}
	c.Unfocus()
	press(w, fyne.KeyT, 0)
	if !w.kept.Technician {
		t.Error("Ctrl+T: got no technician")
	}
	press(w, fyne.KeyT, 0)
	w.shortcuts.TypedShortcut(&fyne.ShortcutCopy{})
	if got := w.app.Clipboard().Content(); !strings.HasPrefix(got, "Target: ") {
		t.Errorf("Ctrl+C: got %q on the clipboard, want the ticket", got)
	}
	w.unfold(evidencePart)
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(w.open) != 0 || w.stage != telling {
		t.Errorf("Escape: got %v open at %s, want all closed and the verdict kept", w.open, w.stage)
	}
	press(w, fyne.KeyL, 0)
	if w.stage != asking || c.Focused() != w.ask.field.entry {
		t.Errorf("Ctrl+L: got %s with the focus on %T, want the field", w.stage, c.Focused())
	}
	test.Type(w.ask.field.entry, "no target at all")
	w.ask.field.entry.OnSubmitted(w.ask.field.entry.Text)
	if w.stage != asking || !slices.ContainsFunc(texts(w), func(s string) bool { return strings.Contains(s, "host") }) {
		t.Errorf("what is no target: got %s, want the reason in place", w.stage)
	}
}

// TestLanguageChangesInPlace: no word of the other language stays.
func TestLanguageChangesInPlace(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), func(w *Window) { w.kept.Technician = true })
	tellCase(t, w, "tcp.refused/nothing-listens")
	w.kept.Language = text.Chinese
	w.words = w.language()
	w.restyle()
	en, _ := text.For(text.English)
	zh, _ := text.For(text.Chinese)
	shown := texts(w)
	for _, key := range en.Keys() {
		if message := en.Say(key, nil); message != zh.Say(key, nil) && len(message) > 6 && slices.Contains(shown, message) {
			t.Errorf("%s: got %q, want it in Chinese", key, message)
		}
	}
	if !slices.Contains(shown, "端口已关闭") && !slices.Contains(shown, zh.Say("title.tcp.refused", nil)) {
		t.Errorf("got %q, want the title in Chinese", shown)
	}
}

// TestMaskedPageShowsNoNames: nothing of the record is on the page.
func TestMaskedPageShowsNoNames(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), func(w *Window) { w.kept.Technician = true })
	tellCase(t, w, "tcp.refused/nothing-listens")
	plain := strings.Join(texts(w), "\n")
	var secrets []string
	for _, a := range w.report.Target.Addresses {
		secrets = append(secrets, a.String())
	}
	secrets = append(secrets, shownHost)
	w.setMask(true)
	w.open["further"] = true
	w.rebuild()
	masked := strings.Join(texts(w), "\n")
	for _, s := range secrets {
		if !strings.Contains(plain, s) {
			t.Errorf("%s: got it nowhere without the mask, so that the test tells nothing", s)
		}
		if strings.Contains(masked, s) {
			t.Errorf("%s: got it on the masked page", s)
		}
	}
	if w.tell.Ticket == "" || !strings.Contains(w.tell.Ticket, shownHost) {
		t.Error("got a masked ticket, want the real one")
	}
}

// TestSymptomIsHeard: one clean pass does not rule out what comes and goes.
func TestSymptomIsHeard(t *testing.T) {
	for symptom, want := range map[scene.Symptom]bool{scene.Nothing: false, scene.Refused: false, scene.Drops: true, scene.Slow: true} {
		w := newWindow(t, fyne.NewSize(1100, 720), func(w *Window) { w.symptom = symptom })
		tellCase(t, w, "tcp.refused/something-listens")
		if got := strings.Contains(w.tell.Body, "comes and goes"); got != want {
			t.Errorf("%s: got %q", symptom, w.tell.Body)
		}
	}
}

// TestGoldenPages compares the layout of a few pages with the one that was
// looked at.
func TestGoldenPages(t *testing.T) {
	for _, name := range []string{"ask", "look", "tell-refused", "tell-healthy", "resets"} {
		t.Run(name, func(t *testing.T) {
			w := newWindow(t, fyne.NewSize(1100, 720), func(w *Window) { w.kept.Recents = recents() })
			i := slices.IndexFunc(states, func(s struct {
				name string
				show func(t *testing.T, w *Window)
			}) bool {
				return s.name == name
			})
			states[i].show(t, w)
			test.AssertRendersToMarkup(t, name+".xml", w.win.Canvas())
		})
	}
}
