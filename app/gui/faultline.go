//go:build cgo || !darwin

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app"
	"faultline/app/gui/scene"
)

// The geometry of the fault line.
const (
	sidePad    = 59 // from the card's edge to the middle of the first node
	nodeRadius = 18
	jointGap   = 22 // from the middle of a node to the line
	slip       = 12 // how far everything behind the break lies lower
	planeUp    = 22
	planeDown  = 11
	calloutTop = 6
	calloutH   = 26
	markSize   = 14
)

// faultLine draws the way to the service, and where it breaks.
type faultLine struct {
	part
	colors  *palette
	chain   scene.Chain
	nodes   []*nodeView
	joints  []*jointView
	plane   *canvas.Line
	left    *canvas.Line
	right   *canvas.Line
	label   *canvas.Rectangle
	callout *canvas.Text
	shift   float32 // how much of the slip has happened: 0 to 1
	phase   float32 // where the bead is: 0 to 1
}

// nodeView is one node: a way to its layer's row.
type nodeView struct {
	control
	ring   *canvas.Circle
	dashes *canvas.Image
	glyph  *canvas.Image
	disc   *canvas.Circle
	mark   *canvas.Image
	label  *canvas.Text
	detail *canvas.Text
}

type jointView struct {
	line *canvas.Line
	part *canvas.Line
	bead *canvas.Circle
	dots *canvas.Image
}

// newFaultLine makes a fault line; jump is called with the place of a node that
// is chosen.
func (p *palette) newFaultLine(c scene.Chain, jump func(app.Place)) *faultLine {
	f := &faultLine{colors: p, shift: 1}
	for i, n := range c.Nodes {
		if i > 0 {
			j := &jointView{canvas.NewLine(p.line), canvas.NewLine(p.accent), canvas.NewCircle(p.accent), newIcon(dotted(70, p.outline))}
			f.joints = append(f.joints, j)
			f.add(j.line, j.part, j.bead, j.dots)
		}
		f.nodes = append(f.nodes, p.newNode(n, jump))
	}
	f.left, f.right, f.plane = canvas.NewLine(p.fail), canvas.NewLine(p.fail), canvas.NewLine(p.fail)
	f.label = box(p.fail, nil, 7)
	f.callout = newText("", smallBold, p.surface)
	f.add(f.left, f.right, f.plane)
	for _, n := range f.nodes {
		f.add(n.label, n.detail, n)
	}
	f.add(f.label, f.callout)
	f.arrange = f.layout
	f.ExtendBaseWidget(f)
	f.set(c)
	return f
}

func (p *palette) newNode(n scene.Node, jump func(app.Place)) *nodeView {
	v := &nodeView{
		ring: canvas.NewCircle(p.surface), dashes: newIcon(dashed(p.surface, p.outline)), glyph: p.glyph("glyph-node-"+n.Glyph, p.text),
		disc: canvas.NewCircle(p.surface), mark: p.glyph("status-pass", p.ok), label: newText("", smallBold, p.text), detail: newText("", micro, p.text3),
	}
	v.ring.StrokeWidth = 2
	v.act = func() {
		if jump != nil {
			jump(n.Place)
		}
	}
	v.add(v.ring, v.dashes, v.glyph, v.disc, v.mark)
	v.initRing(p.accent, nodeRadius+2)
	v.arrange = func(s fyne.Size) {
		mid := s.Width / 2
		put(v.ring, mid-nodeRadius, mid-nodeRadius, 2*nodeRadius, 2*nodeRadius)
		center(v.dashes, mid, mid, 38)
		center(v.glyph, mid, mid, 20)
		center(v.disc, mid+14, mid+14, markSize+4)
		center(v.mark, mid+14, mid+14, markSize)
		v.placeRing(s)
	}
	v.ExtendBaseWidget(v)
	return v
}

// matches reports whether a chain has the same nodes as the one that is drawn.
func (f *faultLine) matches(c scene.Chain) bool {
	if len(c.Nodes) != len(f.nodes) {
		return false
	}
	for i, n := range c.Nodes {
		if n.Place != f.chain.Nodes[i].Place {
			return false
		}
	}
	return true
}

