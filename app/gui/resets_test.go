//go:build cgo || !darwin

package gui

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag/reset"
	"faultline/platform/packet/packettest"
)

// injected is a connection that something between the ends resets, one that
// dies after a quiet time, and one that ends well.
func injected() *packettest.Story {
	return packettest.New("10.0.3.25:52114", "203.0.113.20:80").Open().
		Send(packettest.Client, "PA", "GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n").
		Send(packettest.Server, "PA", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").
		Send(packettest.Client, "A", "").Wait(12400*time.Millisecond).
		Send(packettest.Client, "PA", "GET /report?q=secret HTTP/1.1\r\nHost: x\r\n\r\n").
		Send(packettest.Server, "R", "", packettest.Bare, packettest.TTL(118)).Wait(200*time.Millisecond).
		Send(packettest.Server, "PA", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").
		Send(packettest.Server, "PA", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").
		Then("10.0.3.25:52190", "10.80.4.9:5432").Open().
		Send(packettest.Client, "PA", "\x16\x03\x03\x00\x02\x01\x00").
		Send(packettest.Server, "A", "").Wait(300*time.Second).
		Send(packettest.Client, "PA", "\x17\x03\x03\x00\x02\x01\x00").
		Send(packettest.Server, "R", "").
		Then("10.0.3.25:52201", "10.80.4.9:443").Open().
		Send(packettest.Client, "PA", "\x17\x03\x03\x00\x02\x01\x00").Close().
		Send(packettest.Client, "R", "", packettest.Bare).
		Then("10.0.3.25:52300", "10.80.4.9:25").
		Send(packettest.Client, "S", "").Send(packettest.Server, "RA", "")
}

// healthy is a connection that ends well.
func healthy() *packettest.Story {
	return packettest.New("10.0.3.25:52114", "203.0.113.20:80").Open().
		Send(packettest.Client, "PA", "GET / HTTP/1.1\r\nHost: x\r\n\r\n").
		Send(packettest.Server, "PA", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").Close()
}

// file writes a capture.
func file(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readCase shows what captures say.
func readCase(t *testing.T, w *Window, files ...string) {
	t.Helper()
	r, err := app.Analyze(app.Captures{Files: files, Stream: -1, Vantage: reset.Guess})
	showReading(t, w, r, err, files...)
}

// showReading shows what a reading tells.
func showReading(t *testing.T, w *Window, r *app.Reading, err error, files ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	<-r.Done()
	w.captures.files, w.captures.reading, w.page = files, r, resetsPage
	w.finishReading(r)
}

// tapOn taps the first control of a name.
func tapOn(t *testing.T, w *Window, name string) {
	t.Helper()
	var found fyne.Tappable
	each(w.root, func(o fyne.CanvasObject) {
		if c, ok := o.(interface {
			fyne.Tappable
			name() string
		}); ok && found == nil && c.name() == name {
			found = c
		}
	})
	if found == nil {
		t.Fatalf("got nothing called %q to tap; there is %+v", name, w.State().Controls)
	}
	found.Tapped(nil)
}

func has(w *Window, part string) bool {
	return slices.ContainsFunc(texts(w), func(s string) bool { return strings.Contains(s, part) })
}

// TestReadTellsAndCancels: a capture is read beside the window, with progress;
// what could not be read is said, and leaves what was there.
func TestReadTellsAndCancels(t *testing.T) {
	w, until := live(t)
	w.Read(file(t, "failing.pcap", injected().PCAP()))
	if w.page != resetsPage || !has(w, "Reading failing.pcap") || !has(w, "Cancel") {
		t.Fatalf("at once: got %q, want the progress", texts(w))
	}
	until("the resets", func() bool { return w.captures.runs == 1 })
	if !has(w, "4 resets in 27 packets") || !has(w, "Something on the way forged the reset") {
		t.Errorf("got %q, want the resets", texts(w))
	}
	for n, tt := range []struct {
		name, want string
		content    []byte
	}{
		{"letter.pdf", "is no capture", []byte("%PDF-1.4 a letter that is no capture at all")},
		{"nothing.pcap", "holds no packets", nil},
		{"head.pcap", "holds no packets", injected().PCAP()[:24]},
	} {
		w.Read(file(t, tt.name, tt.content))
		until(tt.name, func() bool { return w.captures.runs == n+2 })
		if !has(w, tt.want) || !has(w, "4 resets in 27 packets") {
			t.Errorf("%s: got %q, want the reason above what was there", tt.name, texts(w))
		}
	}
	if got := filepath.Base(w.comparable()); got != "failing.pcap" {
		t.Errorf("got %q to lay another capture beside, want the one that is shown", got)
	}
	tapOn(t, w, "Dismiss")
	if has(w, "holds no packets") {
		t.Error("dismissed: got the reason still")
	}
}

// TestCanceledReadingKeepsThePage and the reading that came after it is told.
func TestCanceledReadingKeepsThePage(t *testing.T) {
	w, until := live(t)
	first, second := file(t, "first.pcap", injected().PCAP()), file(t, "second.pcap", healthy().PCAP())
	w.Read(first)
	w.Read(second)
	until("the second", func() bool { return w.captures.runs == 1 })
	if has(w, "first.pcap") || !has(w, "No reset in 8 packets.") {
		t.Errorf("got %q, want the second capture alone", texts(w))
	}
	w.Read(first)
	w.escape()
	until("what was read until then", func() bool { return w.captures.runs == 2 })
	if w.captures.reading != nil || w.page != resetsPage {
		t.Errorf("canceled: got %+v", w.State())
	}
}

// TestDroppedFilesAreRead, all of them, whatever page is shown.
func TestDroppedFilesAreRead(t *testing.T) {
	w, until := live(t)
	a, b := file(t, "a.pcap", injected().PCAP()), file(t, "b.pcap", healthy().PCAP())
	far, err := storage.ParseURI("https://capture.example/c.pcap")
	if err != nil {
		t.Fatal(err)
	}
	w.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(a), storage.NewFileURI(b), far})
	until("both", func() bool { return w.captures.runs == 1 })
	if !has(w, "a.pcap, b.pcap · 4 resets in 35 packets") {
		t.Errorf("got %q, want both files", texts(w))
	}
}

// TestResetsByKeyboard: everything is reached and done without a pointer.
func TestResetsByKeyboard(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	w.bridge = newBridge(func(func()) {}) // what comes two seconds later is not of this test
	press(w, fyne.Key2, 0)
	if w.page != resetsPage || !has(w, "Drop a capture here") {
		t.Fatalf("Ctrl+2: got %q, want the page", texts(w))
	}
	readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	c := w.win.Canvas()
	focus := func(name string) fyne.Focusable {
		t.Helper()
		for range 30 {
			c.FocusNext()
			if f, ok := c.Focused().(interface{ name() string }); ok && f.name() == name {
				if r, ok := f.(interface{ ringShown() bool }); !ok || !r.ringShown() {
					t.Errorf("%s: got the focus and no ring", name)
				}
				return c.Focused()
			}
		}
		t.Fatalf("%s: got no focus by Tab", name)
		return nil
	}
	for _, name := range []string{"Resets", "Open a capture", "events", "Copy the filter", "Copy for the ticket", "diagram", "+", "−", "Save picture", "Ruled out · 2"} {
		focus(name)
	}
	list := focus("events")
	list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if w.captures.chosen != 1 || !has(w, "A device on the way ended the idle connection") || c.Focused() != list {
		t.Errorf("Down: got event %d with the focus on %T", w.captures.chosen, c.Focused())
	}
	list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	d := focus("diagram")
	d.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	d.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if w.captures.packet != 0 || !has(w, "SYN 0x002") {
		t.Errorf("Home, Enter: got packet %d of %q", w.captures.packet, texts(w))
	}
	before := w.resets.story.diagram.MinSize()
	d.TypedRune('+')
	if after := w.resets.story.diagram.MinSize(); after.Width <= before.Width || after.Height <= before.Height {
		t.Errorf("+: got %v after %v, want it larger", after, before)
	}
	d.TypedRune('-')
	d.TypedRune('-')
	if after := w.resets.story.diagram.MinSize(); after != before {
		t.Errorf("−: got %v, want %v", after, before)
	}
	w.shortcuts.TypedShortcut(&fyne.ShortcutCopy{})
	if got := w.app.Clipboard().Content(); !strings.Contains(got, "reset.injected") {
		t.Errorf("Ctrl+C: got %q, want the ticket", got)
	}
	tapOn(t, w, "Copy the filter")
	if got := w.app.Clipboard().Content(); !strings.HasPrefix(got, "ip.addr == 10.0.3.25 && ip.addr == 203.0.113.20") {
		t.Errorf("filter: got %q", got)
	}
	tapOn(t, w, "Ruled out · 2")
	if len(w.captures.open) != 1 {
		t.Errorf("got %v open, want what was ruled out", w.captures.open)
	}
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(w.captures.open) != 0 || w.page != resetsPage {
		t.Errorf("Escape: got %v open on %s", w.captures.open, w.page)
	}
	press(w, fyne.KeyO, 0)
	if c.Overlays().Top() == nil {
		t.Error("Ctrl+O: got no dialog")
	}
	press(w, fyne.Key1, 0)
	if w.page != resetsPage {
		t.Errorf("Ctrl+1 behind a dialog: got %s", w.page)
	}
	w.escape()
	if c.Overlays().Top() != nil || w.dialog != nil {
		t.Error("Escape: got the dialog still")
	}
}

// TestPacketByPointer: a click on an arrow tells of its packet.
func TestPacketByPointer(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	if !has(w, "RST 0x004") {
		t.Errorf("at once: got %q, want the facts of the reset", texts(w))
	}
	d := w.resets.story.diagram
	top, bottom := d.lanes.RowSpan(1)
	d.Tapped(&fyne.PointEvent{Position: fyne.NewPos(200, (top+bottom)/2)})
	if !has(w, "SYN ACK 0x012") || has(w, "RST 0x004") {
		t.Errorf("got %q, want the facts of the second packet alone", texts(w))
	}
	w.resets.list.Tapped(&fyne.PointEvent{Position: fyne.NewPos(100, 3.5*eventTall)})
	if w.captures.chosen != 3 || !has(w, "A harmless reset after the end") {
		t.Errorf("got event %d", w.captures.chosen)
	}
}

// TestWheelIsNeverStuck: what the diagram cannot scroll, the page does.
func TestWheelIsNeverStuck(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	for range 100 {
		w.resets.story.diagram.pane.scroll.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -20)})
	}
	if w.resets.sheet.scroll.Offset.Y == 0 {
		t.Error("got a page that stays where it is")
	}
}

