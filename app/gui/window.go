//go:build cgo || !darwin

package gui

import (
	"context"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/app/history"
	"faultline/app/text"
	"faultline/diag"
	"faultline/platform"
)

// Env is everything that the window takes from the process.
type Env struct {
	Host    func() platform.Host
	Plan    func() diag.Plan
	History *history.Store // of earlier runs; nil: none
	Now     func() time.Time
	Getenv  func(string) string
	Setenv  func(name, value string) error
	Seed    func() uint64
	Version string
	// Settings is the file that keeps what is remembered; "" keeps nothing.
	Settings string
	// Crash is the file of a crash at the last start; "" for none.
	Crash string
	// State is a file that is told what the window shows, for tests; "" for none.
	State string
	// Zone is where times are told.
	Zone *time.Location
	// Do runs a function where the window lives.
	Do func(func())
	// Folder is where reports are saved; "" saves none.
	Folder string
	// Wireshark opens a capture at a packet, showing what a display filter
	// selects; nil where it is not installed.
	Wireshark func(file, filter string, frame int) error
}

// stage is where Diagnose stands.
type stage string

const (
	asking  stage = "ask"
	looking stage = "look"
	telling stage = "tell"
)

// Window is the one window. All of it lives on the toolkit's goroutine.
type Window struct {
	env    Env
	app    fyne.App
	win    fyne.Window
	bridge *bridge
	kept   scene.Kept
	words  *text.Words
	colors palette
	mask   *scene.Mask

	page  pageName
	stage stage
	root  *root

	given   string
	symptom scene.Symptom
	strip   func() string // what the program has to say about itself; nil for nothing
	open    map[string]bool

	target  diag.Target
	session *app.Session
	ladder  *scene.Ladder
	began   time.Time
	before  *scene.Recent
	report  app.Report
	result  diag.Result
	tell    scene.Tell

	ask       *askPage
	look      *lookPage
	shown     *tellPage
	captures  *captures
	resets    *resetsView
	dialog    dialog.Dialog      // asks for something; nil: nothing is asked
	onResult  func(r app.Report) // of the tray
	shortcuts fyne.ShortcutHandler
	tray      *tray
	runs      int // how many runs were told
	written   int // how often the state was written
}

// New makes the window of an app, with what was kept from the last time.
func New(a fyne.App, e Env) *Window {
	w := &Window{env: e, app: a, page: diagnosePage, stage: asking, symptom: scene.Nothing, open: map[string]bool{}, mask: scene.NewMask(), captures: newCaptures()}
	w.bridge = newBridge(e.Do)
	if e.Settings != "" {
		var err error
		if w.kept, err = scene.Load(e.Settings); err != nil {
			w.strip = func() string { return err.Error() }
		}
	}
	w.words = w.language()
	if e.Crash != "" {
		w.strip = w.notice("own.crashed", diag.Args{"file": e.Crash})
	}
	w.win = a.NewWindow("Faultline")
	w.win.SetPadded(false)
	w.rescale()
	w.restyle()
	w.win.Resize(w.size())
	w.keys()
	w.win.SetOnDropped(w.dropped)
	a.Settings().AddListener(func(fyne.Settings) { w.followSystem() })
	return w
}

// size is the size of the last time, or the one it is drawn for.
func (w *Window) size() fyne.Size {
	if w.kept.Width >= minWidth && w.kept.Height >= minHeight {
		return fyne.NewSize(w.kept.Width, w.kept.Height)
	}
	return fyne.NewSize(1100, 720)
}

func (w *Window) language() *text.Words {
	if words, ok := text.For(w.kept.Language); ok && w.kept.Language != "" {
		return words
	}
	return text.FromEnvironment(w.env.Getenv)
}

func (w *Window) say(key string, a diag.Args) string { return w.words.Say(key, a) }
func (w *Window) word(key string) string             { return w.words.Say(key, nil) }

// restyle chooses the look and draws everything anew.
func (w *Window) restyle() {
	w.colors = w.choose()
	w.app.Settings().SetTheme(&look{colors: w.colors, han: w.words.Lang() == text.Chinese})
	w.rebuild()
}

// choose is the palette of the settings; without a choice that of the system.
func (w *Window) choose() palette {
	system := light
	if w.app.Settings().ThemeVariant() == 0 { // theme.VariantDark
		system = dark
	}
	switch w.kept.Theme {
	case "light":
		return light
	case "dark":
		return dark
	case "contrast":
		return contrasty(system)
	}
	return system
}

// followSystem draws anew when the system's look has changed.
func (w *Window) followSystem() {
	if p := w.choose(); p != w.colors {
		w.restyle()
	}
}

