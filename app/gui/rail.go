//go:build cgo || !darwin

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// page names a page of the rail.
type pageName string

const (
	diagnosePage pageName = "diagnose"
	resetsPage   pageName = "resets"
	settingsPage pageName = "settings"
)

// railWide and railNarrow are the widths of the rail.
const (
	railWide   = 184
	railNarrow = 56
)

// rail is the list of pages at the left.
type rail struct {
	part
	narrow bool
}

type railRow struct {
	control
	back  *canvas.Rectangle
	glyph *canvas.Image
	label *canvas.Text
}

func (p *palette) newRail(words func(string) string, chosen pageName, narrow bool, choose func(pageName)) *rail {
	r := &rail{narrow: narrow}
	back, edge := canvas.NewRectangle(p.rail), canvas.NewRectangle(p.line)
	logo, name := newIcon(asIs("app")), newText("Faultline", target, p.text)
	r.add(back, edge, logo, name)
	show(name, !narrow)
	top := p.railRow(words("rail.diagnose"), "diagnose", chosen == diagnosePage, narrow, func() { choose(diagnosePage) })
	second := p.railRow(words("rail.resets"), "resets", chosen == resetsPage, narrow, func() { choose(resetsPage) })
	bottom := p.railRow(words("rail.settings"), "settings", chosen == settingsPage, narrow, func() { choose(settingsPage) })
	state, watch := p.glyph("status-skipped", p.outline), newText(words("rail.watch.none"), micro, p.text2)
	show(watch, !narrow)
	r.add(top, second, bottom, state, watch)
	r.arrange = func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		put(edge, s.Width-1, 0, 1, s.Height)
		put(logo, 20, 20, 26, 26)
		if narrow {
			put(logo, 15, 20, 26, 26)
		}
		place(name, 56, 33)
		inset := float32(12)
		if narrow {
			inset = 8
		}
		put(top, inset, 64, s.Width-2*inset-1, 36)
		put(second, inset, 102, s.Width-2*inset-1, 36)
		put(bottom, inset, s.Height-52, s.Width-2*inset-1, 36)
		center(state, 29, s.Height-72, 14)
		place(watch, 44, s.Height-72)
	}
	r.ExtendBaseWidget(r)
	return r
}

func (p *palette) railRow(label, glyph string, chosen, narrow bool, act func()) *railRow {
	r := &railRow{back: box(color.Transparent, nil, 8)}
	r.act = act
	f, ink := body, p.text2
	if chosen {
		f, ink = bodyBold, p.text
		r.back.FillColor, r.back.StrokeColor, r.back.StrokeWidth = p.surface, p.line, 1
	}
	r.glyph, r.label = p.glyph("glyph-"+glyph, ink), newText(label, f, ink)
	show(r.label, !narrow)
	r.add(r.back, r.glyph, r.label)
	r.initRing(p.accent, 8)
	r.onHover = func(over bool) {
		if chosen {
			return
		}
		r.back.FillColor = color.Transparent
		if over {
			r.back.FillColor = p.hover
		}
		r.back.Refresh()
	}
	r.arrange = func(s fyne.Size) {
		put(r.back, 0, 0, s.Width, s.Height)
		r.placeRing(s)
		center(r.glyph, 19, s.Height/2, 18)
		if narrow {
			center(r.glyph, s.Width/2, s.Height/2, 18)
		}
		place(r.label, 38, s.Height/2)
	}
	r.ExtendBaseWidget(r)
	return r
}
