//go:build cgo || !darwin

package gui

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app/gui/scene"
	"faultline/diag"
)

// stepRow is one thing to do, with its button.
func (p *palette) stepRow(number int, s scene.Step, first bool, act func(b *button, action string)) piece {
	objects, badge := p.stepBadge(number, s.Mark)
	head, more := newParagraph(s.Title, bodyBold, p.text, 0), newParagraph(s.More, small, p.text2, 0)
	var b *button
	const left = 55
	right := float32(16)
	if s.Button != "" {
		kind := secondary
		if first {
			kind = filled
		}
		b = p.button(s.Button, s.Glyph, kind, nil)
		b.act = func() { act(b, s.Action) }
		objects = append(objects, b)
		right = b.least.Width + 16 + 17
	}
	objects = append(objects, head, more)
	text := func(w float32) float32 {
		h := head.tall(w - left - right)
		if s.More != "" {
			h += more.tall(w-left-right) + 1
		}
		return h
	}
	return newBlock(func(w float32) float32 { return max(text(w)+22, 62) }, func(size fyne.Size) {
		y, w := (size.Height-text(size.Width))/2, size.Width-left-right
		badge(29, size.Height/2)
		h := head.tall(w)
		put(head, left, y, w, h)
		show(more, s.More != "")
		put(more, left, y+h+1, w, more.tall(w))
		if b != nil {
			put(b, size.Width-17-b.least.Width, size.Height/2-17, b.least.Width, 34)
		}
	}, objects...)
}

// stepBadge is the disc before a step with its number, or with a glyph where it has a
// mark; at puts them in their place.
func (p *palette) stepBadge(number int, mark string) (objects []fyne.CanvasObject, at func(x, y float32)) {
	disc := canvas.NewCircle(p.neutralSoft)
	if p.neutralSoft == p.surface {
		disc.StrokeColor, disc.StrokeWidth = p.line, 1
	}
	if mark != "" {
		glyph := newIcon(p.fine("glyph-"+mark, p.text2))
		return []fyne.CanvasObject{disc, glyph}, func(x, y float32) {
			center(disc, x, y, 24)
			center(glyph, x, y, 14)
		}
	}
	digit := newText(strconv.Itoa(number), smallBold, p.text2)
	return []fyne.CanvasObject{disc, digit}, func(x, y float32) {
		center(disc, x, y, 24)
		placeMiddle(digit, x, y)
	}
}

// ladderRow is one layer while it is looked at.
type ladderRow struct {
	part
	colors  *palette
	height  float32
	row     scene.Row
	back    *canvas.Rectangle
	mark    *canvas.Image
	arc     *canvas.Arc
	ring    *canvas.Circle
	name    *canvas.Text
	finding *canvas.Text
	track   *canvas.Rectangle
	bar     *canvas.Rectangle
	time    *canvas.Text
	skip    *button
	whole   time.Duration // what the bars are scaled to
	column  float32       // where the findings begin
}

func (p *palette) newLadderRow(r scene.Row, height float32, skipWord string, skip func(id diag.ID)) *ladderRow {
	v := &ladderRow{colors: p, height: height, column: 195, back: box(p.accentSoft, nil, 8), mark: newIcon(p.mark(r.Mark)),
		arc: canvas.NewArc(0, 90, 0.72, p.accent), ring: canvas.NewCircle(nil),
		name: newText(r.Label, bodyBold, p.text), finding: newText("", small, p.text2), track: box(p.line, nil, 1), bar: box(p.ok, nil, 2),
		time: newText("", mono, p.text2)}
	v.ring.StrokeColor, v.ring.StrokeWidth = p.line, 2.3
	v.add(v.back, v.mark, v.ring, v.arc, v.name, v.finding, v.track, v.bar, v.time)
	if skip != nil {
		v.skip = p.button(skipWord, "", quiet, func() { skip(v.row.Skip) })
		v.add(v.skip)
	}
	v.arrange = v.layout
	v.ExtendBaseWidget(v)
	v.set(r, time.Second)
	return v
}

