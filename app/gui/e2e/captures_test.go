//go:build e2e && linux

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/app/gui"
	"faultline/platform/packet/packettest"
)

// forged is a capture of a connection that something between its ends resets,
// and of one that is refused.
func forged() []byte {
	const request, response = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	return packettest.New("10.0.3.25:52114", "203.0.113.20:80").Open().
		Send(packettest.Client, "PA", request).Send(packettest.Server, "PA", response).
		Send(packettest.Client, "A", "").Wait(12400*time.Millisecond).
		Send(packettest.Client, "PA", request).
		Send(packettest.Server, "R", "", packettest.Bare, packettest.TTL(118)).Wait(200*time.Millisecond).
		Send(packettest.Server, "PA", response).Send(packettest.Server, "PA", response).
		Then("10.0.3.25:52300", "10.80.4.9:25").Send(packettest.Client, "S", "").Send(packettest.Server, "RA", "").PCAP()
}

// shows is a condition: some text has a part.
func shows(part string) func(gui.State) bool {
	return func(s gui.State) bool {
		return slices.ContainsFunc(s.Texts, func(x string) bool { return strings.Contains(x, part) })
	}
}

// TestCaptureIsRead by keyboard and pointer, in both languages and looks.
func TestCaptureIsRead(t *testing.T) {
	program := need(t)
	file := filepath.Join(t.TempDir(), "failing.pcap")
	if err := os.WriteFile(file, forged(), 0o600); err != nil {
		t.Fatal(err)
	}
	d := openWith(t, nil, program, screen(t), []string{"--capture", file})
	d.found()
	d.until("the resets", shows("2 resets in 12 packets"))
	d.until("the gravest", shows("Something on the way forged the reset"))
	d.picture("resets")

	d.click("diagram")
	d.key("Home", "Return")
	d.until("the first packet", shows("SYN 0x002"))
	d.key("Down", "Return")
	d.until("the second packet", shows("SYN ACK 0x012"))
	d.key("plus", "plus")
	d.picture("zoomed")
	d.key("minus", "minus")
	d.click("Copy the filter")
	d.until("the filter", func(s gui.State) bool { return strings.HasPrefix(s.Clipboard, "ip.addr == 10.0.3.25") })
	d.click("Copy for the ticket")
	d.until("the ticket", func(s gui.State) bool { return strings.Contains(s.Clipboard, "reset.injected") })
	d.key("ctrl+s")
	d.until("the picture", shows("Saved as PNG and SVG"))
	for _, ending := range []string{"png", "svg"} {
		saved, err := filepath.Glob(filepath.Join(d.cmd.Dir, "faultline-reset-*."+ending))
		if err != nil || len(saved) != 1 {
			t.Errorf("saved: got %v, %v; want one %s", saved, err, ending)
		}
	}
	d.click("events")
	d.key("End")
	d.until("the other event", shows("10.80.4.9:25 refuses the connection"))

	d.key("ctrl+o")
	d.picture("dialog")
	d.key("Escape")
	d.key("ctrl+comma")
	d.click("简体中文")
	d.click("深色")
	d.key("ctrl+2")
	d.until("Chinese", func(s gui.State) bool { return s.Lang == "zh-Hans" && shows("12 个数据包中有 2 次重置")(s) })
	d.picture("chinese")
	d.quiet()
}

// TestRealCapturesAreRead: what people captured, and what is no capture.
func TestRealCapturesAreRead(t *testing.T) {
	program := need(t)
	dir := os.Getenv("FAULTLINE_CAPTURES")
	if dir == "" {
		t.Skip("FAULTLINE_CAPTURES is not set: no captures of ordinary traffic to read")
	}
	display := screen(t)
	for name, want := range map[string]string{
		"server_app_abort_two_rst.pcap": "1 reset in 9 packets", "ipv6_rst.pcap": "1 reset in 50 packets",
		"zerowindow_dead.pcapng": "0 resets and 1 break", "index.tsv": "is no capture",
	} {
		t.Run(name, func(t *testing.T) {
			d := openWith(t, nil, program, display, []string{"--capture", filepath.Join(dir, name)})
			d.found()
			d.until("what it shows", shows(want))
			d.picture(name)
			d.quiet()
		})
	}
}
