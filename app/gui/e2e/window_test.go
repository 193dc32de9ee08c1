//go:build e2e && linux

package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/app/gui"
	"faultline/platform/linux/netlab"
)

// fault is one way in which the network breaks while the window is open, and
// what the window must show then.
type fault struct {
	name   string
	make   func(w *netlab.World, web *netlab.Serving) (undo func())
	codes  []string
	broken string
	red    string
}

var faults = []fault{
	{"silent", func(w *netlab.World, _ *netlab.Serving) func() { return w.Drop(w.Server, w.Port) },
		[]string{"tcp.filtered"}, "service", "server"},
	{"names", func(w *netlab.World, _ *netlab.Serving) func() {
		w.DNS.Behave(netlab.Manner{Mode: netlab.NoSuchName})
		return func() { w.DNS.Behave(netlab.Manner{}) }
	}, []string{"dns.no-such-name"}, "names", "names"},
	{"cable", func(w *netlab.World, _ *netlab.Serving) func() { return w.PullCable() },
		[]string{"link.no-carrier"}, "gateway", "adapter"},
	{"refused", func(w *netlab.World, web *netlab.Serving) func() {
		web.Close()
		return func() { w.Serve(netlab.Service{}) }
	},
		[]string{"tcp.refused"}, "service", "service"},
}

// TestNetworkBreaksWhileTheWindowIsOpen: a person asks, and asks again after
// each fault; the window tells each, and recovers.
func TestNetworkBreaksWhileTheWindowIsOpen(t *testing.T) {
	program := need(t)
	w := netlab.New(t, 41, netlab.Options{Family: netlab.V4, Hops: 2, Ping: netlab.Yes, RTT: 10 * time.Millisecond})
	web := w.Serve(netlab.Service{})
	d := open(t, w, program, screen(t))
	d.found()
	d.picture("ask")

	d.key("ctrl+l")
	d.write("I cannot open http://" + w.Target() + "/ since noon")
	d.until("the target to be read", func(s gui.State) bool { return strings.Contains(strings.Join(s.Texts, " "), w.Name) })
	d.key("Return")
	d.until("a healthy verdict", verdict("ok"))
	d.picture("healthy")

	for _, f := range faults {
		undo := f.make(w, web)
		d.click("Check again")
		s := d.until(f.name, verdict(f.codes...))
		d.picture(f.name)
		if s.Broken != f.broken || s.Red != f.red || s.Callout == "" {
			t.Errorf("%s: got the line broken before %q with %q red and %q, want %q and %q", f.name, s.Broken, s.Red, s.Callout, f.broken, f.red)
		}
		undo()
		d.recovers(f.name)
	}
	d.quiet()
}

// verdict is a condition: a run was told, with one of some codes.
func verdict(codes ...string) func(gui.State) bool {
	return func(s gui.State) bool { return s.Stage == "tell" && slices.Contains(codes, s.Code) }
}

// recovers asks again, as a person would, until all is well: after a cable is
// back, the first look may meet neighbors that are still being asked for.
func (d *driven) recovers(from string) {
	d.t.Helper()
	for range 4 {
		before := d.until("a verdict", func(s gui.State) bool { return s.Stage == "tell" })
		d.key("ctrl+r")
		now := d.until("the next verdict", func(s gui.State) bool { return s.Stage == "tell" && s.Runs > before.Runs })
		if now.Code == "ok" {
			return
		}
	}
	d.t.Errorf("after %s: got no recovery", from)
}

