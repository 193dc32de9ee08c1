//go:build cgo || !darwin

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// buttonKind is how loud a button is: one filled button for each page.
type buttonKind int

const (
	secondary buttonKind = iota
	filled
	quiet
)

// button is a word, with a glyph before it, that acts.
type button struct {
	control
	colors *palette
	kind   buttonKind
	back   *canvas.Rectangle
	glyph  *canvas.Image
	symbol string
	label  *canvas.Text
	font   font
	height float32
}

func (p *palette) button(label, glyph string, kind buttonKind, act func()) *button {
	b := &button{colors: p, kind: kind, symbol: glyph, font: smallBold, height: 34}
	b.act = act
	fill, ink := b.paints()
	b.back = box(fill, nil, 8)
	if kind == secondary {
		b.back.StrokeColor, b.back.StrokeWidth = p.line, 1
	}
	b.label = newText(label, b.font, ink)
	b.add(b.back)
	if glyph != "" {
		b.glyph = newIcon(p.fine("glyph-"+glyph, ink))
		b.add(b.glyph)
	}
	b.add(b.label)
	b.initRing(p.accent, 8)
	b.arrange = b.layout
	b.onHover = b.hover
	b.least = fyne.NewSize(b.wide(), b.height)
	b.ExtendBaseWidget(b)
	return b
}

func (b *button) paints() (fill, ink color.Color) {
	switch b.kind {
	case filled:
		return b.colors.accent, b.colors.onAccent
	case quiet:
		return color.Transparent, b.colors.accent
	}
	return b.colors.surface, b.colors.text
}

func (b *button) hover(over bool) {
	fill, _ := b.paints()
	if over {
		fill = b.colors.hover
		if b.kind == filled {
			fill = b.colors.accentHover
		}
	}
	b.back.FillColor = fill
	b.back.Refresh()
}

// wide is how wide the button is.
func (b *button) wide() float32 {
	w := b.font.width(b.label.Text) + 32
	if b.glyph != nil {
		w += 22
	}
	if b.kind == quiet {
		w -= 16
	}
	return float32(int(w + 0.99))
}

func (b *button) layout(s fyne.Size) {
	b.back.Move(fyne.NewPos(0, 0))
	b.back.Resize(s)
	b.placeRing(s)
	x := (s.Width - b.wide()) / 2
	x += 16
	if b.kind == quiet {
		x -= 8
	}
	if b.glyph != nil {
		center(b.glyph, x+7, s.Height/2, 16)
		x += 22
	}
	place(b.label, x, s.Height/2)
}

// say changes the words.
func (b *button) say(label, glyph string) {
	_, ink := b.paints()
	setText(b.label, label, b.font, ink)
	if b.glyph != nil && glyph != "" {
		setIcon(b.glyph, b.colors.fine(glyph, ink))
	}
	b.again()
}

// toggle is a switch with its words before it.
type toggle struct {
	control
	colors *palette
	on     bool
	track  *canvas.Rectangle
	knob   *canvas.Circle
	label  *canvas.Text
}

func (p *palette) toggle(label string, on bool, changed func(on bool)) *toggle {
	t := &toggle{colors: p, on: on, track: box(p.outline, nil, 10), knob: canvas.NewCircle(p.surface), label: newText(label, small, p.text2)}
	t.act = func() {
		t.on = !t.on
		t.paint()
		changed(t.on)
	}
	t.add(t.label, t.track, t.knob)
	t.initRing(p.accent, 10)
	t.arrange = t.layout
	t.paint()
	t.least = fyne.NewSize(small.width(label)+8+34, 28)
	if label == "" {
		t.least.Width = 34
	}
	t.ExtendBaseWidget(t)
	return t
}

func (t *toggle) paint() {
	t.track.FillColor = t.colors.outline
	if t.on {
		t.track.FillColor = t.colors.accent
	}
	t.track.Refresh()
	t.again()
}

func (t *toggle) layout(s fyne.Size) {
	x := s.Width - 34
	place(t.label, 0, s.Height/2)
	put(t.track, x, s.Height/2-10, 34, 20)
	put(t.ring, x-3, s.Height/2-13, 40, 26)
	knob := x + 3
	if t.on {
		knob = x + 34 - 17
	}
	put(t.knob, knob, s.Height/2-7, 14, 14)
}

// segments is a choice of one among a few words in a row.
type segments struct {
	part
	parts []*segment
}

type segment struct {
	control
	back  *canvas.Rectangle
	label *canvas.Text
}

func (p *palette) segments(words []string, chosen int, choose func(i int)) *segments {
	s := &segments{}
	trough := box(p.neutralSoft, nil, 9)
	if p.neutralSoft == p.surface {
		trough.StrokeColor, trough.StrokeWidth = p.line, 1
	}
	s.add(trough)
	w := float32(6)
	for i, word := range words {
		one := p.segment(word, i == chosen, func() { choose(i) })
		s.parts = append(s.parts, one)
		s.add(one)
		w += one.least.Width
	}
	s.least = fyne.NewSize(w, 34)
	s.arrange = func(size fyne.Size) {
		put(trough, 0, 0, w, size.Height)
		x := float32(3)
		for _, one := range s.parts {
			put(one, x, 3, one.least.Width, size.Height-6)
			x += one.least.Width
		}
	}
	s.ExtendBaseWidget(s)
	return s
}

func (p *palette) segment(word string, chosen bool, choose func()) *segment {
	one := &segment{back: box(color.Transparent, nil, 7), label: newText(word, small, p.text2)}
	if chosen {
		one.back.FillColor, one.label.Color = p.surface, p.text
		one.back.StrokeColor, one.back.StrokeWidth = p.outline, 1
		one.label.TextStyle.Bold = true
		one.label.FontSource = smallBold.source(word)
	}
	one.act = choose
	one.add(one.back, one.label)
	one.initRing(p.accent, 7)
	one.least = fyne.NewSize(smallBold.width(word)+28, 28)
	one.arrange = func(size fyne.Size) {
		put(one.back, 0, 0, size.Width, size.Height)
		one.placeRing(size)
		placeMiddle(one.label, size.Width/2, size.Height/2)
	}
	one.ExtendBaseWidget(one)
	return one
}
