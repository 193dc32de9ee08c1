package reset_test

import (
	"strings"
	"testing"
	"time"

	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// doubts are captures that miss packets, hold them in another order, or show what an
// honest end does oddly: nothing on the way is to be blamed for that.
var doubts = []conversationCase{
	{"the way changed, and the sender's ids go on", func() *talk {
		return begin().open().served().c("PA", 300).s("RA", 0, ttl(51))
	}, "app-abort/server/possible"},
	{"the way changed, and the sender's time stamps go on", func() *talk {
		return begin().open().c("PA", 300, stamped(10, 5)).s("PA", 900, stamped(70, 10), id(0)).c("PA", 300, stamped(30, 70)).s("A", 0, stamped(90, 30), id(0)).s("RA", 0, ttl(50), id(0), stamped(91, 30))
	}, "app-abort/server/possible"},
	{"a program's own TTL, and its system's answer from as far away", func() *talk {
		t := begin()
		t.ends[tcpflow.Server].ttl = 244
		return t.open().served().served().c("PA", 300).s("R", 0, ttl(53))
	}, "stale/server/possible"},
	{"all is missing between the beginning and a late answer of a system", func() *talk {
		return begin().open().c("PA", 300).s("PA", 900, missed).c("PA", 300, missed).s("R", 0, ttl(52))
	}, "unknown/unknown/"},
	{"the request and the answer before a reset to both are missing", func() *talk {
		return begin().open().served().c("A", 0).wait(ms(2)).s("R", 0).wait(ms(100)).s("PA", 90, missed).c("R", 0)
	}, "injected/unknown/possible"},
	{"the request for a new connection of the same ports is missing", func() *talk {
		t := begin().open().served().c("PA", 300).s("RA", 0).wait(ms(300))
		for i := range t.ends {
			t.ends[i].next, t.ends[i].ack = t.ends[i].next+5_000_000, 0
		}
		return t.c("S", 0, missed).s("SA", 0).c("A", 0).served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "app-abort/server/likely"},
	{"the whole handshake of that is missing", func() *talk {
		t := begin().open().served().c("PA", 300).s("RA", 0).wait(ms(300))
		for i := range t.ends {
			t.ends[i].next, t.ends[i].ack = t.ends[i].next+5_000_000, 0
		}
		return t.c("S", 0, missed).s("SA", 0, missed).c("A", 0, missed).served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "app-abort/server/likely"},
	{"a queue that is read early: the reset before what it acknowledges", func() *talk {
		t := begin().open().served()
		t.s("RA", 0, ackOf(t.ends[0].next+300)).wait(ms(60))
		return t.c("PA", 300).s("A", 0)
	}, "app-abort/server/possible"},
	{"a system that answers a close that it had not asked for", func() *talk {
		return begin().open().served().wait(40*time.Second).s("FA", 0).c("R", 0)
	}, "after-close/client/possible"},
	{"numbers above raise no repetitions", func() *talk {
		t := begin().open().served().s("R", 0, shift(20000))
		return t.served().served().served().served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "ignored/unknown/likely"},
	{"nor does a request for a connection that was sent blindly", func() *talk {
		t := begin().open().served().c("S", 0, old(0), shift(900)).s("A", 0)
		return t.served().c("PA", 9).s("A", 0).c("PA", 9).s("A", 0).c("PA", 9).s("A", 0).c("FA", 0).s("FA", 0).c("A", 0)
	}, ""},
	{"a full queue of Windows: others are taken before and after", func() *talk {
		t := begin().open().served().c("FA", 0).s("FA", 0).c("A", 0).again().c("S", 0).s("RA", 0).again()
		return t.open().served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "no-listener/server/possible"},
	{"a health check that resets, every five seconds", func() *talk {
		return probing(5*time.Second, 5*time.Second, 10*time.Second, 5*time.Second) // one was missed
	}, strings.Repeat("handshake-abandoned/client/possible ", 3) + "handshake-abandoned/client/possible"},
	{"a client that aborts now and then", func() *talk {
		return probing(5*time.Second, 17*time.Second, 8*time.Second, time.Second)
	}, strings.Repeat("app-abort/client/possible ", 3) + "app-abort/client/possible"},
	{"a health check that resets what it has taken, every two seconds", func() *talk {
		t := begin()
		for range 4 {
			t.open().served().c("RA", 0).wait(2 * time.Second).again()
		}
		return t
	}, strings.Repeat("after-close/client/possible ", 3) + "after-close/client/possible"},
	{"a device resets three connections at its limit, each had asked for one name", func() *talk {
		t := begin()
		for range 3 {
			t.open().c("PA", 0, carry("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")).s("PA", 900).c("A", 0).wait(300*time.Second).s("RA", 0, ttl(250), id(9)).again()
		}
		return t
	}, strings.Repeat("idle-timeout/unknown/likely ", 2) + "idle-timeout/unknown/likely"},
	{"a server closes three connections at its limit", func() *talk {
		t := begin()
		for range 3 {
			t.open().served().wait(300*time.Second).s("RA", 0).again()
		}
		return t
	}, strings.Repeat("app-abort/server/likely ", 2) + "app-abort/server/likely"},
	{"an answer to data, and the close before it is missing", func() *talk {
		return begin().open().served().wait(80*time.Second).s("FA", 0, missed).c("A", 0).c("PA", 300).s("R", 0)
	}, "stale/server/possible"},
	{"a dead host: an old connection repeats in vain, and a new one is not answered", func() *talk {
		t := begin()
		t.c("A", 0, missed).s("A", 0, missed).c("PA", 300)
		for i := range 4 {
			t.wait(time.Duration(1<<i)*300*time.Millisecond).c("PA", 300, old(300))
		}
		return t.again().c("S", 0).wait(time.Second).c("S", 0, old(1)).wait(2*time.Second).c("S", 0, old(1))
	}, "path.silent/client/possible tcp.no-reply/unknown/likely"},
	{"what a bare answer to a request belongs to is missing", func() *talk {
		return begin().c("S", 0).s("SA", 0, missed).c("A", 0, missed).s("R", 0)
	}, "no-listener/server/possible"},
	{"captured from one direction only: nobody can say that nothing answers", func() *talk {
		t := begin().c("S", 0).s("SA", 0, missed).c("A", 0).c("PA", 300).s("PA", 900, missed).c("A", 0).again()
		return t.c("S", 0).wait(time.Second).c("S", 0, old(1)).wait(2*time.Second).c("S", 0, old(1))
	}, ""},
	{"the end of the close is missing before a reset", func() *talk {
		return begin().open().served().s("FA", 0, missed).c("A", 0).s("RA", 0)
	}, "app-abort/server/possible"},
	{"every packet is captured again five milliseconds later", func() *talk {
		t := begin().open().served()
		for range 5 {
			for _, from := range []int{tcpflow.Client, tcpflow.Server} {
				t.ends[from].window--
				t.now -= ms(5)
				t.send(from, "PA", 200, nil).ends[from].id--
				t.now -= ms(5)
				t.send(from, "PA", 200, []opt{old(200)})
			}
		}
		return t.c("FA", 0).s("FA", 0).c("A", 0)
	}, ""},
	{"a blind reset, the beginning is missing", func() *talk {
		return begin().c("S", 0, missed).s("SA", 0, missed).c("A", 0, missed).served().s("R", 0, shift(7000)).c("A", 0).wait(ms(30)).served().served()
	}, "ignored/unknown/likely"},
}

func probing(pauses ...time.Duration) *talk {
	t := begin()
	for _, pause := range pauses {
		t.open().c("RA", 0).wait(pause).again()
	}
	return t
}

// TestFarRequest: where a request without an answer had come far, this may be the
// end of the server.
func TestFarRequest(t *testing.T) {
	made := func(ttl byte) *talk {
		t := begin()
		t.ends[tcpflow.Client].ttl = ttl
		return t.c("S", 0).wait(time.Second).c("S", 0, old(1)).wait(2*time.Second).c("S", 0, old(1))
	}
	for ttl, want := range map[byte]string{64: "tcp.no-reply/unknown/likely", 57: "tcp.no-reply/unknown/possible"} {
		if got := short(made(ttl).judge()); got != want {
			t.Errorf("TTL %d: got %q want %q", ttl, got, want)
		}
	}
}

// TestDroppedPackets: where the capture says that it missed some, what could come of
// that makes nothing likely.
func TestDroppedPackets(t *testing.T) {
	made := func() *talk {
		t := begin().open().served().c("PA", 300).wait(-ms(6)).s("R", 0, ttl(52)).c("R", 0)
		return t
	}
	for _, dropped := range []bool{false, true} {
		want := map[bool]string{false: "injected/middlebox/likely", true: "injected/unknown/possible"}[dropped]
		all := reset.Judge(reset.Input{Transcripts: made().read(), Vantage: reset.AtClient, Dropped: dropped})
		if got := short(all); !strings.HasPrefix(got, want) {
			t.Errorf("dropped: %v: got %q want %q", dropped, got, want)
		}
	}
}
