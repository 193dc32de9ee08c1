package sequence

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unicode"

	"faultline/diag/dissect"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

const second = int64(1e9)

// long is a stream of n packets, 10 ms apart, with a reset of the server at
// the end.
func long(n int) *tcpflow.Transcript {
	t := &tcpflow.Transcript{Stream: tcpflow.Stream{
		Client: netip.MustParseAddrPort("192.0.2.20:50000"), Server: netip.MustParseAddrPort("192.0.2.1:80"),
	}}
	add := func(from int, flags uint16, seq, ack uint32, length int) {
		i := len(t.Segments)
		t.Segments = append(t.Segments, tcpflow.Segment{Frame: i + 1, When: int64(i) * second / 100, From: from, Flags: flags, Seq: seq, Ack: ack, Len: length, TTL: 64})
	}
	add(tcpflow.Client, dissect.SYN, 1000, 0, 0)
	add(tcpflow.Server, dissect.SYN|dissect.ACK, 5000, 1001, 0)
	add(tcpflow.Client, dissect.ACK, 1001, 5001, 0)
	for i := len(t.Segments); i < n-1; i++ {
		add(tcpflow.Server, dissect.ACK, 5001+uint32(i), 1001, 1)
	}
	add(tcpflow.Server, dissect.RST, 7000, 0, 0)
	return t
}

func at(t *tcpflow.Transcript, i int) *reset.Event {
	return &reset.Event{Segment: i, Frame: t.Segments[max(i, 0)].Frame, Sender: reset.ByServer}
}

func TestLay(t *testing.T) {
	t.Run("a short stream is shown whole", func(t *testing.T) {
		s := long(12)
		d := Lay(s, at(s, 11))
		if len(d.Rows) != 12 || d.Between || !d.Rows[11].Cause || !d.Rows[11].Reset || d.Client != "192.0.2.20:50000" {
			t.Errorf("got %+v, want twelve rows, the last of them the cause", d)
		}
		if got, want := d.Rows[11].Detail, "TTL 64 · id 0 · seq 2000"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("the middle of a long one is folded", func(t *testing.T) {
		s := long(200)
		s.Omitted = 1000
		d := Lay(s, at(s, 199))
		if len(d.Rows) != opening+1+before+1 || d.Rows[opening].Folded != 200-opening-before-1+1000 {
			t.Errorf("got %d rows, %+v folded, want %d and all of the middle", len(d.Rows), d.Rows[opening], opening+1+before+1)
		}
	})
	t.Run("a few packets are not folded", func(t *testing.T) {
		s := long(opening + fewest - 1 + before + 1)
		if d := Lay(s, at(s, len(s.Segments)-1)); len(d.Rows) != len(s.Segments) {
			t.Errorf("got %d rows, want all %d packets", len(d.Rows), len(s.Segments))
		}
	})
	t.Run("silence is a row", func(t *testing.T) {
		s := long(6)
		for i := 4; i < 6; i++ {
			s.Segments[i].When += 300 * second
		}
		d := Lay(s, at(s, 5))
		if i := slices.IndexFunc(d.Rows, func(r Row) bool { return r.Quiet > 299 && r.Quiet < 301 }); i != 4 {
			t.Errorf("got silence in row %d, want in row 4: %+v", i, d.Rows)
		}
	})
	t.Run("who sends from between", func(t *testing.T) {
		s := long(8)
		s.Segments[6].Flags, s.Segments[6].TTL, s.Segments[7].TTL = dissect.RST, 118, 118
		e := at(s, 6)
		e.Sender = reset.ByMiddlebox
		d := Lay(s, e)
		if !d.Between || d.Rows[6].From != BetweenLane || d.Rows[6].To != ClientLane || d.Rows[7].From != BetweenLane || d.Rows[5].From != ServerLane {
			t.Errorf("got %+v, want both resets from between", d.Rows[5:])
		}
		if d.Rows[6].Dashed || !d.Rows[7].Dashed {
			t.Errorf("got %+v, want only what follows the cause dashed", d.Rows[6:])
		}
	})
	t.Run("an ignored reset ends nothing", func(t *testing.T) {
		s := long(8)
		e := at(s, 4)
		e.Code = "reset.ignored"
		d := Lay(s, e)
		if !d.Rows[4].Dashed || d.Rows[5].Dashed {
			t.Errorf("got %+v, want only the reset dashed", d.Rows[4:6])
		}
	})
	t.Run("without a reset", func(t *testing.T) {
		s := long(100)
		e := at(s, 0)
		e.Segment, e.Frame = -1, 60
		d := Lay(s, e)
		if !slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Frame == 60 }) {
			t.Errorf("got no row for the packet of the event")
		}
		if slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Cause || r.Dashed }) {
			t.Errorf("got a cause, want none")
		}
	})
	t.Run("nothing was kept", func(t *testing.T) {
		if d := Lay(&tcpflow.Transcript{}, &reset.Event{Segment: -1}); len(d.Rows) != 0 {
			t.Errorf("got %+v, want no rows", d.Rows)
		}
	})
}

