package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/app/text"
	"faultline/platform/packet"
	"faultline/platform/packet/packettest"
)

// cut is a connection that something between the ends resets, and another one
// that ends well.
func cut() *packettest.Story {
	return packettest.New("192.0.2.20:50000", "192.0.2.1:80").Open().
		Send(packettest.Client, "PA", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n").
		Send(packettest.Server, "A", "").
		Send(packettest.Server, "PA", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").
		Send(packettest.Client, "A", "").
		Send(packettest.Client, "PA", "GET /b?secret=1 HTTP/1.1\r\nHost: x\r\n\r\n").
		Send(packettest.Server, "R", "", packettest.Bare, packettest.TTL(118)).
		Then("192.0.2.21:50001", "192.0.2.1:443").Open().Close()
}

func written(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func analyzed(t *testing.T, c Captures) (*Reading, []*Analysis) {
	t.Helper()
	r, err := Analyze(c)
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	return r, r.Analyses()
}

func TestAnalyzeFollowsEveryKindOfFile(t *testing.T) {
	all := cut().PCAP()
	for _, tt := range []struct {
		name             string
		captures         Captures
		packets, streams int
	}{
		{"file", Captures{Files: []string{written(t, "a.pcap", all)}, Stream: -1}, 15, 2},
		{"standard input", Captures{Files: []string{"-"}, Stdin: bytes.NewReader(all), Stream: -1}, 15, 2},
		{"one stream", Captures{Files: []string{written(t, "a.pcap", all)}, Stream: 1}, 15, 1},
		{"later packets", Captures{Files: []string{written(t, "a.pcap", all)}, Stream: -1, Skip: 9 * packettest.Step}, 15, 1},
		{"since", Captures{Files: []string{written(t, "a.pcap", all)}, Stream: -1, Since: packettest.Began.Add(9 * packettest.Step)}, 15, 1},
		{"since a year that no file counts to", Captures{Files: []string{written(t, "a.pcap", all)}, Stream: -1, Since: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, 15, 0},
		{"since a year before all files", Captures{Files: []string{written(t, "a.pcap", all)}, Stream: -1, Since: time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC)}, 15, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, analyses := analyzed(t, tt.captures)
			a := analyses[0]
			if a.Problem != nil || a.Canceled || a.Flows.Packets != tt.packets || len(a.Troubled) != tt.streams {
				t.Errorf("got %d packets, streams %v, problem %v, want %d and %d", a.Flows.Packets, a.Troubled, a.Problem, tt.packets, tt.streams)
			}
			for _, n := range a.Troubled {
				if a.Transcript(n) == nil {
					t.Errorf("stream %d: got no transcript", n)
				}
			}
		})
	}
}

func TestFileAndPipeGiveTheSameReport(t *testing.T) {
	all := cut().PCAP()
	w, _ := text.For(text.English)
	fromFile, _ := analyzed(t, Captures{Files: []string{written(t, "a.pcap", all)}, Stream: -1})
	fromPipe, _ := analyzed(t, Captures{Files: []string{"-"}, Stdin: bytes.NewReader(all), Stream: -1})
	a, b := fromFile.Report(w, Tool{}), fromPipe.Report(w, Tool{})
	if len(a.Resets) != len(b.Resets) || a.Verdict.Code != b.Verdict.Code || a.Verdict.Confidence != b.Verdict.Confidence ||
		len(a.Streams) != len(b.Streams) || a.Capture.Counts != b.Capture.Counts {
		t.Errorf("got %+v of the pipe, want %+v as of the file", b.Verdict, a.Verdict)
	}
}

func TestAnalyzeSaysWhatItCouldNotRead(t *testing.T) {
	all := cut().PCAP()
	for _, tt := range []struct {
		name, code string
		captures   Captures
		packets    int
	}{
		{"missing", "open", Captures{Files: []string{filepath.Join(t.TempDir(), "gone")}}, 0},
		{"folder", "open", Captures{Files: []string{t.TempDir()}}, 0},
		{"text", "foreign", Captures{Files: []string{written(t, "a", []byte("hello, this is no capture at all"))}}, 0},
		{"nothing", "empty", Captures{Files: []string{written(t, "a", nil)}}, 0},
		{"no packets", "empty", Captures{Files: []string{written(t, "a", all[:24])}}, 0},
		{"garbage in the middle", "corrupt", Captures{Files: []string{written(t, "a", append(all[:24+16+40:24+16+40], bytes.Repeat([]byte{255}, 200)...))}}, 1},
		{"no such stream", "stream", Captures{Files: []string{written(t, "a", all)}, Stream: 7}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.captures.Stream == 0 {
				tt.captures.Stream = -1
			}
			r, analyses := analyzed(t, tt.captures)
			var e *CaptureError
			if !errors.As(analyses[0].Problem, &e) || e.Code != tt.code || analyses[0].Flows.Packets != tt.packets {
				t.Errorf("got %v and %d packets, want %s and %d", analyses[0].Problem, analyses[0].Flows.Packets, tt.code, tt.packets)
			}
			for _, lang := range text.Languages() {
				w, _ := text.For(lang)
				if got := r.Report(w, Tool{}).Captures[0].Problem; got == "" || strings.ContainsAny(got, "{}") {
					t.Errorf("%s: got %q, want a sentence", lang, got)
				}
			}
		})
	}
}

// endless is a capture that never ends, and says after a while that it is on
// the way.
type endless struct {
	head, body []byte
	read       int
	told       chan<- struct{}
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.head) > 0 {
		n := copy(p, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	if e.read++; e.read == 50 {
		close(e.told)
	}
	e.head = e.body
	return 0, nil
}

func TestCancelKeepsWhatWasRead(t *testing.T) {
	all := cut().PCAP()
	under := make(chan struct{})
	r, err := Analyze(Captures{Files: []string{"-", "never"}, Stdin: &endless{head: all, body: all[24:], told: under}, Stream: -1})
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	<-under
	r.Cancel()
	a := r.Analyses()
	if len(a) != 2 || !a[0].Canceled || a[0].Flows.Packets == 0 || !a[1].Canceled || a[1].Flows.Packets != 0 {
		t.Fatalf("got %+v, want a part of the first and nothing of the second", a)
	}
	w, _ := text.For(text.English)
	if got := r.Report(w, Tool{}); !strings.Contains(got.Verdict.Summary, "stopped") {
		t.Errorf("got the verdict %q, want that the reading was stopped", got.Verdict.Summary)
	}
	if got := r.Report(w, Tool{}); got.ExitCode() != ExitCanceled || got.Capture.Packets == 0 {
		t.Errorf("got exit code %d and %d packets, want %d and some", got.ExitCode(), got.Capture.Packets, ExitCanceled)
	}
}

// A pipe on which nothing comes does not hold up the end.
func TestCancelDuringSilence(t *testing.T) {
	silent, _ := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Analyze(Captures{Files: []string{"-"}, Stdin: silent, Stream: -1})
	if err != nil {
		t.Fatal(err)
	}
	r.Start(ctx)
	cancel()
	if a := r.Analyses(); !a[0].Canceled {
		t.Errorf("got %+v, want canceled", a[0])
	}
}

func TestProgressTellsBothPasses(t *testing.T) {
	path := written(t, "a.pcap", cut().PCAP())
	var last [3]Progress
	analyzed(t, Captures{Files: []string{path}, Stream: -1, Progress: func(p Progress) { last[p.Pass] = p }})
	for pass := 1; pass <= 2; pass++ {
		if p := last[pass]; p.Done != p.Of || p.Of == 0 || p.File != path {
			t.Errorf("pass %d: got %+v at its end, want all of the file", pass, p)
		}
	}
}

func TestSpoolIsBounded(t *testing.T) {
	s, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.most = 3 * (headSize + 100)
	b := &packet.Batch{}
	for i := range 5 {
		b.Add(int64(i), 1, 2, 900, bytes.Repeat([]byte{byte(i)}, 100))
	}
	if err := s.keep(b); err != nil {
		t.Fatal(err)
	}
	src, err := s.again()
	if err != nil {
		t.Fatal(err)
	}
	got, err := packet.Collect(t.Context(), src, 10)
	if err != nil || len(got.Recs) != 3 || !s.full {
		t.Fatalf("got %d packets, full %v, %v, want the first 3", len(got.Recs), s.full, err)
	}
	if r := got.Recs[2]; r.When != 2 || r.Link != 1 || r.Iface != 2 || r.Wire != 900 || got.Bytes(2)[99] != 2 {
		t.Errorf("got %+v, want the third packet as it was", r)
	}
	b.Reset()
	b.Add(9, 1, 0, 9000, make([]byte, 9000))
	s.full, s.most = false, 1<<20
	if err := s.keep(b); err != nil || s.size > 3*(headSize+100)+headSize+spoolPacket {
		t.Errorf("got %d bytes, %v, want a long packet cut", s.size, err)
	}
}

func TestSpoolLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	analyzed(t, Captures{Files: []string{"-"}, Stdin: bytes.NewReader(cut().PCAP()), Stream: -1})
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left behind, want nothing", left, err)
	}
}

