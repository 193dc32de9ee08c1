package scene

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag/reset"
	"faultline/platform/packet/packettest"
)

const (
	fromClient = packettest.Client
	fromServer = packettest.Server
	request    = "GET /report?q=secret HTTP/1.1\r\nHost: x\r\n\r\n"
	response   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
)

// harmless is a connection that is reset after its end.
func harmless(client string) *packettest.Story {
	return packettest.New(client, "10.80.4.9:443").Open().Send(fromClient, "PA", request).Send(fromServer, "PA", response).
		Send(fromClient, "FA", "").Send(fromServer, "FA", "").Send(fromClient, "RA", "")
}

// forged is that, and a connection that something between the ends resets: its
// answer comes all the same.
func forged() *packettest.Story {
	return harmless("10.0.3.25:52201").Then("10.0.3.25:52114", "203.0.113.20:80").Open().
		Send(fromClient, "PA", request).Send(fromServer, "PA", response).Send(fromClient, "A", "").
		Wait(12400*time.Millisecond).Send(fromClient, "PA", request).
		Send(fromServer, "R", "", packettest.Bare, packettest.TTL(118)).
		Wait(200*time.Millisecond).Send(fromServer, "PA", response).Send(fromServer, "PA", response)
}

func english(t *testing.T) *text.Words {
	t.Helper()
	w, ok := text.For(text.English)
	if !ok {
		t.Fatal("got no English")
	}
	return w
}