// hello is a ClientHello for name, without what does not matter here.
func hello(name string) string {
	n := len(name)
	sni := "\x00\x00" + two(n+5) + two(n+3) + "\x00" + two(n) + name
	body := "\x03\x03" + strings.Repeat("r", 32) + "\x00" + "\x00\x02\x13\x01" + "\x01\x00" + two(len(sni)) + sni
	return "\x16\x03\x01" + two(len(body)+4) + "\x01\x00" + two(len(body)) + body
}

func two(n int) string { return string([]byte{byte(n >> 8), byte(n)}) }

func TestPayload(t *testing.T) {
	for _, tt := range []struct{ name, given, want string }{
		{"request", "GET /index.html HTTP/1.1\r\nHost: x\r\n", "GET /index.html"},
		{"a query is left out", "GET /find?token=secret HTTP/1.1\r\n", "GET /find?…"},
		{"a path may be long", "GET /" + strings.Repeat("x", 100) + " HTTP/1.1\r\n", "GET /" + strings.Repeat("x", longest-5) + "…"},
		{"answer", "HTTP/1.1 404 Not Found\r\n", "404 Not Found"},
		{"banner", "SSH-2.0-OpenSSH_9.6\r\n", "SSH-2.0-OpenSSH_9.6"},
		{"greeting", "220 mail.example ESMTP\r\n", "220 mail.example ESMTP"},
		{"a password is left out", "PASS secret\r\n", "PASS"},
		{"TLS with a name", hello("intranet.example"), "TLS ClientHello intranet.example"},
		{"TLS with a hostile name", hello("a\x1b]0;x\a"), "TLS ClientHello"},
		{"TLS cut short", hello("intranet.example")[:60], "TLS ClientHello"},
		{"TLS server", "\x16\x03\x03\x00\x05\x02\x00\x00\x01", "TLS ServerHello"},
		{"TLS alert", "\x15\x03\x03\x00\x02\x02\x28", "TLS alert 40"},
		{"TLS data", "\x17\x03\x03\x01\x00abcdef", "TLS data"},
		{"an escape sequence", "GET /\x1b[2J HTTP/1.1\r\n", "GET"},
		{"markup", "GET /<script> HTTP/1.1\r\n", "GET /<script>"},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"},
		{"bytes", "\x00\x01\x02", "data"},
		{"none kept", "", "data"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Payload([]byte(tt.given)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzPayload(f *testing.F) {
	for _, s := range []string{"", "GET / HTTP/1.1\r\n", hello("a.example"), hello("a.example")[:50], "\x16\x03\x01\xff\xff\x01", "220 x\x1b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := Payload(b)
		if got == "" || len(got) > 2*longest {
			t.Fatalf("Payload(%q): got %d bytes", b, len(got))
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return r != '…' && (r > unicode.MaxASCII || !unicode.IsPrint(r)) }); i >= 0 {
			t.Fatalf("Payload(%q): got %q", b, got)
		}
	})
}
