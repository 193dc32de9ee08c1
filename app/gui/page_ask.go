//go:build cgo || !darwin

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app/gui/scene"
	"faultline/diag"
)

// askPage is Diagnose before a run.
type askPage struct {
	window *Window
	sheet  *sheet
	corner fyne.CanvasObject
	field  *field
	reads  *canvas.Text
	check  *button
}

const askWide = 700

func (w *Window) newAskPage(low bool) *askPage {
	p := &w.colors
	a := &askPage{window: w}
	c := newColumn()
	top := float32(54)
	if low {
		top = 24
	}
	if w.strip != nil {
		c.stack(0, w.stripRow())
		top = 16
	}
	head := newText(w.word("ask.title"), display, p.text)
	c.stack(top, newBlock(fixed(34), func(fyne.Size) { place(head, 0, 17) }, head))
	c.stack(4, newParagraph(w.word("ask.about"), body, p.text2, 0))
	c.stack(15, a.fieldRow(p))
	a.reads = newText("", micro, p.text3)
	c.stack(6, newBlock(fixed(20), func(fyne.Size) { place(a.reads, 0, 10) }, a.reads))
	c.stack(22, p.heading(w.word("ask.see")))
	c.stack(10, a.options(p))
	c.stack(24, p.heading(w.word("ask.recent")))
	c.stack(6, a.recents(p))
	c.stack(14, a.sends(p))
	a.corner = p.toggle(w.word("window.technician"), w.kept.Technician, w.setTechnician)
	a.sheet = newSheet(c, askWide)
	a.changed(w.given)
	return a
}

// fieldRow is the field with its button.
func (a *askPage) fieldRow(p *palette) piece {
	w := a.window
	a.field = p.newField(w.given, w.word("ask.example"), a.changed, func(s string) { w.Check(s) }, w.escape)
	a.check = p.button(w.word("action.check"), "", filled, func() { w.Check(a.field.entry.Text) })
	a.check.font = font{size: targetSize, bold: true}
	a.check.back.CornerRadius = 10
	a.check.ring.CornerRadius = 12
	a.check.label.TextSize = targetSize
	return newBlock(fixed(48), func(s fyne.Size) {
		wide := max(a.check.wide()+14, 92)
		put(a.field, 0, 0, s.Width-wide-10, 48)
		put(a.check, s.Width-wide, 0, wide, 48)
	}, a.field, a.check)
}

// changed says how what was typed is read.
func (a *askPage) changed(s string) {
	w, p := a.window, &a.window.colors
	w.given = s
	text, ink := "", p.text3
	if s != "" {
		t, err := diag.ParseTarget(s)
		switch {
		case err != nil:
			text, ink = w.words.TargetError(err), p.fail
		case t.Port != 0:
			text = w.say("ask.reads", diag.Args{"host": scene.HostName(t), "port": portText(t.Port)})
		default:
			text = w.say("ask.reads.ports", diag.Args{"host": scene.HostName(t), "ports": portTexts(t.Ports)})
		}
	}
	if w.kept.Masked {
		text = w.mask.Text(text)
	}
	setText(a.reads, elide(text, micro, askWide), micro, ink)
	place(a.reads, 0, 10)
	w.publish()
}

// options are the four symptoms.
func (a *askPage) options(p *palette) piece {
	w := a.window
	glyphs := map[scene.Symptom]string{scene.Nothing: "empty", scene.Refused: "ban", scene.Drops: "cut", scene.Slow: "clock"}
	var all []*option
	var objects []fyne.CanvasObject
	for _, s := range scene.Symptoms {
		o := p.newOption(w.word("ask."+string(s)), w.word("ask."+string(s)+".more"), glyphs[s])
		o.act = func() {
			w.symptom = s
			for i, other := range all {
				other.choose(scene.Symptoms[i] == s)
			}
			w.publish()
		}
		o.choose(s == w.symptom)
		all, objects = append(all, o), append(objects, o)
	}
	return newBlock(fixed(116), func(s fyne.Size) {
		wide := (s.Width - 30) / 4
		for i, o := range all {
			put(o, round(float32(i)*(wide+10)), 0, round(wide), s.Height)
		}
	}, objects...)
}

// option is one symptom.
type option struct {
	control
	colors     *palette
	chosen     bool
	symbol     string
	back       *canvas.Rectangle
	glyph      *canvas.Image
	radio, dot *canvas.Circle
	head       *canvas.Text
	more       *paragraph
}