// A capture that is still being written is told as it was when the first pass
// came to its end: what comes later would be in one pass only.
func TestCaptureThatGrows(t *testing.T) {
	all := cut().PCAP()
	for _, tt := range []struct {
		name string
		then int // bytes that are there from the start
	}{{"whole packets", len(all) - 2*(16+54)}, {"a packet in two parts", len(all) - 2*(16+54) - 20}} {
		t.Run(tt.name, func(t *testing.T) {
			path, still := written(t, "a.pcap", all[:tt.then]), written(t, "b.pcap", all[:tt.then])
			ends := 0 // the last packets, then the end of the file
			grow := func(p Progress) {
				if p.Pass == 1 && p.Done == int64(tt.then) {
					ends++
				}
				if ends == 2 {
					if err := os.WriteFile(path, all, 0o600); err != nil {
						t.Error(err)
					}
				}
			}
			_, got := analyzed(t, Captures{Files: []string{path}, Stream: -1, Progress: grow})
			_, want := analyzed(t, Captures{Files: []string{still}, Stream: -1})
			if now, err := os.Stat(path); err != nil || now.Size() != int64(len(all)) {
				t.Fatalf("got a file of %d bytes, %v, want it grown to %d", now.Size(), err, len(all))
			}
			if got[0].Flows.Packets != want[0].Flows.Packets || len(got[0].Events) != len(want[0].Events) {
				t.Errorf("got %d packets and %d events, want %d and %d", got[0].Flows.Packets, len(got[0].Events), want[0].Flows.Packets, len(want[0].Events))
			}
			for _, n := range want[0].Troubled {
				if g, w := got[0].Transcript(n), want[0].Transcript(n); len(g.Segments) != len(w.Segments) {
					t.Errorf("stream %d: got %d segments, want %d", n, len(g.Segments), len(w.Segments))
				}
			}
		})
	}
}

