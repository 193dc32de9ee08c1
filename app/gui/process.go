//go:build cgo || !darwin

package gui

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"faultline/app"
	"faultline/app/history"
	"faultline/app/text"
	"faultline/assets/icons"
	"faultline/diag"
	"faultline/platform"
)

// Process is what the window takes from the process.
type Process struct {
	Options   Option
	NewApp    func() fyne.App
	Do        func(func()) // runs a function on the toolkit's goroutine
	Stderr    io.Writer
	Getenv    func(string) string
	Setenv    func(name, value string) error
	Now       func() time.Time
	Host      func() platform.Host
	Plan      func() diag.Plan
	History   *history.Store // of earlier runs; nil: none
	Seed      uint64
	Version   string
	Interrupt <-chan os.Signal
	// Wireshark opens a capture at a packet; nil where it is not installed.
	Wireshark func(file, filter string, frame int) error
}

// Option is what can be asked of the window on the command line.
type Option struct {
	Target string // is checked at once
	State  string // the file that is told what is shown

	Captures []string // files that are read at once
}

// Options reads the arguments of the window; false when they are the command
// line's. "faultline-gui [--target T] [--capture FILE]... [--ui-state FILE]".
func Options(args []string) (Option, bool) {
	var o Option
	for i := 0; i < len(args); i++ {
		value := func() string {
			if i++; i < len(args) {
				return args[i]
			}
			return ""
		}
		switch {
		case args[i] == "--target":
			o.Target = value()
		case args[i] == "--capture":
			if file := value(); file != "" {
				o.Captures = append(o.Captures, file)
			}
		case args[i] == "--ui-state":
			o.State = value()
		default:
			return Option{}, false
		}
	}
	return o, true
}

// Missing says what a window lacks here, as a key of the words; "" when nothing
// is known to be missing.
func Missing(getenv func(string) string) string {
	if runtime.GOOS == "linux" && getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" {
		return "own.no-display"
	}
	return ""
}

// Explain says in a sentence why there is no window, and what to use instead.
func Explain(out io.Writer, getenv func(string) string, why string) int {
	w := text.FromEnvironment(getenv)
	if w.Has(why) {
		why = w.Say(why, nil)
	}
	fmt.Fprintln(out, "faultline: "+w.Say("own.no-window", diag.Args{"why": why}))
	return app.ExitUsage
}

// Run shows the window until it is closed, and returns the exit code.
func Run(p Process) (code int) {
	logs := newCrashLog(folder(os.UserCacheDir))
	defer func() {
		if reason := recover(); reason != nil {
			code = p.fell(logs, fmt.Sprint(reason))
		}
	}()
	crash := logs.last()
	restore := logs.listen()
	defer restore()
	// The toolkit makes its own folder in this one, and not this one.
	if cache, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(cache, 0o700)
	}
	a := p.NewApp()
	a.SetIcon(fyne.NewStaticResource("app.png", icons.PNG("app-256")))
	w := New(a, p.env(crash))
	w.close()
	w.Tray()
	go func() {
		<-p.Interrupt
		p.Do(a.Quit)
	}()
	a.Lifecycle().SetOnExitedForeground(func() { w.bridge.doze(true) })
	a.Lifecycle().SetOnEnteredForeground(func() { w.bridge.doze(false) })
	w.Show()
	w.begin(p.Options)
	a.Run()
	w.bridge.doze(false)
	w.stop()
	w.cancelReading()
	return app.ExitWorks
}

// env is what the window takes from the process; crash is the file of the last one.
func (p Process) env(crash string) Env {
	return Env{
		Host: p.Host, Plan: p.Plan, History: p.History, Now: p.Now, Getenv: p.Getenv, Setenv: p.Setenv,
		Seed: func() uint64 { p.Seed++; return p.Seed }, Version: p.Version,
		Settings: filepath.Join(folder(os.UserConfigDir), "window.json"), Crash: crash,
		State: p.Options.State, Do: p.Do, Folder: documents(), Wireshark: p.Wireshark,
	}
}

// begin does what was asked for on the command line.
func (w *Window) begin(o Option) {
	switch {
	case len(o.Captures) > 0:
		w.Read(o.Captures...)
	case o.Target != "":
		w.Check(o.Target)
	default:
		w.toField()
	}
}

// fell says why the window is gone. A display that lacks something is no crash;
// the toolkit says so in its log and then fails in some way.
func (p Process) fell(logs *crashLog, reason string) int {
	if why := lacks(reason + logs.heard()); why != "" {
		return Explain(p.Stderr, p.Getenv, why)
	}
	logs.write(reason, debug.Stack())
	w := text.FromEnvironment(p.Getenv)
	fmt.Fprintln(p.Stderr, "faultline: "+w.Say("own.crashed", diag.Args{"file": logs.path}))
	return app.ExitUsage
}

// signs of a display that lacks something, in what the toolkit says.
var signs = []struct{ sign, why string }{
	{"PlatformUnavailable", "own.no-display"}, {"Failed to open display", "own.no-display"},
	{"APIUnavailable", "own.no-gl"}, {"VersionUnavailable", "own.no-gl"}, {"FormatUnavailable", "own.no-gl"},
	{"GLX", "own.no-gl"}, {"OpenGL", "own.no-gl"}, {"WGL", "own.no-gl"}, {"EGL", "own.no-gl"},
}

// lacks says what the display lacks, as a key of the words; "" for another
// failure.
func lacks(said string) string {
	for _, s := range signs {
		if strings.Contains(said, s.sign) {
			return s.why
		}
	}
	return ""
}

// folder is our part of a folder of the user.
func folder(of func() (string, error)) string {
	dir, err := of()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "faultline")
}

// documents is where reports are saved: the home of the user.
func documents() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	for _, name := range []string{"Documents", "文档"} {
		if info, err := os.Stat(filepath.Join(home, name)); err == nil && info.IsDir() {
			return filepath.Join(home, name)
		}
	}
	return home
}

// close remembers the size, and hides the window only where a tray brings it
// back.
func (w *Window) close() {
	w.win.SetCloseIntercept(func() {
		size := w.win.Canvas().Size()
		w.kept.Width, w.kept.Height = size.Width, size.Height
		w.keep()
		if w.tray != nil && trayHost(trayTimeout) {
			w.win.Hide()
			return
		}
		w.stop()
		w.app.Quit()
	})
}

// trayTimeout is how long the desktop may take to say whether it has a tray.
const trayTimeout = 500 * time.Millisecond
