//go:build cgo || !darwin

package gui

import "fyne.io/fyne/v2"

// slot is a place in a page whose piece changes.
type slot struct {
	part
	now piece
}

func newSlot(p piece) *slot {
	s := &slot{}
	s.arrange = func(size fyne.Size) { put(s.now, 0, 0, size.Width, size.Height) }
	s.set(p)
	s.ExtendBaseWidget(s)
	return s
}

// set shows another piece; the page must be placed anew.
func (s *slot) set(p piece) { s.now, s.objects = p, []fyne.CanvasObject{p} }

func (s *slot) tall(width float32) float32 { return s.now.tall(width) }
