//go:build cgo || !darwin

package gui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app/gui/scene"
)

// lookPage is Diagnose while it looks.
type lookPage struct {
	window  *Window
	sheet   *sheet
	line    *faultLine
	holder  *block
	rows    []*ladderRow
	ladder  *block
	kept    *block
	status  *canvas.Text
	elapsed *canvas.Text
	arc     *canvas.Arc
}

// quietFor is how long the ladder waits: a run that is over by then tells at
// once, without a flash of rows.
const quietFor = 600 * time.Millisecond

func (w *Window) newLookPage(low bool) *lookPage {
	p := &w.colors
	l := &lookPage{window: w}
	now := w.picture()
	c := newColumn()
	c.stack(-4, w.header(now.Host, now.Port, "", title, titleThin, p.button(w.word("look.cancel"), "x", secondary, w.cancel)))
	c.stack(4, l.statusRow(p))
	l.line = p.newFaultLine(now.Chain, nil)
	l.holder = newBlock(fixed(124), func(s fyne.Size) { put(l.line, 0, 17, s.Width, 104) }, l.line)
	c.stack(14, p.card(0, false, l.holder))
	height := float32(36)
	if low {
		height = 34
	}
	for _, r := range now.Rows {
		v := p.newLadderRow(r, height, w.word("look.skip"), w.session.Skip)
		l.rows = append(l.rows, v)
	}
	l.ladder = p.ladderCard(l.rows)
	c.stack(12, l.ladder)
	kept := newText(w.word("look.kept"), micro, p.text3)
	l.kept = newBlock(fixed(18), func(fyne.Size) { place(kept, 0, 9) }, kept)
	c.stack(9, l.kept)
	l.sheet = newSheet(c, mostContent)
	l.show(now)
	return l
}

// statusRow says what is done now and for how long.
func (l *lookPage) statusRow(p *palette) piece {
	ring := canvas.NewCircle(nil)
	ring.StrokeColor, ring.StrokeWidth = p.line, 2
	l.arc = canvas.NewArc(0, 90, 0.72, p.accent)
	l.status, l.elapsed = newText("", body, p.text2), newText("", monoSmall, p.text3)
	return newBlock(fixed(24), func(s fyne.Size) {
		center(ring, 8, 12, 14)
		center(l.arc, 8, 12, 16)
		place(l.status, 24, 12)
		place(l.elapsed, 24+l.status.MinSize().Width+10, 12)
	}, ring, l.arc, l.status, l.elapsed)
}

// show draws a moment of the run.
func (l *lookPage) show(now scene.Look) {
	p := &l.window.colors
	early := now.Elapsed < quietFor
	if l.ladder.Visible() == early {
		show(l.ladder, !early)
		show(l.kept, !early)
		l.sheet.relay()
	}
	setText(l.status, now.Status, body, p.text2)
	setText(l.elapsed, tenths(now.Elapsed), monoSmall, p.text3)
	place(l.status, 24, 12)
	place(l.elapsed, 24+l.status.MinSize().Width+10, 12)
	if !l.line.matches(now.Chain) {
		l.line = p.newFaultLine(now.Chain, nil)
		l.holder.objects = []fyne.CanvasObject{l.line}
		l.holder.again()
		l.holder.Refresh()
	} else {
		l.line.set(now.Chain)
	}
	for i, r := range now.Rows {
		if i < len(l.rows) {
			l.rows[i].set(r, max(now.Elapsed, time.Second))
		}
	}
	l.ladder.again()
	l.turn(now.Elapsed)
}

// turn moves what shows that work goes on: once a second around, and the bead
// to and fro in 1.2 s.
func (l *lookPage) turn(elapsed time.Duration) {
	if l.window.kept.Calm {
		return
	}
	degrees := float32(elapsed%time.Second) / float32(time.Second) * 360
	l.arc.StartAngle, l.arc.EndAngle = degrees, degrees+90
	l.arc.Refresh()
	for _, r := range l.rows {
		r.turn(degrees)
	}
	phase := float32(elapsed%(1200*time.Millisecond)) / float32(600*time.Millisecond)
	if phase > 1 {
		phase = 2 - phase
	}
	l.line.beat(phase)
}

// header is the head of a page: the target, what belongs to it, the switch and
// the buttons.
func (w *Window) header(host, port, meta string, bold, thin font, buttons ...*button) *block {
	p := &w.colors
	name, at, words := newText(host, bold, p.text), newText("", thin, p.text3), newText(meta, small, p.text3)
	if port != "" {
		at.Text = ":" + port
	}
	sw := p.toggle(w.word("window.technician"), w.kept.Technician, w.setTechnician)
	chip := w.maskedChip()
	objects := []fyne.CanvasObject{name, at, words, chip, sw}
	for _, b := range buttons {
		objects = append(objects, b)
	}
	return newBlock(fixed(40), func(s fyne.Size) {
		x := s.Width
		for i := len(buttons) - 1; i >= 0; i-- {
			b := buttons[i]
			x -= b.least.Width
			put(b, x, 7, b.least.Width, 34)
			x -= 12
		}
		x -= 8 + sw.least.Width
		put(sw, x, 10, sw.least.Width, 28)
		if chip.Visible() {
			x -= chip.least.Width + 16
			put(chip, x, 15, chip.least.Width, 18)
		}
		room := x - 24 - at.MinSize().Width
		if meta != "" {
			room -= words.MinSize().Width + 12
		}
		retext(name, elide(host, bold, room))
		place(name, 0, 24)
		end := name.MinSize().Width
		place(at, end, 24)
		place(words, end+at.MinSize().Width+12, 24)
	}, objects...)
}

// maskedChip says that names and addresses are hidden.
func (w *Window) maskedChip() *part {
	p := &w.colors
	words, back := newText(w.word("window.masked"), microBold, p.warn), box(p.warnSoft, nil, 9)
	v := &part{least: fyne.NewSize(microBold.width(words.Text)+16, 18)}
	v.add(back, words)
	v.arrange = func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		place(words, 8, s.Height/2)
	}
	v.ExtendBaseWidget(v)
	show(v, w.kept.Masked)
	return v
}
