//go:build cgo || !darwin

package gui

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/app/sequence"
	"faultline/diag"
	"faultline/diag/reset"
)

// captures is what was read from files: what the Resets page shows. What was
// found stays until the next files are read.
type captures struct {
	apart    bool         // two captures that have no connection in common
	files    []string     // that are read, or were last
	reading  *app.Reading // nil: nothing is read now
	progress atomic.Pointer[app.Progress]
	told     *app.Reading // the last that was read; nil: none
	report   app.Report
	lang     string // of the report
	chosen   int    // event
	packet   int    // row of the diagram that is chosen; -1: none
	scale    float32
	open     map[string]bool
	wrong    func() string // what could not be done; nil for nothing
	runs     int           // how many readings were told
}

func newCaptures() *captures { return &captures{packet: -1, scale: 1, open: map[string]bool{}} }

// fold opens a part of the page, or closes it.
func (c *captures) fold(part string) {
	if c.open[part] {
		delete(c.open, part)
	} else {
		c.open[part] = true
	}
}

// toResets goes to the page of the captures.
func (w *Window) toResets() { w.goTo(resetsPage) }

// Read opens captures, and tells what they show.
func (w *Window) Read(files ...string) {
	w.captures.apart = false
	if len(files) == 2 {
		w.read(app.Compare, files)
		return
	}
	w.read(app.Analyze, files)
}

func (w *Window) read(how func(app.Captures) (*app.Reading, error), files []string) {
	c := w.captures
	w.cancelReading()
	c.files, c.wrong = files, nil
	c.progress.Store(nil)
	reading, err := how(app.Captures{Files: files, Stream: -1, Vantage: reset.Guess, Progress: func(p app.Progress) { c.progress.Store(&p) }})
	if err != nil {
		c.wrong = w.notice("own.capture", diag.Args{"file": shownFiles(files), "why": err.Error()})
		w.toResets()
		return
	}
	c.reading = reading
	w.toResets()
	reading.Start(context.Background())
	newBridge(w.env.Do).follow(reading.Done(), func([]diag.Event) { w.showProgress() }, func() { w.finishReading(reading) })
}

// cancelReading ends what is read now; what was read until then is told.
func (w *Window) cancelReading() {
	if w.captures.reading != nil {
		w.captures.reading.Cancel()
	}
}

func (w *Window) showProgress() {
	if w.resets != nil && w.resets.progress != nil {
		w.resets.progress(w.captures.progress.Load())
		w.publish()
	}
}

// finishReading tells what was read. One that was left for another tells
// nothing, and one that could be read not at all leaves what was there.
func (w *Window) finishReading(r *app.Reading) {
	c := w.captures
	if r != c.reading {
		return
	}
	c.reading = nil
	c.runs++
	report := r.Report(w.words, w.tool())
	if strangers(report) {
		c.apart = true
		w.read(app.Analyze, c.files)
		return
	}
	switch {
	case report.Canceled && report.Capture.Packets == 0:
	case report.Unread():
		c.wrong = func() string { return r.Report(w.words, w.tool()).Capture.Problem }
	default:
		c.told, c.report, c.lang = r, report, w.words.Lang()
		shown := w.shownResets()
		c.chosen, c.packet, c.open = shown.Gravest(report), -1, map[string]bool{}
	}
	if w.page == resetsPage {
		w.rebuild()
	}
}

// strangers reports whether two captures that were read have no connection in
// common.
func strangers(r app.Report) bool {
	return r.Compare != nil && !r.Compare.Same && len(r.Compare.Connections) == 0 && !r.Canceled && !r.Unread()
}

// comparable is the file of the one capture that is shown, which another can be laid
// beside; "" where none or two are shown.
func (w *Window) comparable() string {
	c := w.captures
	if c.told == nil || c.reading != nil || len(c.report.Captures) != 1 {
		return ""
	}
	return c.report.Captures[0].File
}

func (w *Window) tool() app.Tool {
	return app.Tool{Version: w.env.Version, OS: runtime.GOOS, Arch: runtime.GOARCH}
}

// capture is what was read, in the language of now.
func (w *Window) capture() scene.Capture {
	c := w.captures
	if c.lang != w.words.Lang() {
		c.report, c.lang = c.told.Report(w.words, w.tool()), w.words.Lang()
	}
	hide := func(s string) string { return s }
	if w.kept.Masked {
		hide = w.mask.Packet
	}
	return scene.Capture{Report: c.report, Zone: w.zone(), Hide: hide}
}

func (w *Window) shownResets() scene.Resets { return scene.ResetsOf(w.capture(), w.words) }

// openCapture asks for a file, openOther for that of the other end of the one
// that is shown.
func (w *Window) openCapture() { w.askFile(func(path string) { w.Read(path) }) }

func (w *Window) openOther() {
	if first := w.comparable(); first != "" {
		w.askFile(func(path string) { w.Read(first, path) })
	}
}

func (w *Window) askFile(chosen func(path string)) {
	if w.dialog != nil {
		return
	}
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		switch {
		case err != nil:
			w.wrong("own.open", diag.Args{"why": err.Error()})
		case f != nil:
			path := f.URI().Path()
			_ = f.Close()
			chosen(path)
		}
	}, w.win)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".pcap", ".pcapng", ".cap", ".ntar", ".dmp", ".gz"}))
	d.SetView(dialog.ListView) // names of captures are long
	d.SetTitleText(w.word("resets.open"))
	d.SetConfirmText(w.word("resets.open"))
	d.SetDismissText(w.word("resets.cancel"))
	if here, err := storage.ListerForURI(storage.NewFileURI(w.captureFolder())); err == nil {
		d.SetLocation(here)
	}
	d.SetOnClosed(func() { w.dialog = nil })
	w.dialog = d
	d.Show()
	if over := w.win.Canvas().Overlays().Top(); over != nil { // the toolkit's dialog takes a size only once it is shown
		size := w.win.Canvas().Size()
		d.Resize(fyne.NewSize(size.Width*0.85, size.Height*0.85))
		over.Refresh() // puts it in the middle again
	}
}

