//go:build cgo || !darwin

package gui

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/app/text"
)

var screenshots = flag.String("screenshots", "", "draw every state to this folder")

// states are the pictures of docs/screenshots.
var states = []struct {
	name string
	show func(t *testing.T, w *Window)
}{
	{"ask", func(t *testing.T, w *Window) { w.given = "https://" + shownHost + ":8443/x"; w.rebuild() }},
	{"ask-unreadable", func(t *testing.T, w *Window) { w.given = "it does not work"; w.rebuild() }},
	{"look", func(t *testing.T, w *Window) {
		lookCase(t, w, "tcp.filtered/pictured", 3800*time.Millisecond, "ping.target", "tcp.connect", "talk.target")
	}},
	{"tell-fault", func(t *testing.T, w *Window) { tellCase(t, w, "firewall.local-out/own-filter-drops-the-port") }},
	{"tell-refused", func(t *testing.T, w *Window) { tellCase(t, w, "tcp.refused/nothing-listens") }},
	{"tell-names", func(t *testing.T, w *Window) { tellCase(t, w, "dns.no-such-name/pictured") }},
	{"tell-odd", func(t *testing.T, w *Window) { tellCase(t, w, "dns.first-resolver-dead/pictured") }},
	{"tell-healthy", func(t *testing.T, w *Window) { tellCase(t, w, "tcp.refused/something-listens") }},
	{"tell-evidence", func(t *testing.T, w *Window) {
		tellCase(t, w, "tcp.refused/nothing-listens")
		w.unfold(evidencePart)
	}},
	{"tell-technician", func(t *testing.T, w *Window) {
		w.kept.Technician = true
		tellCase(t, w, "firewall.local-out/own-filter-drops-the-port")
	}},
	{"tell-masked", func(t *testing.T, w *Window) { w.kept.Masked = true; tellCase(t, w, "tcp.refused/nothing-listens") }},
	{"resets-empty", func(t *testing.T, w *Window) { w.toResets() }},
	{"resets-reading", func(t *testing.T, w *Window) {
		w.captures.files = []string{"failing.pcapng"}
		w.captures.reading = &app.Reading{}
		w.captures.progress.Store(&app.Progress{File: "failing.pcapng", Pass: 1, Done: 311e6, Of: 1043e6})
		w.toResets()
	}},
	{"resets", func(t *testing.T, w *Window) { readCase(t, w, file(t, "failing.pcap", injected().PCAP())) }},
	{"resets-second", func(t *testing.T, w *Window) {
		readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
		w.resets.list.move(1)
	}},
	{"resets-both", func(t *testing.T, w *Window) { readBoth(t, w) }},
	{"resets-none", func(t *testing.T, w *Window) { readCase(t, w, file(t, "healthy.pcap", healthy().PCAP())) }},
	{"resets-cut", func(t *testing.T, w *Window) {
		all := injected().PCAP()
		readCase(t, w, file(t, "cut.pcap", all[:len(all)-30]))
	}},
	{"resets-wrong", func(t *testing.T, w *Window) {
		path := file(t, "letter.pdf", []byte("%PDF-1.4 this is a letter, and no capture"))
		readCase(t, w, path)
		why := w.captures.wrong
		w.captures.wrong = func() string { return strings.ReplaceAll(why(), filepath.Dir(path), "/home/ada") } // the same in every run
		w.rebuild()
	}},
	{"resets-masked", func(t *testing.T, w *Window) {
		w.kept.Masked = true
		readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	}},
	{"settings", func(t *testing.T, w *Window) { w.goTo(settingsPage) }},
}

// recents are what the pictures remember.
func recents() []scene.Recent {
	return []scene.Recent{
		{Given: shownHost + ":8443", Code: "ok", At: then.Add(-5 * time.Hour)},
		{Given: "files.corp.example", Code: "firewall.local-out", At: then.Add(-25 * time.Hour)},
		{Given: "https://mail.example.com", Code: "ok", At: then.Add(-99 * time.Hour)},
	}
}

// screens are the sizes of the pictures: the window as it is drawn, and a
// small laptop at 125 %.
var screens = []struct {
	name  string
	size  fyne.Size
	scale float32
}{
	{"1100x720", fyne.NewSize(1100, 720), 1},
	{"1366x768-125", fyne.NewSize(1366/1.25, 768/1.25), 1.25},
}

// TestScreenshots draws every state in every look and language, on request.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("drawn on request only: make screenshots")
	}
	for _, lang := range text.Languages() {
		for _, look := range []string{"light", "dark", "contrast"} {
			for _, screen := range screens {
				for _, s := range states {
					w := newWindow(t, screen.size, func(w *Window) {
						w.kept.Language, w.kept.Theme, w.kept.Recents = lang, look, recents()
					})
					s.show(t, w)
					shoot(t, w, filepath.Join(*screenshots, screen.name, lang+"-"+look, s.name+".png"), screen.scale)
				}
			}
		}
	}
}
