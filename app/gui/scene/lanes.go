package scene

import (
	"strconv"

	"faultline/app/sequence"
	"faultline/app/text"
	"faultline/diag"
)

// The geometry of a sequence diagram, at scale 1.
const (
	gutter    = 92 // from the left edge to the client's lane: the times
	rightRoom = 52 // from the server's lane to the right edge
	headTall  = 48
	topRoom   = 11
	rowTall   = 34
	labelAt   = 13 // from the top of a row to the middle of its words
	arrowAt   = 24
	bandAt    = 15
	bandTall  = 22
	bottom    = 12
	arrowHead = 9
	square    = 12
	aboveIt   = 2 // how much higher words stand that may reach the square
	off       = 4 // between a lane and an arrow
	inset     = 14
	between   = 8 // between what a packet is and its details
)

// Measure says how wide a text is.
type Measure func(s string, f Font) float32

// Lanes draws a sequence diagram.
type Lanes struct {
	Diagram sequence.Diagram
	Unknown bool // nobody knows who sent the reset that is judged
	Width   float32
	Scale   float32
	Words   *text.Words
	Hide    func(string) string
	Measure Measure
}

// laneOf is where a lane stands.
func (l *Lanes) laneOf(lane sequence.Lane) float32 {
	client, server := l.gutter(), l.Width-rightRoom*l.Scale
	switch lane {
	case sequence.ClientLane:
		return client
	case sequence.ServerLane:
		return server
	}
	return whole((client + server) / 2)
}

func (l *Lanes) gutter() float32 { return gutter * l.Scale }

func (l *Lanes) font(size float32, bold, mono bool) Font { return Font{size * l.Scale, bold, mono} }

// Head names the lanes.
func (l *Lanes) Head() Picture {
	p := Picture{Width: l.Width, Height: l.HeadTall()}
	l.name(&p, sequence.ClientLane, l.Words.Say("lane.client", nil), l.Hide(l.Diagram.Client), InkText, InkText2)
	l.name(&p, sequence.ServerLane, l.Words.Say("lane.server", nil), l.Hide(l.Diagram.Server), InkText, InkText2)
	if l.Diagram.Between {
		l.name(&p, sequence.BetweenLane, l.Words.Say("lane.between", nil), l.Words.Say("lane.unseen", nil), InkFail, InkText2)
	}
	return p
}

// name puts the name of a lane over it, within the picture.
func (l *Lanes) name(p *Picture, lane sequence.Lane, name, more string, ink, ink2 Ink) {
	x := l.laneOf(lane)
	for _, t := range []struct {
		text string
		at   float32
		font Font
		ink  Ink
	}{{name, 16, l.font(13, true, false), ink}, {more, 34, l.font(12, false, false), ink2}} {
		room := l.Width/2 - 8
		if l.Diagram.Between {
			room = l.Width/3 + 8
		}
		s := l.elide(t.text, t.font, room)
		half := l.Measure(s, t.font) / 2
		at := min(max(x, half+8), l.Width-half-8)
		p.add(Item{Form: Words, X: at, Y: t.at * l.Scale, Text: s, Font: t.font, Ink: t.ink, At: Middle})
	}
}

// Body draws the rows.
func (l *Lanes) Body() Picture {
	n := float32(len(l.Diagram.Rows))
	p := Picture{Width: l.Width, Height: (topRoom + n*rowTall + bottom) * l.Scale}
	l.lanes(&p, 0, topRoom*l.Scale, 0, 0)
	for i := range l.Diagram.Rows {
		r, y := &l.Diagram.Rows[i], l.RowAt(i)
		switch {
		case r.Quiet > 0:
			l.lanes(&p, y, rowTall*l.Scale, 0, 0)
			l.band(&p, y, l.Words.Say("lane.quiet", diag.Args{"seconds": span(r.Quiet, l.Words)}), Font{12 * l.Scale, true, false})
		case r.Folded > 0:
			l.lanes(&p, y, rowTall*l.Scale, 0, 0)
			l.fold(&p, y, l.Words.Say("lane.folded", diag.Args{"n": r.Folded}))
		default:
			l.arrow(&p, y, r)
		}
	}
	l.lanes(&p, l.RowAt(len(l.Diagram.Rows)), bottom*l.Scale, 0, 0)
	return p
}