// rescale applies the chosen size; the toolkit reads it from the environment.
func (w *Window) rescale() {
	if w.kept.Scale > 0 && w.env.Setenv != nil {
		_ = w.env.Setenv("FYNE_SCALE", scaleText(w.kept.Scale))
	}
}

// keep saves what is remembered.
func (w *Window) keep() {
	if w.env.Settings == "" {
		return
	}
	if err := w.kept.Save(w.env.Settings); err != nil {
		w.strip = w.unwritten("own.settings", filepath.Dir(w.env.Settings), err)
	}
}

// rebuild makes the content of the window from its state.
func (w *Window) rebuild() {
	w.ask, w.look, w.shown, w.resets = nil, nil, nil, nil
	w.root = newRoot(w)
	w.win.SetContent(w.root)
	w.setEscape(w.root)
	w.publish()
}

// goTo shows a page of the rail.
func (w *Window) goTo(p pageName) {
	w.page = p
	w.rebuild()
}

// Check begins a diagnosis of what was given; what is no target stays in the
// field, with the reason under it.
func (w *Window) Check(given string) {
	w.given = given
	t, err := diag.ParseTarget(given)
	if err != nil {
		w.toField()
		w.ask.field.entry.SetText(given)
		return
	}
	w.start(t)
}

func (w *Window) start(t diag.Target) {
	w.stop()
	plan := w.env.Plan()
	w.target, w.began = t, w.env.Now()
	w.page, w.stage, w.strip = diagnosePage, looking, nil
	w.open = map[string]bool{}
	w.before = w.kept.Before(t.Given)
	w.ladder = scene.NewLadder(plan, t, w.kept.Usual)
	if w.kept.Masked {
		w.mask.Name(t.Host)
	}
	run := newBridge(w.env.Do) // one for each run: what an earlier one still tells is not of this one
	host, keep := w.env.History.With(w.env.Host())
	s := app.New(app.Settings{Host: host, Now: w.env.Now, Plan: plan, Target: t, Seed: w.env.Seed(), Events: run.note, Keep: keep})
	w.session = s
	w.rebuild()
	w.win.Canvas().Unfocus()
	s.Start(context.Background())
	run.follow(s.Done(), func(events []diag.Event) {
		if s == w.session {
			w.step(events)
		}
	}, func() { w.finish(s) })
}

// stop ends the session that runs, if one does.
func (w *Window) stop() {
	if w.session != nil && w.stage == looking {
		w.session.Cancel()
	}
}

// step takes in what has happened.
func (w *Window) step(events []diag.Event) {
	for _, e := range events {
		w.ladder.Apply(e)
	}
	if w.look != nil {
		w.look.show(w.picture())
		w.publish()
	}
}

// picture is the running page as it is shown.
func (w *Window) picture() scene.Look {
	l := w.ladder.At(w.env.Now().Sub(w.began), w.words)
	if w.kept.Masked {
		l = w.mask.Look(l)
	}
	return l
}

// finish tells what a session found. One that was left for another tells
// nothing.
func (w *Window) finish(s *app.Session) {
	if s != w.session {
		return
	}
	w.result = s.Result()
	w.report = s.Report(w.words, w.env.Version)
	w.stage = telling
	w.runs++
	w.kept.Remember(w.report)
	w.keep()
	if w.onResult != nil {
		w.onResult(w.report)
	}
	w.rebuild()
	w.land()
}

// land lets the line slip, once, when the verdict comes.
func (w *Window) land() {
	if w.shown == nil || w.kept.Calm || w.shown.line.chain.Broken == 0 {
		return
	}
	line := w.shown.line
	slide := fyne.NewAnimation(240*time.Millisecond, line.slide)
	slide.Curve = fyne.AnimationEaseOut
	slide.Start()
}

// compose makes the page of the result in the language and depth of now.
func (w *Window) compose() scene.Tell {
	r, args := w.session.Report(w.words, w.env.Version), w.result.Verdict.Args
	w.report = r
	ticket := r.Verdict.Contact
	before := w.before
	if w.kept.Masked {
		r, args = w.mask.Report(r), w.mask.Args(args)
	}
	t := scene.TellOf(scene.Input{Report: r, Args: args, Claims: w.result.Judgement.Claims, Symptom: w.symptom, Before: before, Zone: w.zone()}, w.words)
	t.Ticket = ticket
	return t
}

func (w *Window) zone() *time.Location {
	if w.env.Zone != nil {
		return w.env.Zone
	}
	return time.Local
}

// Show opens the window.
func (w *Window) Show() { w.win.Show() }

// Frame is the toolkit's window.
func (w *Window) Frame() fyne.Window { return w.win }
