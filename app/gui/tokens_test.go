//go:build cgo || !darwin

package gui

import (
	"image/color"
	"math"
	"testing"
)

// luminance is that of WCAG 2.
func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func TestContrast(t *testing.T) {
	looks := map[string]palette{"light": light, "dark": dark, "high contrast, light": contrasty(light), "high contrast, dark": contrasty(dark)}
	for name, p := range looks {
		grounds := map[string]color.NRGBA{"surface": p.surface, "bg": p.bg, "rail": p.rail, "hover": p.hover, "selected": p.selected,
			"accentSoft": p.accentSoft, "okSoft": p.okSoft, "failSoft": p.failSoft, "warnSoft": p.warnSoft, "neutralSoft": p.neutralSoft}
		texts := map[string]color.NRGBA{"text": p.text, "text2": p.text2, "text3": p.text3, "accent": p.accent, "ok": p.ok, "fail": p.fail, "warn": p.warn}
		graphics := map[string]color.NRGBA{"outline": p.outline, "warnMark": p.warnMark}
		for on, ground := range grounds {
			for what, ink := range texts {
				if got := contrast(ink, ground); got < 4.5 {
					t.Errorf("%s: %s on %s: got %.2f, want 4.5", name, what, on, got)
				}
			}
			for what, ink := range graphics {
				if got := contrast(ink, ground); got < 2.99 {
					t.Errorf("%s: %s on %s: got %.2f, want 3", name, what, on, got)
				}
			}
		}
		for what, pair := range map[string][2]color.NRGBA{"filled button": {p.onAccent, p.accent}, "hovered button": {p.onAccent, p.accentHover},
			"callout": {p.surface, p.fail}, "odd callout": {p.surface, p.warn}, "unknown callout": {p.surface, p.text3}} {
			if got := contrast(pair[0], pair[1]); got < 4.5 {
				t.Errorf("%s: %s: got %.2f, want 4.5", name, what, got)
			}
		}
	}
	for name, p := range map[string]palette{"light": contrasty(light), "dark": contrasty(dark)} {
		for what, ink := range map[string]color.NRGBA{"text": p.text, "accent": p.accent, "ok": p.ok, "fail": p.fail, "warn": p.warn} {
			if got := contrast(ink, p.surface); got < 7 {
				t.Errorf("high contrast, %s: %s: got %.2f, want 7", name, what, got)
			}
		}
	}
}