// RowAt is where a row begins in the body.
func (l *Lanes) RowAt(i int) float32 { return (topRoom + float32(i)*rowTall) * l.Scale }

// HeadTall is how tall the head is.
func (l *Lanes) HeadTall() float32 { return headTall * l.Scale }

// RowSpan is where a row begins and ends in the whole picture, head and body.
func (l *Lanes) RowSpan(i int) (top, bottom float32) {
	top = l.HeadTall() + l.RowAt(i)
	return top, top + rowTall*l.Scale
}

// RowOf is the row at a height of the whole picture; -1 where there is none.
func (l *Lanes) RowOf(y float32) int {
	y -= l.HeadTall() + l.RowAt(0)
	if i := int(y / (rowTall * l.Scale)); y >= 0 && i < len(l.Diagram.Rows) {
		return i
	}
	return -1
}

// lanes draws the lanes through a row; where words cross one, it makes way.
func (l *Lanes) lanes(p *Picture, y, tall, from, to float32) {
	for _, lane := range []sequence.Lane{sequence.ClientLane, sequence.BetweenLane, sequence.ServerLane} {
		if lane == sequence.BetweenLane && !l.Diagram.Between {
			continue
		}
		x, s := l.laneOf(lane), Item{Form: Stroke, Wide: 1.5, Ink: InkOutline}
		if lane == sequence.BetweenLane {
			s.Form, s.Ink = Dashes, InkFail
		}
		s.X, s.X2 = x, x
		if from < x+2 && x-2 < to {
			upper, lower := s, s
			upper.Y, upper.Y2 = y, y+4*l.Scale
			lower.Y, lower.Y2 = y+22*l.Scale, y+tall
			p.add(upper, lower)
			continue
		}
		s.Y, s.Y2 = y, y+tall
		p.add(s)
	}
}

// band tells how long nothing was seen.
func (l *Lanes) band(p *Picture, y float32, s string, f Font) {
	left, right := l.laneOf(sequence.ClientLane)-8, l.laneOf(sequence.ServerLane)+8
	top := y + (bandAt-bandTall/2)*l.Scale
	p.add(Item{Form: Box, X: left, Y: top, X2: right, Y2: top + bandTall*l.Scale, Radius: 7, Ink: InkNeutral, Edge: InkLine},
		Item{Form: Words, X: (left + right) / 2, Y: y + bandAt*l.Scale, Text: l.elide(s, f, right-left-16), Font: f, Ink: InkText2, At: Middle})
}

// fold tells how many packets were left out.
func (l *Lanes) fold(p *Picture, y float32, s string) {
	f := l.font(12, false, false)
	left, right := l.laneOf(sequence.ClientLane), l.laneOf(sequence.ServerLane)
	s = l.elide(s, f, right-left-24)
	at, half := (left+right)/2, l.Measure(s, f)/2+10
	p.add(Item{Form: Box, X: at - half, Y: y + 4*l.Scale, X2: at + half, Y2: y + 26*l.Scale, Radius: 11, Ink: InkSurface, Edge: InkOutline},
		Item{Form: Words, X: at, Y: y + bandAt*l.Scale, Text: s, Font: f, Ink: InkText2, At: Middle})
}

