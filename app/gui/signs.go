//go:build cgo || !darwin

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app/gui/scene"
)

// dotsAt is how far from the right edge the dots of the client, of what is
// between, and of the server stand.
var dotsAt = [3]float32{61, 41, 21}

// signs is what was weighed: whom each fact leaves as the sender. A dot that
// counts is large, so that no color is needed to see it.
func (p *palette) signs(head, none string, all []scene.Sign) piece {
	rows := []piece{p.signHead(head)}
	for _, s := range all {
		rows = append(rows, p.signRow(s))
	}
	if len(all) == 0 {
		words := newParagraph(none, micro, p.text2, 0)
		rows = append(rows, newBlock(func(w float32) float32 { return words.tall(w-28) + 20 },
			func(s fyne.Size) { put(words, 14, 10, s.Width-28, s.Height-20) }, words))
	}
	return p.ruled(rows)
}

// ruled stacks pieces with hairlines between them, on no surface of their own.
func (p *palette) ruled(rows []piece) piece {
	var objects []fyne.CanvasObject
	var lines []*canvas.Rectangle
	for i, r := range rows {
		objects = append(objects, r)
		if i > 0 {
			lines = append(lines, canvas.NewRectangle(p.line))
			objects = append(objects, lines[i-1])
		}
	}
	return newBlock(func(w float32) float32 {
		h := float32(len(lines))
		for _, r := range rows {
			h += r.tall(w)
		}
		return h
	}, func(s fyne.Size) {
		y := float32(0)
		for i, r := range rows {
			if i > 0 {
				put(lines[i-1], 0, y, s.Width, 1)
				y++
			}
			h := r.tall(s.Width)
			put(r, 0, y, s.Width, h)
			y += h
		}
	}, objects...)
}

func (p *palette) signHead(head string) piece {
	words := newText(head, smallBold, p.text)
	glyphs := [3]*canvas.Image{newIcon(p.fine("glyph-node-computer", p.text2)), newIcon(p.fine("glyph-node-network", p.fail)), newIcon(p.fine("glyph-node-server", p.text2))}
	return newBlock(fixed(44), func(s fyne.Size) {
		place(words, 14, s.Height/2)
		for i, g := range glyphs {
			center(g, s.Width-dotsAt[i], s.Height/2, 15)
		}
	}, words, glyphs[0], glyphs[1], glyphs[2])
}

func (p *palette) signRow(s scene.Sign) piece {
	name, reading := newText(s.Name, smallBold, p.text), newParagraph(s.Reading, micro, p.text2, 0)
	track := canvas.NewRectangle(p.line)
	objects := []fyne.CanvasObject{name, reading, track}
	var dots [3]*canvas.Circle
	sizes := [3]float32{5, 5, 5}
	for i, fits := range [3]bool{s.Client, s.Between, s.Server} {
		dots[i] = canvas.NewCircle(p.outline)
		if fits {
			dots[i].FillColor, sizes[i] = p.accent, 10
			if i == 1 {
				dots[i].FillColor = p.fail
			}
		}
		objects = append(objects, dots[i])
	}
	const left, right = 14, 84
	return newBlock(func(w float32) float32 { return reading.tall(w-left-right) + 22 }, func(z fyne.Size) {
		mid := z.Height / 2
		retext(name, elide(s.Name, smallBold, z.Width-left-right))
		place(name, left, 12)
		put(reading, left, 20, z.Width-left-right, z.Height-22)
		put(track, z.Width-dotsAt[0], mid-1, dotsAt[0]-dotsAt[2], 2)
		for i, d := range dots {
			put(d, z.Width-dotsAt[i]-sizes[i]/2, mid-sizes[i]/2, sizes[i], sizes[i])
		}
	}, objects...)
}

// facts are names with their values, in as many rows as they need.
func (p *palette) facts(all []scene.Fact) piece {
	type cell struct {
		name, value *canvas.Text
		full        string
	}
	back := canvas.NewRectangle(p.sunken)
	objects := []fyne.CanvasObject{back}
	var cells []cell
	for _, f := range all {
		c := cell{newText(f.Name, micro, p.text3), newText(f.Value, mono, p.text), f.Value}
		cells, objects = append(cells, c), append(objects, c.name, c.value)
	}
	const left, pitch, gap = 16, 38, 22
	walk := func(width float32, visit bool) float32 {
		x, y := float32(left), float32(8)
		for _, c := range cells {
			wide := min(max(micro.width(c.name.Text), mono.width(c.full)), width-2*left)
			if x > left && x+wide > width-left {
				x, y = left, y+pitch
			}
			if visit {
				retext(c.value, elide(c.full, mono, wide))
				place(c.name, x, y+9)
				place(c.value, x, y+26)
			}
			x += wide + gap
		}
		return y + pitch + 4
	}
	return newBlock(func(w float32) float32 { return walk(w, false) }, func(s fyne.Size) {
		put(back, 1, 0, s.Width-2, s.Height)
		walk(s.Width, true)
	}, objects...)
}
