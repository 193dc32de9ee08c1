//go:build cgo || !darwin

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// inner scrolls within a page. What it cannot scroll itself it leaves to the
// page: the wheel never gets stuck over it.
type inner struct {
	container.Scroll
	rest func(*fyne.ScrollEvent)
}

// Scrolled serves fyne.Scrollable.
func (s *inner) Scrolled(e *fyne.ScrollEvent) {
	before := s.Offset
	s.Scroll.Scrolled(e)
	if s.Offset == before && s.rest != nil {
		s.rest(e)
	}
}

// pane is a control that is larger than its place: it scrolls, and its ring
// lies around the place.
type pane struct {
	part
	scroll *inner
	placed func() // once, when it has a size
}

// newPane makes a pane of a control whose ring is not added to it.
func newPane(content fyne.CanvasObject, ring *canvas.Rectangle, both bool) *pane {
	p := &pane{scroll: &inner{}}
	p.scroll.Content, p.scroll.Direction = content, container.ScrollVerticalOnly
	if both {
		p.scroll.Direction = container.ScrollBoth
	}
	p.scroll.ExtendBaseWidget(p.scroll)
	p.add(p.scroll, ring)
	p.arrange = func(s fyne.Size) {
		put(p.scroll, 0, 0, s.Width, s.Height)
		put(ring, 1, 1, s.Width-2, s.Height-2)
		if p.placed != nil && s.Height > 0 {
			placed := p.placed
			p.placed = nil
			placed()
		}
	}
	p.ExtendBaseWidget(p)
	return p
}

// reveal scrolls a band of the content into view, below what covers its top.
func (p *pane) reveal(top, bottom, covered float32) {
	at, tall := p.scroll.Offset, p.scroll.Size().Height
	switch {
	case top-covered < at.Y:
		at.Y = max(top-covered, 0)
	case bottom > at.Y+tall:
		at.Y = bottom - tall
	}
	p.scroll.ScrollToOffset(at)
}
