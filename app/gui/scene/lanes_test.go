package scene

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"faultline/app/sequence"
)

// wide measures as a font of one width would.
func wide(s string, f Font) float32 { return float32(len([]rune(s))) * f.Size * 0.6 }

func lanesOf(t *testing.T, rows ...sequence.Row) *Lanes {
	t.Helper()
	d := sequence.Diagram{Client: "10.0.3.25:52114", Server: "[2001:db8:1234:5678:9abc:def0:1234:5678]:443", Rows: rows}
	for _, r := range rows {
		d.Between = d.Between || r.From == sequence.BetweenLane
	}
	return &Lanes{Diagram: d, Width: 540, Scale: 1, Words: english(t), Hide: func(s string) string { return s }, Measure: wide}
}

var (
	syn     = sequence.Row{From: sequence.ClientLane, To: sequence.ServerLane, Title: "SYN", Detail: "TTL 64"}
	quietly = sequence.Row{Quiet: 12.4, Segment: -1}
	folded  = sequence.Row{Folded: 212, Segment: -1}
	forge   = sequence.Row{At: 12.462, From: sequence.BetweenLane, To: sequence.ClientLane, Title: "RST", Detail: "TTL 118 · id 0", Reset: true, Cause: true, Copies: 2}
	abort   = sequence.Row{At: 12.462, From: sequence.ServerLane, To: sequence.ClientLane, Title: "RST, ACK", Detail: "TTL 57", Reset: true, Cause: true}
	late    = sequence.Row{At: 12.5, From: sequence.ServerLane, To: sequence.ClientLane, Title: "200 OK", Detail: "TTL 57 · seq 41 · 388 B", Dashed: true}
	again   = sequence.Row{From: sequence.ClientLane, To: sequence.ServerLane, Title: "TLS ClientHello a-very-long-name-of-a-host.corp.example", Detail: "TTL 64 · seq 1 · 512 B", Mark: "retransmission"}
)

// of are the items of a form and an ink.
func of(p Picture, f Form, ink Ink) (all []Item) {
	for _, i := range p.Items {
		if i.Form == f && i.Ink == ink {
			all = append(all, i)
		}
	}
	return all
}

func said(p Picture) string {
	var all []string
	for _, i := range p.Items {
		all = append(all, i.Text)
	}
	return strings.Join(all, "\n")
}

// TestResetBeginsWhereItWasSent: between the lanes, at a lane, or at a question
// mark where nobody knows.
func TestResetBeginsWhereItWasSent(t *testing.T) {
	for _, tt := range []struct {
		name    string
		row     sequence.Row
		unknown bool
		from    sequence.Lane
		squares int
	}{
		{"between", forge, false, sequence.BetweenLane, 1},
		{"server", abort, false, sequence.ServerLane, 1},
		{"unknown", abort, true, sequence.BetweenLane, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := lanesOf(t, syn, tt.row)
			l.Unknown = tt.unknown
			p := l.Body()
			shafts := of(p, Stroke, InkFail)
			if len(shafts) != 1 || shafts[0].X != l.laneOf(tt.from)-off || shafts[0].X2 > shafts[0].X {
				t.Errorf("got %+v, want one from %.0f to the left", shafts, l.laneOf(tt.from))
			}
			if got := len(of(p, Box, InkFail)); got != tt.squares {
				t.Errorf("got %d squares, want %d", got, tt.squares)
			}
			if got := strings.Contains(said(p), "?"); got != tt.unknown {
				t.Errorf("question mark: got %v, want %v", got, tt.unknown)
			}
			if got := strings.Contains(said(l.Head()), "not seen directly"); got != (tt.row.From == sequence.BetweenLane) {
				t.Errorf("lane between: got %v", got)
			}
		})
	}
}

func TestRowsSayWhatTheyAre(t *testing.T) {
	p := lanesOf(t, syn, quietly, folded, forge, late, again).Body()
	for _, want := range []string{"SYN", "TTL 64", "12 s quiet", "212 packets not shown", "12.462", "TTL 118 · id 0 · 2 copies", "200 OK"} {
		if !strings.Contains(said(p), want) {
			t.Errorf("got %q, want %q in it", said(p), want)
		}
	}
	if len(of(p, Dashes, InkText3)) != 1 {
		t.Error("what no longer mattered: got no dashes")
	}
}

// TestNothingReachesOut: at every width and size words and arrows stay within
// the picture.
func TestNothingReachesOut(t *testing.T) {
	for _, scale := range []float32{1, 1.25, 1.5, 2} {
		for width := float32(420); width < 1000; width += 45 {
			l := lanesOf(t, syn, quietly, folded, forge, late, again, abort)
			l.Width, l.Scale = width*scale, scale
			for _, p := range []Picture{l.Head(), l.Body()} {
				for _, i := range p.Items {
					left, right := min(i.X, i.X2), max(i.X, i.X2)
					if i.Form == Words {
						half := wide(i.Text, i.Font) * map[Anchor]float32{Left: 0, Middle: 0.5, Right: 1}[i.At]
						left, right = i.X-half, i.X-half+wide(i.Text, i.Font)
					}
					if left < 0 || right > l.Width || i.Y < 0 || max(i.Y, i.Y2) > p.Height {
						t.Fatalf("width %.0f, scale %.2f: got %+v from %.0f to %.0f", width, scale, i, left, right)
					}
				}
			}
		}
	}
}

func TestRowsAreFoundWhereTheyAre(t *testing.T) {
	l := lanesOf(t, syn, quietly, forge)
	l.Scale = 1.5
	for i := range l.Diagram.Rows {
		top, bottom := l.RowSpan(i)
		for _, y := range []float32{top + 1, bottom - 1} {
			if got := l.RowOf(y); got != i {
				t.Errorf("at %.0f: got row %d, want %d", y, got, i)
			}
		}
	}
	_, bottom := l.RowSpan(2)
	for _, y := range []float32{-5, 0, bottom + 1} {
		if got := l.RowOf(y); got != -1 {
			t.Errorf("at %.0f: got row %d, want none", y, got)
		}
	}
}

// TestSVGIsSafe: what a capture says is text there, and never markup.
func TestSVGIsSafe(t *testing.T) {
	evil := syn
	evil.Title = `GET /<script>alert("1")</script>&`
	p := lanesOf(t, evil, quietly, folded, forge, late).Body()
	var words strings.Builder
	d := xml.NewDecoder(strings.NewReader(string(p.SVG(func(Ink) string { return "#000000" }))))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("got no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !strings.Contains("svg rect text path", token.Name.Local) {
				t.Errorf("got an element %s", token.Name.Local)
			}
		case xml.CharData:
			words.Write(token)
		}
	}
	for _, want := range []string{evil.Title, "12 s quiet", "RST"} {
		if !strings.Contains(words.String(), want) {
			t.Errorf("got %q, want %q in it", words.String(), want)
		}
	}
}

func TestPicturesAreStacked(t *testing.T) {
	p := Picture{Width: 10, Height: 5}
	p.Under(Line("a", Font{Size: 12}, InkText, 3, 20))
	p.Under(Line("b", Font{Size: 12}, InkText, 3, 20))
	if p.Height != 45 || p.Items[0].Y != 15 || p.Items[1].Y != 35 {
		t.Errorf("got %+v, want one below the other", p)
	}
}
