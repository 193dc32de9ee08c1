package app

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"faultline/app/text"
	"faultline/diag"
	"faultline/platform/packet/packettest"
)

// resetBetween are both ends of a connection that something between the ends resets.
func resetBetween() *packettest.Ends {
	e := packettest.Both("192.0.2.20:50000", "192.0.2.1:80").Open().
		Send(packettest.Client, "PA", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n").
		Send(packettest.Server, "PA", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").
		Send(packettest.Client, "PA", "GET /b?secret=1 HTTP/1.1\r\nHost: x\r\n\r\n", packettest.Lost).
		Send(packettest.Server, "R", "", packettest.Injected, packettest.Made(packettest.Bare), packettest.Made(packettest.TTL(70)))
	return e.Then("192.0.2.20:50001", "192.0.2.1:80").Open().Close()
}

func comparedReport(t *testing.T, files []string, stdin io.Reader) Report {
	t.Helper()
	r, err := Compare(Captures{Files: files, Stdin: stdin})
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	w, _ := text.For(text.English)
	return r.Report(w, Tool{})
}

func TestCompare(t *testing.T) {
	e := resetBetween()
	one, other := written(t, "client.pcap", e.PCAP(packettest.Client)), written(t, "server.pcap", e.PCAP(packettest.Server))
	unlike := written(t, "unlike.pcap", cut().PCAP())
	for _, tt := range []struct {
		name    string
		files   []string
		stdin   io.Reader
		code    string
		exit    int
		pairs   int
		swapped bool
	}{
		{"client and server", []string{one, other}, nil, "reset.injected proven", ExitFault, 2, false},
		{"server and client", []string{other, one}, nil, "reset.injected proven", ExitFault, 2, true},
		{"the server's from a pipe", []string{one, "-"}, bytes.NewReader(e.PCAP(packettest.Server)), "reset.injected proven", ExitFault, 2, false},
		{"the same", []string{one, one}, nil, "inconclusive ", ExitInconclusive, 2, false},
		{"unlike", []string{one, unlike}, nil, "inconclusive ", ExitInconclusive, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := comparedReport(t, tt.files, tt.stdin)
			if got := string(r.Verdict.Code) + " " + r.Verdict.Confidence; got != tt.code || r.ExitCode() != tt.exit {
				t.Errorf("got %s, exit code %d, want %s and %d", got, r.ExitCode(), tt.code, tt.exit)
			}
			c := r.Compare
			if c == nil || len(c.Connections) != tt.pairs || c.Swapped != tt.swapped {
				t.Fatalf("got %+v, want %d connections, swapped %v", c, tt.pairs, tt.swapped)
			}
			if strings.Contains(r.Verdict.Contact, "secret") || r.Verdict.Contact == "" {
				t.Errorf("got the ticket %q, want one without what was asked", r.Verdict.Contact)
			}
		})
	}
}

// Each packet that is told is found in its file.
func TestComparedPackets(t *testing.T) {
	e := resetBetween()
	one, other := written(t, "client.pcap", e.PCAP(packettest.Client)), written(t, "server.pcap", e.PCAP(packettest.Server))
	c := comparedReport(t, []string{one, other}, nil).Compare.Connections[0]
	lost, made := c.ToServer.LostOnes, c.ToClient.Made
	if len(lost) != 1 || lost[0].File != one || lost[0].Frame != 6 || lost[0].What != "PSH, ACK" || lost[0].Bytes != 37 {
		t.Errorf("got %+v, want the sixth packet of the client's capture", lost)
	}
	if len(made) != 1 || made[0].File != one || made[0].Frame != 7 || !made[0].Reset ||
		!strings.HasSuffix(made[0].Filter, "tcp.port == 50000 && tcp.port == 80 && frame.number == 7") {
		t.Errorf("got %+v, want the seventh packet of the client's capture", made)
	}
}

func TestCompareNeedsTwoCaptures(t *testing.T) {
	path := written(t, "a.pcap", cut().PCAP())
	if _, err := Compare(Captures{Files: []string{path}}); err == nil {
		t.Error("got no error of one file, want one")
	}
	for _, other := range []string{filepath.Join(t.TempDir(), "gone"), written(t, "b", []byte("no capture at all, but long enough")), written(t, "c", nil)} {
		r := comparedReport(t, []string{path, other}, nil)
		if r.Compare != nil || r.Captures[1].Problem == "" {
			t.Errorf("%s: got %+v and %q, want no comparison and why", other, r.Compare, r.Captures[1].Problem)
		}
	}
}

// TestCompareWithAnEmptyCapture: where nothing came to the server, the client's
// capture speaks for itself, and of the server nothing is likely.
func TestCompareWithAnEmptyCapture(t *testing.T) {
	both := packettest.Both("192.0.2.20:50000", "192.0.2.1:80")
	both.Open().Send(packettest.Client, "PA", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n").Send(packettest.Server, "A", "").Send(packettest.Server, "RA", "")
	empty := written(t, "empty.pcap", both.PCAP(packettest.Server)[:24])
	r := comparedReport(t, []string{written(t, "client.pcap", both.PCAP(packettest.Client)), empty}, nil)
	if v := r.Verdict; r.Compare != nil || v.Code != "reset.app-abort" || v.Confidence != "possible" || r.Captures[1].Problem == "" {
		t.Errorf("got %s %s and %q, want what one capture tells, and why it is one", v.Code, v.Confidence, r.Captures[1].Problem)
	}
}

func TestCompareTellsItsProgress(t *testing.T) {
	e := resetBetween()
	files := []string{written(t, "client.pcap", e.PCAP(packettest.Client)), written(t, "server.pcap", e.PCAP(packettest.Server))}
	last := map[Progress]bool{}
	r, err := Compare(Captures{Files: files, Progress: func(p Progress) { last[p] = true }})
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	<-r.Done()
	for i, end := range []int{packettest.Client, packettest.Server} {
		size := int64(len(e.PCAP(end)))
		for pass := 1; pass <= 2; pass++ {
			if !last[Progress{files[i], pass, size, size}] {
				t.Errorf("pass %d of %s: got %v, want all of it at the end", pass, files[i], last)
			}
		}
	}
}

func TestCompareIsCanceled(t *testing.T) {
	silent, _ := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Compare(Captures{Files: []string{written(t, "a.pcap", cut().PCAP()), "-"}, Stdin: silent})
	if err != nil {
		t.Fatal(err)
	}
	r.Start(ctx)
	cancel()
	w, _ := text.For(text.English)
	if got := r.Report(w, Tool{}); got.ExitCode() != ExitCanceled || got.Compare != nil || got.Verdict.Code != diag.Inconclusive {
		t.Errorf("got %s and exit code %d, want to be canceled", got.Verdict.Code, got.ExitCode())
	}
}
