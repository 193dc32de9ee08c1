//go:build e2e && linux && wine

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/app/gui"
	"faultline/platform/linux/netlab"
)

// The environment of the tests under Wine.
const (
	prefixEnv = "FAULTLINE_WINE"    // a prefix as .ci/wine makes it
	exeEnv    = "FAULTLINE_GUI_EXE" // faultline-gui.exe for amd64
)

// TestWineWindow: the window of the program for Windows is driven as that of
// Linux is, on a network of Wine's.
func TestWineWindow(t *testing.T) {
	t.Setenv(programEnv, os.Getenv(exeEnv))
	exe := need(t)
	w := netlab.New(t, 41, netlab.Options{Family: netlab.V4, Hops: 2, Ping: netlab.Yes})
	web := w.Serve(netlab.Service{})
	x := w.Wine(os.Getenv(prefixEnv))
	d := drive(t, x.Command(context.Background(), exe), screen(t))
	d.found()
	d.picture("ask")

	d.key("ctrl+l")
	d.write("http://" + w.Target() + "/")
	d.key("Return")
	d.until("a healthy verdict", verdict("ok"))
	d.picture("healthy")
	web.Close()
	d.click("Check again")
	d.until("the refusal", verdict("tcp.refused"))
	d.picture("refused")
	d.click("Copy for the ticket")
	d.until("the ticket on the clipboard", func(s gui.State) bool { return strings.Contains(s.Clipboard, "Verdict: tcp.refused") })
	d.key("ctrl+t")
	d.until("the technician's page", func(s gui.State) bool { return slices.Contains(s.Texts, "By hand") })
	d.picture("technician")
	d.key("ctrl+comma")
	d.click("简体中文")
	d.click("深色")
	d.key("Escape")
	d.until("the Chinese verdict", func(s gui.State) bool { return s.Stage == "tell" && slices.Contains(s.Texts, "下一步") })
	d.picture("chinese")

	d.key("ctrl+2")
	d.until("the page of resets", func(s gui.State) bool { return s.Page == "resets" })
	d.picture("resets")
	d.changes("the dialog", func() { d.key("ctrl+o") })
	d.picture("dialog")
	d.changes("the page again", func() { d.key("Escape") })
	d.quiet()
}

// TestWineCapture: a file of Windows is opened by its name.
func TestWineCapture(t *testing.T) {
	t.Setenv(programEnv, os.Getenv(exeEnv))
	exe := need(t)
	w := netlab.New(t, 7, netlab.Options{Family: netlab.V4, Hops: 1})
	file := filepath.Join(t.TempDir(), "failing.pcap")
	if err := os.WriteFile(file, forged(), 0o600); err != nil {
		t.Fatal(err)
	}
	x := w.Wine(os.Getenv(prefixEnv))
	d := drive(t, x.Command(context.Background(), exe), screen(t), "--capture", `Z:`+strings.ReplaceAll(file, "/", `\`))
	d.found()
	d.until("the gravest", shows("Something on the way forged the reset"))
	d.picture("capture")
	d.key("ctrl+s")
	d.until("the picture", shows("Saved as PNG and SVG"))
	saved, err := filepath.Glob(filepath.Join(w.Path("wine"), "drive_c/users/*/Documents/faultline-reset-*.png"))
	if err != nil || len(saved) != 1 {
		t.Errorf("saved: got %v, %v; want one picture among the user's documents", saved, err)
	}
	d.changes("the window hidden", func() { d.key("alt+F4") })
	d.picture("closed")
	if !d.hidden() {
		t.Error("closing the window beside a tray: got it there still, want it hidden")
	}
	d.quiet()
}

// changes waits until an act is seen on the display: the state tells neither a
// dialog of the toolkit's nor that the window is hidden.
func (d *driven) changes(what string, act func()) {
	d.t.Helper()
	seen := func() string { return d.tool("import", "-window", "root", "-format", "%#", "info:") }
	before := seen()
	act()
	for deadline := time.Now().Add(10 * time.Second); seen() == before; {
		if time.Now().After(deadline) {
			d.picture("failed")
			d.t.Fatalf("waiting for %s: got the same picture", what)
		}
	}
}