// TestWindowByKeyboardAndPointer walks through what else a person does.
func TestWindowByKeyboardAndPointer(t *testing.T) {
	program := need(t)
	w := netlab.New(t, 7, netlab.Options{Family: netlab.V4, Hops: 1})
	w.Drop(w.Server, w.Port)
	d := open(t, w, program, screen(t))
	d.found()

	d.key("ctrl+l")
	d.write("no target at all")
	d.key("Return")
	d.until("the reason in place", func(s gui.State) bool { return s.Stage == "ask" && s.Given == "no target at all" })
	d.key("ctrl+a")
	d.write(w.Target())
	d.click("Check")
	d.until("the look", func(s gui.State) bool { return s.Stage == "look" })
	d.until("the ladder", func(s gui.State) bool { return slices.Contains(s.Texts, "Connection") })
	d.key("Escape") // at once: a run is over in some seconds
	d.until("what was found until then", func(s gui.State) bool {
		return s.Stage == "tell" && slices.Contains(s.Texts, "You stopped it. Found so far:")
	})
	d.picture("stopped")

	d.click("Check again")
	d.until("the second look", func(s gui.State) bool { return s.Stage == "look" })
	d.picture("look")
	d.until("the verdict", verdict("tcp.filtered", "tcp.no-reply"))
	d.click("Copy for the ticket")
	d.until("the ticket on the clipboard", func(s gui.State) bool { return strings.HasPrefix(s.Clipboard, "Target: "+w.Target()) })
	d.key("ctrl+t")
	d.until("the technician's page", func(s gui.State) bool { return slices.Contains(s.Texts, "By hand") })
	d.picture("technician")
	d.key("ctrl+shift+m")
	d.until("the mask", func(s gui.State) bool {
		return !strings.Contains(strings.Join(s.Texts, " "), w.Server.V4.String()) && slices.Contains(s.Texts, "Masked")
	})
	d.picture("masked")
	d.key("ctrl+shift+m")
	d.key("ctrl+s")
	s := d.until("a saved report", func(s gui.State) bool {
		return slices.ContainsFunc(s.Texts, func(x string) bool { return strings.HasPrefix(x, "Saved") })
	})
	if len(s.Texts) == 0 {
		t.Error("got no words")
	}
	d.key("ctrl+comma")
	d.click("简体中文")
	d.until("Chinese settings", func(s gui.State) bool { return s.Lang == "zh-Hans" && slices.Contains(s.Texts, "外观") })
	d.click("深色")
	d.key("Escape")
	d.until("the Chinese verdict", func(s gui.State) bool { return s.Stage == "tell" && slices.Contains(s.Texts, "下一步") })
	d.picture("chinese")
	d.quiet()

	d.click("重新检查")
	d.click("跳过") // appears once a check has run for a second
	d.until("a verdict without it", func(s gui.State) bool { return s.Stage == "tell" })
	d.quiet()

	d.key("alt+F4")
	select {
	case <-d.ended:
	case <-time.After(10 * time.Second):
		t.Error("closing the window without a tray: got a process that stays, want it gone")
	}
}

// TestTrayKeepsTheWindow: closing hides the window where a tray shows its icon,
// and a second click on the icon's menu is the way back; without a tray it
// ends, see above.
func TestTrayKeepsTheWindow(t *testing.T) {
	program := need(t)
	address := desktop(t)
	d := open(t, nil, program, screen(t), "DBUS_SESSION_BUS_ADDRESS="+address)
	d.found()
	d.key("alt+F4")
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	for gone, n := 0, 0; gone < 3; n++ { // a search while windows change may fail
		<-beat.C
		if n == 100 {
			t.Fatal("got a window that stays, want it hidden")
		}
		if gone++; !d.hidden() {
			gone = 0
		}
	}
	select {
	case <-d.ended:
		t.Errorf("got the process ended, want the window hidden: %s", d.said)
	case <-time.After(time.Second):
	}
}

// TestWithoutOpenGL: a clear sentence and the command to use instead, never a
// panic or a process that nobody sees.
func TestWithoutOpenGL(t *testing.T) {
	program := need(t)
	for name, display := range map[string]string{"no display": "", "a display that is not there": ":9999", "no GLX": screen(t, "-extension", "GLX")} {
		t.Run(name, func(t *testing.T) {
			d := open(t, nil, program, display)
			select {
			case <-d.ended:
			case <-time.After(20 * time.Second):
				t.Fatalf("got a process that stays; it said %s", d.said)
			}
			said := d.said.String()
			if code := d.cmd.ProcessState.ExitCode(); code != 2 {
				t.Errorf("exit code: got %d, want 2", code)
			}
			if !strings.Contains(said, "faultline check HOST") || strings.Contains(said, "goroutine ") {
				t.Errorf("got %s, want a sentence with the command to use instead", said)
			}
		})
	}
}

// BenchmarkWindow measures what docs/PERFORMANCE.md tells: the first frame,
// what it costs to do nothing, and the memory.
func BenchmarkWindow(b *testing.B) {
	program := need(b)
	display := screen(b)
	for b.Loop() {
		begun := time.Now()
		d := open(b, nil, program, display)
		d.until("the first page", func(s gui.State) bool { return s.Count > 0 })
		drawn := firstFrame(d)
		b.ReportMetric(float64(drawn.Sub(begun).Milliseconds()), "ms/first-frame")
		time.Sleep(5 * time.Second) // what the start leaves behind
		before := d.cpu()
		time.Sleep(20 * time.Second)
		b.ReportMetric(float64(d.cpu()-before)/float64(20*time.Second)*100, "%core/idle")
		b.ReportMetric(d.memory(), "MB/resident")
		d.tool("xdotool", "search", "--onlyvisible", "--name", "^Faultline$", "windowminimize")
		time.Sleep(2 * time.Second)
		before = d.cpu()
		time.Sleep(20 * time.Second)
		b.ReportMetric(float64(d.cpu()-before)/float64(20*time.Second)*100, "%core/background")
		if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
			b.Fatal(err)
		}
		<-d.ended
	}
}
