//go:build e2e && linux

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"faultline/app/gui"
	"faultline/platform/linux/netlab"
)

// programEnv names the program under test; checkedEnv says that it was built
// so that the toolkit checks its threads.
const (
	programEnv = "FAULTLINE_GUI"
	checkedEnv = "FAULTLINE_GUI_CHECKED"
)

func TestMain(m *testing.M) {
	netlab.Main()
	os.Exit(m.Run())
}

// need skips where the window cannot be driven.
func need(t testing.TB) string {
	t.Helper()
	program := os.Getenv(programEnv)
	if program == "" {
		t.Skipf("%s names no program: make gui-e2e", programEnv)
	}
	for _, tool := range []string{"Xvfb", "openbox", "xdotool", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: .ci/gui-tools test", tool)
		}
	}
	return program
}

// screen starts a display without a screen and a window manager on it, and
// returns its name.
func screen(t testing.TB, extra ...string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	x := exec.Command("Xvfb", append([]string{"-displayfd", "3", "-ac", "-nolisten", "tcp", "-screen", "0", "1366x768x24"}, extra...)...)
	x.ExtraFiles = []*os.File{w}
	start(t, x)
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("starting the display: %v", err)
	}
	display := ":" + strings.TrimSpace(number)
	manager := exec.Command("openbox")
	manager.Env = append(os.Environ(), "DISPLAY="+display)
	start(t, manager)
	return display
}

// start runs a program until the test ends.
func start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// driven is a window that is open.
type driven struct {
	t       testing.TB
	display string
	state   string // the file that tells what is shown
	cmd     *exec.Cmd
	said    *bytes.Buffer // on standard error
	ended   chan struct{}
	id      string // of its window
}

// open starts the window in a world, or without one, on a display.
func open(t testing.TB, w *netlab.World, program, display string, env ...string) *driven {
	t.Helper()
	return openWith(t, w, program, display, nil, env...)
}

// openWith is that with arguments for the window.
func openWith(t testing.TB, w *netlab.World, program, display string, args []string, env ...string) *driven {
	t.Helper()
	var cmd *exec.Cmd
	if w != nil {
		cmd = w.Command(context.Background(), netlab.Nobody, program)
	} else {
		cmd = exec.Command(program)
		cmd.Dir = t.TempDir()
		cmd.Env = []string{"HOME=" + cmd.Dir, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TZ=UTC"}
	}
	cmd.Env = append(cmd.Env, env...)
	return drive(t, cmd, display, args...)
}

// drive starts a program that opens the window, with arguments for it.
func drive(t testing.TB, cmd *exec.Cmd, display string, args ...string) *driven {
	t.Helper()
	d := &driven{t: t, display: display, cmd: cmd, said: &bytes.Buffer{}, ended: make(chan struct{})}
	d.state = filepath.Join(d.cmd.Dir, "ui.json")
	_ = os.Remove(d.state)
	d.cmd.Args = append(append(d.cmd.Args, "--ui-state", d.state), args...)
	d.cmd.Env = append(d.cmd.Env, "LIBGL_ALWAYS_SOFTWARE=1", "FYNE_THEME=light", "XDG_RUNTIME_DIR="+d.cmd.Dir)
	if display != "" {
		d.cmd.Env = append(d.cmd.Env, "DISPLAY="+display)
	}
	d.cmd.Stderr, d.cmd.Stdout = d.said, io.Discard
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = d.cmd.Wait(); close(d.ended) }()
	t.Cleanup(func() {
		_ = d.cmd.Process.Signal(syscall.SIGKILL)
		<-d.ended
	})
	return d
}

// until waits for a condition of what is shown.
func (d *driven) until(what string, ok func(s gui.State) bool) gui.State {
	d.t.Helper()
	deadline := time.After(25 * time.Second)
	beat := time.NewTicker(30 * time.Millisecond)
	defer beat.Stop()
	var s gui.State
	for {
		raw, err := os.ReadFile(d.state)
		if err == nil && json.Unmarshal(raw, &s) == nil && ok(s) {
			return s
		}
		select {
		case <-beat.C:
		case <-d.ended:
			d.t.Fatalf("waiting for %s: the window ended:\n%s", what, d.said)
		case <-deadline:
			d.picture("failed")
			d.t.Fatalf("waiting for %s: it shows %+v\n%s", what, s, d.said)
		}
	}
}

