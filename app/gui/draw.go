//go:build cgo || !darwin

package gui

import (
	"fmt"
	"image/color"
	"strings"
	"sync"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/assets/icons"
)

// font is a role of type: its size and style.
type font struct {
	size float32
	bold bool
	mono bool
}

var (
	display   = font{size: displaySize, bold: true}
	title     = font{size: titleSize, bold: true}
	titleThin = font{size: titleSize}
	figure    = font{size: figureSize, bold: true}
	target    = font{size: targetSize, bold: true}
	thin      = font{size: targetSize}
	body      = font{size: bodySize}
	bodyBold  = font{size: bodySize, bold: true}
	small     = font{size: smallSize}
	smallBold = font{size: smallSize, bold: true}
	micro     = font{size: microSize}
	microBold = font{size: microSize, bold: true}
	mono      = font{size: microSize, mono: true}
	monoSmall = font{size: smallSize, mono: true}
)

func (f font) style() fyne.TextStyle { return fyne.TextStyle{Bold: f.bold, Monospace: f.mono} }

// source is the font for text whose characters the font of the language
// lacks: one string is drawn with one font.
func (f font) source(s string) fyne.Resource {
	if strings.IndexFunc(s, wide) < 0 {
		return nil
	}
	if f.bold {
		return hanBoldFont
	}
	return hanFont
}

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF
}

// newText makes one line of text.
func newText(s string, f font, c color.Color) *canvas.Text {
	t := canvas.NewText(s, c)
	t.TextSize, t.TextStyle, t.FontSource = f.size, f.style(), f.source(s)
	return t
}

// setText changes a line of text.
func setText(t *canvas.Text, s string, f font, c color.Color) {
	if t.Text == s && t.Color == c {
		return
	}
	t.Text, t.Color, t.FontSource = s, c, f.source(s)
	t.Refresh()
}

// retext changes the words of a line and nothing else.
func retext(t *canvas.Text, s string) {
	if t.Text != s {
		t.Text = s
		t.Refresh()
	}
}

func (f font) measure(s string) fyne.Size {
	size, _ := fyne.CurrentApp().Driver().RenderedTextSize(s, f.size, f.style(), f.source(s))
	return size
}

func (f font) width(s string) float32 { return f.measure(s).Width }

// pitch is the distance of the lines of a paragraph.
func (f font) pitch() float32 {
	switch {
	case f.size >= titleSize:
		return f.size + 8
	case f.size >= bodySize:
		return f.size + 7
	}
	return f.size + 5
}

// raise makes the middle of a line that of its small letters and digits.
const raise = 1

// place puts a line of text so that its middle is at y.
func place(t *canvas.Text, x, y float32) {
	size := t.MinSize()
	t.Resize(size)
	t.Move(fyne.NewPos(x, y-size.Height/2-raise))
}

// placeRight puts a line of text so that it ends at x.
func placeRight(t *canvas.Text, x, y float32) { place(t, x-t.MinSize().Width, y) }

// placeMiddle puts a line of text so that its middle is at x, y.
func placeMiddle(t *canvas.Text, x, y float32) { place(t, x-t.MinSize().Width/2, y) }