func TestOpenInWireshark(t *testing.T) {
	var told []string
	fails := error(nil)
	w := newWindow(t, fyne.NewSize(1100, 720), func(w *Window) {
		w.env.Wireshark = func(file, filter string, frame int) error {
			told = []string{filepath.Base(file), filter, strconv.Itoa(frame)}
			return fails
		}
	})
	readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	tapOn(t, w, "Open in Wireshark")
	want := []string{"failing.pcap", "ip.addr == 10.0.3.25 && ip.addr == 203.0.113.20 && tcp.port == 52114 && tcp.port == 80", "8"}
	if !slices.Equal(told, want) || has(w, "could not be started") {
		t.Errorf("got %q, want %q", told, want)
	}
	fails = errors.New("no display")
	tapOn(t, w, "Open in Wireshark")
	if !has(w, "Wireshark could not be started: no display") {
		t.Errorf("got %q, want why it was not started", texts(w))
	}
}

// TestPictureIsSaved as both kinds of file, under a name that is free, for its
// owner alone.
func TestPictureIsSaved(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	w.env.Folder = t.TempDir()
	readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	press(w, fyne.KeyS, 0)
	tapOn(t, w, "Save picture")
	if !has(w, "Saved as PNG and SVG") {
		t.Errorf("got %q, want where it was saved", texts(w))
	}
	for _, name := range []string{"faultline-reset-20261124-130012-8", "faultline-reset-20261124-130012-8-2"} {
		raster, err := os.ReadFile(filepath.Join(w.env.Folder, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(raster))
		if err != nil || m.Bounds().Dx() != pictureWide*pictureScale {
			t.Errorf("%s: got %v, %v; want a picture", name, m, err)
		}
		vector, err := os.ReadFile(filepath.Join(w.env.Folder, name+".svg"))
		if err != nil || !bytes.Contains(vector, []byte("Something on the way forged the reset")) || bytes.Contains(vector, []byte("secret")) {
			t.Errorf("%s: got %s, %v; want its verdict in it", name, vector, err)
		}
		if info, err := os.Stat(filepath.Join(w.env.Folder, name+".svg")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v; want it to be the owner's", name, info, err)
		}
	}
	w.env.Folder = filepath.Join(w.env.Folder, "gone")
	tapOn(t, w, "Save picture")
	if why := w.captures.wrong(); !has(w, "The picture could not be saved") || !strings.HasSuffix(why, "gone: there is no such file or folder") {
		t.Errorf("got %q in %q, want why it was not saved", why, texts(w))
	}
}

// TestMaskedResetsShowNoAddresses on the page and in the picture.
func TestMaskedResetsShowNoAddresses(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	if !has(w, "203.0.113.20") {
		t.Fatal("got no address without the mask, so that the test tells nothing")
	}
	w.setMask(true)
	for _, secret := range []string{"203.0.113", "10.0.3", "10.80.4"} {
		if has(w, secret) {
			t.Errorf("got %s on the masked page: %q", secret, texts(w))
		}
		if svg := w.colors.svg(w.wholePicture(w.capture(), w.chosenEvent(w.shownResets()))); bytes.Contains(svg, []byte(secret)) {
			t.Errorf("got %s in the masked picture", secret)
		}
	}
	if !has(w, "Masked") {
		t.Error("got no word that it is masked")
	}
}

// TestResetsSpeakChinese at once, also what was read before.
func TestResetsSpeakChinese(t *testing.T) {
	w := newWindow(t, fyne.NewSize(1100, 720), nil)
	readCase(t, w, file(t, "failing.pcap", injected().PCAP()))
	w.kept.Language = text.Chinese
	w.words = w.language()
	w.restyle()
	for _, s := range texts(w) {
		if strings.IndexFunc(s, wide) < 0 && strings.Contains(s, " ") && strings.IndexFunc(s, unicode.IsLower) >= 0 && !sequenceWords.MatchString(s) {
			t.Errorf("got %q, want it in Chinese", s)
		}
	}
	if !has(w, "RST 由途中设备伪造") {
		t.Errorf("got %q, want the title", texts(w))
	}
}

// sequenceWords are those of packets, which are the same in every language.
var sequenceWords = regexp.MustCompile(`^(TTL|GET|RST 0x|SYN|0, DF)`)
