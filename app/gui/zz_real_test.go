//go:build cgo || !darwin

package gui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestZZ(t *testing.T) {
	out := os.Getenv("ZZ")
	if out == "" {
		t.Skip()
	}
	size := screens[0].size
	if os.Getenv("ZZTALL") != "" {
		size.Height = 1350
	}
	if os.Getenv("ZZSMALL") != "" {
		size.Height, size.Width = 540, 900
	}
	only := os.Getenv("ZZONLY")
	for _, lang := range strings.Split(os.Getenv("ZZLANG"), ",") {
		for _, look := range strings.Split(os.Getenv("ZZLOOK"), ",") {
			for _, s := range states {
				if only == "" && strings.HasPrefix(s.name, "resets") {
					w := newWindow(t, size, func(w *Window) { w.kept.Language, w.kept.Theme = lang, look })
					s.show(t, w)
					shoot(t, w, filepath.Join(out, lang+"-"+look, s.name+".png"), 1)
				}
			}
			if only != "" {
				for _, f := range strings.Split(only, ",") {
					w := newWindow(t, size, func(w *Window) { w.kept.Language, w.kept.Theme = lang, look })
					readCase(t, w, filepath.Join("/work/shared/captures", f))
					shoot(t, w, filepath.Join(out, lang+"-"+look, f+".png"), 1)
				}
			}
		}
	}
}

func TestZZPicture(t *testing.T) {
	out := os.Getenv("ZZ")
	if out == "" {
		t.Skip()
	}
	w := newWindow(t, screens[0].size, func(w *Window) { w.kept.Language = "zh-Hans"; w.kept.Theme = "light" })
	w.env.Folder = out
	states[len(states)-7].show(t, w)
	readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	w.savePicture()
	w.resets.story.diagram.zoom(1)
	w.resets.story.diagram.zoom(1)
	w.win.Resize(screens[0].size)
	w.resets.sheet.scroll.ScrollToBottom()
	shoot(t, w, filepath.Join(out, "zoom.png"), 1)
}
