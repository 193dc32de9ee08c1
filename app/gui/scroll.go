//go:build cgo || !darwin

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// mostContent is how wide the content of a page is at most.
const mostContent = 1040

// sheet is a page: a column in the middle that scrolls up and down.
type sheet struct {
	part
	scroll *container.Scroll
	holder *part
	column *column
	most   float32
}

func newSheet(c *column, most float32) *sheet {
	s := &sheet{column: c, holder: &part{}, most: most}
	s.holder.add(c)
	s.holder.arrange = s.center
	s.holder.ExtendBaseWidget(s.holder)
	s.scroll = container.NewVScroll(s.holder)
	s.add(s.scroll)
	s.arrange = func(size fyne.Size) {
		s.holder.least = fyne.NewSize(0, s.tall(size))
		s.scroll.Resize(size)
		s.scroll.Refresh()
		s.holder.again() // a page of the same size may have other parts
	}
	s.ExtendBaseWidget(s)
	return s
}

// sides is the padding left and right.
func sides(width float32) float32 {
	if width+railWide < 1060 {
		return 24
	}
	return 32
}

func (s *sheet) wide(width float32) float32 { return min(width-2*sides(width), s.most) }

func (s *sheet) tall(size fyne.Size) float32 { return s.column.tall(s.wide(size.Width)) + 2*24 }

func (s *sheet) center(size fyne.Size) {
	w := s.wide(size.Width)
	put(s.column, round((size.Width-w)/2), 24, w, s.column.tall(w))
	s.column.again()
}

// relay lays the page out anew, after its content changed height.
func (s *sheet) relay() { s.again() }

// reveal scrolls a piece of the page into view.
func (s *sheet) reveal(p fyne.CanvasObject) {
	y := p.Position().Y + 24
	if y < s.scroll.Offset.Y || y > s.scroll.Offset.Y+s.scroll.Size().Height-120 {
		s.scroll.ScrollToOffset(fyne.NewPos(0, y-60))
	}
}
