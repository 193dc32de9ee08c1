//go:build cgo || !darwin

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app/gui/scene"
)

// mark is the drawing and the color of a status.
func (p *palette) mark(m scene.Mark) fyne.Resource {
	ink := map[scene.Mark]color.NRGBA{scene.Pass: p.ok, scene.Fail: p.fail, scene.Warn: p.warnMark, scene.Unknown: p.text3,
		scene.Skipped: p.outline, scene.Running: p.accent, scene.Waiting: p.outline, scene.Note: p.accent}[m]
	name := map[scene.Mark]string{scene.Waiting: "pending", scene.Note: "info"}[m]
	if name == "" {
		name = string(m)
	}
	return p.icon("status-"+name, ink)
}

// ink is the color of a status in bars and figures.
func (p *palette) ink(m scene.Mark) color.Color {
	switch m {
	case scene.Pass:
		return p.ok
	case scene.Fail:
		return p.fail
	case scene.Warn:
		return p.warnMark
	case scene.Running:
		return p.accent
	}
	return p.outline
}

// card is a surface with pieces stacked on it, hairlines between them.
func (p *palette) card(pad float32, rules bool, inner ...piece) *block {
	back := box(p.surface, p.line, 12)
	var lines []*canvas.Rectangle
	objects := []fyne.CanvasObject{back}
	for i, one := range inner {
		if i > 0 && rules {
			l := canvas.NewRectangle(p.line)
			lines = append(lines, l)
			objects = append(objects, l)
		}
		objects = append(objects, one)
	}
	gap := float32(0)
	if rules {
		gap = 1
	}
	tall := func(width float32) float32 {
		h := 2 * pad
		for i, one := range inner {
			if i > 0 {
				h += gap
			}
			h += one.tall(width)
		}
		return h
	}
	return newBlock(tall, func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		y := pad
		for i, one := range inner {
			if i > 0 && rules {
				put(lines[i-1], 0, y, s.Width, 1)
				y++
			}
			h := one.tall(s.Width)
			put(one, 0, y, s.Width, h)
			y += h
		}
	}, objects...)
}

// heading is a line of words above a card.
func (p *palette) heading(s string) *block {
	t := newText(s, bodyBold, p.text)
	return newBlock(fixed(20), func(size fyne.Size) { place(t, 0, 10) }, t)
}

// caption is a line of small words.
func (p *palette) caption(s string) *paragraph { return newParagraph(s, micro, p.text3, 0) }

// pill is a short fact with its glyph.
func (p *palette) pill(f scene.Pill) *part {
	back := box(p.neutralSoft, nil, 12)
	if p.neutralSoft == p.surface {
		back.StrokeColor, back.StrokeWidth = p.line, 1
	}
	t := newText(f.Text, microBold, p.text2)
	v := &part{}
	v.add(back, t)
	if f.Glyph != "" {
		g := newIcon(p.fine("glyph-"+f.Glyph, p.text2))
		v.add(g)
		put(g, 8, 5, 14, 14)
	}
	for i := range 3 {
		if f.Bars == 0 {
			break
		}
		bar := box(p.text2, nil, 1)
		switch {
		case i < f.Bars:
		case p.line == p.text: // high contrast has no faint color: an empty bar is hollow
			bar = box(p.surface, p.text, 1)
		default:
			bar = box(p.line, nil, 1)
		}
		h := float32(5 + 4*i)
		put(bar, 9+float32(i)*5, 18-h, 3.5, h)
		v.add(bar)
	}
	v.least = fyne.NewSize(float32(int(microBold.width(f.Text)+0.99))+28+9, 24)
	v.arrange = func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		place(t, 28, s.Height/2)
	}
	v.ExtendBaseWidget(v)
	return v
}

