package portable

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

const okReply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

var get = &platform.HTTPAsk{Method: "GET", Host: "test.example", Path: "/"}

// say sends b after the first bytes of the peer came, and then does next.
func say(b string, next func(*net.TCPConn)) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		readSome(c)
		io.WriteString(c, b)
		next(c)
	}
}

func fin(c *net.TCPConn) { c.CloseWrite(); hold(c) }

func holdTCP(c *net.TCPConn) { hold(c) }

// forever repeats b until the peer is gone.
func forever(b string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		for {
			if _, err := io.WriteString(c, b); err != nil {
				return
			}
		}
	}
}

func TestTalkEnds(t *testing.T) {
	secure := &platform.TLSAsk{ServerName: "test.example"}
	short, long := 150*time.Millisecond, patience
	tests := []struct {
		name   string
		handle func(*net.TCPConn)
		tls    *platform.TLSAsk
		http   *platform.HTTPAsk
		send   string
		wait   time.Duration
		stage  string
		code   platform.ProblemCode
		end    platform.TalkEnd
	}{
		{"greeting", say("x\n", holdTCP), nil, nil, "hello", long, "reply", "", "local"},
		{"greeting and close", say("x", fin), nil, nil, "hello", long, "reply", "", "fin"},
		{"silence after accept", holdTCP, nil, nil, "", short, "reply", "timeout", "timeout"},
		{"close after accept", fin, nil, nil, "", long, "reply", "other", "fin"},
		{"half a line then silence", say("220 half", holdTCP), nil, nil, "x", short, "reply", "timeout", "timeout"},
		{"endless banner", forever("x"), nil, nil, "", long, "reply", "", "local"},

		{"HTTP", say(okReply, holdTCP), nil, get, "", long, "reply", "", "local"},
		{"HTTP until close", say("HTTP/1.0 200 OK\r\n\r\nhi", fin), nil, get, "", long, "reply", "", "fin"},
		{"HTTP chunked", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", holdTCP), nil, get, "", long, "reply", "", "local"},
		{"HTTP body cut short", say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", fin), nil, get, "", long, "reply", "malformed", "fin"},
		{"HTTP chunks cut short", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", fin), nil, get, "", long, "reply", "malformed", "fin"},
		{"HTTP close before reply", func(c *net.TCPConn) { readSome(c); fin(c) }, nil, get, "", long, "reply", "other", "fin"},
		{"HTTP close in head", say("HTTP/1.1 200 OK\r\nServ", fin), nil, get, "", long, "reply", "other", "fin"},
		{"HTTP reset instead of reply", func(c *net.TCPConn) { readSome(c); reset(c) }, nil, get, "", long, "reply", "reset", "reset"},
		{"HTTP silence", holdTCP, nil, get, "", short, "reply", "timeout", "timeout"},
		{"HTTP other protocol", say("SSH-2.0-x\r\n", holdTCP), nil, get, "", long, "reply", "malformed", "error"},
		{"HTTP endless head", say("HTTP/1.1 200 OK\r\n", forever("A: b\r\n")), nil, get, "", long, "reply", "malformed", "error"},
		{"HTTP endless interim", say("", forever("HTTP/1.1 103 Early Hints\r\n\r\n")), nil, get, "", long, "reply", "malformed", "error"},
		{"HTTP endless body", say("HTTP/1.1 200 OK\r\n\r\n", forever("x")), nil, get, "", long, "reply", "", "local"},

		{"TLS reset after ClientHello", func(c *net.TCPConn) { readSome(c); reset(c) }, secure, get, "", long, "tls", "reset", "reset"},
		{"TLS close after ClientHello", func(c *net.TCPConn) { readSome(c); fin(c) }, secure, get, "", long, "tls", "other", "fin"},
		{"TLS silence", holdTCP, secure, get, "", short, "tls", "timeout", "timeout"},
		{"TLS alert", say("\x15\x03\x03\x00\x02\x02\x28", fin), secure, get, "", long, "tls", "other", "error"},
		{"TLS against HTTP", say("HTTP/1.1 400 Bad Request\r\n\r\n", fin), secure, get, "", long, "tls", "malformed", "error"},
		{"TLS against SSH", say("SSH-2.0-OpenSSH_9.9\r\n", holdTCP), secure, get, "", long, "tls", "malformed", "error"},
		{"TLS against two bytes", say("ok", fin), secure, get, "", long, "tls", "malformed", "error"},
		{"TLS endless", forever("\x16\x03\x03\x40\x00\x0b\xff\xff\xff" + strings.Repeat("\x00", 0x4000-4)), secure, get, "", long, "tls", "malformed", "error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			to := serve(t, tt.handle)
			got := talk(t, Talker(), tt.wait, platform.TalkAsk{To: to, TLS: tt.tls, HTTP: tt.http, Send: []byte(tt.send)})
			last := got.Stages[len(got.Stages)-1]
			var code platform.ProblemCode
			if last.Problem != nil {
				code = last.Problem.Code
			}
			if last.Name != tt.stage || code != tt.code || got.End != tt.end {
				t.Errorf("got %s %q %s (%v), want %s %q %s", last.Name, code, got.End, last.Problem, tt.stage, tt.code, tt.end)
			}
			for _, s := range got.Stages[:len(got.Stages)-1] {
				if s.Problem != nil {
					t.Errorf("stage %s has problem %v, want none before the last", s.Name, s.Problem)
				}
			}
			if got.Received > 400<<10 {
				t.Errorf("got %d bytes, want a bound", got.Received)
			}
		})
	}
}

// brokenPipe resets what is written to it, and then lets be read what had come.
type brokenPipe struct{ io.Reader }

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &platform.Problem{Code: platform.Reset}
}

func (brokenPipe) Close() error { return nil }

func TestTalkReadsWhyItWasReset(t *testing.T) {
	tests := []struct {
		name  string
		came  string
		stage string
		end   platform.TalkEnd
	}{
		{"nothing came", "", platform.StageRequest, platform.EndReset},
		{"reply came", "500 go away\n", platform.StageReply, platform.EndLocal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := conversation{ctx: t.Context(), limit: 64, rw: brokenPipe{strings.NewReader(tt.came)}}
			if c.talk.End = platform.EndLocal; c.pass(platform.StageRequest, c.request) {
				c.pass(platform.StageReply, c.reply)
			}
			last := c.talk.Stages[len(c.talk.Stages)-1]
			if last.Name != tt.stage || c.talk.End != tt.end || string(c.talk.First) != tt.came {
				t.Errorf("got %s %v end %s first %q, want %s %s", last.Name, last.Problem, c.talk.End, c.talk.First, tt.stage, tt.end)
			}
		})
	}
}

