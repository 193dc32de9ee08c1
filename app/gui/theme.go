//go:build cgo || !darwin

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"faultline/assets/fonts"
)

// look is the theme: our tokens under the toolkit's names.
type look struct {
	colors palette
	han    bool // the language needs Chinese characters
}

var (
	sansFont    = fyne.NewStaticResource("Inter-Regular.otf", fonts.Sans)
	boldFont    = fyne.NewStaticResource("Inter-SemiBold.otf", fonts.Bold)
	monoFont    = fyne.NewStaticResource("JetBrainsMono-Regular.ttf", fonts.Mono)
	hanFont     = fyne.NewStaticResource("NotoSansSC-Regular.otf", fonts.Han)
	hanBoldFont = fyne.NewStaticResource("NotoSansSC-Bold.otf", fonts.HanBold)
)

// Font never mixes two fonts in one string where it can help it: in Chinese
// the font that holds the characters serves the Latin letters too.
func (l *look) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Symbol:
		return theme.DefaultTheme().Font(s)
	case s.Monospace:
		return monoFont
	case l.han && s.Bold:
		return hanBoldFont
	case l.han:
		return hanFont
	case s.Bold:
		return boldFont
	}
	return sansFont
}

// Icon gives the toolkit's own icons: ours are drawn by name.
func (l *look) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// Color maps the toolkit's names to tokens, whatever the variant: the look is
// chosen before.
func (l *look) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	p := &l.colors
	switch name {
	case theme.ColorNameBackground:
		return p.bg
	case theme.ColorNameForeground:
		return p.text
	case theme.ColorNamePrimary, theme.ColorNameHyperlink, theme.ColorNameFocus:
		return p.accent
	case theme.ColorNameForegroundOnPrimary:
		return p.onAccent
	case theme.ColorNameButton, theme.ColorNameInputBackground, theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground:
		return p.surface
	case theme.ColorNameDisabled, theme.ColorNamePlaceHolder:
		return p.text3
	case theme.ColorNameDisabledButton:
		return p.neutralSoft
	case theme.ColorNameError:
		return p.fail
	case theme.ColorNameSuccess:
		return p.ok
	case theme.ColorNameWarning:
		return p.warn
	case theme.ColorNameInputBorder, theme.ColorNameScrollBar:
		return p.outline
	case theme.ColorNameHover:
		return p.hover
	case theme.ColorNameSelection:
		return p.selected
	case theme.ColorNameSeparator:
		return p.line
	case theme.ColorNameHeaderBackground:
		return p.sunken
	case theme.ColorNameScrollBarBackground, theme.ColorNameShadow:
		return color.Transparent
	}
	return theme.DefaultTheme().Color(name, l.variant())
}

func (l *look) variant() fyne.ThemeVariant {
	if l.colors.dark {
		return theme.VariantDark
	}
	return theme.VariantLight
}

// sizes are the toolkit's lengths that differ from its own.
var sizes = map[fyne.ThemeSizeName]float32{
	theme.SizeNamePadding: 4, theme.SizeNameInnerPadding: 8, theme.SizeNameText: bodySize, theme.SizeNameCaptionText: microSize,
	theme.SizeNameSubHeadingText: headSize, theme.SizeNameHeadingText: titleSize, theme.SizeNameInputRadius: 8,
	theme.SizeNameSelectionRadius: 8, theme.SizeNameSeparatorThickness: 1, theme.SizeNameInputBorder: 1,
	theme.SizeNameScrollBar: 10, theme.SizeNameInlineIcon: 18, theme.SizeNameLineSpacing: 4,
}

// Size gives our lengths, and the toolkit's for all others.
func (l *look) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		return s
	}
	return theme.DefaultTheme().Size(name)
}

// The type sizes. Nothing is smaller than micro.
const (
	displaySize = 26
	titleSize   = 22
	figureSize  = 20
	headSize    = 17
	targetSize  = 15
	bodySize    = 14
	smallSize   = 13
	microSize   = 12
)
