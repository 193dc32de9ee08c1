//go:build cgo || !darwin

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"faultline/app"
	"faultline/app/gui/scene"
	"faultline/assets/icons"
	"faultline/diag"
)

// tray is the icon beside the clock, with a short menu. It sends nothing and
// watches nothing.
type tray struct {
	app    desktop.App
	menu   *fyne.Menu
	status *fyne.MenuItem
	window *Window
}

// Tray puts the icon beside the clock where the toolkit can.
func (w *Window) Tray() {
	d, ok := w.app.(desktop.App)
	if !ok {
		return
	}
	t := &tray{app: d, window: w, status: fyne.NewMenuItem(w.word("tray.none"), func() { w.win.Show() })}
	t.menu = fyne.NewMenu("Faultline", t.items()...)
	// Without an icon set before, the toolkit tries its own drawing, which no
	// tray can show.
	d.SetSystemTrayIcon(trayIcon("tray-paused"))
	d.SetSystemTrayMenu(t.menu)
	w.tray = t
	w.onResult = t.tell
}

func (t *tray) items() []*fyne.MenuItem {
	w := t.window
	quit := fyne.NewMenuItem(w.word("tray.quit"), func() { w.stop(); w.app.Quit() })
	quit.IsQuit = true
	return []*fyne.MenuItem{
		t.status,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(w.word("tray.clipboard"), func() {
			w.win.Show()
			w.Check(w.app.Clipboard().Content())
		}),
		fyne.NewMenuItem(w.word("tray.open"), func() { w.win.Show() }),
		quit,
	}
}

func trayIcon(name string) fyne.Resource {
	return fyne.NewStaticResource(name+".png", icons.PNG(name+"-64"))
}

// tell shows the last verdict.
func (t *tray) tell(r app.Report) {
	w := t.window
	a := diag.Args{"target": r.Target.Given, "what": w.words.Title(r.Verdict.Code)}
	icon, key := "tray-fault", "tray.fault"
	switch (scene.Recent{Code: string(r.Verdict.Code)}).Mark() {
	case scene.Pass:
		icon, key = "tray-ok", "tray.works"
	case scene.Warn:
		icon = "tray-warn"
	case scene.Unknown:
		icon = "tray-paused"
	}
	t.status.Label = w.say(key, a)
	t.app.SetSystemTrayIcon(trayIcon(icon))
	t.menu.Items = t.items()
	t.menu.Refresh()
}
