//go:build cgo || !darwin

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// part is the base of our widgets: objects that are made once and placed by a
// function of the size.
type part struct {
	widget.BaseWidget
	objects []fyne.CanvasObject
	arrange func(size fyne.Size)
	least   fyne.Size
}

func (p *part) children() []fyne.CanvasObject { return p.objects }

// add takes objects in and returns the last one.
func (p *part) add(objects ...fyne.CanvasObject) { p.objects = append(p.objects, objects...) }

// CreateRenderer serves the toolkit.
func (p *part) CreateRenderer() fyne.WidgetRenderer { return &renderer{p} }

// MinSize serves the toolkit.
func (p *part) MinSize() fyne.Size { return p.least }

// again places the objects anew, after their content changed.
func (p *part) again() {
	if p.arrange != nil && p.Size().Width > 0 {
		p.arrange(p.Size())
	}
}

type renderer struct{ part *part }

func (r *renderer) Layout(s fyne.Size) {
	if r.part.arrange != nil {
		r.part.arrange(s)
	}
}
func (r *renderer) MinSize() fyne.Size           { return r.part.least }
func (r *renderer) Objects() []fyne.CanvasObject { return r.part.objects }
func (r *renderer) Destroy()                     {}
func (r *renderer) Refresh() {
	for _, o := range r.part.objects {
		o.Refresh()
	}
}

// piece is a part of a page: it knows how tall it is at a width.
type piece interface {
	fyne.CanvasObject
	tall(width float32) float32
}

// control is a part that can be reached by keyboard and pointer: it has a
// ring when it has the focus.
type control struct {
	part
	ring    *canvas.Rectangle
	radius  float32
	act     func()
	onHover func(over bool)
	off     bool
	leave   func()
}

// outside is how far the ring lies around a control.
const outside = 2

func (c *control) initRing(accent color.Color, radius float32) {
	c.radius = radius
	c.ring = canvas.NewRectangle(color.Transparent)
	c.ring.StrokeColor, c.ring.StrokeWidth, c.ring.CornerRadius = accent, 2, radius+outside
	c.ring.Hide()
	c.add(c.ring)
}

func (c *control) placeRing(s fyne.Size) {
	put(c.ring, -outside-1, -outside-1, s.Width+2*outside+2, s.Height+2*outside+2)
}

// FocusGained shows the ring.
func (c *control) FocusGained() { c.ring.Show(); canvas.Refresh(c.ring) }

// FocusLost hides it.
func (c *control) FocusLost() { c.ring.Hide(); canvas.Refresh(c.ring) }

// TypedRune does nothing: controls take no text.
func (c *control) TypedRune(rune) {}

// TypedKey acts on Space and Enter.
func (c *control) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape && c.leave != nil {
		c.leave()
	}
	if e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		c.Tapped(nil)
	}
}

func (c *control) onEscape(leave func()) { c.leave = leave }

// Tapped acts.
func (c *control) Tapped(*fyne.PointEvent) {
	if c.act != nil && !c.off {
		c.act()
	}
}

// takeFocus gives a control the keyboard once it was clicked: arrows go on from
// there.
func takeFocus(f interface {
	fyne.Widget
	fyne.Focusable
}) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(f); c != nil {
		c.Focus(f)
	}
}

// MouseIn serves desktop.Hoverable.
func (c *control) MouseIn(*desktop.MouseEvent) { c.hovered(true) }

// MouseMoved serves desktop.Hoverable.
func (c *control) MouseMoved(*desktop.MouseEvent) {}

// MouseOut serves desktop.Hoverable.
func (c *control) MouseOut() { c.hovered(false) }

func (c *control) hovered(over bool) {
	if c.onHover != nil && !c.off {
		c.onHover(over)
	}
}

// column stacks pieces with gaps above them.
type column struct {
	part
	rows []columnRow
}

type columnRow struct {
	piece
	gap float32
}

func newColumn() *column {
	c := &column{}
	c.arrange = c.layout
	c.ExtendBaseWidget(c)
	return c
}

func (c *column) stack(gap float32, p piece) {
	c.rows = append(c.rows, columnRow{p, gap})
	c.add(p)
}

func (c *column) tall(width float32) float32 {
	h := float32(0)
	for _, r := range c.rows {
		if r.Visible() {
			h += r.gap + r.tall(width)
		}
	}
	return h
}

func (c *column) layout(s fyne.Size) {
	y := float32(0)
	for _, r := range c.rows {
		if !r.Visible() {
			continue
		}
		y += r.gap
		h := r.tall(s.Width)
		put(r.piece, 0, y, s.Width, h)
		y += h
	}
}

// block is a piece that is placed by a function, with its height.
type block struct {
	part
	height func(width float32) float32
}

func newBlock(height func(width float32) float32, arrange func(size fyne.Size), objects ...fyne.CanvasObject) *block {
	b := &block{height: height}
	b.arrange, b.objects = arrange, objects
	b.ExtendBaseWidget(b)
	return b
}

func (b *block) tall(width float32) float32 { return b.height(width) }

func fixed(h float32) func(float32) float32 { return func(float32) float32 { return h } }

// paragraph is wrapped text.
type paragraph struct {
	part
	text  string
	font  font
	color color.Color
	most  float32 // width at most; 0: none
	width float32
	lines []string
}

func newParagraph(s string, f font, c color.Color, most float32) *paragraph {
	p := &paragraph{text: s, font: f, color: c, most: most}
	p.arrange = p.layout
	p.ExtendBaseWidget(p)
	return p
}

func (p *paragraph) tall(width float32) float32 {
	p.fit(width)
	return float32(len(p.lines)) * p.font.pitch()
}

func (p *paragraph) fit(width float32) {
	if p.most > 0 {
		width = min(width, p.most)
	}
	if width == p.width {
		return
	}
	p.width, p.lines, p.objects = width, wrap(p.text, p.font, width), nil
	for _, line := range p.lines {
		p.add(newText(line, p.font, p.color))
	}
}

func (p *paragraph) layout(s fyne.Size) {
	p.fit(s.Width)
	for i, o := range p.objects {
		place(o.(*canvas.Text), 0, (float32(i)+0.5)*p.font.pitch())
	}
}