// A reset right after the accept may come before or after this side has seen
// its connection open.
func TestTalkResetAtOnce(t *testing.T) {
	got := talk(t, Talker(), patience, platform.TalkAsk{To: serve(t, reset)})
	last := got.Stages[len(got.Stages)-1]
	if !errors.Is(last.Problem, platform.ErrReset) || got.End != platform.EndReset {
		t.Errorf("got %s %v end %s, want reset", last.Name, last.Problem, got.End)
	}
}

func TestTalkRefused(t *testing.T) {
	got := talk(t, Talker(), patience, platform.TalkAsk{To: closedPort(t), HTTP: get})
	if len(got.Stages) != 1 || !errors.Is(got.Stages[0].Problem, platform.ErrRefused) || got.End != platform.EndError {
		t.Errorf("got %+v end %s, want connect refused and error", got.Stages, got.End)
	}
}

func TestTalkWhatCame(t *testing.T) {
	tests := []struct {
		name   string
		handle func(*net.TCPConn)
		ask    platform.TalkAsk
		first  string
		cut    bool
	}{
		{"line", say("220 hi\r\nmore", holdTCP), platform.TalkAsk{Send: []byte("x")}, "220 hi\r\nmore", false},
		{"as much as asked", say("123456", holdTCP), platform.TalkAsk{Send: []byte("x"), Read: 4}, "1234", true},
		{"exactly as asked", say("1234", holdTCP), platform.TalkAsk{Send: []byte("x"), Read: 4}, "1234", false},
		{"body longer than asked", say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789", holdTCP),
			platform.TalkAsk{HTTP: get, Read: 4}, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789", true},
		{"after interim", say("HTTP/1.1 100 Continue\r\n\r\n"+okReply, holdTCP), platform.TalkAsk{HTTP: get},
			"HTTP/1.1 100 Continue\r\n\r\n" + okReply, false},
		{"no TLS", say("HTTP/1.1 400 Bad Request\r\n\r\n", fin), platform.TalkAsk{TLS: &platform.TLSAsk{}}, "HTTP/1.1 400 Bad Request\r\n\r\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.ask.To = serve(t, tt.handle)
			got := talk(t, Talker(), patience, tt.ask)
			if !strings.HasPrefix(tt.first, string(got.First)) || len(got.First) == 0 || got.Cut != tt.cut {
				t.Errorf("got %q cut %v, want %q cut %v", got.First, got.Cut, tt.first, tt.cut)
			}
			if tt.ask.TLS != nil {
				return
			}
			if got.FirstIn <= 0 || got.Sent == 0 || got.Received < int64(len(got.First)) {
				t.Errorf("got first in %v, sent %d, received %d, want all above zero", got.FirstIn, got.Sent, got.Received)
			}
		})
	}
}

