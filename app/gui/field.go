//go:build cgo || !darwin

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// field is the one field of Ask, in a frame of ours.
type field struct {
	part
	frame *canvas.Rectangle
	entry *entry
}

// entry is the toolkit's, with the focus shown by our frame.
type entry struct {
	widget.Entry
	focused func(on bool)
	escape  func()
}

func (e *entry) FocusGained() { e.Entry.FocusGained(); e.focused(true) }
func (e *entry) FocusLost()   { e.Entry.FocusLost(); e.focused(false) }

// TypedKey leaves the field on Escape.
func (e *entry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		e.escape()
		return
	}
	e.Entry.TypedKey(k)
}

// TypedShortcut leaves to the window what is the window's: the entry would
// swallow it.
func (e *entry) TypedShortcut(s fyne.Shortcut) { e.Entry.TypedShortcut(s) }

// fieldLook is the theme of the field: large monospace text without a border.
type fieldLook struct{ fyne.Theme }

// Size makes the text stand in the middle of the frame.
func (l fieldLook) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNameText:
		return targetSize
	case theme.SizeNameInnerPadding:
		return 11
	case theme.SizeNameInputBorder:
		return 0
	}
	return l.Theme.Size(n)
}

func (p *palette) newField(given, example string, changed, submitted func(string), escape func()) *field {
	f := &field{frame: box(p.surface, p.outline, 10), entry: &entry{escape: escape}}
	e := f.entry
	e.ExtendBaseWidget(e)
	e.TextStyle = fyne.TextStyle{Monospace: true}
	e.Scroll = fyne.ScrollHorizontalOnly
	e.SetText(given)
	e.CursorColumn = len([]rune(given))
	e.SetPlaceHolder(example)
	e.OnChanged, e.OnSubmitted = changed, submitted
	e.focused = func(on bool) {
		f.frame.StrokeColor, f.frame.StrokeWidth = p.outline, 1
		if on {
			f.frame.StrokeColor, f.frame.StrokeWidth = p.accent, 2
		}
		f.frame.Refresh()
	}
	inner := container.NewThemeOverride(e, fieldLook{&look{colors: *p}})
	f.add(f.frame, inner)
	f.arrange = func(s fyne.Size) {
		put(f.frame, 0, 0, s.Width, s.Height)
		put(inner, 4, 2, s.Width-8, s.Height-4)
	}
	f.ExtendBaseWidget(f)
	return f
}
