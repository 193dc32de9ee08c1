//go:build cgo || !darwin

package gui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"

	"faultline/app/gui/scene"
)

// diagram shows who sent what to whom. It scrolls under the names of its
// lanes; a packet is chosen by pointer or keyboard.
type diagram struct {
	control
	colors *palette
	lanes  scene.Lanes
	pane   *pane
	body   *part // the rows
	head   *part // the names of the lanes: they stay in view
	over   *canvas.Rectangle
	picked *canvas.Rectangle
	cursor int // the row that Enter chooses
	chosen int // -1: none
	choose func(row int)
	zoomed func(scale float32)
}

// zooms are the sizes to choose from. Nothing is drawn smaller: its words
// could not be read.
var zooms = []float32{1, 1.25, 1.5, 2}

func (p *palette) newDiagram(l scene.Lanes, cursor, chosen int, choose func(row int), zoomed func(scale float32)) *diagram {
	d := &diagram{colors: p, lanes: l, body: &part{}, head: &part{}, cursor: cursor, chosen: chosen, choose: choose, zoomed: zoomed,
		over: box(color.Transparent, nil, 6), picked: box(p.selected, p.accent, 6)}
	d.body.ExtendBaseWidget(d.body)
	d.head.ExtendBaseWidget(d.head)
	d.over.StrokeColor = p.accent
	d.initRing(p.accent, 6)
	d.objects = []fyne.CanvasObject{d.picked, d.over, d.body, d.head}
	d.act = func() { d.pick(d.cursor) }
	d.arrange = func(s fyne.Size) { put(d.head, 0, d.pane.scroll.Offset.Y, s.Width, d.lanes.HeadTall()) }
	d.ExtendBaseWidget(d)
	d.pane = newPane(d, d.ring, true)
	d.pane.scroll.OnScrolled = func(at fyne.Position) { d.head.Move(fyne.NewPos(0, at.Y)) }
	return d
}

// fit draws for the width of the place.
func (d *diagram) fit(width float32) {
	if w := width * d.lanes.Scale; w != d.lanes.Width {
		d.lanes.Width = w
		d.redraw()
	}
}

func (d *diagram) redraw() {
	head, body := d.lanes.Head(), d.lanes.Body()
	d.body.objects = d.colors.draw(body)
	back := canvas.NewRectangle(d.colors.surface)
	put(back, 0, 0, head.Width, head.Height)
	d.head.objects = append([]fyne.CanvasObject{back}, d.colors.draw(head)...)
	put(d.body, 0, head.Height, body.Width, body.Height)
	put(d.head, 0, d.pane.scroll.Offset.Y, head.Width, head.Height)
	d.least = fyne.NewSize(head.Width, head.Height+body.Height)
	d.body.Refresh()
	d.head.Refresh()
	d.mark()
}

// tall is how tall the whole of it is.
func (d *diagram) tall(width float32) float32 {
	d.fit(width)
	return d.least.Height
}

// mark shows which row is chosen, and which one the keyboard is at.
func (d *diagram) mark() {
	band := func(r *canvas.Rectangle, row int) {
		show(r, row >= 0)
		top, bottom := d.lanes.RowSpan(row)
		put(r, 4, top, d.lanes.Width-8, bottom-top)
		r.Refresh()
	}
	d.over.FillColor, d.over.StrokeWidth = color.Transparent, 2
	band(d.picked, d.chosen)
	band(d.over, d.cursor)
	show(d.over, d.ring.Visible() && d.cursor >= 0)
}

// pick chooses a row.
func (d *diagram) pick(row int) {
	if row < 0 || row >= len(d.lanes.Diagram.Rows) {
		return
	}
	d.cursor, d.chosen = row, row
	d.mark()
	d.choose(row)
}

// Tapped chooses the row under the pointer; without a pointer, the one where
// the keyboard is.
func (d *diagram) Tapped(e *fyne.PointEvent) {
	if e == nil {
		d.act()
		return
	}
	takeFocus(d)
	d.pick(d.lanes.RowOf(e.Position.Y))
}

// TypedKey moves through the rows.
func (d *diagram) TypedKey(e *fyne.KeyEvent) {
	last := len(d.lanes.Diagram.Rows) - 1
	to := d.cursor
	switch e.Name {
	case fyne.KeyUp:
		to--
	case fyne.KeyDown:
		to++
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = last
	default:
		d.control.TypedKey(e)
		return
	}
	d.cursor = min(max(to, 0), last)
	d.mark()
	d.show(d.cursor)
}

// TypedRune changes the size.
func (d *diagram) TypedRune(r rune) {
	switch r {
	case '+', '=':
		d.zoom(1)
	case '-':
		d.zoom(-1)
	}
}

func (d *diagram) zoom(by int) {
	i := slices.Index(zooms, d.lanes.Scale) + by
	if i >= 0 && i < len(zooms) {
		wide := d.lanes.Width / d.lanes.Scale
		d.lanes.Scale = zooms[i]
		d.fit(wide)
		d.pane.scroll.Refresh()
		d.show(d.cursor)
		d.zoomed(zooms[i])
	}
}

// show scrolls a row into view.
func (d *diagram) show(row int) {
	top, bottom := d.lanes.RowSpan(row)
	d.pane.reveal(top, bottom, d.lanes.HeadTall())
}

// FocusGained shows the ring and where the keyboard is.
func (d *diagram) FocusGained() { d.control.FocusGained(); d.mark() }

// FocusLost hides both.
func (d *diagram) FocusLost() { d.control.FocusLost(); d.mark() }

// MouseMoved shows the row under the pointer.
func (d *diagram) MouseMoved(e *desktop.MouseEvent) {
	row := d.lanes.RowOf(e.Position.Y)
	show(d.over, row >= 0)
	if row < 0 {
		return
	}
	top, bottom := d.lanes.RowSpan(row)
	d.over.FillColor, d.over.StrokeWidth = d.colors.hover, 0
	put(d.over, 4, top, d.lanes.Width-8, bottom-top)
	d.over.Refresh()
}

// MouseOut ends that.
func (d *diagram) MouseOut() { d.mark() }
