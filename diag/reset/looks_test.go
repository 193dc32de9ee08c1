package reset_test

import (
	"testing"
	"time"

	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// summed is a connection whose checksums are right.
func summed() *talk {
	t := begin()
	t.sums = true
	return t
}

// halfAnswer is the beginning of an answer of which more was announced.
const halfAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nxxx"

// looks are pairs of captures that look alike, and of which not the same is to be
// told: what was seen in a laboratory, and its odd twin.
var looks = []conversationCase{
	{"a wrong checksum", func() *talk {
		return summed().open().served().s("RA", 0, spoiled).served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "ignored/unknown/likely"},
	{"a wrong checksum, then an abort with the same number", func() *talk {
		return summed().open().served().s("RA", 0, spoiled, id(0)).wait(ms(300)).s("RA", 0)
	}, "ignored/unknown/likely app-abort/server/likely"},
	{"an abort that was damaged on the way, and its answer", func() *talk {
		return summed().open().served().s("RA", 0, spoiled).wait(ms(300)).c("PA", 300).s("R", 0)
	}, "app-abort/server/likely"},
	{"a wrong checksum among others that are wrong, as of what leaves", func() *talk {
		t := begin().open().served()
		return t.s("RA", 0)
	}, "app-abort/server/likely"},
	{"a wrong checksum, and one before", func() *talk {
		return summed().open().served().s("PA", 10, spoiled).s("RA", 0, spoiled)
	}, "app-abort/server/likely"},

	{"an answer from a stack that took the request", func() *talk {
		return begin().open().served().c("PA", 300).s("R", 0).s("A", 0)
	}, "injected/unknown/possible"},
	{"an acknowledgment of what came before the answer of a stack", func() *talk {
		t := begin().open().served().c("PA", 300).c("PA", 300, ackOf(0x00000f00+901))
		return t.s("R", 0).s("A", 0, ackOf(345))
	}, "stale/server/possible"},

	{"half closed, and cut in the middle of the answer", func() *talk {
		return begin().open().c("FPA", 300).s("A", 0).s("PA", 0, carry(halfAnswer)).c("A", 0).s("RA", 0)
	}, "app-abort/server/likely"},
	{"half closed, and the reset comes when all was answered", func() *talk {
		return begin().open().c("FPA", 300).s("A", 0).s("PA", 900).c("A", 0).s("RA", 0)
	}, "after-close/server/likely"},
	{"half closed, and the server goes on after its reset", func() *talk {
		return begin().open().c("FPA", 300).s("A", 0).s("PA", 900).c("A", 0).s("RA", 0).wait(ms(50)).s("PA", 900)
	}, "injected/unknown/possible"},

	{"a SYN with data that is refused", func() *talk { return begin().c("S", 60).s("RA", 0) }, "no-listener/server/likely"},
	{"a SYN with data, of which only the SYN is refused", func() *talk { return begin().c("S", 60).s("RA", 0, ackOf(0xffffff01)) }, "no-listener/server/likely"},
	{"a SYN with data that nobody answers", func() *talk {
		return begin().c("S", 60).wait(time.Second).c("S", 0, old(61)).wait(2*time.Second).c("S", 0, old(61))
	}, "tcp.no-reply/unknown/likely"},

	{"a handshake that is taken back, and goes on", func() *talk {
		return begin().open().c("R", 0).wait(ms(300)).c("PA", 300)
	}, "injected/unknown/possible"},
	{"a handshake that is taken back, and the same request is made again", func() *talk { return asksAgain(64, 64) }, "firewall-reject/client/likely"},
	{"the same, captured far from the client", func() *talk { return asksAgain(57, 57) }, "firewall-reject/unknown/possible"},
	{"the same from another distance", func() *talk { return asksAgain(64, 61) }, "injected/middlebox/likely"},
	{"a handshake that is taken back, and another request is made", func() *talk {
		return begin().c("S", 0).s("SA", 0).c("R", 0).wait(time.Second).c("S", 0, shift(5000)).s("SA", 0).c("R", 0)
	}, "handshake-abandoned/client/likely handshake-abandoned/client/likely"},
	{"a request that was under way once more when it was taken back", func() *talk {
		return begin().c("S", 0).s("SA", 0).c("R", 0).c("S", 0, old(1))
	}, "handshake-abandoned/client/likely"},
	{"a reset of the first data, long after the handshake", func() *talk {
		return begin().open().wait(time.Second).c("PA", 300).s("R", 0, seq(0x00000f01))
	}, "stale/server/possible"},
	{"a reset of data that was sent again and again, long after the handshake", func() *talk {
		t := begin().open().wait(time.Second).c("PA", 300)
		return t.wait(time.Second).c("PA", 300, old(300)).wait(2*time.Second).c("PA", 300, old(300)).s("R", 0, seq(0x00000f01))
	}, "backlog-full/server/possible"},
	{"a handshake that is aborted from another distance, without its end", func() *talk {
		return begin().c("S", 0).s("SA", 0).c("RA", 0, ttl(50), id(9))
	}, "app-abort/client/possible"},
	{"the same from the same distance, as health checks do", func() *talk { return begin().c("S", 0).s("SA", 0).c("RA", 0) }, "handshake-abandoned/client/likely"},
	{"an abort that lacks the next id of its sender, and nothing else", func() *talk { return begin().open().served().c("PA", 300).s("RA", 0, id(9)) }, "app-abort/server/possible"},
	{"an abort after the handshake, from another distance and without DF", func() *talk {
		return begin().open().c("PA", 300).s("RA", 0, id(9), ttl(64), whole)
	}, "injected/unknown/possible"},
	{"an abort after the handshake, from another distance", func() *talk {
		return begin().open().c("PA", 300).s("RA", 0, id(9), ttl(64))
	}, "app-abort/server/possible"},
	{"a request that is made once, and nothing comes", func() *talk { return begin().c("S", 0).again().wait(2*time.Second).c("S", 0) }, "tcp.no-reply/unknown/possible"},
	{"a handshake that agrees to another request", func() *talk {
		return begin().c("S", 0).s("SA", 0, ackOf(777)).c("R", 0, seq(777))
	}, "stale/client/possible"},
	{"a handshake after which data was not captured", func() *talk {
		return begin().open().s("A", 0, ackOf(345)).c("R", 0, seq(345))
	}, "app-abort/client/possible"},
	{"an answer to what came before the capture", func() *talk {
		return begin().c("A", 0, ackOf(0x5001)).s("R", 0, seq(0x5000)).s("R", 0, seq(0x5001))
	}, "unknown/unknown/"},
	{"a bare abort whose number does not follow", func() *talk { return begin().open().served().c("PA", 300).c("R", 0, seq(345), id(0)) }, "app-abort/client/possible"},
	{"the client is cut after a minute", func() *talk { return begin().open().served().wait(60*time.Second).c("RA", 0, id(9)) }, "idle-timeout/unknown/possible"},
	{"the client closes after a minute", func() *talk { return begin().open().served().wait(60*time.Second).c("RA", 0) }, "app-abort/client/likely"},
	{"a silence, and an answer from another distance", func() *talk {
		return begin().open().served().wait(47*time.Second).c("PA", 300).s("R", 0, ttl(54))
	}, "idle-timeout/unknown/possible"},

	{"another TTL, which other connections of the server have later", func() *talk {
		t := begin().open().served().c("PA", 300).s("RA", 0, ttl(49)).again()
		t.ends[1].ttl = 49
		return t.open().served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "app-abort/server/likely"},
	{"another TTL, which other connections of the server have not", func() *talk {
		t := begin().open().served().c("PA", 300).s("RA", 0, ttl(49)).again()
		return t.open().served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "injected/unknown/possible"},
	{"probes whose answers did not come back", func() *talk { return probed(func(i uint32) uint32 { return 500 }).s("RA", 0) }, "keepalive/server/likely"},
	{"probes whose answers came back", func() *talk { return probed(func(i uint32) uint32 { return 1000 + i*1000 }).s("RA", 0) }, "app-abort/server/likely"},

	{"bytes that never came, and an abort", func() *talk {
		t := begin().open().served().c("PA", 200, shift(1400), func(r *raw) { r.hold = true }).s("A", 0)
		return t.wait(5*time.Second).c("RA", 0, shift(1600))
	}, "keepalive/client/possible"},
}

// probed is a connection with probes of the server, seen at the client: echo is
// what the i-th one repeats of the client's time stamps, which are 1000, 2000 …
func probed(echo func(i uint32) uint32) *talk {
	t := begin().open().served().wait(10 * time.Second)
	for i := range uint32(4) {
		t.s("A", 0, old(1), stamped(i, echo(i))).c("A", 0, stamped(1000+(i+1)*1000, i)).wait(2 * time.Second)
	}
	return t
}

// TestRequestsAtTheServer: what came to the server, and was not answered, did not
// get lost on the way.
func TestRequestsAtTheServer(t *testing.T) {
	asked := func(t *talk) *talk {
		return t.c("S", 0).wait(time.Second).c("S", 0, old(1)).wait(2*time.Second).c("S", 0, old(1))
	}
	for _, c := range []struct {
		name string
		made *talk
		at   reset.Vantage
		want string
	}{
		{"at the server", asked(begin()), reset.AtServer, "tcp.filtered/server/likely"},
		{"at the server, which takes others", asked(begin().open().served().again()), reset.AtServer, "backlog-full/server/possible"},
		{"at the client, others are taken", asked(begin().open().served().again()), reset.AtClient, "tcp.no-reply/unknown/possible"},
		{"at the client", asked(begin()), reset.AtClient, "tcp.no-reply/unknown/likely"},
	} {
		if got := short(reset.Judge(reset.Input{Transcripts: c.made.read(), Vantage: c.at})); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

// TestWhatLeaves: at its sender, a reset that passed no router is the stack's own,
// whatever TTL the program gave its socket (ip(7), IP_TTL).
func TestWhatLeaves(t *testing.T) {
	made := func(n byte) *talk {
		t := begin()
		t.ends[1].ttl = 255
		return t.open().served().served().c("PA", 300).s("R", 0, ttl(n))
	}
	for _, c := range []struct {
		name string
		made *talk
		at   reset.Vantage
		want string
	}{
		{"at the server", made(64), reset.AtServer, "stale/server/possible"},
		{"at the server, after routers", made(61), reset.AtServer, "injected/unknown/possible"},
		{"at the client", made(64), reset.AtClient, "injected/unknown/possible"},
	} {
		if got := short(reset.Judge(reset.Input{Transcripts: c.made.read(), Vantage: c.at})); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}

// asksAgain is a request whose answers are reset in the client's name, which asks on:
// the TTLs of its requests and of the resets.
func asksAgain(requests, resets byte) *talk {
	t := begin()
	t.ends[tcpflow.Client].ttl = requests
	t.c("S", 0).wait(ms(10)).s("SA", 0).c("R", 0, ttl(resets))
	for range 4 {
		t.wait(time.Second).c("S", 0, old(1)).wait(ms(10)).s("SA", 0, old(1)).c("R", 0, ttl(resets))
	}
	return t
}

// whole lets routers cut a packet into fragments.
func whole(r *raw) { r.df = false }