// capture is what files show in English.
func capture(t *testing.T, contents ...[]byte) Capture {
	t.Helper()
	var files []string
	for i, content := range contents {
		files = append(files, filepath.Join(t.TempDir(), string(rune('a'+i))+".pcap"))
		if err := os.WriteFile(files[i], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := app.Analyze(app.Captures{Files: files, Stream: -1, Vantage: reset.Guess})
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	return Capture{Report: r.Report(english(t), app.Tool{Version: "1.0.0"}), Zone: time.UTC, Hide: func(s string) string { return s }}
}

// TestResetsTellFaultsFirst: a fault stands above what is harmless, though it
// came later, and is the one that is chosen.
func TestResetsTellFaultsFirst(t *testing.T) {
	in := capture(t, forged().PCAP())
	got := ResetsOf(in, english(t))
	if got.Files != "a.pcap" || got.Meta != "2 resets in 18 packets" || got.None != "" || got.Part {
		t.Errorf("got %q, %q, none %q, part %v", got.Files, got.Meta, got.None, got.Part)
	}
	if len(got.Events) != 2 {
		t.Fatalf("got %d events, want 2", len(got.Events))
	}
	first, second := got.Events[0], got.Events[1]
	if first.Mark != Fail || first.Stream != "10.0.3.25:52114 → 203.0.113.20:80" || first.Remark != "after 12 s quiet" || first.At != "13:00:12.550" {
		t.Errorf("first: got %+v", first)
	}
	if second.Mark != Pass || second.Told.Trouble {
		t.Errorf("second: got %+v, want the harmless one", second)
	}
	if i := got.Gravest(in.Report); i != 0 {
		t.Errorf("chosen: got %d, want the fault", i)
	}
}

func TestResetsSayWhatWasNotRead(t *testing.T) {
	all := forged().PCAP()
	fine := packettest.New("10.0.3.25:52201", "10.80.4.9:443").Open().Close().PCAP()
	for _, tt := range []struct {
		name, none, note string
		contents         [][]byte
		part             bool
	}{
		{"no reset", "No reset in 6 packets.", "", [][]byte{fine}, false},
		{"cut in a packet", "", "The capture ends in the middle of a packet, as one does that was interrupted. All before that was read.", [][]byte{all[:len(all)-30]}, true},
		{"no capture beside a capture", "No reset in 6 packets.", "is no capture", [][]byte{fine, []byte("%PDF-1.4 a letter that is no capture at all")}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ResetsOf(capture(t, tt.contents...), english(t))
			if got.None != tt.none || got.Part != tt.part || !strings.Contains(strings.Join(got.Notes, "\n"), tt.note) || (tt.note == "") != (len(got.Notes) == 0) {
				t.Errorf("got none %q, part %v, notes %q; want %q, %v, %q", got.None, got.Part, got.Notes, tt.none, tt.part, tt.note)
			}
		})
	}
}

func TestCardOfAForgedReset(t *testing.T) {
	in := capture(t, forged().PCAP())
	w := english(t)
	c := CardOf(in, ResetsOf(in, w).Events[0].Told, w)
	if c.Sure != "Likely: 2 of 3 signs agree." || c.Frame != 16 || !strings.HasPrefix(c.Filter, "ip.addr == 10.0.3.25 && ip.addr == 203.0.113.20") {
		t.Errorf("got %q, packet %d, filter %q", c.Sure, c.Frame, c.Filter)
	}
	i := slices.IndexFunc(c.Signs, func(s Sign) bool { return s.Name == "Hop count (TTL)" })
	if i < 0 || c.Signs[i].Client || !c.Signs[i].Between || c.Signs[i].Server {
		t.Errorf("hop count: got %+v, want it to speak for what is between alone", c.Signs)
	}
	if len(c.Steps) == 0 || !strings.Contains(c.Ticket, "203.0.113.20:80") || strings.Contains(c.Ticket, "secret") {
		t.Errorf("got steps %v and ticket %q", c.Steps, c.Ticket)
	}
}

func TestPacketFacts(t *testing.T) {
	in, w := capture(t, forged().PCAP()), english(t)
	e := ResetsOf(in, w).Events[0].Told
	want := map[string][]Fact{
		"RST": {{"Packet", "16"}, {"From", "203.0.113.20:80"}, {"To", "10.0.3.25:52114"}, {"Flags", "RST 0x004"}, {"Acknowledges", "-"}, {"TTL", "118"}},
		"SYN": {{"From", "10.0.3.25:52114"}, {"Flags", "SYN 0x002"}, {"TTL", "64"}},
		"":    {{"Quiet", "12 s"}},
	}
	for _, r := range e.Diagram().Rows {
		facts := Packet(in, e, r, w)
		for _, f := range want[r.Title] {
			if !slices.Contains(facts, f) {
				t.Errorf("%q: got %v, want %v", r.Title, facts, f)
			}
		}
		delete(want, r.Title)
	}
	if len(want) > 0 {
		t.Errorf("got no row of %v", want)
	}
}

func TestMaskOfCaptures(t *testing.T) {
	m := NewMask()
	for given, want := range map[string]string{
		"TLS ClientHello intranet.corp.example": "TLS ClientHello host-1.example",
		"GET /index.html":                       "GET /index.html",
		"10.0.3.25:52114":                       "192.0.2.1:52114",
		"12.4 s":                                "12.4 s",
	} {
		if got := m.Packet(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

// TestSureCountsSigns: what fits nobody, or everybody, is no sign.
func TestSureCountsSigns(t *testing.T) {
	all := []reset.Sender{reset.ByClient, reset.ByMiddlebox, reset.ByServer}
	sign := func(who ...reset.Sender) app.Feature { return app.Feature{For: who} }
	for _, tt := range []struct {
		name     string
		features []app.Feature
		want     string
	}{
		{"one for, one against", []app.Feature{sign(reset.ByMiddlebox), sign(reset.ByServer)}, "Likely: 1 of 2 signs agree."},
		{"those that fit everybody or nobody", []app.Feature{sign(reset.ByMiddlebox), sign(all...), sign()}, "Likely: 1 of 1 sign agrees."},
		{"one that rules somebody out", []app.Feature{sign(reset.ByMiddlebox, reset.ByServer), sign(all...)}, "Likely: 1 of 1 sign agrees."},
	} {
		e := &app.Reset{Confidence: "likely", Sender: reset.ByMiddlebox, Features: tt.features}
		if got := sure(e, english(t)); got != tt.want {
			t.Errorf("%s: got %q want %q", tt.name, got, tt.want)
		}
	}
	neutral := &app.Reset{Confidence: "likely", Sender: reset.ByMiddlebox, Features: []app.Feature{sign(all...)}}
	if got := sure(neutral, english(t)); strings.Contains(got, "sign") {
		t.Errorf("nothing but neutral ones: got %q want no count", got)
	}
}
