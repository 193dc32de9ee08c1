//go:build cgo || !darwin

package gui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/app/sequence"
	"faultline/diag"
)

// storyView is one event: its diagram, and what is said of its packets.
type storyView struct {
	page    *resetsView
	in      scene.Capture
	event   *app.Reset
	rows    []sequence.Row
	diagram *diagram
	foot    *slot // the facts of the chosen packet
}

// event tells the chosen event in full.
func (v *resetsView) event() piece {
	w, p := v.window, &v.window.colors
	in, e := w.capture(), v.shown.Events[w.captures.chosen].Told
	card := scene.CardOf(in, e, w.words)
	v.story = v.newStory(in, e)
	signs := p.signs(w.word("resets.signs.head"), w.word("resets.signs.none"), card.Signs)
	col := newColumn()
	col.stack(0, p.card(0, true, v.verdict(card), p.beside(v.story.tall, v.story.diagram.pane, signs), v.story.foot, v.tools()))
	if len(card.Steps) > 0 {
		var steps []piece
		for i, s := range card.Steps {
			steps = append(steps, p.stepRow(i+1, s, false, nil))
		}
		col.stack(14, p.heading(w.word("tell.steps")))
		col.stack(9, p.card(0, true, steps...))
	}
	v.folded(col, card)
	return col
}

// verdict is who sent it, how sure that is, and what can be done with it.
func (v *resetsView) verdict(c scene.Card) piece {
	w, p := v.window, &v.window.colors
	icon, head := newIcon(p.mark(c.Mark)), newParagraph(c.Title, font{size: headSize, bold: true}, p.text, 0)
	inner := newColumn()
	inner.stack(0, newParagraph(c.Body, small, p.text2, 0))
	if c.Sure != "" {
		inner.stack(3, newParagraph(c.Sure, smallBold, p.text2, 0))
	}
	inner.stack(3, newParagraph(c.Where, micro, p.text3, 0))
	shark := p.button(w.word("resets.wireshark"), "ext", secondary, nil)
	shark.act = func() { w.toWireshark(c) }
	if w.env.Wireshark == nil {
		shark = p.button(w.word("resets.filter"), "copy", secondary, nil)
		shark.act = func() { w.copy(shark, c.Filter) }
	}
	ticket := p.button(w.word("action.ticket.copy"), "copy", secondary, nil)
	ticket.act = func() { w.copy(ticket, c.Ticket) }
	const left, top, gap, tall = 61, 14, 12, 30
	room := func(width float32) float32 {
		return width - left - 16 - gap - shark.least.Width - gap - ticket.least.Width
	}
	first := func(width float32) float32 { return max(head.tall(room(width)), tall) }
	return newBlock(func(width float32) float32 { return 2*top + first(width) + 3 + inner.tall(width-left-16) }, func(s fyne.Size) {
		center(icon, 31, top+16, 28)
		h := head.tall(room(s.Width))
		put(head, left, top+(first(s.Width)-h)/2, room(s.Width), h)
		y := top + first(s.Width) + 3
		put(inner, left, y, s.Width-left-16, s.Height-y-top)
		x := s.Width - 16 - ticket.least.Width
		put(ticket, x, top, ticket.least.Width, tall)
		x -= gap + shark.least.Width
		put(shark, x, top, shark.least.Width, tall)
	}, icon, head, inner, shark, ticket)
}

// newStory makes the diagram of an event; the packet that it is about is chosen
// until the reader chooses another.
func (v *resetsView) newStory(in scene.Capture, e *app.Reset) *storyView {
	w, d := v.window, e.Diagram()
	c := w.captures
	s := &storyView{page: v, in: in, event: e, rows: d.Rows}
	if c.packet < 0 || c.packet >= len(d.Rows) {
		c.packet = s.first()
	}
	s.foot = newSlot(s.facts(c.packet))
	s.diagram = w.colors.newDiagram(w.lanes(in, e, d, c.scale), c.packet, c.packet, s.choose, func(scale float32) { c.scale = scale })
	s.diagram.pane.scroll.rest = v.roll
	s.diagram.pane.placed = func() { s.diagram.show(c.packet) }
	return s
}

// first is the row that an event is about: its reset, else its last packet.
func (s *storyView) first() int {
	if i := slices.IndexFunc(s.rows, func(r sequence.Row) bool { return r.Cause }); i >= 0 {
		return i
	}
	for i := len(s.rows) - 1; i >= 0; i-- {
		if s.rows[i].Segment >= 0 && s.rows[i].Frame <= s.event.Frame {
			return i
		}
	}
	return len(s.rows) - 1
}

