//go:build cgo || !darwin

package gui

import (
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/diag"
)

// resetsView is the page of captures.
type resetsView struct {
	window   *Window
	sheet    *sheet
	shown    scene.Resets
	list     *eventList
	detail   *slot // the chosen event
	story    *storyView
	progress func(p *app.Progress)
}

func (w *Window) newResetsPage() *resetsView {
	c := w.captures
	v := &resetsView{window: w, detail: newSlot(newColumn())}
	if c.told != nil {
		v.shown = w.shownResets()
	}
	col := newColumn()
	col.stack(-4, v.head())
	if c.wrong != nil {
		col.stack(10, w.wrongRow(c.wrong(), func() { c.wrong = nil; w.rebuildAt() }))
	}
	if w.strip != nil {
		col.stack(10, w.stripRow())
	}
	switch {
	case c.reading != nil:
		col.stack(12, v.readingCard())
	case c.told == nil:
		col.stack(12, v.emptyCard())
	default:
		v.fill(col)
	}
	v.sheet = newSheet(col, mostContent)
	return v
}

// head names the page, the files, and the way to others.
func (v *resetsView) head() piece {
	w, p := v.window, &v.window.colors
	meta := ""
	if v.shown.Meta != "" && w.captures.reading == nil {
		meta = v.shown.Files + " · " + v.shown.Meta
	}
	kind := secondary
	if w.captures.told == nil && w.captures.reading == nil {
		kind = filled
	}
	open := p.button(w.word("resets.open"), "save", kind, w.openCapture)
	other := p.button(w.word("resets.other"), "", secondary, w.openOther)
	if w.comparable() == "" {
		other.Hide()
	}
	name, words, chip := newText(w.word("rail.resets"), title, p.text), newText("", small, p.text3), w.maskedChip()
	return newBlock(fixed(40), func(s fyne.Size) {
		x := s.Width - open.least.Width
		put(open, x, 7, open.least.Width, 34)
		if other.Visible() {
			x -= other.least.Width + 8
			put(other, x, 7, other.least.Width, 34)
		}
		if chip.Visible() {
			x -= chip.least.Width + 16
			put(chip, x, 15, chip.least.Width, 18)
		}
		place(name, 0, 24)
		left := name.MinSize().Width + 12
		setText(words, elide(meta, small, x-16-left), small, p.text3)
		place(words, left, 25)
	}, name, words, chip, other, open)
}

// fill shows what was read.
func (v *resetsView) fill(col *column) {
	w, p := v.window, &v.window.colors
	var notes []piece
	for _, n := range v.shown.Notes {
		notes = append(notes, p.noteRow(w.word("tell.note"), n))
	}
	if len(notes) > 0 {
		col.stack(10, p.card(0, true, notes...))
	}
	var both []piece
	if len(v.shown.Both) > 0 {
		both = append(both, p.noteRow(w.word("resets.both"), strings.Join(v.shown.Both, " ")))
	}
	if w.captures.apart {
		both = append(both, p.noteRow(w.word("tell.note"), w.word("resets.apart")))
	}
	if len(both) > 0 {
		col.stack(10, p.card(0, true, both...))
	}
	if len(v.shown.Events) == 0 {
		col.stack(12, v.noneCard())
		return
	}
	w.captures.chosen = min(w.captures.chosen, len(v.shown.Events)-1)
	v.list = p.newEvents(v.shown.Events, w.captures.chosen, v.choose)
	v.list.pane.scroll.rest = v.roll
	v.list.pane.placed = v.list.reveal
	l := v.list
	col.stack(12, p.card(eventsInset, false, newBlock(func(float32) float32 { return l.tall() }, func(s fyne.Size) {
		put(l.pane, 0, 0, s.Width, s.Height)
		l.again()
	}, l.pane)))
	v.detail.set(v.event())
	col.stack(12, v.detail)
}

// roll scrolls the page by what a part of it could not.
func (v *resetsView) roll(e *fyne.ScrollEvent) { v.sheet.scroll.Scrolled(e) }