// verdictCard is what is wrong, where, who acts, and the fault line.
func (p *palette) verdictCard(t scene.Tell, technician bool, f *faultLine) piece {
	gap := float32(8)
	if f.chain.Callout == "" {
		gap = 14
	}
	line := newBlock(func(w float32) float32 { return gap + f.tall(w) }, func(s fyne.Size) { put(f, 0, gap, s.Width, s.Height-gap) }, f)
	inner := []piece{beside(newIcon(p.mark(t.Mark)), p.verdictWords(t, technician)), line}
	if len(t.Figures) > 0 {
		inner = append(inner, p.figures(t.Figures))
	}
	return p.card(0, false, inner...)
}

// verdictWords are the lines of a verdict, each with the gap above it.
func (p *palette) verdictWords(t scene.Tell, technician bool) []columnRow {
	column := []columnRow{{newParagraph(t.Title, title, p.text, 0), 0}, {newParagraph(t.Body, body, p.text2, 700), 4}}
	if technician {
		column = append(column, columnRow{newParagraph(t.Technical, mono, p.text3, 700), 8})
	}
	if t.Compare != "" {
		column = append(column, columnRow{newParagraph(t.Compare, small, p.text3, 700), 4})
	}
	if len(t.Pills) > 0 {
		column = append(column, columnRow{p.pills(t.Pills), 12})
	}
	return column
}

// beside is a column with a large icon to its left.
func beside(icon *canvas.Image, column []columnRow) *block {
	objects := []fyne.CanvasObject{icon}
	for _, c := range column {
		objects = append(objects, c.piece)
	}
	const left, top, right = 71, 20, 20
	return newBlock(func(w float32) float32 {
		h := float32(top)
		for _, c := range column {
			h += c.gap + c.tall(w-left-right)
		}
		return h
	}, func(s fyne.Size) {
		center(icon, 38, top+18, 34)
		y := float32(top)
		for _, c := range column {
			y += c.gap
			h := c.tall(s.Width - left - right)
			put(c.piece, left, y, s.Width-left-right, h)
			y += h
		}
	}, objects...)
}

// pills stand in a row, and in a second one when the first is full.
func (p *palette) pills(all []scene.Pill) piece {
	var views []*part
	var objects []fyne.CanvasObject
	for _, f := range all {
		v := p.pill(f)
		views, objects = append(views, v), append(objects, v)
	}
	walk := func(width float32, visit func(v *part, x, y float32)) float32 {
		x, y := float32(0), float32(0)
		for _, v := range views {
			if w := v.least.Width; x > 0 && x+w > width {
				x, y = 0, y+30
			}
			if visit != nil {
				visit(v, x, y)
			}
			x += v.least.Width + 8
		}
		return y + 24
	}
	return newBlock(func(w float32) float32 { return walk(w, nil) },
		func(s fyne.Size) { walk(s.Width, func(v *part, x, y float32) { put(v, x, y, v.least.Width, 24) }) }, objects...)
}

// figures are a strip of measured numbers.
func (p *palette) figures(all []scene.Figure) piece {
	rule := canvas.NewRectangle(p.line)
	objects := []fyne.CanvasObject{rule}
	type view struct {
		name, number, unit, beside *canvas.Text
		edge                       *canvas.Rectangle
	}
	var views []view
	for _, f := range all {
		v := view{newText(f.Name, micro, p.text3), newText(f.Number, figure, p.text), newText(f.Unit, small, p.text3), newText(f.Beside, micro, p.text2), canvas.NewRectangle(p.line)}
		views = append(views, v)
		objects = append(objects, v.name, v.number, v.unit, v.beside, v.edge)
	}
	tall := float32(72)
	for _, f := range all {
		if f.Beside != "" {
			tall = 90
		}
	}
	return newBlock(fixed(tall), func(s fyne.Size) {
		put(rule, 0, 0, s.Width, 1)
		w := s.Width / float32(len(views))
		for i, v := range views {
			x := round(float32(i) * w)
			show(v.edge, i > 0)
			put(v.edge, x, 15, 1, tall-30)
			place(v.name, x+20, 23)
			place(v.number, x+20, 46)
			place(v.unit, x+20+v.number.MinSize().Width+5, 48)
			place(v.beside, x+20, 67)
		}
	}, objects...)
}
