//go:build cgo || !darwin

package gui

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"fyne.io/fyne/v2"

	"faultline/app"
	"faultline/app/text"
	"faultline/platform/packet/packettest"
)

// TestManyEvents: only what is seen has objects, and the last is reached.
func TestManyEvents(t *testing.T) {
	s := packettest.New("10.0.3.25:1000", "10.80.4.9:25").Send(packettest.Client, "S", "").Send(packettest.Server, "RA", "")
	for port := 1001; port < 1200; port++ {
		s.Then("10.0.3.25:"+strconv.Itoa(port), "10.80.4.9:25").Send(packettest.Client, "S", "").Send(packettest.Server, "RA", "")
	}
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	readCase(t, w, file(t, "many.pcap", s.PCAP()))
	l := w.resets.list
	if len(l.rows) > mostEvents+1 {
		t.Errorf("got %d rows, want those that are seen", len(l.rows))
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if w.captures.chosen != 199 || !has(w, "10.0.3.25:1199 → 10.80.4.9:25") {
		t.Errorf("End: got event %d and %q", w.captures.chosen, texts(w))
	}
}

// TestRealCapturesAreShown: each of the captures that people made, in both
// languages, with nothing cut.
func TestRealCapturesAreShown(t *testing.T) {
	dir := os.Getenv("FAULTLINE_CAPTURES")
	if dir == "" {
		t.Skip("FAULTLINE_CAPTURES is not set: no captures of ordinary traffic to show")
	}
	all, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil || len(all) == 0 {
		t.Fatalf("got %d captures (%v) in %s", len(all), err, dir)
	}
	for _, name := range all {
		for _, lang := range text.Languages() {
			w := newWindow(t, small1366, func(w *Window) { w.kept.Language = lang })
			readCase(t, w, name)
			for i := range w.resets.shown.Events {
				if w.resets.choose(i); i == 3 {
					break
				}
				for _, cut := range cuts(w.root) {
					t.Errorf("%s, %s, event %d: %s", filepath.Base(name), lang, i, cut)
				}
			}
			if *screenshots != "" {
				shoot(t, w, filepath.Join(*screenshots, "captures", lang, filepath.Base(name)+".png"), 1)
			}
		}
	}
}

// TestBothEnds: two captures of one connection are told together, two of
// different ones each by itself.
func TestBothEnds(t *testing.T) {
	first, second := bothEnds(t)
	w, until := live(t)
	w.Read(first, second)
	until("both", func() bool { return w.captures.runs == 1 })
	if !has(w, "Both ends") || !has(w, "roven") {
		t.Errorf("got %q, want a reset that is proven to be forged", texts(w))
	}
	if has(w, "Other end…") {
		t.Error("both ends are open: got a way to open the other")
	}
	w.Read(first, file(t, "elsewhere.pcap", healthy().PCAP()))
	until("each", func() bool { return w.captures.reading == nil })
	if !has(w, "no connection in common") || !has(w, "elsewhere.pcap") {
		t.Errorf("got %q, want each by itself", texts(w))
	}
	w.Read(first)
	until("one", func() bool { return w.captures.reading == nil })
	if !has(w, "Other end…") || has(w, "no connection in common") {
		t.Errorf("got %q, want a way to open the other end", texts(w))
	}
}

// bothEnds is a connection that something between its ends resets.
func bothEnds(t *testing.T) (client, server string) {
	e := packettest.Both("10.0.3.25:52114", "203.0.113.20:80").Open().
		Send(packettest.Client, "PA", "GET / HTTP/1.1\r\n\r\n").Send(packettest.Server, "A", "").
		Send(packettest.Client, "PA", "GET /x HTTP/1.1\r\n\r\n").
		Send(packettest.Server, "RA", "", packettest.Injected).
		Send(packettest.Server, "A", "").Send(packettest.Server, "PA", "HTTP/1.1 200 OK\r\n\r\n")
	return file(t, "client.pcap", e.PCAP(packettest.Client)), file(t, "server.pcap", e.PCAP(packettest.Server))
}

// readBoth tells both ends on the page at once.
func readBoth(t *testing.T, w *Window) {
	t.Helper()
	client, server := bothEnds(t)
	r, err := app.Compare(app.Captures{Files: []string{client, server}, Stream: -1})
	showReading(t, w, r, err, client, server)
}
