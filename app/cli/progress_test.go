package cli

import (
	"strings"
	"testing"
	"time"

	"faultline/app/text"
	"faultline/diag"
)

func TestProgress(t *testing.T) {
	var err strings.Builder
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	w, _ := text.For(text.English)
	p := &program{Env: Env{Stderr: &err, Now: func() time.Time { return now }}, words: w}
	target, failed := diag.ParseTarget("intranet.test:8443")
	if failed != nil {
		t.Fatal(failed)
	}
	j := &job{target: target, events: &latest{}}
	progress := &watch{p: p, style: style{width: 40, terminal: true}, say: p.onTheWay([]*job{j}), end: make(chan struct{})}

	said := func(want string) {
		t.Helper()
		err.Reset()
		progress.draw()
		got := strings.TrimPrefix(err.String(), "\r\x1b[K")
		if got != want {
			t.Errorf("progress: got %q, want %q", got, want)
		}
		if columnsOf(got) >= 40 {
			t.Errorf("progress: got %d columns, want fewer than the terminal's", columnsOf(got))
		}
	}
	said("Checking intranet.test:8443")
	now = now.Add(1200 * time.Millisecond)
	said("Checking intranet.test:8443 (1.2 s)")
	j.events.note(diag.Event{Kind: diag.CheckStarted, Check: "tcp.connect"})
	j.events.note(diag.Event{Kind: diag.CheckStarted, Check: "ping.target"})
	said("Checking intranet.test:8443: Connect...")
	j.events.note(diag.Event{Kind: diag.CheckSettled, Check: "tcp.connect"})
	said("Checking intranet.test:8443: Ping (1...")
	err.Reset()
	progress.next()
	if got := err.String(); got != "\r\x1b[K" {
		t.Errorf("before an answer: got %q, want the line gone", got)
	}
	said("")
}
