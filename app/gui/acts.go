//go:build cgo || !darwin

package gui

import (
	"bytes"
	"image/color"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/diag"
)

// keys registers what the keyboard does, whatever has the focus.
func (w *Window) keys() {
	c := w.win.Canvas()
	on := func(key fyne.KeyName, extra fyne.KeyModifier, act func()) {
		s := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault | extra}
		w.shortcuts.AddShortcut(s, func(fyne.Shortcut) {
			if w.dialog == nil { // while something is asked the page behind it stays as it is
				act()
			}
		})
		c.AddShortcut(s, w.shortcuts.TypedShortcut)
	}
	on(fyne.KeyL, 0, w.toField)
	on(fyne.KeyR, 0, w.again)
	on(fyne.KeyS, 0, w.save)
	on(fyne.KeyT, 0, func() { w.setTechnician(!w.kept.Technician) })
	on(fyne.KeyM, fyne.KeyModifierShift, func() { w.setMask(!w.kept.Masked) })
	on(fyne.Key1, 0, func() { w.goTo(diagnosePage) })
	on(fyne.Key2, 0, w.toResets)
	on(fyne.KeyO, 0, w.openCapture)
	on(fyne.KeyComma, 0, func() { w.goTo(settingsPage) })
	w.shortcuts.AddShortcut(&fyne.ShortcutCopy{}, func(fyne.Shortcut) {
		switch {
		case w.page == resetsPage:
			w.copyEvent()
		case w.stage == telling && w.page == diagnosePage:
			w.copy(nil, w.tell.Ticket)
		}
	})
	c.AddShortcut(&fyne.ShortcutCopy{}, w.shortcuts.TypedShortcut)
	c.SetOnTypedKey(func(k *fyne.KeyEvent) {
		if k.Name == fyne.KeyEscape {
			w.escape()
		}
	})
}

