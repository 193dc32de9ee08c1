// Package icons holds our own drawings: glyphs, status marks, the icon of the
// program and those of its tray. It only hands bytes out; it never colors them.
//
// In the SVG files currentColor is the color of the glyph, #ffffff its inner
// mark and #000001 a track. make.sh makes the PNG files from them.
package icons

import "embed"

//go:embed *.svg *.png
var files embed.FS

// SVG returns a drawing by its name, without color. A name that there is not
// is a mistake in the program.
func SVG(name string) string { return string(must(name + ".svg")) }

// PNG returns a picture by its name: app-64, tray-ok-32.
func PNG(name string) []byte { return must(name + ".png") }

func must(file string) []byte {
	b, err := files.ReadFile(file)
	if err != nil {
		panic("icons: there is no " + file)
	}
	return b
}
