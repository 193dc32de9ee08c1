package scene

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Ink names a color token of the window, so that one picture serves every look.
type Ink string

// The inks of pictures.
const (
	InkText    Ink = "text"
	InkText2   Ink = "text2"
	InkText3   Ink = "text3"
	InkFail    Ink = "fail"
	InkOutline Ink = "outline"
	InkNeutral Ink = "neutral"
	InkLine    Ink = "line"
	InkSurface Ink = "surface"
)

// Font is the size and the style of a text of a picture.
type Font struct {
	Size       float32
	Bold, Mono bool
}

// Form is what a shape is.
type Form int

// The forms.
const (
	Stroke Form = iota // a line from X, Y to X2, Y2, Wide broad
	Box                // a rectangle from X, Y to X2, Y2 with round corners
	Words              // a line of text; X is where At says, Y its middle
	Head               // an arrow's: its tip at X, Y, its base at X2, Y2
	Dashes             // a stroke of dashes
)

// Anchor says which part of a text its place is.
type Anchor int

// The anchors.
const (
	Left Anchor = iota
	Middle
	Right
)

// Item is one mark of a picture.
type Item struct {
	Form         Form
	X, Y, X2, Y2 float32
	Wide, Radius float32
	Ink          Ink
	Edge         Ink // the line around a box; "" for none
	Text         string
	Font         Font
	At           Anchor
}

// Picture is a drawing of items, those behind first.
type Picture struct {
	Width, Height float32
	Items         []Item
}

func (p *Picture) add(s ...Item) { p.Items = append(p.Items, s...) }

// Under puts another picture below this one.
func (p *Picture) Under(o Picture) {
	for _, s := range o.Items {
		s.Y += p.Height
		s.Y2 += p.Height
		p.add(s)
	}
	p.Height += o.Height
	p.Width = max(p.Width, o.Width)
}

// Line is a picture of one line of words.
func Line(s string, f Font, ink Ink, x, tall float32) Picture {
	return Picture{Height: tall, Items: []Item{{Form: Words, X: x, Y: tall / 2, Text: s, Font: f, Ink: ink}}}
}

// DashOn and DashOff are the lengths of the dashes of a stroke of dashes and of
// the gaps between them.
const (
	DashOn  = 4
	DashOff = 4
)

// SVG writes a picture as a file of its own, on a background.
func (p *Picture) SVG(color func(Ink) string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %[1]g %[2]g">`+"\n", p.Width, p.Height)
	fmt.Fprintf(&b, `<rect width="%g" height="%g" fill="%s"/>`+"\n", p.Width, p.Height, color(InkSurface))
	for _, s := range p.Items {
		b.WriteString(s.svg(color))
		b.WriteByte('\n')
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func (s *Item) svg(color func(Ink) string) string {
	switch s.Form {
	case Box:
		edge := ""
		if s.Edge != "" {
			edge = fmt.Sprintf(` stroke="%s"`, color(s.Edge))
		}
		return fmt.Sprintf(`<rect x="%g" y="%g" width="%g" height="%g" rx="%g" fill="%s"%s/>`, s.X, s.Y, s.X2-s.X, s.Y2-s.Y, s.Radius, color(s.Ink), edge)
	case Words:
		return s.text(color)
	case Head:
		half := s.Wide / 2
		return fmt.Sprintf(`<path d="M%g %gL%g %gL%g %gZ" fill="%s"/>`, s.X, s.Y, s.X2, s.Y2-half, s.X2, s.Y2+half, color(s.Ink))
	}
	dashes := ""
	if s.Form == Dashes {
		dashes = fmt.Sprintf(` stroke-dasharray="%d %d"`, DashOn, DashOff)
	}
	return fmt.Sprintf(`<path d="M%g %gL%g %g" stroke="%s" stroke-width="%g"%s/>`, s.X, s.Y, s.X2, s.Y2, color(s.Ink), s.Wide, dashes)
}

// capHalf is half of the height of capitals, as a share of a font's size: not
// every program that draws SVG knows another base line than that of letters.
const capHalf = 0.36

func (s *Item) text(color func(Ink) string) string {
	family, weight := "Inter, 'Noto Sans SC', sans-serif", "400"
	if s.Font.Mono {
		family = "'JetBrains Mono', 'Noto Sans SC', monospace"
	}
	if s.Font.Bold {
		weight = "600"
	}
	anchor := [...]string{"start", "middle", "end"}[s.At]
	var safe strings.Builder
	_ = xml.EscapeText(&safe, []byte(s.Text)) // a Builder never fails
	return fmt.Sprintf(`<text x="%g" y="%g" text-anchor="%s" font-family="%s" font-size="%g" font-weight="%s" fill="%s" xml:space="preserve">%s</text>`,
		s.X, s.Y+s.Font.Size*capHalf, anchor, family, s.Font.Size, weight, color(s.Ink), safe.String())
}