// toField goes to the target field. What was found stays in the list of recent
// targets.
func (w *Window) toField() {
	if w.page != diagnosePage || w.stage != asking {
		w.stop()
		w.page, w.stage = diagnosePage, asking
		w.session = nil
		if w.kept.Masked {
			w.given = ""
		}
		w.rebuild()
	}
	w.win.Canvas().Focus(w.ask.field.entry)
	w.ask.field.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// escape stops a run, closes what is open, leaves the field: one at a time.
// It never loses what was found.
func (w *Window) escape() {
	switch {
	case w.dialog != nil:
		w.dialog.Hide()
	case w.page == settingsPage:
		w.goTo(diagnosePage)
	case w.page == resetsPage:
		w.leaveResets()
	case w.stage == looking:
		w.cancel()
	case w.stage == telling && len(w.open) > 0:
		w.open = map[string]bool{}
		w.rebuildAt()
	default:
		w.win.Canvas().Unfocus()
	}
}

// cancel ends the run; what was found is told.
func (w *Window) cancel() {
	if w.session != nil {
		w.session.Cancel()
	}
}

// again runs the same check once more.
func (w *Window) again() {
	if w.page == resetsPage {
		w.readAgain()
	} else if w.stage == telling {
		w.start(w.target)
	} else if w.stage == asking && w.given != "" {
		w.Check(w.given)
	}
}

func (w *Window) unfold(part string) {
	if w.open[part] {
		delete(w.open, part)
	} else {
		w.open[part] = true
	}
	w.rebuildAt()
	if s := w.shown.sections[part]; s != nil && w.open[part] {
		w.shown.sheet.reveal(s)
	}
}

// rebuildAt draws anew and stays where the page was scrolled to.
func (w *Window) rebuildAt() {
	at := w.root.sheet.scroll.Offset
	w.rebuild()
	w.root.sheet.scroll.ScrollToOffset(at)
}

func (w *Window) setTechnician(on bool) {
	w.kept.Technician = on
	w.keep()
	w.rebuildAt()
}

func (w *Window) setMask(on bool) {
	w.kept.Masked = on
	w.mask = scene.NewMask()
	if on && w.session != nil {
		w.mask.Name(w.target.Host)
	}
	w.keep()
	w.rebuildAt()
}

// copy puts text on the clipboard and says so on the button for two seconds.
func (w *Window) copy(b *button, s string) {
	w.app.Clipboard().SetContent(s)
	w.publish()
	if b == nil {
		w.strip = w.notice("window.ticket", nil)
		w.rebuildAt()
		return
	}
	w.confirm(b, w.word("window.copied"))
}

// confirm lets a button say that it is done, for two seconds.
func (w *Window) confirm(b *button, done string) {
	was, glyph := b.label.Text, b.symbol
	if was == done {
		return
	}
	if was != "" {
		b.say(elide(done, b.font, b.least.Width-20), "glyph-tick")
	} else {
		b.say("", "glyph-tick")
	}
	w.bridge.later(2*time.Second, func() { b.say(was, "glyph-"+glyph) })
}

// save writes what the page shows beside the reader's documents, under a name
// that is free.
func (w *Window) save() {
	if w.page == resetsPage {
		w.savePicture()
		return
	}
	if w.stage != telling || w.env.Folder == "" {
		return
	}
	r := w.session.Report(w.words, w.env.Version)
	var content bytes.Buffer
	err := w.session.Save(&content, r, r.Verdict.Contact+"\n")
	path := ""
	if err == nil {
		path, err = writeNew(w.env.Folder, "faultline-"+r.Started.In(w.zone()).Format("20060102-150405"), map[string][]byte{".zip": content.Bytes()})
	}
	if err != nil {
		w.strip = w.unwritten("own.save", w.env.Folder, err)
		w.rebuildAt()
		return
	}
	w.strip = w.notice("window.saved", diag.Args{"file": path})
	w.rebuildAt()
}

// notice is something that the program has to say about itself, in the
// language of the moment.
func (w *Window) notice(key string, a diag.Args) func() string {
	return func() string { return w.say(key, a) }
}

// unwritten says that a file could not be written to a folder, and why.
func (w *Window) unwritten(key, folder string, err error) func() string {
	return func() string { return w.say(key, diag.Args{"why": folder + ": " + app.FileError(err, w.words)}) }
}

// stripRow is what the program has to say about itself.
func (w *Window) stripRow() piece {
	return w.ownRow(scene.Note, w.colors.accentSoft, w.strip(), func() { w.strip = nil; w.rebuildAt() })
}

// wrongRow is what the program could not do, and a way to pass that on.
func (w *Window) wrongRow(words string, dismiss func()) piece {
	details := w.colors.button(w.word("own.details"), "", quiet, nil)
	details.act = func() { w.copy(details, words) }
	return w.ownRow(scene.Fail, w.colors.failSoft, words, dismiss, details)
}

// ownRow is a sentence of the program's own with its buttons; the last one
// dismisses it.
func (w *Window) ownRow(m scene.Mark, fill color.Color, s string, dismiss func(), buttons ...*button) piece {
	p := &w.colors
	icon := newIcon(p.mark(m))
	words := newParagraph(s, small, p.text, 0)
	back := box(fill, p.line, 10)
	buttons = append(buttons, p.button(w.word("own.dismiss"), "", quiet, dismiss))
	objects := []fyne.CanvasObject{back, icon, words}
	room := float32(42 + 12)
	for _, b := range buttons {
		objects = append(objects, b)
		room += b.least.Width
	}
	return newBlock(func(width float32) float32 { return max(words.tall(width-room)+16, 38) }, func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		center(icon, 22, 19, 17)
		put(words, 42, (s.Height-words.tall(s.Width-room))/2, s.Width-room, s.Height)
		x := s.Width - 8
		for i := len(buttons) - 1; i >= 0; i-- {
			b := buttons[i]
			x -= b.least.Width
			put(b, x, (s.Height-28)/2, b.least.Width, 28)
		}
	}, objects...)
}

// setEscape lets Escape work whatever control has the focus.
func (w *Window) setEscape(o fyne.CanvasObject) {
	each(o, func(o fyne.CanvasObject) {
		if e, ok := o.(interface{ onEscape(func()) }); ok {
			e.onEscape(w.escape)
		}
	})
}

// each visits every object of ours, hidden ones too.
func each(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	visit(o)
	for _, c := range inside(o) {
		each(c, visit)
	}
}

// eachShown visits what is shown, with its place in the window. The toolkit
// knows places only of what it has painted.
func eachShown(o fyne.CanvasObject, in fyne.Position, visit func(o fyne.CanvasObject, at fyne.Position)) {
	if !o.Visible() {
		return
	}
	at := in.Add(o.Position())
	visit(o, at)
	for _, c := range inside(o) {
		eachShown(c, at, visit)
	}
}

// inside are the objects in a part of ours, or in what holds such parts.
func inside(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *container.Scroll:
		return []fyne.CanvasObject{o.Content}
	case *inner:
		return []fyne.CanvasObject{o.Content}
	case *container.ThemeOverride:
		return []fyne.CanvasObject{o.Content}
	case interface{ children() []fyne.CanvasObject }:
		return o.children()
	}
	return nil
}

func portText(p uint16) string { return strconv.Itoa(int(p)) }

func portTexts(ports []uint16) []string {
	var all []string
	for _, p := range ports {
		all = append(all, portText(p))
	}
	return all
}

func scaleText(s float32) string {
	return strings.TrimRight(strconv.FormatFloat(float64(s), 'f', 2, 32), "0")
}