func (p *palette) newOption(head, more, glyph string) *option {
	o := &option{colors: p, symbol: "glyph-" + glyph, back: box(p.surface, p.line, 12), glyph: p.glyph("glyph-"+glyph, p.text2),
		radio: canvas.NewCircle(color.Transparent), dot: canvas.NewCircle(p.surface), head: newText(head, bodyBold, p.text), more: newParagraph(more, micro, p.text2, 0)}
	o.add(o.back, o.glyph, o.radio, o.dot, o.head, o.more)
	o.initRing(p.accent, 12)
	o.arrange = func(s fyne.Size) {
		put(o.back, 0, 0, s.Width, s.Height)
		o.placeRing(s)
		center(o.glyph, 26, 26, 20)
		center(o.radio, s.Width-23, 26, 16)
		center(o.dot, s.Width-23, 26, 6)
		place(o.head, 15, 57)
		h := o.more.tall(s.Width - 30)
		put(o.more, 15, 68, s.Width-30, h)
	}
	o.onHover = func(over bool) {
		if o.chosen {
			return
		}
		o.back.FillColor = p.surface
		if over {
			o.back.FillColor = p.hover
		}
		o.back.Refresh()
	}
	o.ExtendBaseWidget(o)
	return o
}

func (o *option) choose(chosen bool) {
	p := o.colors
	o.chosen = chosen
	o.back.FillColor, o.back.StrokeColor, o.back.StrokeWidth = p.surface, p.line, 1
	o.radio.FillColor, o.radio.StrokeColor, o.radio.StrokeWidth = color.Transparent, p.outline, 2
	ink := p.text2
	if chosen {
		o.back.FillColor, o.back.StrokeColor, o.back.StrokeWidth = p.accentSoft, p.accent, 2
		o.radio.FillColor, o.radio.StrokeColor = p.accent, p.accent
		ink = p.accent
	}
	show(o.dot, chosen)
	setIcon(o.glyph, p.icon(o.symbol, ink))
	o.Refresh()
}

// shownRecents is how many recent targets the page shows.
const shownRecents = 3

// recents are the targets that were checked before.
func (a *askPage) recents(p *palette) piece {
	w := a.window
	if len(w.kept.Recents) == 0 {
		t := newText(w.word("ask.recent.none"), small, p.text3)
		return p.card(5, false, newBlock(fixed(34), func(fyne.Size) { place(t, 15, 17) }, t))
	}
	var rows []piece
	for i, r := range w.kept.Recents {
		if i == shownRecents {
			break
		}
		given, line := r.Given, r.Line(w.env.Now(), w.zone(), w.words)
		if w.kept.Masked {
			if t, err := diag.ParseTarget(given); err == nil {
				w.mask.Name(t.Host)
			}
			given = w.mask.Text(given)
		}
		rows = append(rows, p.recentRow(given, line, r.Mark(), func() { w.Check(r.Given) }))
	}
	return p.card(5, false, rows...)
}

type recentRow struct {
	control
}

func (r *recentRow) tall(float32) float32 { return 34 }

func (p *palette) recentRow(given, line string, m scene.Mark, act func()) *recentRow {
	r := &recentRow{}
	r.act = act
	back := box(color.Transparent, nil, 8)
	icon, name, words, chev := newIcon(p.mark(m)), newText(given, monoSmall, p.text), newText(line, micro, p.text3), p.glyph("glyph-chev", p.text2)
	r.add(back, icon, name, words, chev)
	r.initRing(p.accent, 8)
	r.onHover = func(over bool) {
		back.FillColor = color.Transparent
		if over {
			back.FillColor = p.hover
		}
		back.Refresh()
	}
	r.arrange = func(s fyne.Size) {
		put(back, 5, 0, s.Width-10, s.Height)
		put(r.ring, 5, 1, s.Width-10, s.Height-2)
		center(icon, 21, s.Height/2, 16)
		retext(name, elide(given, monoSmall, s.Width*0.55))
		place(name, 39, s.Height/2)
		x := 39 + name.MinSize().Width + 10
		retext(words, elide(line, micro, s.Width-x-40))
		place(words, x, s.Height/2)
		center(chev, s.Width-21, s.Height/2, 16)
	}
	r.ExtendBaseWidget(r)
	return r
}

// sends says what is sent, and to whom.
func (a *askPage) sends(p *palette) piece {
	icon := p.glyph("glyph-info", p.text3)
	words := newParagraph(a.window.word("ask.sends.any"), micro, p.text2, 0)
	return newBlock(func(w float32) float32 { return words.tall(w - 24) }, func(s fyne.Size) {
		center(icon, 8, 9, 16)
		put(words, 24, 0, s.Width-24, s.Height)
	}, icon, words)
}