// choose shows another event; the list stays where it is.
func (v *resetsView) choose(i int) {
	c := v.window.captures
	c.chosen, c.packet, c.open = i, -1, map[string]bool{}
	v.again()
}

// again tells the chosen event anew.
func (v *resetsView) again() {
	v.detail.set(v.event())
	v.window.setEscape(v.detail)
	v.relay()
}

// relay places everything anew, after the height of a part changed.
func (v *resetsView) relay() {
	v.sheet.relay()
	v.detail.Refresh()
	v.window.publish()
}

// readingCard says how far the reading has come.
func (v *resetsView) readingCard() piece {
	w, p := v.window, &v.window.colors
	what := newText(w.say("resets.reading", diag.Args{"file": shownFiles(w.captures.files)}), bodyBold, p.text)
	far, kept := newText("", mono, p.text2), newText(w.word("resets.kept"), small, p.text2)
	track, bar := box(p.line, nil, 3), box(p.accent, nil, 3)
	stop := p.button(w.word("resets.cancel"), "", secondary, w.cancelReading)
	share := float32(0)
	b := newBlock(fixed(116), func(s fyne.Size) {
		setText(what, elide(what.Text, bodyBold, s.Width-40), bodyBold, p.text)
		place(what, 20, 26)
		put(track, 20, 46, s.Width-40, 6)
		put(bar, 20, 46, max((s.Width-40)*share, 6), 6)
		place(far, 20, 68)
		place(kept, 20, 92)
		put(stop, s.Width-20-stop.least.Width, 68, stop.least.Width, 34)
	}, what, track, bar, far, kept, stop)
	v.progress = func(now *app.Progress) {
		if now == nil {
			return
		}
		share = 0
		if now.Of > 0 {
			share = min(float32(now.Done)/float32(now.Of), 1)
		}
		key := "resets.reading"
		if now.Pass > 1 {
			key = "resets.reading.second"
		}
		setText(what, w.say(key, diag.Args{"file": filepath.Base(now.File)}), bodyBold, p.text)
		setText(far, w.farText(now), mono, p.text2)
		b.again()
		b.Refresh()
	}
	v.progress(w.captures.progress.Load())
	return p.card(0, false, b)
}

// farText says how much was read.
func (w *Window) farText(p *app.Progress) string {
	mega := func(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }
	if p.Of == 0 {
		return w.say("resets.reading.some", diag.Args{"done": mega(p.Done)})
	}
	return w.say("resets.reading.of", diag.Args{"done": mega(p.Done), "of": mega(p.Of)})
}

// emptyCard invites a capture.
func (v *resetsView) emptyCard() piece {
	w, p := v.window, &v.window.colors
	return v.wordsCard(p.glyph("glyph-resets", p.text3), w.word("resets.empty"), w.word("resets.empty.more"))
}

// noneCard says that nothing was found, and how far that can be relied on.
func (v *resetsView) noneCard() piece {
	w, p, r := v.window, &v.window.colors, &v.window.captures.report
	icon, more := newIcon(p.mark(scene.Pass)), w.word("resets.none.more")
	switch {
	case v.shown.Part:
		icon, more = newIcon(p.mark(scene.Unknown)), w.word("resets.none.stopped")
	case r.Capture.TCPPackets == 0:
		icon, more = newIcon(p.mark(scene.Unknown)), ""
	}
	return v.wordsCard(icon, v.shown.None, more)
}

// wordsCard is a mark, a sentence and what is to be said about it.
func (v *resetsView) wordsCard(icon *canvas.Image, head, more string) piece {
	p := &v.window.colors
	first, second := newParagraph(head, font{size: headSize, bold: true}, p.text, 0), newParagraph(more, body, p.text2, 640)
	const left = 71
	return p.card(0, false, newBlock(func(w float32) float32 {
		return 24 + first.tall(w-left-20) + 4 + second.tall(w-left-20) + 24
	}, func(s fyne.Size) {
		center(icon, 38, 36, 30)
		h := first.tall(s.Width - left - 20)
		put(first, left, 24, s.Width-left-20, h)
		put(second, left, 28+h, s.Width-left-20, second.tall(s.Width-left-20))
	}, icon, first, second))
}