// TestOneBugCostsOneFile: what breaks this program in one capture leaves the others,
// and the program.
func TestOneBugCostsOneFile(t *testing.T) {
	odd, good := written(t, "odd.pcap", cut().PCAP()), written(t, "good.pcap", cut().PCAP())
	breaks := func(p Progress) {
		if p.File == odd && p.Pass == 2 {
			panic("odd packet")
		}
	}
	r, all := analyzed(t, Captures{Files: []string{odd, good}, Stream: -1, Progress: breaks})
	if all[0].Problem == nil || len(all[0].Events) > 0 || all[1].Problem != nil || len(all[1].Events) != 1 {
		t.Errorf("got %v with %d events and %v with %d, want a problem and one event", all[0].Problem, len(all[0].Events), all[1].Problem, len(all[1].Events))
	}
	w, _ := text.For(text.English)
	if got := r.Report(w, Tool{}).Captures[0].Problem; !strings.Contains(got, "internal error: odd packet") {
		t.Errorf("got the problem %q, want what happened", got)
	}
	r, err := Compare(Captures{Files: []string{odd, good}, Progress: breaks})
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	if got := r.Report(w, Tool{}); !got.Unread() || got.Compare != nil {
		t.Errorf("compared: got %+v, want that nothing was read", got.Captures)
	}
}