func (v *ladderRow) tall(float32) float32 { return v.height }

// set shows a state of the row; whole is how long the run has taken.
func (v *ladderRow) set(r scene.Row, whole time.Duration) {
	p := v.colors
	v.row, v.whole = r, max(whole, time.Millisecond)
	running, waiting := r.Mark == scene.Running, r.Mark == scene.Waiting
	show(v.back, running)
	show(v.mark, !running)
	show(v.ring, running)
	show(v.arc, running)
	setIcon(v.mark, p.mark(r.Mark))
	ink := p.text
	if waiting || r.Mark == scene.Skipped {
		ink = p.text3
	}
	v.name.Color = ink
	v.finding.Color = p.text2
	v.bar.FillColor = p.ink(r.Mark)
	v.time.Text, v.time.Color = "", p.text2
	if !waiting && r.Mark != scene.Skipped {
		v.time.Text = seconds(r.Took)
	}
	if running {
		v.time.Color = p.accent
		v.time.Text = tenths(r.Took)
	}
	show(v.bar, !waiting && r.Took > 0)
	if v.skip != nil {
		show(v.skip, running && r.Skip != "")
	}
	v.again()
	v.Refresh()
}

// turn moves the arc of a running row; once a second around.
func (v *ladderRow) turn(degrees float32) {
	if v.arc.Visible() {
		v.arc.StartAngle, v.arc.EndAngle = degrees, degrees+90
		v.arc.Refresh()
	}
}

func (v *ladderRow) layout(s fyne.Size) {
	mid := s.Height / 2
	put(v.back, 7, 0, s.Width-14, s.Height)
	center(v.mark, 30, mid, 18)
	center(v.ring, 30, mid, 16)
	center(v.arc, 30, mid, 18)
	place(v.name, 51, mid)
	left, right := v.column, s.Width-209
	if w := v.name.MinSize().Width; 51+w+12 > left {
		left = 51 + w + 12
	}
	if v.skip != nil && v.skip.Visible() {
		put(v.skip, right-v.skip.least.Width, mid-14, v.skip.least.Width, 28)
		right -= v.skip.least.Width
	}
	retext(v.finding, elide(v.row.Finding, small, right-left-12))
	v.finding.FontSource = small.source(v.finding.Text)
	place(v.finding, left, mid)
	track := s.Width - 209
	put(v.track, track, mid-1, 120, 2)
	scale := 120 / float32(v.whole)
	x := min(float32(v.row.Began)*scale, 116)
	put(v.bar, track+x, mid-2, max(min(float32(v.row.Took)*scale, 120-x), 4), 4)
	placeRight(v.time, s.Width-21, mid)
}

// ladderCard holds the rows: no hairline touches a row that runs.
func (p *palette) ladderCard(rows []*ladderRow) *block {
	back := box(p.surface, p.line, 12)
	objects := []fyne.CanvasObject{back}
	var lines []*canvas.Rectangle
	for i, r := range rows {
		if i > 0 {
			l := canvas.NewRectangle(p.line)
			lines, objects = append(lines, l), append(objects, l)
		}
		objects = append(objects, r)
	}
	return newBlock(func(float32) float32 {
		h := float32(14 + len(rows) - 1)
		for _, r := range rows {
			h += r.height
		}
		return h
	}, func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		y := float32(7)
		for i, r := range rows {
			if i > 0 {
				put(lines[i-1], 7, y, s.Width-14, 1)
				show(lines[i-1], r.row.Mark != scene.Running && rows[i-1].row.Mark != scene.Running)
				y++
			}
			put(r, 0, y, s.Width, r.height)
			y += r.height
		}
	}, objects...)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s" }
