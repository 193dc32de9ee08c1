//go:build cgo || !darwin

package gui

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"

	"faultline/app/gui/scene"
)

// inkOf is the color of a picture's ink in a look.
func (p *palette) inkOf(i scene.Ink) color.NRGBA {
	switch i {
	case scene.InkText2:
		return p.text2
	case scene.InkText3:
		return p.text3
	case scene.InkFail:
		return p.fail
	case scene.InkOutline:
		return p.outline
	case scene.InkNeutral:
		return p.neutralSoft
	case scene.InkLine:
		return p.line
	case scene.InkSurface:
		return p.surface
	}
	return p.text
}

func fontOf(f scene.Font) font { return font{size: f.Size, bold: f.Bold, mono: f.Mono} }

// measure serves scene.Measure.
func measure(s string, f scene.Font) float32 { return fontOf(f).width(s) }

// draw makes the objects of a picture.
func (p *palette) draw(picture scene.Picture) []fyne.CanvasObject {
	var all []fyne.CanvasObject
	for i := range picture.Items {
		all = append(all, p.drawItem(&picture.Items[i])...)
	}
	return all
}

func (p *palette) drawItem(i *scene.Item) []fyne.CanvasObject {
	ink := p.inkOf(i.Ink)
	switch i.Form {
	case scene.Box:
		b := box(ink, nil, i.Radius)
		if i.Edge != "" {
			b.StrokeColor, b.StrokeWidth = p.inkOf(i.Edge), 1
		}
		put(b, i.X, i.Y, i.X2-i.X, i.Y2-i.Y)
		return []fyne.CanvasObject{b}
	case scene.Words:
		return []fyne.CanvasObject{words(i, ink)}
	case scene.Head:
		h := newIcon(arrowHead(i.X > i.X2, ink))
		put(h, min(i.X, i.X2), i.Y-i.Wide/2, i.Wide, i.Wide)
		return []fyne.CanvasObject{h}
	case scene.Dashes:
		return dashes(i, ink)
	}
	l := canvas.NewLine(ink)
	l.StrokeWidth = i.Wide
	line(l, i.X, i.Y, i.X2, i.Y2)
	return []fyne.CanvasObject{l}
}

func words(i *scene.Item, ink color.Color) fyne.CanvasObject {
	t := newText(i.Text, fontOf(i.Font), ink)
	switch i.At {
	case scene.Middle:
		placeMiddle(t, i.X, i.Y)
	case scene.Right:
		placeRight(t, i.X, i.Y)
	default:
		place(t, i.X, i.Y)
	}
	return t
}

// dashes are one line each: the toolkit draws no broken ones.
func dashes(i *scene.Item, ink color.Color) []fyne.CanvasObject {
	long := float32(math.Hypot(float64(i.X2-i.X), float64(i.Y2-i.Y)))
	if long == 0 {
		return nil
	}
	dx, dy := (i.X2-i.X)/long, (i.Y2-i.Y)/long
	var all []fyne.CanvasObject
	for at := float32(0); at < long; at += scene.DashOn + scene.DashOff {
		end := min(at+scene.DashOn, long)
		l := canvas.NewLine(ink)
		l.StrokeWidth = i.Wide
		line(l, i.X+dx*at, i.Y+dy*at, i.X+dx*end, i.Y+dy*end)
		all = append(all, l)
	}
	return all
}

// arrowHead points right or left.
func arrowHead(right bool, c color.Color) fyne.Resource {
	path := "M9 0L0 4.5L9 9Z"
	if right {
		path = "M0 0L9 4.5L0 9Z"
	}
	return drawing(fmt.Sprintf("head-%t-%s", right, hex(c)), func() string {
		return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="0 0 9 9"><path d="%s" fill="%s"/></svg>`, path, hex(c))
	})
}

// pictureScale is how many pixels of a saved picture are one unit: enough for
// a screen of double density.
const pictureScale = 2

// png draws a picture as a file.
func (p *palette) png(picture scene.Picture) ([]byte, error) {
	back := canvas.NewRectangle(p.surface)
	put(back, 0, 0, picture.Width, picture.Height)
	v := &part{objects: append([]fyne.CanvasObject{back}, p.draw(picture)...), least: fyne.NewSize(picture.Width, picture.Height)}
	v.ExtendBaseWidget(v)
	c := software.NewCanvas()
	c.SetPadded(false)
	c.SetScale(pictureScale)
	c.SetContent(v)
	c.Resize(v.least)
	var out bytes.Buffer
	if err := png.Encode(&out, c.Capture()); err != nil {
		return nil, fmt.Errorf("drawing the picture: %w", err)
	}
	return out.Bytes(), nil
}

// svg writes a picture as a file.
func (p *palette) svg(picture scene.Picture) []byte {
	return picture.SVG(func(i scene.Ink) string { return hex(p.inkOf(i)) })
}
