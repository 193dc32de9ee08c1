//go:build cgo || !darwin

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// The window is never smaller than this.
const (
	minWidth  = 900
	minHeight = 540
	narrowAt  = 960 // the rail shows glyphs only below it
	lowAt     = 680 // lists are tighter below it
)

// root is the content of the window: the rail and a page.
type root struct {
	part
	window *Window
	back   *canvas.Rectangle
	rail   *rail
	sheet  *sheet
	corner fyne.CanvasObject // at the top right, over the page
	low    bool
}

func newRoot(w *Window) *root {
	r := &root{window: w, back: canvas.NewRectangle(w.colors.bg)}
	size := w.win.Canvas().Size()
	if size.Width < minWidth {
		size = w.size()
	}
	r.least = fyne.NewSize(minWidth, minHeight)
	r.build(size)
	r.arrange = r.layout
	r.ExtendBaseWidget(r)
	return r
}

func (r *root) build(size fyne.Size) {
	w := r.window
	r.low = size.Height < lowAt
	r.rail = w.colors.newRail(w.word, w.page, size.Width < narrowAt, w.goTo)
	r.corner = nil
	switch {
	case w.page == settingsPage:
		r.sheet = w.settingsPage()
	case w.page == resetsPage:
		w.resets = w.newResetsPage()
		r.sheet = w.resets.sheet
	case w.stage == asking:
		w.ask = w.newAskPage(r.low)
		r.sheet, r.corner = w.ask.sheet, w.ask.corner
	case w.stage == looking:
		w.look = w.newLookPage(r.low)
		r.sheet = w.look.sheet
	default:
		w.shown = w.newTellPage()
		r.sheet = w.shown.sheet
	}
	r.objects = []fyne.CanvasObject{r.back, r.rail}
	if r.corner != nil {
		r.add(r.corner)
	}
	r.add(r.sheet)
}

func (r *root) layout(s fyne.Size) {
	if narrow := s.Width < narrowAt; narrow != r.rail.narrow || (s.Height < lowAt) != r.low {
		r.build(s)
		r.window.setEscape(r)
	}
	wide := float32(railWide)
	if r.rail.narrow {
		wide = railNarrow
	}
	put(r.back, 0, 0, s.Width, s.Height)
	put(r.rail, 0, 0, wide, s.Height)
	put(r.sheet, wide, 0, s.Width-wide, s.Height)
	if r.corner != nil {
		m := r.corner.MinSize()
		put(r.corner, s.Width-32-m.Width, 20, m.Width, m.Height)
	}
	r.window.publish()
}
