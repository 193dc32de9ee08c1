//go:build cgo || !darwin

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"

	"faultline/app/gui/scene"
)

// eventList is the list of what happened in a capture: one row is chosen. A
// capture may hold thousands, so that only what is seen has objects.
type eventList struct {
	control
	colors *palette
	all    []scene.Event
	chosen int
	pane   *pane
	rows   []*eventRow
	choose func(i int)
	stream float32 // how wide the connections are, and the remarks
	remark float32
}

// eventRow is one row; it shows whatever event it is at.
type eventRow struct {
	part
	back                      *canvas.Rectangle
	mark                      *canvas.Image
	title, at, stream, remark *canvas.Text
}

const (
	eventTall   = 34
	mostEvents  = 5   // rows that are seen at a time
	measured    = 500 // rows of which the widths are looked at
	stampWide   = 92
	mostStream  = 330
	leastTitle  = 180
	eventsInset = 5
)

func (p *palette) newEvents(all []scene.Event, chosen int, choose func(i int)) *eventList {
	l := &eventList{colors: p, all: all, chosen: chosen, choose: choose}
	l.initRing(p.accent, 10)
	l.objects = nil
	for i := range all[:min(len(all), measured)] {
		l.stream = max(l.stream, mono.width(all[i].Stream))
		l.remark = max(l.remark, micro.width(all[i].Remark))
	}
	l.least = fyne.NewSize(0, float32(len(all))*eventTall)
	l.arrange = func(fyne.Size) { l.fill() }
	l.ExtendBaseWidget(l)
	l.pane = newPane(l, l.ring, false)
	l.pane.scroll.OnScrolled = func(fyne.Position) { l.fill() }
	return l
}

// tall is how tall the list is: a few rows, of which it scrolls to the rest.
func (l *eventList) tall() float32 { return float32(min(len(l.all), mostEvents)) * eventTall }

// fill gives the rows that are seen to the objects that there are.
func (l *eventList) fill() {
	first := int(l.pane.scroll.Offset.Y / eventTall)
	for len(l.rows) < min(len(l.all), mostEvents+1) {
		r := l.colors.newEventRow()
		l.rows = append(l.rows, r)
		l.add(r)
	}
	for n, r := range l.rows {
		i := first + n
		show(r, i < len(l.all))
		if i < len(l.all) {
			put(r, 0, float32(i)*eventTall, l.Size().Width, eventTall)
			l.set(r, i)
		}
	}
}

func (p *palette) newEventRow() *eventRow {
	r := &eventRow{back: canvas.NewRectangle(color.Transparent), mark: newIcon(p.mark(scene.Pass)), title: newText("", smallBold, p.text),
		at: newText("", mono, p.text3), stream: newText("", mono, p.text), remark: newText("", micro, p.text2)}
	r.add(r.back, r.mark, r.title, r.at, r.stream, r.remark)
	r.ExtendBaseWidget(r)
	return r
}

// set shows an event in a row.
func (l *eventList) set(r *eventRow, i int) {
	e, p, width := &l.all[i], l.colors, l.Size().Width
	r.back.FillColor, r.back.StrokeWidth = color.Transparent, 0
	if i == l.chosen {
		r.back.FillColor = p.selected
		if p.selected == p.surface { // high contrast has no soft fill
			r.back.StrokeColor, r.back.StrokeWidth = p.accent, 2
		}
	}
	put(r.back, 1, 0, width-2, eventTall)
	if r.back.StrokeWidth > 0 {
		put(r.back, 6, 1, width-12, eventTall-2) // a line is drawn whole only within its place
	}
	setIcon(r.mark, p.mark(e.Mark))
	center(r.mark, 22, eventTall/2, 16)
	const left, gap = 43, 16
	stream := min(l.stream, mostStream)
	room := width - left - 3*gap - stampWide - l.remark - 15
	if room-stream < leastTitle {
		stream = max(room-leastTitle, 120)
	}
	title := room - stream
	put1 := func(t *canvas.Text, s string, f font, x float32, c color.Color) {
		setText(t, s, f, c)
		place(t, x, eventTall/2)
	}
	put1(r.title, elide(e.Title, smallBold, title), smallBold, left, p.text)
	x := left + title + gap
	put1(r.at, e.At, mono, x, p.text3)
	x += stampWide + gap
	put1(r.stream, elideTo(e.Stream, mono, stream), mono, x, p.text)
	setText(r.remark, e.Remark, micro, p.text2)
	placeRight(r.remark, width-15, eventTall/2)
	r.Refresh()
}

// elideTo shortens an address in its middle: both of its ends tell something.
func elideTo(s string, f font, width float32) string {
	n := len([]rune(s))
	for n > 8 && f.width(elideMiddle(s, n)) > width {
		n--
	}
	return elideMiddle(s, n)
}

// move chooses another event.
func (l *eventList) move(to int) {
	to = min(max(to, 0), len(l.all)-1)
	if to == l.chosen {
		return
	}
	l.chosen = to
	l.reveal()
	l.fill()
	l.choose(to)
}

// reveal scrolls to the chosen event.
func (l *eventList) reveal() {
	top := float32(l.chosen) * eventTall
	l.pane.reveal(top, top+eventTall, 0)
}

// Tapped chooses the event under the pointer.
func (l *eventList) Tapped(e *fyne.PointEvent) {
	if e != nil {
		takeFocus(l)
		l.move(int(e.Position.Y / eventTall))
	}
}

// TypedKey moves through the events.
func (l *eventList) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp:
		l.move(l.chosen - 1)
	case fyne.KeyDown:
		l.move(l.chosen + 1)
	case fyne.KeyPageUp:
		l.move(l.chosen - mostEvents)
	case fyne.KeyPageDown:
		l.move(l.chosen + mostEvents)
	case fyne.KeyHome:
		l.move(0)
	case fyne.KeyEnd:
		l.move(len(l.all) - 1)
	default:
		l.control.TypedKey(e)
	}
}

// MouseMoved shows the row under the pointer.
func (l *eventList) MouseMoved(e *desktop.MouseEvent) {
	for _, r := range l.rows {
		over := e.Position.Y >= r.Position().Y && e.Position.Y < r.Position().Y+eventTall
		fill := color.Color(color.Transparent)
		switch i := int(r.Position().Y / eventTall); {
		case i == l.chosen:
			fill = l.colors.selected
		case over:
			fill = l.colors.hover
		}
		if r.back.FillColor != fill {
			r.back.FillColor = fill
			r.back.Refresh()
		}
	}
}

// MouseOut ends that.
func (l *eventList) MouseOut() { l.fill() }