// tool runs a program on the display.
func (d *driven) tool(name string, args ...string) string {
	d.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display)
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// found waits until the window is on the display, and gives it the keyboard.
func (d *driven) found() {
	d.t.Helper()
	d.until("the first page", func(s gui.State) bool { return s.Count > 0 })
	d.id = strings.Fields(d.tool("xdotool", "search", "--sync", "--onlyvisible", "--name", "^Faultline$"))[0]
	d.tool("xdotool", "windowactivate", "--sync", d.id)
}

func (d *driven) key(keys ...string) {
	d.t.Helper()
	d.tool("xdotool", append([]string{"key", "--clearmodifiers"}, keys...)...)
}

func (d *driven) write(s string) {
	d.t.Helper()
	d.tool("xdotool", "type", "--delay", "15", s)
}

// click presses the first control with a name where it is.
func (d *driven) click(name string) {
	d.t.Helper()
	s := d.until("a control "+name, func(s gui.State) bool {
		return slices.ContainsFunc(s.Controls, func(p gui.Place) bool { return p.Name == name })
	})
	i := slices.IndexFunc(s.Controls, func(p gui.Place) bool { return p.Name == name })
	d.tool("xdotool", "mousemove", "--window", d.id, strconv.Itoa(s.Controls[i].X), strconv.Itoa(s.Controls[i].Y), "click", "1")
}

// picture keeps what is on the display with what the test leaves behind.
func (d *driven) picture(name string) {
	d.t.Helper()
	if d.display == "" {
		return
	}
	before := ""
	for range 20 { // what is told may not be painted yet
		now := d.tool("import", "-window", "root", "-format", "%#", "info:")
		if now == before {
			break
		}
		before = now
	}
	d.tool("import", "-window", "root", filepath.Join(d.t.ArtifactDir(), name+".png"))
}

// quiet fails when the toolkit complained about a thread.
func (d *driven) quiet() {
	d.t.Helper()
	if said := d.said.String(); strings.Contains(said, "fyne.Do") || strings.Contains(said, "panic") {
		d.t.Errorf("on standard error: got %s", said)
	}
}

// cpu is the time that the process has used.
func (d *driven) cpu() time.Duration {
	d.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	ticks := 0
	for _, f := range fields[11:13] { // utime and stime, proc(5)
		n, err := strconv.Atoi(f)
		if err != nil {
			d.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// firstFrame waits until the window has more than one color.
func firstFrame(d *driven) time.Time {
	d.t.Helper()
	id := strings.Fields(d.tool("xdotool", "search", "--sync", "--onlyvisible", "--name", "^Faultline$"))[0]
	for {
		if d.tool("import", "-window", id, "-crop", "400x200+300+60", "-format", "%k", "info:") != "1" {
			return time.Now()
		}
	}
}

// memory is what the process holds, in MB.
func (d *driven) memory() float64 {
	d.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, line := range strings.Split(string(raw), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				d.t.Fatal(err)
			}
			return kb / 1024
		}
	}
	return 0
}

// hidden reports whether the window is on the display no longer.
func (d *driven) hidden() bool {
	d.t.Helper()
	cmd := exec.Command("xdotool", "search", "--onlyvisible", "--name", "^Faultline$")
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display)
	out, _ := cmd.Output() // it fails when there is none
	return strings.TrimSpace(string(out)) == ""
}

// watcher answers for a desktop that shows tray icons (StatusNotifierWatcher).
type watcher struct{}

// RegisterStatusNotifierItem takes an icon.
func (watcher) RegisterStatusNotifierItem(string) *dbus.Error { return nil }

// Get answers the one property that is asked.
func (watcher) Get(_, name string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant(name == "IsStatusNotifierHostRegistered"), nil
}

// desktop starts a session bus with a tray on it and returns its address.
func desktop(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("dbus-daemon is not installed: .ci/gui-tools test")
	}
	bus := exec.Command("dbus-daemon", "--session", "--print-address", "--nofork", "--nopidfile")
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, bus)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("starting the bus: %v", err)
	}
	address = strings.TrimSpace(address)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for _, face := range []string{"org.kde.StatusNotifierWatcher", "org.freedesktop.DBus.Properties"} {
		if err := conn.Export(watcher{}, "/StatusNotifierWatcher", face); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.RequestName("org.kde.StatusNotifierWatcher", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return address
}
