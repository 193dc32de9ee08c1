//go:build cgo || !darwin

package gui

import "image/color"

// palette holds the color tokens of one look. Soft ones are fills.
type palette struct {
	bg, rail, surface, sunken, line, outline  color.NRGBA
	text, text2, text3                        color.NRGBA
	accent, onAccent, accentSoft, accentHover color.NRGBA
	ok, fail, warn, warnMark                  color.NRGBA
	okSoft, failSoft, warnSoft, neutralSoft   color.NRGBA
	hover, selected                           color.NRGBA
	dark                                      bool
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xFF}
}

var light = palette{
	bg: rgb(0xF5F6F8), rail: rgb(0xECEEF2), surface: rgb(0xFFFFFF), sunken: rgb(0xF5F6F8), line: rgb(0xDFE3E9), outline: rgb(0x7D8695),
	text: rgb(0x151920), text2: rgb(0x454D5B), text3: rgb(0x5D6675),
	accent: rgb(0x2A5BD7), onAccent: rgb(0xFFFFFF), accentSoft: rgb(0xE9EFFD), accentHover: rgb(0x2654C6),
	ok: rgb(0x197546), fail: rgb(0xC2321F), warn: rgb(0x8A5800), warnMark: rgb(0xB87800),
	okSoft: rgb(0xE7F4EC), failSoft: rgb(0xFCECE9), warnSoft: rgb(0xFBF2DE), neutralSoft: rgb(0xEEF0F3),
	hover: rgb(0xEBEEF3), selected: rgb(0xE3EAFB),
}

var dark = palette{
	bg: rgb(0x14171B), rail: rgb(0x0F1114), surface: rgb(0x1C2026), sunken: rgb(0x15181D), line: rgb(0x2C323B), outline: rgb(0x737D8B),
	text: rgb(0xECEFF3), text2: rgb(0xB9C0CB), text3: rgb(0x949DAB),
	accent: rgb(0x86A8FF), onAccent: rgb(0x0E1420), accentSoft: rgb(0x1F2A45), accentHover: rgb(0x98B5FF),
	ok: rgb(0x55C98C), fail: rgb(0xFF8577), warn: rgb(0xE8B14C), warnMark: rgb(0xE8B14C),
	okSoft: rgb(0x173025), failSoft: rgb(0x3A1F1E), warnSoft: rgb(0x33290F), neutralSoft: rgb(0x262B33),
	hover: rgb(0x232830), selected: rgb(0x243252), dark: true,
}

// contrasty makes the high contrast form of a look: no soft fills, no gray
// text, strong outlines.
func contrasty(p palette) palette {
	p.okSoft, p.failSoft, p.warnSoft, p.neutralSoft, p.accentSoft, p.selected = p.surface, p.surface, p.surface, p.surface, p.surface, p.surface
	p.text2, p.text3 = p.text, p.text
	p.line, p.outline = p.text, p.text
	p.bg, p.rail, p.sunken = p.surface, p.surface, p.surface
	if p.dark {
		p.bg, p.rail, p.surface, p.sunken = rgb(0), rgb(0), rgb(0), rgb(0)
		p.okSoft, p.failSoft, p.warnSoft, p.neutralSoft, p.accentSoft, p.selected = rgb(0), rgb(0), rgb(0), rgb(0), rgb(0), rgb(0)
		return p
	}
	p.accent, p.accentHover = rgb(0x1D46B0), rgb(0x1D46B0)
	p.ok, p.fail, p.warn, p.warnMark = rgb(0x115C35), rgb(0xA32314), rgb(0x6E4600), rgb(0x8A5800)
	return p
}
