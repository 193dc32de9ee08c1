//go:build cgo || !darwin

package gui

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/app"
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
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	<-r.Done()
	w.captures.files, w.captures.reading, w.page = files, r, resetsPage
	w.finishReading(r)
}