// wrap breaks text into lines of at most width: at spaces, between Chinese
// characters, and within a word that is too long for a line.
func wrap(s string, f font, width float32) []string {
	var lines []string
	line := ""
	for _, piece := range pieces(s) {
		if line != "" && f.width(strings.TrimRight(line+piece, " ")) > width {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		for line == "" && f.width(strings.TrimRight(piece, " ")) > width {
			head, rest := cut(piece, f, width)
			if rest == "" {
				break
			}
			lines = append(lines, head)
			piece = rest
		}
		line += piece
	}
	if line = strings.TrimRight(line, " "); line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// closing are marks that must not begin a line, opening those that must not
// end one.
const (
	closing = "，。、；：？！）》」』】”’…%,.;:?!)"
	opening = "（《「『【“‘("
)

// pieces are the parts of a text between which a line may break.
func pieces(s string) []string {
	var all []string
	var now []rune
	flush := func() {
		if len(now) > 0 {
			all, now = append(all, string(now)), nil
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		if i > 0 && (wide(r) || wide(runes[i-1])) && r != ' ' &&
			!strings.ContainsRune(closing, r) && !strings.ContainsRune(opening, runes[i-1]) {
			flush()
		}
		now = append(now, r)
		if r == ' ' {
			flush()
		}
	}
	flush()
	return all
}

// cut takes from a word what fits.
func cut(s string, f font, width float32) (head, rest string) {
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if f.width(string(runes[:n])) <= width {
			return string(runes[:n]), string(runes[n:])
		}
	}
	return s, ""
}

// elide shortens text to a width, at its end.
func elide(s string, f font, width float32) string {
	if f.width(s) <= width {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes)
	for low < high {
		n := (low + high + 1) / 2
		if f.width(strings.TrimRight(string(runes[:n]), " ")+"…") <= width {
			low = n
		} else {
			high = n - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}

// elideMiddle shortens text to a number of characters, in its middle: the end
// of a name often tells it from others.
func elideMiddle(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	head := (most - 1 + 1) / 2
	return string(runes[:head]) + "…" + string(runes[len(runes)-(most-1-head):])
}

// box makes a rectangle with round corners and a line around it.
func box(fill, line color.Color, radius float32) *canvas.Rectangle {
	r := canvas.NewRectangle(fill)
	r.CornerRadius = radius
	if line != nil {
		r.StrokeColor, r.StrokeWidth = line, 1
	}
	return r
}

// put sets the place and size of an object.
func put(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

func hex(c color.Color) string {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("#%02x%02x%02x", n.R, n.G, n.B)
}

// drawings are the colored icons. The toolkit keeps what it drew by the name
// of the resource, so the colors are part of it.
var drawings sync.Map

func drawing(key string, svg func() string) fyne.Resource {
	if r, ok := drawings.Load(key); ok {
		return r.(fyne.Resource)
	}
	r := fyne.NewStaticResource(key+".svg", []byte(svg()))
	drawings.Store(key, r)
	return r
}

// icon is a drawing of ours in a color.
func (p *palette) icon(name string, c color.Color) fyne.Resource {
	key := name + hex(c) + hex(p.surface) + hex(p.line)
	return drawing(key, func() string {
		return strings.NewReplacer("currentColor", hex(c), "#ffffff", hex(p.surface), "#000001", hex(p.line)).Replace(icons.SVG(name))
	})
}

// fine is a small glyph: at 16 and below a stroke of its own width would look
// bold.
func (p *palette) fine(name string, c color.Color) fyne.Resource {
	return drawing("fine"+name+hex(c), func() string {
		return strings.NewReplacer("currentColor", hex(c), `stroke-width="1.7"`, `stroke-width="1.3"`).Replace(icons.SVG(name))
	})
}

// asIs is a drawing of ours in its own colors.
func asIs(name string) fyne.Resource { return drawing(name, func() string { return icons.SVG(name) }) }

func newIcon(r fyne.Resource) *canvas.Image {
	i := canvas.NewImageFromResource(r)
	i.FillMode = canvas.ImageFillContain
	return i
}

// setIcon changes a drawing; the toolkit draws it anew only when told.
func setIcon(i *canvas.Image, r fyne.Resource) {
	if i.Resource != r {
		i.Resource = r
		i.Refresh()
	}
}

// glyph makes an icon of ours in a color.
func (p *palette) glyph(name string, c color.Color) *canvas.Image { return newIcon(p.icon(name, c)) }

// center puts an icon of a size with its middle at x, y, on whole units.
func center(o fyne.CanvasObject, x, y, size float32) {
	put(o, round(x-size/2), round(y-size/2), size, size)
}

func round(v float32) float32 { return float32(int(v + 0.5)) }

// dotted is a row of dots of 2 at a pitch of 7, as one drawing.
func dotted(width float32, c color.Color) fyne.Resource {
	n := max(int(width/7), 1)
	return drawing(fmt.Sprintf("dots-%d-%s", n, hex(c)), func() string {
		var b strings.Builder
		fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="4" viewBox="0 0 %d 4">`, n*7, n*7)
		for i := range n {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="2" r="1.1" fill="%s"/>`, float32(i*7)+3.5, hex(c))
		}
		return b.String() + "</svg>"
	})
}

// dashed is a ring of dashes around a node.
func dashed(fill, c color.Color) fyne.Resource {
	return drawing("ring"+hex(fill)+hex(c), func() string {
		return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="38" height="38" viewBox="0 0 38 38">`+
			`<circle cx="19" cy="19" r="18" fill="%s" stroke="%s" stroke-width="2" stroke-dasharray="3.6 2.7"/></svg>`, hex(fill), hex(c))
	})
}