// set shows the state of a chain with the same nodes.
func (f *faultLine) set(c scene.Chain) {
	f.chain = c
	for i, n := range c.Nodes {
		f.paintNode(f.nodes[i], n)
		if i > 0 {
			f.paintJoint(f.joints[i-1], n.Joint, c.Broken == i)
		}
	}
	broken := c.Broken > 0
	for _, l := range []*canvas.Line{f.left, f.right, f.plane} {
		show(l, broken)
	}
	f.left.StrokeWidth, f.right.StrokeWidth, f.plane.StrokeWidth = 4, 4, 2
	show(f.label, c.Callout != "")
	f.label.FillColor = f.colors.fail
	ink := f.colors.surface
	switch {
	case c.Odd:
		f.label.FillColor = f.colors.warn
	case !broken:
		f.label.FillColor = f.colors.text3
	}
	setText(f.callout, c.Callout, smallBold, ink)
	f.again()
	f.Refresh()
}

func show(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

func (f *faultLine) paintNode(v *nodeView, n scene.Node) {
	p := f.colors
	fill, ring, ink, label := p.surface, p.outline, p.text, p.text
	mark, markInk := "", p.ok
	hollow := false
	switch n.State {
	case scene.NodePass:
		fill, ring, mark = p.okSoft, p.ok, "pass"
	case scene.NodeSeen:
		ring, mark = p.ok, "pass"
	case scene.NodeFail:
		fill, ring, ink, mark, markInk = p.failSoft, p.fail, p.fail, "fail", p.fail
	case scene.NodeRunning:
		fill, ring = p.accentSoft, p.accent
	case scene.NodeUnknown:
		hollow, ink, label, mark, markInk = true, p.text3, p.text3, "unknown", p.text3
	default:
		hollow, ink, label = true, p.text3, p.text3
	}
	v.ring.FillColor, v.ring.StrokeColor = fill, ring
	show(v.ring, !hollow)
	show(v.dashes, hollow)
	setIcon(v.glyph, p.icon("glyph-node-"+n.Glyph, ink))
	show(v.disc, mark != "")
	show(v.mark, mark != "")
	if mark != "" {
		setIcon(v.mark, p.icon("status-"+mark, markInk))
	}
	v.label.Text, v.label.Color, v.label.FontSource = n.Label, label, smallBold.source(n.Label)
	v.detail.Text, v.detail.Color, v.detail.FontSource = n.Detail, p.text3, micro.source(n.Detail)
	v.Refresh()
}

func (f *faultLine) paintJoint(j *jointView, s scene.JointState, broken bool) {
	p := f.colors
	solid, running := false, s == scene.JointRunning
	var ink color.Color = p.outline
	switch s {
	case scene.JointProven:
		solid, ink = true, p.ok
	case scene.JointOdd:
		solid, ink = true, p.warnMark
	case scene.JointSeen:
		ink = p.ok
	case scene.JointRunning:
		solid, ink = true, p.line
	}
	j.line.StrokeColor, j.line.StrokeWidth = ink, 3.5
	j.part.StrokeWidth = 3.5
	show(j.line, solid && !broken)
	show(j.part, running && !broken)
	show(j.bead, running && !broken)
	show(j.dots, !solid && !broken)
}

// step is the distance of two nodes.
func (f *faultLine) step(width float32) float32 {
	if len(f.nodes) < 2 {
		return 0
	}
	return (width - 2*sidePad) / float32(len(f.nodes)-1)
}

// tall is how tall the line is: more with a callout.
func (f *faultLine) tall(float32) float32 {
	switch {
	case f.chain.Broken > 0:
		return 142
	case f.chain.Callout != "":
		return 134
	}
	return 104
}

// level is the height of the middle of the nodes before the break.
func (f *faultLine) level() float32 {
	switch {
	case f.chain.Broken > 0:
		return calloutTop + 54
	case f.chain.Callout != "":
		return calloutTop + 58
	}
	return 34
}

func (f *faultLine) layout(s fyne.Size) {
	step := f.step(s.Width)
	level := f.level()
	fallen := round(slip * f.shift)
	for i, n := range f.nodes {
		x, y := round(sidePad+float32(i)*step), level
		if f.chain.Broken > 0 && i >= f.chain.Broken {
			y += fallen
		}
		put(n, x-nodeRadius-2, y-nodeRadius-2, 2*nodeRadius+4, 2*nodeRadius+4)
		f.placeLabels(n, i, x, y, step)
		if i > 0 {
			f.placeJoint(f.joints[i-1], x-step, x, y)
		}
	}
	f.placeBreak(s.Width, step, level, fallen)
}

// placeLabels puts the words under a node, elided where they would meet the
// neighbor's.
func (f *faultLine) placeLabels(v *nodeView, i int, x, y, step float32) {
	room := step - 8
	if step == 0 || i == 0 || i == len(f.nodes)-1 {
		room = max(2*sidePad-6, min(room, 2*sidePad-6))
		if len(f.nodes) < 6 {
			room = 2*sidePad - 6
		}
	}
	n := f.chain.Nodes[i]
	retext(v.label, elide(n.Label, smallBold, room))
	retext(v.detail, elide(n.Detail, micro, room))
	placeMiddle(v.label, x, y+nodeRadius+18.5)
	placeMiddle(v.detail, x, y+nodeRadius+36)
}

func (f *faultLine) placeJoint(j *jointView, x0, x1, y float32) {
	from, to := round(x0+jointGap), round(x1-jointGap)
	line(j.line, from, y, to, y)
	bead := from + (to-from)*(0.35+0.4*f.phase)
	line(j.part, from, y, bead, y)
	center(j.bead, bead, y, 10)
	n := float32(int((to - from) / 7))
	setIcon(j.dots, dotted(to-from, f.dotColor(j)))
	put(j.dots, round((from+to-n*7)/2), y-2, n*7, 4)
}

func (f *faultLine) dotColor(j *jointView) color.Color { return j.line.StrokeColor }

func line(l *canvas.Line, x1, y1, x2, y2 float32) {
	l.Position1, l.Position2 = fyne.NewPos(x1, y1), fyne.NewPos(x2, y2)
}

// placeBreak draws the fault: the plane that cuts the line, the two pieces, and
// what stopped it.
func (f *faultLine) placeBreak(width, step, level, fallen float32) {
	if f.chain.Callout == "" {
		return
	}
	at := f.chain.Spot
	middle := round(sidePad + (float32(at)-0.5)*step)
	plane := func(y float32) float32 { return middle - (y-(level+6))/2 }
	if f.chain.Broken > 0 {
		line(f.left, round(sidePad+float32(at-1)*step)+jointGap, level, plane(level)-6, level)
		line(f.right, plane(level+fallen)+6, level+fallen, round(sidePad+float32(at)*step)-jointGap, level+fallen)
		top, bottom := level-planeUp, level+fallen+planeDown
		line(f.plane, plane(top), top, plane(bottom), bottom)
	}
	retext(f.callout, elideMiddle(f.chain.Callout, 44))
	f.callout.FontSource = smallBold.source(f.callout.Text)
	w := f.callout.MinSize().Width + 31
	x := min(max(middle-w/2, 6), width-6-w)
	put(f.label, x, calloutTop, w, calloutH)
	placeMiddle(f.callout, x+w/2, calloutTop+calloutH/2)
}

// slide lets the slip happen: share goes from 0 to 1.
func (f *faultLine) slide(share float32) {
	f.shift = share
	f.again()
	f.Refresh()
}

// beat moves the bead of the running joint.
func (f *faultLine) beat(phase float32) {
	f.phase = phase
	f.again()
	for _, j := range f.joints {
		if j.bead.Visible() {
			canvas.Refresh(j.bead)
			canvas.Refresh(j.part)
		}
	}
}