func tenths(d time.Duration) string  { return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s" }

// fold is one of the three parts that open below.
type fold struct {
	control
	back *canvas.Rectangle
	chev *canvas.Image
	head *canvas.Text
	more *canvas.Text
}

func (p *palette) fold(head, more string, open bool, act func()) *fold {
	f := &fold{back: box(p.surface, nil, 10), head: newText(head, smallBold, p.text), more: newText(more, micro, p.text3)}
	f.act = act
	glyph := "glyph-chev"
	if open {
		glyph = "glyph-chevd"
	}
	f.chev = p.glyph(glyph, p.text2)
	f.add(f.back, f.chev, f.head, f.more)
	f.initRing(p.accent, 8)
	f.onHover = func(over bool) {
		f.back.FillColor = p.surface
		if over {
			f.back.FillColor = p.hover
		}
		f.back.Refresh()
	}
	f.arrange = func(s fyne.Size) {
		put(f.back, 1, 1, s.Width-2, s.Height-2)
		put(f.ring, 3, 3, s.Width-6, s.Height-6)
		center(f.chev, 22, s.Height/2, 16)
		retext(f.head, elide(head, smallBold, s.Width-50))
		retext(f.more, elide(more, micro, s.Width-50))
		place(f.head, 40, s.Height/2-8)
		place(f.more, 40, s.Height/2+9)
	}
	f.ExtendBaseWidget(f)
	return f
}

// folds are the three parts side by side.
func (p *palette) folds(all []*fold) piece {
	back := box(p.surface, p.line, 12)
	objects := []fyne.CanvasObject{back}
	var edges []*canvas.Rectangle
	for i, f := range all {
		objects = append(objects, f)
		if i > 0 {
			e := canvas.NewRectangle(p.line)
			edges, objects = append(edges, e), append(objects, e)
		}
	}
	return newBlock(fixed(54), func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		w := s.Width / float32(len(all))
		for i, f := range all {
			x := round(float32(i) * w)
			put(f, x, 0, round(float32(i+1)*w)-x, s.Height)
			if i > 0 {
				put(edges[i-1], x, 0, 1, s.Height)
			}
		}
	}, objects...)
}

// sectionHead begins an opened part.
func (p *palette) sectionHead(s string) piece {
	chev, t := p.glyph("glyph-chevd", p.text2), newText(s, bodyBold, p.text)
	return newBlock(fixed(42), func(size fyne.Size) {
		center(chev, 22, 21, 16)
		place(t, 40, 21)
	}, chev, t)
}

// otherRow is an alternative and why it is none, or could not be tested.
func (p *palette) otherRow(o scene.Other, m scene.Mark) piece {
	icon := newIcon(p.mark(m))
	f := mono
	if m == scene.Unknown {
		f = smallBold
	}
	code := newText(o.Code, f, p.text)
	why := newParagraph(o.Why, small, p.text2, 0)
	how := newParagraph(o.How, small, p.text2, 0)
	left, top := float32(230), float32(10)
	if m == scene.Unknown {
		left, top = 46, 30
	}
	return newBlock(func(w float32) float32 {
		h := why.tall(w-left-16) + 10 + top
		if o.How != "" {
			h += how.tall(w - left - 16)
		}
		return max(h, 40)
	}, func(s fyne.Size) {
		center(icon, 22, 20, 17)
		place(code, 46, 19)
		h := why.tall(s.Width - left - 16)
		put(why, left, top, s.Width-left-16, h)
		show(how, o.How != "")
		put(how, left, top+h, s.Width-left-16, how.tall(s.Width-left-16))
	}, icon, code, why, how)
}

// noteRow is something good to know.
func (p *palette) noteRow(head, s string) piece {
	icon, first := newIcon(p.mark(scene.Note)), newText(head, smallBold, p.text)
	words := newParagraph(s, small, p.text2, 0)
	x := 42 + smallBold.width(head) + 6
	return newBlock(func(w float32) float32 { return words.tall(w-x-16) + 23 }, func(size fyne.Size) {
		center(icon, 23, 21, 17)
		place(first, 42, 20.5)
		put(words, x, 11.5, size.Width-x-16, size.Height-23)
	}, icon, first, words)
}
