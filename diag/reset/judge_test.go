package reset_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"faultline/diag/catalog"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

type conversationCase struct {
	name string
	made func() *talk
	want string
}

// conversations are captures and what is to be told of them: code, sender, how
// sure; "" where nothing is.
var conversations = []conversationCase{
	// Refused.
	{"a closed port", func() *talk { return begin().c("S", 0).wait(ms(10)).s("RA", 0) }, "no-listener/server/likely"},
	{"a closed port, asked three times", func() *talk {
		t := begin().c("S", 0).wait(ms(10)).s("RA", 0)
		return t.wait(ms(500)).c("S", 0, old(1)).s("RA", 0).wait(ms(500)).c("S", 0, old(1)).s("RA", 0)
	}, "no-listener/server/likely"},
	{"a closed port beside an open one, the refusal from nearer", func() *talk {
		t := begin().open().served().c("FA", 0).s("FA", 0).c("A", 0)
		return t.again().c("S", 0).s("RA", 0, ttl(62))
	}, "refused-on-path/unknown/possible"},
	{"a closed port beside an open one", func() *talk {
		t := begin().open().served().c("FA", 0).s("FA", 0).c("A", 0)
		return t.again().c("S", 0).s("RA", 0)
	}, "no-listener/server/likely"},

	// Given up by the client.
	{"a scan", func() *talk { return begin().c("S", 0).wait(ms(10)).s("SA", 0).c("R", 0, seq(0xffffff01)) }, "handshake-abandoned/client/likely"},
	{"a request taken back", func() *talk { return begin().c("S", 0).c("RA", 0) }, "handshake-abandoned/client/likely"},
	{"an old connection of the same ports", func() *talk {
		return begin().c("S", 0).s("A", 0, seq(777), ackOf(888)).c("R", 0, seq(888))
	}, "stale/client/likely"},

	// Harmless at the end.
	{"a late answer after the close", func() *talk {
		return begin().open().served().c("FA", 0).s("PA", 50).c("R", 0)
	}, "after-close/client/likely"},
	{"both closed, and a reset", func() *talk {
		return begin().open().served().s("FA", 0).c("FA", 0).s("RA", 0)
	}, "after-close/server/likely"},
	{"a reset instead of a FIN, all read", func() *talk {
		return begin().open().served().s("FA", 0).c("A", 0).c("RA", 0)
	}, "after-close/client/likely"},
	{"a device tidies up with a TTL of its own", func() *talk {
		return begin().open().served().c("FA", 0).s("FA", 0).c("A", 0).s("R", 0, ttl(255))
	}, "after-close/server/likely"},

	{"a device tidies up after an abort with a TTL of its own", func() *talk {
		return begin().open().served().s("PA", 900).c("RA", 0).wait(5*time.Second).s("R", 0, ttl(255))
	}, "app-abort/client/likely"},

	// A program closed hard.
	{"a request that was not read", func() *talk { return begin().open().c("PA", 300).s("A", 0).s("RA", 0) }, "app-abort/server/likely"},
	{"cut in the middle of an answer", func() *talk { return begin().open().served().served().s("PA", 900).s("RA", 0) }, "app-abort/server/likely"},
	{"closed at once", func() *talk { return begin().open().s("RA", 0) }, "app-abort/server/possible"},
	{"the client cuts a download", func() *talk { return begin().open().served().s("PA", 900).s("PA", 900).c("RA", 0) }, "app-abort/client/likely"},
	{"an alert before", func() *talk {
		return begin().open().served().s("PA", 0, carry("\x15\x03\x03\x00\x02\x02\x28")).s("RA", 0)
	}, "app-abort/server/likely"},
	{"half closed, and never answered", func() *talk { return begin().open().c("FPA", 300).s("A", 0).s("RA", 0) }, "app-abort/server/likely"},

	// Given up.
	{"no answer for five seconds", func() *talk {
		return begin().open().c("PA", 300).s("A", 0).wait(5*time.Second).c("RA", 0)
	}, "gave-up/client/likely"},
	{"steering frames are no request", func() *talk {
		return begin().open().served().c("PA", 0, carry("\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x01\x00\x00")).s("A", 0).wait(5*time.Second).c("RA", 0)
	}, "app-abort/client/likely"},
	{"keep-alive probes unanswered", func() *talk {
		t := begin().open().served().wait(20 * time.Second)
		for range 4 {
			t.c("A", 0, old(1)).wait(time.Second)
		}
		return t.c("RA", 0)
	}, "keepalive/client/likely"},
	{"keep-alive probes answered", func() *talk {
		t := begin().open().served().wait(20 * time.Second)
		for range 4 {
			t.c("A", 0, old(1)).s("A", 0).wait(time.Second)
		}
		return t.c("RA", 0)
	}, "app-abort/client/likely"},
	{"data sent again and again", func() *talk {
		t := begin().open().served().c("PA", 300)
		for i := range 4 {
			t.wait(time.Duration(1<<i)*300*time.Millisecond).c("PA", 300, old(300))
		}
		return t.c("RA", 0)
	}, "keepalive/client/likely"},

	// The other side has forgotten.
	{"a restarted server", func() *talk { return begin().open().served().wait(47*time.Second).c("PA", 300).s("R", 0) }, "stale/server/likely"},
	{"a silence as long as a timeout", func() *talk { return begin().open().served().wait(350*time.Second).c("PA", 300).s("R", 0) }, "idle-timeout/unknown/possible"},
	{"the same silence twice", func() *talk {
		t := begin().open().served().wait(123*time.Second).c("PA", 300).s("R", 0)
		return t.again().open().served().wait(123*time.Second).c("PA", 300).s("R", 0)
	}, "idle-timeout/unknown/likely idle-timeout/unknown/likely"},
	{"in the middle of the data", func() *talk { return begin().open().served().c("PA", 300).s("R", 0) }, "stale/server/possible"},
	{"a request that crossed the close", func() *talk {
		return begin().open().served().wait(5*time.Second).s("FA", 0).c("PA", 300, ackOf(0x00000f00+901)).s("R", 0)
	}, "keepalive-race/server/likely"},
	{"a TLS goodbye that crossed the close", func() *talk {
		return begin().open().served().s("FA", 0).c("PA", 0, carry("\x15\x03\x03\x00\x13aaaaaaaaaaaaaaaaaaa")).s("R", 0)
	}, "after-close/server/likely"},

	// Something between.
	{"another TTL alone", func() *talk { return begin().open().served().c("PA", 300).s("R", 0, ttl(58)) }, "injected/unknown/possible"},
	{"another TTL, and the server goes on", func() *talk {
		return begin().open().served().c("PA", 300).s("RA", 0, ttl(120)).wait(ms(60)).s("PA", 900).s("PA", 900)
	}, "injected/middlebox/likely"},
	{"the server goes on", func() *talk {
		return begin().open().served().c("PA", 300).s("RA", 0).wait(ms(60)).s("PA", 900).s("PA", 900)
	}, "injected/unknown/possible"},
	{"one hop more or less", func() *talk { return begin().open().served().c("PA", 300).s("R", 0, ttl(52)) }, "stale/server/possible"},
	{"the way changed", func() *talk {
		return begin().open().served().c("PA", 300).s("RA", 0, ttl(50)).s("R", 0, ttl(50)).c("A", 0)
	}, "injected/unknown/possible"},
	{"the server has two TTLs", func() *talk {
		return begin().open().served().s("PA", 90, ttl(52)).c("A", 0).s("PA", 90).c("PA", 300).s("R", 0, ttl(58))
	}, "stale/server/possible"},
	{"a climbing burst", func() *talk {
		return begin().open().served().c("PA", 300).s("RA", 0, ttl(58)).s("RA", 0, shift(1460), ttl(58)).s("RA", 0, shift(4380), ttl(58))
	}, "injected/middlebox/likely"},
	{"bare, id 0, window 0, no options", func() *talk { return begin().open().served().c("PA", 300).s("R", 0, id(0), window(0)) }, "stale/server/possible"},
	{"the same name cut twice", func() *talk {
		t := begin()
		for range 2 {
			t.open().c("PA", 0, carry("GET /x HTTP/1.1\r\nHost: bad.example\r\n\r\n")).s("RA", 0, ttl(60)).wait(ms(60)).s("PA", 900).again()
		}
		return t
	}, "blocked-content/middlebox/likely blocked-content/middlebox/likely"},

	// Without effect.
	{"outside the window", func() *talk {
		return begin().open().served().s("R", 0, shift(0x40000000)).served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "ignored/unknown/likely"},
	{"before all data", func() *talk {
		return begin().open().served().s("R", 0, shift(0xfffffc00)).served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "ignored/unknown/likely"},

	// Without a reset.
	{"nothing wrong", func() *talk { return begin().open().served().c("FA", 0).s("FA", 0).c("A", 0) }, ""},
	{"no answer", func() *talk {
		return begin().c("S", 0).wait(time.Second).c("S", 0, old(1)).wait(2*time.Second).c("S", 0, old(1))
	}, "tcp.no-reply/unknown/likely"},
	{"asked again in no time", func() *talk { return begin().c("S", 0).c("S", 0, old(1)).c("S", 0, old(1)).c("S", 0, old(1)) }, ""},
	{"asked at the end of the capture", func() *talk { return begin().open().served().again().c("S", 0) }, ""},
	{"the answer is never acknowledged", func() *talk {
		return begin().c("S", 0).s("SA", 0).wait(time.Second).s("SA", 0, old(1)).wait(2*time.Second).s("SA", 0, old(1)).wait(4*time.Second).again().c("S", 0).s("RA", 0)
	}, "tcp.no-final-ack/unknown/likely no-listener/server/likely"},
	{"large packets vanish", func() *talk {
		t := begin().open().served().s("PA", 1400)
		for i := range 4 {
			t.wait(time.Duration(1<<i)*300*time.Millisecond).s("PA", 1400, old(1400))
		}
		return t.c("A", 0, ackOf(t.ends[1].next-1400))
	}, "mtu.black-hole/unknown/likely"},
	{"small packets vanish", func() *talk {
		t := begin().open().served().s("PA", 400)
		for i := range 4 {
			t.wait(time.Duration(1<<i)*300*time.Millisecond).s("PA", 400, old(400))
		}
		return t
	}, "path.silent/server/possible"},
	{"a window that stays closed", func() *talk {
		t := begin().open().served().c("PA", 900).s("A", 0, window(0))
		for range 4 {
			t.wait(2*time.Second).c("A", 1, old(0)).s("A", 0, window(0))
		}
		return t
	}, "service.not-reading/client/likely"},
	{"a window that opens again", func() *talk {
		t := begin().open().served().c("PA", 900).s("A", 0, window(0))
		return t.wait(6*time.Second).c("A", 1, old(0)).s("A", 0, window(0)).s("A", 0).c("PA", 100).s("A", 0)
	}, ""},
	{"dead after a silence", func() *talk {
		t := begin().open().served().wait(400*time.Second).c("PA", 300)
		for i := range 4 {
			t.wait(time.Duration(1<<i)*300*time.Millisecond).c("PA", 300, old(300))
		}
		return t
	}, "idle-drop/client/possible"},
	{"an answer cut short", func() *talk {
		return begin().open().c("PA", 0, carry("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).s("PA", 0, carry("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc")).s("FA", 0).c("FA", 0).s("A", 0)
	}, "cut-short/server/likely"},
	{"an answer as long as announced", func() *talk {
		return begin().open().c("PA", 0, carry("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).s("PA", 0, carry("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")).s("FA", 0).c("FA", 0).s("A", 0)
	}, ""},
	{"an answer without a body", func() *talk {
		return begin().open().c("PA", 0, carry("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")).s("PA", 0, carry("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")).s("FA", 0).c("FA", 0).s("A", 0)
	}, ""},
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func TestJudge(t *testing.T) {
	for _, c := range slices.Concat(conversations, forms, looks, doubts) {
		if got := short(c.made().judge()); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

// TestWhoClosedIsTold: a reset where a FIN was due does not come from a side that
// had closed.
func TestWhoClosedIsTold(t *testing.T) {
	for _, c := range []struct {
		name string
		made *talk
		want any
	}{
		{"a reset instead of a FIN", begin().open().served().s("FA", 0).c("A", 0).c("RA", 0), true},
		{"a reset after the own FIN", begin().open().served().c("FA", 0).s("PA", 50).c("R", 0), nil},
	} {
		if all := c.made.judge(); len(all) != 1 || all[0].Args["instead"] != c.want {
			t.Errorf("%s: got %+v want one event, instead: %v", c.name, all, c.want)
		}
	}
}

// TestFullQueue: at the server, what arrives and gets no answer was not lost on the
// way; where the capture was taken elsewhere, it may have been.
func TestFullQueue(t *testing.T) {
	made := func(acked bool) *talk {
		t := begin().open().c("PA", 300)
		if acked {
			t.s("A", 0)
			t.c("PA", 300)
		}
		for i := range 4 {
			t.wait(time.Duration(1<<i)*300*time.Millisecond).c("PA", 300, old(300))
		}
		return t
	}
	for _, c := range []struct {
		name  string
		at    reset.Vantage
		acked bool
		want  string
	}{
		{"at the server", reset.AtServer, false, "backlog-full/server/possible"},
		{"at the server, it had taken a request", reset.AtServer, true, "path.silent/client/possible"},
		{"at the client", reset.AtClient, false, "path.silent/client/possible"},
		{"nobody knows where", reset.Guess, false, "path.silent/client/possible"},
	} {
		if got := short(reset.Judge(reset.Input{Transcripts: made(c.acked).read(), Vantage: c.at})); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

// TestNothingBetweenIsCertain: packets of one end never prove that neither end
// sent a reset.
func TestNothingBetweenIsCertain(t *testing.T) {
	for _, c := range slices.Concat(conversations, forms, looks, doubts) {
		for _, e := range c.made().judge() {
			if e.Confidence == catalog.Proven || e.Sender == reset.ByMiddlebox && e.Confidence > catalog.Likely {
				t.Errorf("%s: got %s %v", c.name, e.Code, e.Confidence)
			}
		}
	}
}

func TestMain(m *testing.M) {
	reset.Conversations = map[string][]tcpflow.Transcript{}
	for _, c := range slices.Concat(conversations, forms, looks, doubts) {
		reset.Conversations[c.name] = c.made().read()
	}
	os.Exit(m.Run())
}