func TestTalkDrip(t *testing.T) {
	to := serve(t, func(c *net.TCPConn) {
		readSome(c)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := c.Write([]byte("H")[:1]); err != nil {
				return
			}
		}
	})
	start := time.Now()
	got := talk(t, Talker(), 200*time.Millisecond, platform.TalkAsk{To: to, Send: []byte("x")})
	if got.End != platform.EndTimeout || time.Since(start) > 2*time.Second {
		t.Errorf("got %s after %v, want timeout at the context's end", got.End, time.Since(start))
	}
}

func TestTalkReadsNothing(t *testing.T) {
	got := talk(t, Talker(), patience, platform.TalkAsk{To: serve(t, holdTCP), Read: -1})
	if len(got.Stages) != 1 || got.End != platform.EndLocal {
		t.Errorf("got %+v end %s, want connect only and local", got.Stages, got.End)
	}
}

func TestTalkCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	to := serve(t, func(c *net.TCPConn) { readSome(c); cancel(); hold(c) })
	got, err := Talker().Talk(ctx, platform.TalkAsk{To: to, HTTP: get})
	last := got.Stages[len(got.Stages)-1]
	if err != nil || !errors.Is(last.Problem, platform.ErrCanceled) || got.End != platform.EndError {
		t.Errorf("got %v %v %s, want canceled and error", err, last.Problem, got.End)
	}
}

func TestTalkRejectsAsk(t *testing.T) {
	to := netip.MustParseAddrPort("127.0.0.1:9")
	tests := map[string]platform.TalkAsk{
		"no address":       {},
		"no port":          {To: netip.MustParseAddrPort("127.0.0.1:0")},
		"break in path":    {To: to, HTTP: &platform.HTTPAsk{Method: "GET", Host: "a", Path: "/\r\nCookie: x"}},
		"break in host":    {To: to, HTTP: &platform.HTTPAsk{Method: "GET", Host: "a\nb", Path: "/"}},
		"NUL in method":    {To: to, HTTP: &platform.HTTPAsk{Method: "G\x00", Host: "a", Path: "/"}},
		"space in path":    {To: to, HTTP: &platform.HTTPAsk{Method: "GET", Host: "a", Path: "/ x"}},
		"break in name":    {To: to, TLS: &platform.TLSAsk{ServerName: "a\r"}},
		"empty protocol":   {To: to, TLS: &platform.TLSAsk{ALPN: []string{""}}},
		"endless protocol": {To: to, TLS: &platform.TLSAsk{ALPN: []string{strings.Repeat("a", 256)}}},
	}
	for name, q := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Talker().Talk(t.Context(), q)
			if !errors.Is(err, &platform.Problem{Code: platform.Other}) {
				t.Errorf("got %v, want a problem of code other", err)
			}
		})
	}
}

func TestTalkRequest(t *testing.T) {
	got := make(chan string, 1)
	to := serve(t, func(c *net.TCPConn) {
		b := make([]byte, 4096)
		n, _ := c.Read(b)
		got <- string(b[:n])
		io.WriteString(c, okReply)
	})
	talk(t, Talker(), patience, platform.TalkAsk{To: to, HTTP: &platform.HTTPAsk{Method: "HEAD", Host: "h:81", Path: "/a?b"}})
	want := "HEAD /a?b HTTP/1.1\r\nHost: h:81\r\nUser-Agent: faultline\r\nAccept: */*\r\nConnection: close\r\n\r\n"
	if g := <-got; g != want {
		t.Errorf("got %q, want %q", g, want)
	}
}

func TestTalkLeaksNothing(t *testing.T) {
	to := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{leaf(&systemRoot, -1, 1).with()}}, okReply)
	silent := serve(t, holdTCP)
	run := func() {
		talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{}, HTTP: get})
		talk(t, Talker(), 20*time.Millisecond, platform.TalkAsk{To: silent, TLS: &platform.TLSAsk{}, HTTP: get})
	}
	run()
	before := runtime.NumGoroutine()
	for range 10 {
		run()
	}
	for end := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before+4; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("got %d goroutines after 20 conversations, want about %d", runtime.NumGoroutine(), before)
		}
	}
}
