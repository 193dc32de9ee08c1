//go:build cgo || !darwin

package gui

import (
	"slices"

	"fyne.io/fyne/v2"

	"faultline/app/text"
	"faultline/diag"
)

// scales are the sizes to choose from.
var scales = []float32{1, 1.25, 1.5, 2}

// settingsPage is what can be chosen.
func (w *Window) settingsPage() *sheet {
	p := &w.colors
	c := newColumn()
	head := newText(w.word("rail.settings"), title, p.text)
	c.stack(-4, newBlock(fixed(40), func(fyne.Size) { place(head, 0, 24) }, head))
	if w.strip != nil {
		c.stack(10, w.stripRow())
	}
	c.stack(16, p.card(6, true, w.lookRow(), w.languageRow(), w.scaleRow()))
	c.stack(12, p.card(6, true,
		p.settingRow(w.word("settings.calm"), w.word("settings.calm.more"), p.toggle("", w.kept.Calm, func(on bool) { w.kept.Calm = on; w.keep() })),
		p.settingRow(w.word("settings.mask"), w.word("settings.mask.more"), p.toggle("", w.kept.Masked, w.setMask)),
		w.recentsRow()))
	c.stack(14, p.caption(w.word("settings.keys")))
	c.stack(2, p.caption(w.word("settings.keys.captures")))
	c.stack(6, p.caption(w.say("settings.about", diag.Args{"version": w.env.Version})))
	return newSheet(c, 720)
}

// settingRow is a name, what it means, and how to change it.
func (p *palette) settingRow(name, more string, control fyne.CanvasObject) piece {
	head, words := newText(name, bodyBold, p.text), newParagraph(more, small, p.text2, 0)
	wide := control.MinSize()
	room := 20 + wide.Width + 36
	return newBlock(func(w float32) float32 {
		if more == "" {
			return 56
		}
		return max(words.tall(w-room)+46, 62)
	}, func(s fyne.Size) {
		show(words, more != "")
		if more == "" {
			place(head, 20, s.Height/2)
		} else {
			place(head, 20, 22)
			put(words, 20, 33, s.Width-room, words.tall(s.Width-room))
		}
		put(control, s.Width-20-wide.Width, (s.Height-wide.Height)/2, wide.Width, wide.Height)
	}, head, words, control)
}

func (w *Window) lookRow() piece {
	values := []string{"", "light", "dark", "contrast"}
	words := []string{w.word("settings.look.system"), w.word("settings.look.light"), w.word("settings.look.dark"), w.word("settings.look.contrast")}
	return w.colors.settingRow(w.word("settings.look"), "", w.colors.segments(words, max(slices.Index(values, w.kept.Theme), 0), func(i int) {
		w.kept.Theme = values[i]
		w.keep()
		w.restyle()
	}))
}

func (w *Window) languageRow() piece {
	values := []string{"", text.English, text.Chinese}
	words := []string{w.word("settings.language.system"), w.word("settings.language.en"), w.word("settings.language.zh")}
	return w.colors.settingRow(w.word("settings.language"), "", w.colors.segments(words, max(slices.Index(values, w.kept.Language), 0), func(i int) {
		w.kept.Language = values[i]
		w.words = w.language()
		w.keep()
		w.restyle()
	}))
}

func (w *Window) scaleRow() piece {
	words := []string{"100 %", "125 %", "150 %", "200 %"}
	return w.colors.settingRow(w.word("settings.scale"), "", w.colors.segments(words, max(slices.Index(scales, w.kept.Scale), 0), func(i int) {
		w.kept.Scale = scales[i]
		w.keep()
		w.rescale()
		w.restyle()
	}))
}

func (w *Window) recentsRow() piece {
	p := &w.colors
	return p.settingRow(w.word("settings.recents"), w.say("settings.recents.more", diag.Args{"n": len(w.kept.Recents)}),
		p.button(w.word("settings.recents.clear"), "", secondary, func() {
			w.kept.Recents, w.kept.Usual = nil, nil
			w.keep()
			w.rebuildAt()
		}))
}
