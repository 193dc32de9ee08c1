package portable

import (
	"bytes"
	"testing"
	"time"

	"faultline/platform"
)

func TestParseHead(t *testing.T) {
	noon := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	tests := []struct {
		name string
		head string
		want platform.HTTPFacts
	}{
		{"plain", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", platform.HTTPFacts{Status: 200, Proto: "HTTP/1.1", Length: 12}},
		{"no reason", "HTTP/1.0 404\r\n\r\n", platform.HTTPFacts{Status: 404, Proto: "HTTP/1.0", Length: -1}},
		{"bare LF", "HTTP/1.1 204 No\nServer: a\n\n", platform.HTTPFacts{Status: 204, Proto: "HTTP/1.1", Length: -1, Server: "a"}},
		{"date", "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", platform.HTTPFacts{Status: 200, Proto: "HTTP/1.1", Length: -1, Date: noon}},
		{"date of C", "HTTP/1.1 200 OK\r\nDate: Sun Nov  6 08:49:37 1994\r\n\r\n", platform.HTTPFacts{Status: 200, Proto: "HTTP/1.1", Length: -1, Date: noon}},
		{"bad date", "HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n", platform.HTTPFacts{Status: 200, Proto: "HTTP/1.1", Length: -1}},
		{"redirect", "HTTP/1.1 302 Found\r\nLocation: http://u:p@portal.example:8080/login?x=1\r\n\r\n", platform.HTTPFacts{Status: 302, Proto: "HTTP/1.1", Length: -1, Location: "portal.example"}},
		{"relative redirect", "HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", platform.HTTPFacts{Status: 302, Proto: "HTTP/1.1", Length: -1}},
		{"auth", "HTTP/1.1 407 x\r\nWWW-Authenticate: Basic realm=\"a\"\r\nVia: 1.1 p\x1b[0m\r\n\r\n", platform.HTTPFacts{Status: 407, Proto: "HTTP/1.1", Length: -1, Auth: "Basic", Via: "1.1 p[0m"}},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", platform.HTTPFacts{Status: 200, Proto: "HTTP/1.1", Length: -1}},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", platform.HTTPFacts{Status: 200, Proto: "HTTP/1.1", Length: -1}},
		{"huge length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", platform.HTTPFacts{Status: 200, Proto: "HTTP/1.1", Length: -1}},
		{"no status", "HTTP/1.1 OK\r\n\r\n", platform.HTTPFacts{Length: -1, Malform: "no status line"}},
		{"no HTTP", "ICY 200 OK\r\n\r\n", platform.HTTPFacts{Length: -1, Malform: "no status line"}},
		{"status below 100", "HTTP/1.1 099 x\r\n\r\n", platform.HTTPFacts{Length: -1, Malform: "no status line"}},
		{"other version", "HTTP/2.0 200 OK\r\n\r\n", platform.HTTPFacts{Length: -1, Malform: "no status line"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := parseHead([]byte(tt.head)).facts; got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add([]byte(okReply))
	f.Add([]byte("HTTP/1.1 103 x\n\nHTTP/1.1 302 y\r\nLocation: //h/\r\n\r\n"))
	f.Add([]byte("SSH-2.0-x\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := &reader{from: bytes.NewReader(b)}
		h, begin, err := readHead(in, maxHead)
		if begin < 0 || begin > len(in.got) || len(in.got) > maxHead {
			t.Fatalf("got body at %d of %d", begin, len(in.got))
		}
		if err == nil && (h.facts.Status < 100 || h.facts.Status > 999) {
			t.Errorf("got status %d without error", h.facts.Status)
		}
		if len(h.facts.Server) > maxField || len(h.facts.Via) > maxField || len(h.facts.Location) > maxNameText || h.facts.Length < -1 {
			t.Errorf("got unbounded %+v", h.facts)
		}
	})
}
