package cli

import (
	"flag"
	"os"
	"strings"
	"testing"

	"faultline/app/sequence"
	"faultline/app/text"
)

// shown is a diagram with everything that one can hold.
var shown = sequence.Diagram{
	Client: "10.0.3.25:52114", Server: "203.0.113.20:80", Between: true,
	Rows: []sequence.Row{
		{At: 0, Frame: 1, From: sequence.ClientLane, To: sequence.ServerLane, Title: "SYN", Detail: "TTL 64"},
		{At: 0.018, Frame: 2, From: sequence.ServerLane, To: sequence.ClientLane, Title: "SYN, ACK", Detail: "TTL 53"},
		{Folded: 12, Segment: -1},
		{Quiet: 12.4, Segment: -1},
		{At: 12.460, Frame: 15, From: sequence.ClientLane, To: sequence.ServerLane, Title: "GET /report?…", Detail: "TTL 64 · seq 413 · 388 B", Mark: "retransmission"},
		{At: 12.462, Frame: 16, From: sequence.BetweenLane, To: sequence.ClientLane, Title: "RST", Detail: "TTL 118 · seq 1", Reset: true, Cause: true, Copies: 2},
		{At: 12.463, Frame: 17, From: sequence.BetweenLane, To: sequence.ServerLane, Title: "RST", Detail: "TTL 118", Reset: true, Dashed: true},
		{At: 12.479, Frame: 18, From: sequence.ServerLane, To: sequence.ClientLane, Title: "200 OK", Detail: "TTL 53 · seq 1 · 512 B", Dashed: true},
	},
}

func TestDiagram(t *testing.T) {
	var got strings.Builder
	for _, tt := range []struct {
		name, lang string
		style      style
	}{
		{"eighty columns", text.English, style{width: 80, unicode: true}},
		{"Chinese", text.Chinese, style{width: 80, unicode: true}},
		{"ASCII, narrow", text.English, style{width: 60}},
	} {
		var b strings.Builder
		w, _ := text.For(tt.lang)
		g := &telling{page: newPage(&b, tt.style), words: w}
		g.diagram(shown)
		for line := range strings.Lines(b.String()) {
			if n := columnsOf(strings.TrimSuffix(line, "\n")); n > tt.style.width {
				t.Errorf("%s: got a line of %d columns, want at most %d: %q", tt.name, n, tt.style.width, line)
			}
		}
		got.WriteString(tt.name + "\n" + b.String())
	}
	if *update {
		if err := os.WriteFile(goldenDiagram, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenDiagram)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

var update = flag.Bool("update", false, "write the golden files again")

const goldenDiagram = "testdata/diagram.golden"
