package cli

import (
	"strconv"
	"strings"

	"faultline/app/sequence"
	"faultline/app/text"
	"faultline/diag"
)

// Widths of the diagram: the times at its left, and the whole of it at most.
const (
	timeColumns = 10
	mostDiagram = 110
)

// strokes are what a diagram is drawn with.
type strokes struct{ lane, solid, dashed, right, left, source string }

var (
	drawn  = strokes{"│", "─", "╌", "▶", "◀", "■"}
	typed  = strokes{"|", "-", ".", ">", "<", "#"}
	pen    = map[bool]strokes{true: drawn, false: typed}
	inside = 2 // columns between a lane and what is written on an arrow
)

// drawing is a diagram on its way to lines: three lanes at fixed columns.
type drawing struct {
	*page
	strokes
	words  *text.Words
	middle bool
	lanes  [3]int // columns of the client, of what lies between, of the server
}

// diagram draws a connection in text: time, lanes, arrows.
func (g *telling) diagram(d sequence.Diagram) {
	if len(d.Rows) == 0 {
		return
	}
	last := min(g.style.width, mostDiagram) - 2
	x := &drawing{page: g.page, strokes: pen[g.style.unicode], words: g.words, middle: d.Between,
		lanes: [3]int{timeColumns + 2, (timeColumns + 2 + last) / 2, last}}
	g.blank()
	x.heads(d)
	dashed := false
	for i := range d.Rows {
		x.row(&d.Rows[i])
		dashed = dashed || d.Rows[i].Dashed
	}
	if dashed {
		x.item(strings.Repeat(" ", x.lanes[0]), x.words.Say("cli.diagram.dashed", nil))
	}
	g.blank()
}

// heads name the lanes.
func (x *drawing) heads(d sequence.Diagram) {
	client, server := x.words.Say("sender.client", nil), x.words.Say("sender.server", nil)
	middle := ""
	if x.middle {
		middle = x.words.Say("cli.lane.between", nil)
	}
	x.head(client, middle, server)
	x.head(d.Client, "", d.Server)
}

// head puts a text at each end, and one in the middle where there is room.
func (x *drawing) head(left, middle, right string) {
	line := strings.Repeat(" ", x.lanes[0]) + x.plain(left)
	right = x.plain(right)
	if at := x.lanes[1] - columnsOf(middle)/2; middle != "" && columnsOf(line)+2 <= at {
		line = pad(line, at) + x.plain(middle)
	}
	line = pad(line, max(columnsOf(line)+2, x.lanes[2]+1-columnsOf(right))) + right
	if columnsOf(line) > x.style.width { // no room for both: one below the other
		x.line(strings.Repeat(" ", x.lanes[0]) + x.plain(left))
		line = strings.Repeat(" ", max(0, x.lanes[2]+1-columnsOf(right))) + right
	}
	x.line(line)
}

func (x *drawing) row(r *sequence.Row) {
	switch {
	case r.Quiet > 0:
		x.note(x.words.Say("cli.diagram.quiet", diag.Args{"seconds": seconds(r.Quiet, x.words)}))
	case r.Folded > 0:
		x.note(x.words.Say("cli.diagram.folded", diag.Args{"n": r.Folded}))
	default:
		x.arrow(r)
	}
}

// note is a row without an arrow, in the middle between the lanes.
func (x *drawing) note(s string) {
	room := x.lanes[2] - x.lanes[0] - 1
	s = " " + x.plain(s) + " "
	left := max(0, (room-columnsOf(s))/2)
	x.line(strings.Repeat(" ", x.lanes[0]) + x.lane + pad(strings.Repeat(" ", left)+s, room) + x.lane)
}

// arrow draws a packet. What does not fit on the arrow is written above it.
func (x *drawing) arrow(r *sequence.Row) {
	label := x.label(r)
	from, to := x.lanes[min(r.From, r.To)], x.lanes[max(r.From, r.To)]
	if columnsOf(label) > to-from-1-2*inside-2 {
		x.above(label, from)
		label = ""
	}
	shaft := x.shaft(r, label, to-from-1)
	line := pad(x.stamp(r), x.lanes[0])
	if r.Cause || r.Reset {
		shaft = x.paint(signs[bad].escape, shaft)
	}
	if from > x.lanes[0] { // from the middle to the server
		line += x.lane + strings.Repeat(" ", from-x.lanes[0]-1) + x.source + shaft + x.lane
	} else {
		line += x.lane + shaft
		if to < x.lanes[2] { // from the middle to the client
			line += x.source + strings.Repeat(" ", x.lanes[2]-to-1)
		}
		line += x.lane
	}
	x.line(line)
}

// above writes a label on a line of its own.
func (x *drawing) above(label string, from int) {
	room := x.lanes[2] - from - 1 - inside
	head, tail := cut(label, room)
	if tail != "" {
		head, _ = cut(label, room-3)
		head += "..."
	}
	lead := strings.Repeat(" ", x.lanes[0]) + x.lane
	x.line(pad(pad(lead, from+inside)+head, x.lanes[2]) + x.lane)
}

// shaft is the line of an arrow with its label, n columns long.
func (x *drawing) shaft(r *sequence.Row, label string, n int) string {
	stroke := x.solid
	if r.Dashed {
		stroke = x.dashed
	}
	written := ""
	if label != "" {
		written = " " + label + " "
	}
	rest := n - columnsOf(written) - inside
	if r.From < r.To {
		return strings.Repeat(stroke, inside-1) + written + strings.Repeat(stroke, rest) + x.right
	}
	return x.left + strings.Repeat(stroke, inside-1) + written + strings.Repeat(stroke, rest)
}

// label is what is written on an arrow.
func (x *drawing) label(r *sequence.Row) string {
	parts := []string{r.Title}
	if r.Mark != "" {
		parts[0] += " (" + x.words.Among("mark", r.Mark) + ")"
	}
	parts = append(parts, r.Detail)
	if r.Copies > 0 {
		parts = append(parts, x.words.Say("cli.diagram.copies", diag.Args{"n": r.Copies}))
	}
	return x.plain(strings.Join(parts, "  "))
}

// stamp is the time of a row; the cause bears a sign before it.
func (x *drawing) stamp(r *sequence.Row) string {
	at := strconv.FormatFloat(r.At, 'f', 3, 64)
	if r.Cause {
		at = x.sign(bad) + " " + at
	}
	return strings.Repeat(" ", max(0, timeColumns-columnsOf(at))) + at
}
