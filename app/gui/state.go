//go:build cgo || !darwin

package gui

import (
	"encoding/json"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app/gui/scene"
)

// State is what the window shows, in words: for tests that cannot read pixels.
type State struct {
	Page, Stage, Lang string
	Given, Code       string
	Callout           string
	Broken            string // the node before which the line slips
	Red               string // the node that is red
	Texts             []string
	Controls          []Place
	Clipboard         string
	Count             int // how often this was written
	Runs              int // how many runs have been told
}

// Place is a control and where its middle is, in pixels of the window.
type Place struct {
	Name string
	X, Y int
}

// State says what the window shows now.
func (w *Window) State() State {
	s := State{Page: string(w.page), Stage: string(w.stage), Lang: w.words.Lang(), Given: w.given, Runs: w.runs, Clipboard: w.app.Clipboard().Content()}
	if w.stage == telling {
		s.Code, s.Callout = w.tell.Code, w.tell.Chain.Callout
		for i, n := range w.tell.Chain.Nodes {
			if i > 0 && i == w.tell.Chain.Broken {
				s.Broken = string(n.Place)
			}
			if n.State == scene.NodeFail {
				s.Red = string(n.Place)
			}
		}
	}
	scale := w.win.Canvas().Scale()
	eachShown(w.root, fyne.Position{}, func(o fyne.CanvasObject, at fyne.Position) {
		if t, ok := o.(*canvas.Text); ok && t.Text != "" {
			s.Texts = append(s.Texts, t.Text)
		}
		named, ok := o.(interface{ name() string })
		if !ok {
			return
		}
		s.Controls = append(s.Controls, Place{named.name(), int((at.X + o.Size().Width/2) * scale), int((at.Y + o.Size().Height/2) * scale)})
	})
	return s
}

// publish writes what is shown to the file of a test.
func (w *Window) publish() {
	if w.env.State == "" || w.root == nil {
		return
	}
	w.written++
	s := w.State()
	s.Count = w.written
	raw, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return
	}
	if os.WriteFile(w.env.State+".new", raw, 0o600) == nil {
		_ = os.Rename(w.env.State+".new", w.env.State)
	}
}
