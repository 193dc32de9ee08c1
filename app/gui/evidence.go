//go:build cgo || !darwin

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"faultline/app/gui/scene"
)

// evidenceRow is a claim with its test, the answer and the way by hand; words name
// the three.
func (p *palette) evidenceRow(e scene.Evidence, words [3]string, cp func(b *button, s string)) piece {
	v := &evidenceView{of: e,
		icon: newIcon(p.mark(e.Mark)), claim: newParagraph(e.Claim, smallBold, p.text, 0), stamp: newText(e.ID+" · "+e.At, mono, p.text3),
		test: newParagraph(e.Test, small, p.text2, 0), sunken: box(p.sunken, p.line, 6), answer: newParagraph(e.Answer, mono, p.text, 0),
		hand: newParagraph(e.ByHand, mono, p.accent, 0)}
	for i := range v.labels {
		v.labels[i] = newText(words[i], micro, p.text3)
	}
	objects := []fyne.CanvasObject{v.icon, v.claim, v.stamp, v.labels[0], v.labels[1], v.labels[2], v.test, v.sunken, v.answer, v.hand}
	if e.ByHand != "" {
		v.copy = p.button("", "copy", quiet, nil)
		v.copy.act = func() { cp(v.copy, e.ByHand) }
		objects = append(objects, v.copy)
	}
	return newBlock(func(w float32) float32 { return v.walk(w, false) }, func(s fyne.Size) { v.walk(s.Width, true) }, objects...)
}

// evidenceView is the objects of such a row.
type evidenceView struct {
	of                        scene.Evidence
	icon                      *canvas.Image
	claim, test, answer, hand *paragraph
	stamp                     *canvas.Text
	labels                    [3]*canvas.Text // of the test, the answer, the way by hand
	sunken                    *canvas.Rectangle
	copy                      *button // nil: there is no way by hand
}

// Where the claim of a row of evidence begins, and how wide the labels below are.
const evidenceLeft, evidenceLabels = 46, 76

// walk goes down the row, and returns how tall it is; with visit it puts everything
// in its place.
func (v *evidenceView) walk(w float32, visit bool) float32 {
	const left, inside = evidenceLeft, evidenceLeft + evidenceLabels
	y, wide := float32(12), w-left-170
	if visit {
		center(v.icon, 22, y+9, 17)
		put(v.claim, left, y, wide, v.claim.tall(wide))
		placeRight(v.stamp, w-16, y+9)
	}
	y += v.claim.tall(wide) + 6
	wide = w - inside - 16
	if visit {
		place(v.labels[0], left, y+9)
		put(v.test, inside, y, wide, v.test.tall(wide))
	}
	y += v.test.tall(wide) + 6
	y += v.walkAnswer(y, wide, visit)
	return y + v.walkHand(y, wide, visit) + 8
}

func (v *evidenceView) walkAnswer(y, wide float32, visit bool) float32 {
	there := v.of.Answer != ""
	show(v.labels[1], there)
	show(v.sunken, there)
	if !there {
		return 0
	}
	const left, inside = evidenceLeft, evidenceLeft + evidenceLabels
	h := v.answer.tall(wide-20) + 12
	if visit {
		place(v.labels[1], left, y+14)
		put(v.sunken, inside, y, wide, h)
		put(v.answer, inside+10, y+6, wide-20, h-12)
	}
	return h + 6
}

func (v *evidenceView) walkHand(y, wide float32, visit bool) float32 {
	show(v.labels[2], v.copy != nil)
	if v.copy == nil {
		return 0
	}
	const left, inside = evidenceLeft, evidenceLeft + evidenceLabels
	h := v.hand.tall(wide - 36)
	if visit {
		place(v.labels[2], left, y+9)
		put(v.hand, inside, y, wide-36, h)
		put(v.copy, inside+min(mono.width(v.of.ByHand), wide-36)+4, y-5, 38, 28)
	}
	return h + 4
}