// captureFolder is where the last capture was, else where reports are saved.
func (w *Window) captureFolder() string {
	if len(w.captures.files) > 0 {
		if path, err := filepath.Abs(w.captures.files[0]); err == nil {
			return filepath.Dir(path)
		}
	}
	return w.env.Folder
}

// dropped takes files that were dropped on the window.
func (w *Window) dropped(_ fyne.Position, all []fyne.URI) {
	var files []string
	for _, u := range all {
		if u.Scheme() == "file" {
			files = append(files, u.Path())
		}
	}
	if len(files) > 0 {
		w.Read(files...)
	}
}

// wrong tells on the page what could not be done.
func (w *Window) wrong(key string, a diag.Args) {
	w.captures.wrong = w.notice(key, a)
	w.rebuildAt()
}

// chosenEvent is the event that is shown in full; nil for none.
func (w *Window) chosenEvent(r scene.Resets) *app.Reset {
	if w.captures.chosen < len(r.Events) {
		return r.Events[w.captures.chosen].Told
	}
	return nil
}

// toWireshark opens the capture of an event at its packet, with the filter of
// its connection.
func (w *Window) toWireshark(c scene.Card) {
	path, err := filepath.Abs(c.File)
	if err == nil {
		err = w.env.Wireshark(path, c.Filter, c.Frame)
	}
	if err != nil {
		w.wrong("own.wireshark", diag.Args{"why": err.Error()})
	}
}

// lanes is the diagram of an event, as it is drawn and as it is saved.
func (w *Window) lanes(in scene.Capture, e *app.Reset, d sequence.Diagram, scale float32) scene.Lanes {
	return scene.Lanes{
		Diagram: d, Unknown: e.Sender == reset.ByUnknown, Scale: scale, Words: w.words, Hide: in.Hide, Measure: measure,
	}
}

// pictureWide is how wide a saved diagram is.
const pictureWide = 760

// savePicture writes the diagram as PNG and SVG beside the reader's documents.
func (w *Window) savePicture() {
	if w.captures.told == nil || w.env.Folder == "" {
		return
	}
	in := w.capture()
	e := w.chosenEvent(w.shownResets())
	if e == nil {
		return
	}
	picture := w.wholePicture(in, e)
	raster, err := w.colors.png(picture)
	path := ""
	if err == nil {
		name := "faultline-reset-" + e.At.In(w.zone()).Format("20060102-150405") + "-" + strconv.Itoa(e.Frame)
		path, err = writeNew(w.env.Folder, name, map[string][]byte{".png": raster, ".svg": w.colors.svg(picture)})
	}
	if err != nil {
		w.captures.wrong = w.unwritten("own.picture", w.env.Folder, err)
		w.rebuildAt()
		return
	}
	w.strip = w.notice("window.saved.picture", diag.Args{"file": path})
	w.rebuildAt()
}

// wholePicture is a diagram under its verdict: it is passed on by itself.
func (w *Window) wholePicture(in scene.Capture, e *app.Reset) scene.Picture {
	card := scene.CardOf(in, e, w.words)
	lanes := w.lanes(in, e, e.Diagram(), 1)
	lanes.Width = pictureWide
	all := scene.Picture{Width: pictureWide, Height: 16}
	for _, p := range []struct {
		text string
		font font
		ink  scene.Ink
	}{
		{card.Title, font{size: headSize, bold: true}, scene.InkText}, {card.Body, small, scene.InkText2}, {card.Sure, small, scene.InkText2},
		{in.Hide(fmt.Sprintf("%s → %s · %s", e.Stream.Client, e.Stream.Server, e.At.In(w.zone()).Format("2006-01-02 15:04:05.000"))), mono, scene.InkText3},
	} {
		if p.text == "" {
			continue
		}
		for _, line := range wrap(p.text, p.font, pictureWide-32) {
			all.Under(scene.Line(line, scene.Font{Size: p.font.size, Bold: p.font.bold, Mono: p.font.mono}, p.ink, 16, p.font.pitch()))
		}
	}
	all.Under(scene.Picture{Height: 12})
	all.Under(lanes.Head())
	all.Under(lanes.Body())
	return all
}

func shownFiles(files []string) string {
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f))
	}
	return strings.Join(names, ", ")
}

// leaveResets ends a reading, closes what is open, leaves the page: one at a
// time.
func (w *Window) leaveResets() {
	c := w.captures
	switch {
	case c.reading != nil:
		w.cancelReading()
	case len(c.open) > 0:
		c.open = map[string]bool{}
		w.rebuildAt()
	default:
		w.win.Canvas().Unfocus()
	}
}

// readAgain reads the same files once more: they may have grown.
func (w *Window) readAgain() {
	if len(w.captures.files) > 0 {
		w.Read(w.captures.files...)
	}
}

// copyEvent puts the text for whoever acts on the chosen event on the
// clipboard.
func (w *Window) copyEvent() {
	if w.captures.told == nil || w.captures.reading != nil {
		return
	}
	in := w.capture()
	if e := w.chosenEvent(w.shownResets()); e != nil {
		w.copy(nil, in.Report.TicketOf(e, w.words))
	}
}
