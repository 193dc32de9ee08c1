//go:build cgo || !darwin

package gui

import (
	"time"

	"fyne.io/fyne/v2"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/app/text"
	"faultline/diag"
)

// tellPage is Diagnose with a verdict.
type tellPage struct {
	window   *Window
	sheet    *sheet
	line     *faultLine
	sections map[string]piece
}

// The parts that fold, in the order of the page.
const (
	checksPart   = "checks"
	evidencePart = "evidence"
	rejectedPart = "rejected"
	untestedPart = "untested"
)

func (w *Window) newTellPage() *tellPage {
	p := &w.colors
	w.tell = w.compose()
	t := w.tell
	l := &tellPage{window: w, sections: map[string]piece{}}
	c := newColumn()
	save := p.button(w.word("action.report.save"), "save", secondary, w.save)
	c.stack(-4, w.header(t.Host, t.Port, t.Meta, target, thin, p.button(w.word("action.check.again"), "retry", secondary, w.again), save))
	gap := float32(14)
	if w.strip != nil {
		c.stack(10, w.stripRow())
		gap = 12
	}
	l.line = p.newFaultLine(t.Chain, l.jump)
	c.stack(gap, p.verdictCard(t, w.kept.Technician, l.line))
	if len(t.Notes) > 0 {
		var notes []piece
		for _, n := range t.Notes {
			notes = append(notes, p.noteRow(w.word("tell.note"), n))
		}
		c.stack(12, p.card(0, true, notes...))
	}
	c.stack(14, p.heading(t.StepsHead))
	c.stack(9, l.steps(p, t))
	l.folded(c, p, t)
	l.sheet = newSheet(c, mostContent)
	return l
}

func (l *tellPage) steps(p *palette, t scene.Tell) piece {
	var rows []piece
	first := true
	for i, s := range t.Steps {
		rows = append(rows, p.stepRow(i+1, s, first && s.Button != "", l.act))
		first = first && s.Button == ""
	}
	return p.card(0, true, rows...)
}

// folded adds what is folded for a reader and open for a technician.
func (l *tellPage) folded(c *column, p *palette, t scene.Tell) {
	w := l.window
	counts := map[string]int{evidencePart: t.Decisive, rejectedPart: len(t.RuledOut), untestedPart: len(t.Untested)}
	head := func(part string) string { return w.say("tell."+part, diag.Args{"n": counts[part]}) }
	parts := []string{evidencePart, rejectedPart, untestedPart}
	if w.kept.Technician {
		counts[checksPart] = len(t.Checks)
		for _, part := range append([]string{checksPart}, parts...) {
			l.section(c, p, t, part, head(part))
		}
		return
	}
	var all []*fold
	for _, part := range parts {
		all = append(all, p.fold(head(part), w.word("tell."+part+".more"), w.open[part], func() { w.unfold(part) }))
	}
	c.stack(12, p.folds(all))
	for _, part := range parts {
		if w.open[part] {
			l.section(c, p, t, part, head(part))
		}
	}
}

func (l *tellPage) section(c *column, p *palette, t scene.Tell, part, head string) {
	rows := []piece{p.sectionHead(head)}
	switch part {
	case checksPart:
		rows = append(rows, l.checks(p, t)...)
	case evidencePart:
		rows = append(rows, l.evidence(p, t)...)
	case rejectedPart:
		for _, o := range t.RuledOut {
			rows = append(rows, p.otherRow(o, scene.Skipped))
		}
	case untestedPart:
		for _, o := range t.Untested {
			rows = append(rows, p.otherRow(o, scene.Unknown))
		}
	}
	if len(rows) == 1 {
		none := newText(l.window.word("tell.none"), small, p.text3)
		rows = append(rows, newBlock(fixed(36), func(fyne.Size) { place(none, 40, 18) }, none))
	}
	section := p.card(0, true, rows...)
	l.sections[part] = section
	c.stack(12, section)
}

func (l *tellPage) checks(p *palette, t scene.Tell) []piece {
	var rows []piece
	for _, r := range t.Checks {
		v := p.newLadderRow(r, 32, "", nil)
		v.column = 300
		v.set(r, time.Duration(l.window.report.Seconds*float64(time.Second)))
		rows = append(rows, v)
	}
	return rows
}

func (l *tellPage) evidence(p *palette, t scene.Tell) []piece {
	w := l.window
	words := [3]string{w.word("label.mechanism"), w.word("label.raw"), w.word("label.by-hand")}
	shown := t.Evidence[:t.Decisive]
	if w.open["further"] {
		shown = t.Evidence
	}
	var rows []piece
	for _, e := range shown {
		rows = append(rows, p.evidenceRow(e, words, w.copy))
	}
	if rest := len(t.Evidence) - len(shown); rest > 0 {
		b := p.button(w.say("tell.further", diag.Args{"n": rest}), "", quiet, func() { w.open["further"] = true; w.rebuildAt() })
		rows = append(rows, newBlock(fixed(42), func(fyne.Size) { put(b, 8, 7, b.least.Width, 28) }, b))
	}
	return rows
}

// jump shows the evidence behind a node.
func (l *tellPage) jump(app.Place) {
	w := l.window
	if !w.kept.Technician && !w.open[evidencePart] {
		w.unfold(evidencePart)
		return
	}
	if s := l.sections[evidencePart]; s != nil {
		l.sheet.reveal(s)
	}
}

// act does what the button of a step says.
func (l *tellPage) act(b *button, action string) {
	w := l.window
	switch action {
	case text.CheckAgain:
		w.again()
	case text.CheckElevated:
		w.copy(b, w.tell.Elevate)
	case text.CopyTicket:
		w.copy(b, w.tell.Ticket)
	}
}