func (s *storyView) choose(row int) {
	s.page.window.captures.packet = row
	s.foot.set(s.facts(row))
	s.page.relay()
	s.foot.Refresh()
}

func (s *storyView) facts(row int) piece {
	w := s.page.window
	if row < 0 || row >= len(s.rows) {
		return newBlock(fixed(0), func(fyne.Size) {})
	}
	return w.colors.facts(scene.Packet(s.in, s.event, s.rows[row], w.words))
}

// mostDiagram is how tall the diagram is at most before it scrolls by itself.
const mostDiagram = 480

func (s *storyView) tall(width float32) float32 { return min(s.diagram.tall(width-2), mostDiagram) }

// tools are at the foot of the diagram.
func (v *resetsView) tools() piece {
	w, p := v.window, &v.window.colors
	keys := newText("", micro, p.text3)
	less, more := p.button("−", "", secondary, func() { v.story.diagram.zoom(-1) }), p.button("+", "", secondary, func() { v.story.diagram.zoom(1) })
	save := p.button(w.word("resets.save"), "save", secondary, w.savePicture)
	all := []*button{less, more, save}
	return newBlock(fixed(46), func(s fyne.Size) {
		x := s.Width - 16
		for i := len(all) - 1; i >= 0; i-- {
			x -= all[i].least.Width
			put(all[i], x, 8, all[i].least.Width, 30)
			x -= 8
		}
		setText(keys, elide(w.word("resets.keys"), micro, x-24), micro, p.text3)
		place(keys, 16, s.Height/2)
	}, keys, less, more, save)
}

// folded adds what else was thought of.
func (v *resetsView) folded(col *column, card scene.Card) {
	w, p := v.window, &v.window.colors
	c := w.captures
	parts := []struct {
		name string
		mark scene.Mark
		all  []scene.Other
	}{{rejectedPart, scene.Skipped, card.RuledOut}, {untestedPart, scene.Unknown, card.Untested}}
	var heads []*fold
	head := func(name string, n int) string { return w.say("tell."+name, diag.Args{"n": n}) }
	for _, one := range parts {
		heads = append(heads, p.fold(head(one.name, len(one.all)), w.word("tell."+one.name+".more"), c.open[one.name], func() {
			c.fold(one.name)
			v.again()
		}))
	}
	col.stack(12, p.folds(heads))
	for _, one := range parts {
		if !c.open[one.name] {
			continue
		}
		rows := []piece{p.sectionHead(head(one.name, len(one.all)))}
		for _, o := range one.all {
			rows = append(rows, p.otherRow(o, one.mark))
		}
		if len(one.all) == 0 {
			none := newText(w.word("tell.none"), small, p.text3)
			rows = append(rows, newBlock(fixed(36), func(fyne.Size) { place(none, 40, 18) }, none))
		}
		col.stack(12, p.card(0, true, rows...))
	}
}

// The widths of what was weighed, and from which on it stands beside the
// diagram.
const (
	signsWide   = 310
	signsNarrow = 286
	besideFrom  = 740
)

// beside puts what was weighed beside the diagram, or below it where there is
// no room.
func (p *palette) beside(tall func(width float32) float32, pane *pane, signs piece) piece {
	edge := canvas.NewRectangle(p.line)
	split := func(width float32) (left, right float32) {
		switch {
		case width < besideFrom:
			return width, width
		case width < 820:
			return width - signsNarrow, signsNarrow
		}
		return width - signsWide, signsWide
	}
	return newBlock(func(width float32) float32 {
		left, right := split(width)
		if left == width {
			return tall(left) + 1 + signs.tall(right)
		}
		return max(tall(left), signs.tall(right))
	}, func(s fyne.Size) {
		left, right := split(s.Width)
		if left == s.Width {
			h := tall(left)
			put(pane, 1, 0, left-2, h)
			put(edge, 0, h, left, 1)
			put(signs, 0, h+1, right, signs.tall(right))
			return
		}
		tall(left)                        // draws for this width
		put(pane, 1, 0, left-1, s.Height) // not over the edge of the card
		put(edge, left, 0, 1, s.Height)
		put(signs, left, 0, right, s.Height)
	}, pane, edge, signs)
}
