package app

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
	"faultline/platform/tape"
)

func line(by, method string, ask, answer any, err error) tape.Line {
	l := tape.Say(method, ask, answer, err)
	l.By = by
	return l
}

func TestRefs(t *testing.T) {
	dial := func(to string) tape.Line {
		return line("tcp.connect", "dialer.tcp", platform.DialAsk{To: netip.MustParseAddrPort(to)}, platform.Dial{Ended: platform.DialOpen, Sent: 1}, nil)
	}
	lines := tape.Compose(
		line("system", "system.describe", platform.Reading{}, platform.SystemFacts{OS: "linux"}, nil),
		dial("10.0.3.7:80"),
		line("tcp.connect", "decisions.decide", platform.DecisionAsk{Key: "x"}, json.RawMessage("true"), nil),
		dial("10.0.3.70:80"),
		line("ping.target", "echo.send", platform.EchoAsk{To: addr4}, platform.EchoReply{Answered: true}, nil),
	)
	r := newRecord(diag.Result{Observations: []diag.Observation{{Check: "tcp.connect"}, {Check: "ping.target"}}}, lines)
	tests := []struct {
		name string
		ref  diag.Ref
		want []string
	}{
		{"all of a check", diag.Ref{Check: "tcp.connect"}, []string{"e1", "e2"}},
		{"an address, not its beginning", diag.Ref{Check: "tcp.connect", About: "10.0.3.7"}, []string{"e1"}},
		{"an address with port", diag.Ref{Check: "tcp.connect", About: "10.0.3.70:80"}, []string{"e2"}},
		{"of another check", diag.Ref{Check: "ping.target", About: "10.0.3.7"}, []string{"e3"}},
		{"nothing", diag.Ref{Check: "tcp.connect", About: "10.0.3"}, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := r.refs([]diag.Ref{tt.ref}); !slices.Equal(got, tt.want) {
				t.Errorf("refs: got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestOpaqueFields: every field that holds bytes of a peer becomes a length in
// the report.
func TestOpaqueFields(t *testing.T) {
	for _, v := range []any{platform.TalkAsk{}, platform.Talk{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Tag.Get("redact") == "bytes" && !slices.Contains(opaque["talker.talk"], name) {
				t.Errorf("%s.%s: got shown in full, want a length", typ, f.Name)
			}
		}
	}
	d := data(line("", "talker.talk", platform.TalkAsk{Send: []byte("hello")}, platform.Talk{First: []byte("secret")}, nil))
	if got := string(d.Ask) + string(d.Answer); !strings.Contains(got, `"send":5`) || !strings.Contains(got, `"first":6`) {
		t.Errorf("data: got %s, want lengths", got)
	}
}

func TestSent(t *testing.T) {
	to := netip.MustParseAddrPort("10.0.3.7:80")
	lines := tape.Compose(
		line("a", "dialer.tcp", platform.DialAsk{To: to}, platform.Dial{Sent: 3}, nil),
		line("a", "dialer.tcp", platform.DialAsk{To: to, N: 1}, platform.Dial{Sent: 1}, nil),
		line("a", "dialer.tcp", platform.DialAsk{To: to, N: 2}, nil, platform.ErrPermission),
		line("a", "echo.send", platform.EchoAsk{To: addr4}, nil, platform.ErrUnsupported),
		line("a", "echo.send", platform.EchoAsk{To: addr4, Seq: 1}, platform.EchoReply{Waited: 1}, nil),
		line("a", "links.all", platform.Reading{}, []platform.Link{}, nil),
	)
	want := []Sent{{"dialer.tcp", "10.0.3.7:80", 4}, {"echo.send", "10.0.3.7", 1}}
	if got := sent(lines); !slices.Equal(got, want) {
		t.Errorf("sent: got %v, want %v", got, want)
	}
}

// TestBreaks: every code of the catalog breaks the chain somewhere.
func TestBreaks(t *testing.T) {
	for code, decl := range catalog.All() {
		v := diag.Verdict{Code: code, Layer: decl.Layer, Party: decl.Party}
		if _, ok := breakAt(v); !ok && decl.Weight != catalog.Notes && code != diag.OK && code != diag.Inconclusive {
			t.Errorf("%s (layer %q, party %q): got no break, want one", code, decl.Layer, decl.Party)
		}
	}
	tests := []struct {
		name string
		v    diag.Verdict
		want Place
	}{
		{"cable", diag.Verdict{Code: "link.no-carrier", Layer: catalog.Link, Party: catalog.Computer}, AtAdapter},
		{"router on the way", diag.Verdict{Code: "tcp.rejected", Layer: catalog.Transport, Party: catalog.Internet}, AtNetwork},
		{"own clock", diag.Verdict{Code: "tls.wrong-clock", Layer: catalog.Session, Party: catalog.Computer}, AtComputer},
		{"own firewall", diag.Verdict{Code: "firewall.local-out", Layer: catalog.Firewall, Party: catalog.Computer}, AtComputer},
		{"server up, port closed", diag.Verdict{Code: "tcp.refused", Layer: catalog.Transport, Party: catalog.Server}, AtService},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := breakAt(tt.v); got != tt.want {
				t.Errorf("breakAt: got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestTicketStaysShort fills everything that a ticket may hold.
func TestTicketStaysShort(t *testing.T) {
	r := Report{Started: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Target: Target{Given: "intranet.test:8443"}}
	r.Target.Addresses = slices.Repeat([]netip.Addr{addr4, addr6}, 20)
	r.Verdict = Verdict{Code: "tcp.refused", Confidence: "likely", Summary: strings.Repeat("word ", 40), Who: "somebody"}
	for i := range 40 {
		id := "e" + string(rune('0'+i%10))
		r.Evidence = append(r.Evidence, Evidence{ID: id, Kind: "dialer.tcp", ByHand: "nc"})
		r.Verdict.Because = append(r.Verdict.Because, id)
		r.Verdict.Rejected = append(r.Verdict.Rejected, Rejected{Code: "tcp.filtered"})
		r.Verdict.Untested = append(r.Verdict.Untested, Untested{What: "something"})
		r.Checks = append(r.Checks, Check{ID: "tcp.connect", State: []State{Pass, Fail, Unknown}[i%3]})
	}
	rec := newRecord(diag.Result{Observations: []diag.Observation{{Check: "routes.target"}}}, tape.Compose(
		line("routes.target", "routes.to", platform.RouteAsk{Dst: addr4}, platform.Route{Kind: platform.Unicast, LinkName: "eth0", Source: addr4, Gateway: addr4}, nil)))
	for _, lang := range text.Languages() {
		w, _ := text.For(lang)
		got := ticket(r, rec, w)
		if n := strings.Count(got, "\n") + 1; n > 25 {
			t.Errorf("ticket in %s: got %d lines, want at most 25:\n%s", lang, n, got)
		}
		if strings.Contains(got, "ticket.") || strings.Contains(got, "cli.") {
			t.Errorf("ticket in %s: got a key instead of a message:\n%s", lang, got)
		}
	}
}

func TestGravest(t *testing.T) {
	tests := []struct {
		name  string
		codes []int
		want  int
	}{
		{"none", nil, 0},
		{"works", []int{0, 0}, 0},
		{"fault before inconclusive", []int{0, 3, 1}, 1},
		{"usage before fault", []int{1, 2, 3}, 2},
		{"canceled", []int{2, 130}, 130},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Gravest(tt.codes...); got != tt.want {
				t.Errorf("Gravest: got %d, want %d", got, tt.want)
			}
		})
	}
}