// arrow draws a packet: its time, what it is, and the way it went.
func (l *Lanes) arrow(p *Picture, y float32, r *sequence.Row) {
	ink, wide := InkText2, float32(1.6)
	switch {
	case r.Reset:
		ink, wide = InkFail, 2.5
	case r.Dashed:
		ink = InkText3
	}
	unknown := l.Unknown && r.Cause
	from, to := l.laneOf(r.From), l.laneOf(r.To)
	if unknown {
		from = l.laneOf(sequence.BetweenLane)
	}
	items, end := l.label(y, r, min(from, to)+inset, l.laneOf(sequence.ServerLane)-inset)
	l.lanes(p, y, rowTall*l.Scale, min(from, to)+inset-4, end+4)
	p.add(items...)
	stamp := InkText2
	if r.Reset {
		stamp = InkFail
	}
	p.add(Item{Form: Words, X: 14, Y: y + arrowAt*l.Scale, Text: strconv.FormatFloat(r.At, 'f', 3, 64), Font: l.font(12, false, true), Ink: stamp})
	at := y + arrowAt*l.Scale
	step := float32(1)
	if to < from {
		step = -1
	}
	shaft := Item{Form: Stroke, X: from + off*step, Y: at, X2: to - (off+arrowHead-1)*step, Y2: at, Wide: wide, Ink: ink}
	if r.Dashed {
		shaft.Form = Dashes
	}
	p.add(shaft, Item{Form: Head, X: to - off*step, Y: at, X2: to - (off+arrowHead)*step, Y2: at, Wide: arrowHead, Ink: ink})
	l.source(p, r, unknown, from, at)
}

// source marks where a reset began; where nobody knows, it says so.
func (l *Lanes) source(p *Picture, r *sequence.Row, unknown bool, x, y float32) {
	half := float32(square/2) * l.Scale
	switch {
	case unknown:
		p.add(Item{Form: Box, X: x - half - 2, Y: y - half - 2, X2: x + half + 2, Y2: y + half + 2, Radius: half + 2, Ink: InkSurface, Edge: InkText3},
			Item{Form: Words, X: x, Y: y, Text: "?", Font: l.font(12, true, false), Ink: InkText3, At: Middle})
	case r.Reset:
		p.add(Item{Form: Box, X: x - half, Y: y - half, X2: x + half, Y2: y + half, Radius: 3, Ink: InkFail})
	}
}

// label says what a packet is, over its arrow, and where the words end. What
// has no room is cut: first what it is, down to a third, then the details.
func (l *Lanes) label(y float32, r *sequence.Row, x, most float32) ([]Item, float32) {
	bold, mono := l.font(13, true, false), l.font(12, false, true)
	detail := l.Hide(r.Detail)
	if r.Mark != "" {
		detail += " · " + l.Words.Among("mark", r.Mark)
	}
	if r.Copies > 0 {
		detail += " · " + l.Words.Say("lane.copies", diag.Args{"n": r.Copies})
	}
	room := most - x
	title := l.elide(l.Hide(r.Title), bold, max(room/3, room-between-l.Measure(detail, mono)))
	wide := l.Measure(title, bold)
	detail = l.elide(detail, mono, room-between-wide)
	ink, ink2 := InkText, InkText2
	switch {
	case r.Reset:
		ink, ink2 = InkFail, InkFail
	case r.Dashed:
		ink, ink2 = InkText3, InkText3
	}
	at := y + labelAt*l.Scale
	if r.From == sequence.BetweenLane {
		at -= aboveIt * l.Scale
	}
	start := x + wide + between
	return []Item{
		{Form: Words, X: x, Y: at, Text: title, Font: bold, Ink: ink},
		{Form: Words, X: start, Y: at, Text: detail, Font: mono, Ink: ink2},
	}, start + l.Measure(detail, mono)
}

// elide shortens a text to a width, at its end.
func (l *Lanes) elide(s string, f Font, width float32) string {
	if l.Measure(s, f) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := string(runes[:n]) + "…"; l.Measure(short, f) <= width {
			return short
		}
	}
	return "…"
}

func whole(v float32) float32 { return float32(int(v + 0.5)) }
