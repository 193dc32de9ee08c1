package reset_test

import "time"

// forms are conversations that other systems and devices have, and their healthy
// twins: what no stack at hand makes.
var forms = []conversationCase{
	// Windows.
	{"Windows: an abort with a closed window and the next IP id", func() *talk {
		return begin().open().served().c("PA", 300).s("A", 0).s("RA", 0, window(0))
	}, "app-abort/server/likely"},
	{"Windows: a refused request, repeated twice", func() *talk {
		t := begin().c("S", 0).wait(ms(20)).s("RA", 0)
		return t.wait(ms(500)).c("S", 0, old(1)).wait(ms(20)).s("RA", 0).wait(ms(500)).c("S", 0, old(1)).wait(ms(20)).s("RA", 0)
	}, "no-listener/server/likely"},
	{"Windows: refused at first, then taken", func() *talk {
		t := begin().c("S", 0).wait(ms(20)).s("RA", 0).wait(ms(500)).c("S", 0, old(1)).wait(ms(20)).s("SA", 0).c("A", 0)
		return t.served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "no-listener/server/likely"},
	{"Windows: a reset instead of a FIN after all was read", func() *talk {
		return begin().open().served().s("FA", 0).c("A", 0).c("RA", 0, window(0))
	}, "after-close/client/likely"},

	// macOS and BSD.
	{"macOS: several bare resets after the close", func() *talk {
		t := begin().open().served().c("FA", 0)
		for range 4 {
			t.s("PA", 900).c("R", 0, id(0x4321))
		}
		return t
	}, "after-close/client/likely"},
	{"macOS: bare resets break a download off", func() *talk {
		t := begin().open().served().s("PA", 900).s("PA", 900).c("A", 0)
		return t.s("PA", 900).c("R", 0).s("PA", 900).c("R", 0)
	}, "app-abort/client/possible"},
	{"a client that restarted in the middle of a long answer", func() *talk {
		return begin().open().served().c("PA", 300).wait(20*time.Second).s("PA", 900).c("R", 0)
	}, "stale/client/possible"},

	// Stacks.
	{"no room for the connection", func() *talk { return begin().open().s("R", 0) }, "backlog-full/server/possible"},
	{"no room for the connection, the request was under way", func() *talk { return begin().open().c("PA", 300).s("R", 0, seq(0x00000f01)) }, "backlog-full/server/possible"},
	{"it had taken the request before", func() *talk { return begin().open().c("PA", 300).s("A", 0).c("PA", 300).s("R", 0) }, "stale/server/possible"},
	{"a reset with words in it", func() *talk {
		return begin().open().c("PA", 300).s("A", 0).s("RA", 0, carry("go away\x1b[2J"))
	}, "app-abort/server/likely"},
	{"a request that was repeated, and then given up", func() *talk {
		t := begin().open().c("PA", 300)
		for i := range 4 {
			t.wait(time.Duration(1<<i)*300*time.Millisecond).c("PA", 300, old(300))
		}
		return t.c("RA", 0)
	}, "keepalive/client/likely"},

	// Devices.
	{"a proxy answers the SYN, the server aborts", func() *talk {
		t := begin().c("S", 0).wait(ms(5)).s("SA", 0, ttl(255)).c("A", 0)
		return t.served().served().s("PA", 90).s("RA", 0)
	}, "app-abort/server/likely"},
	{"a proxy answers the SYN, the server aborts first of all", func() *talk {
		return begin().c("S", 0).wait(ms(5)).s("SA", 0, ttl(255)).c("A", 0).c("PA", 300).wait(ms(20)).s("RA", 0)
	}, "app-abort/server/possible"},
	{"a block page, and a reset from the same device", func() *talk {
		t := begin().open().c("PA", 0, carry("GET / HTTP/1.1\r\nHost: bad.example\r\n\r\n"))
		return t.s("FPA", 0, carry("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), ttl(60)).s("RA", 0, ttl(60)).c("FA", 0).s("A", 0, old(50)).s("PA", 900, old(50))
	}, "injected/middlebox/likely"},
	{"a front device closes with a TTL of its own", func() *talk {
		return begin().c("S", 0).wait(ms(5)).s("SA", 0).c("A", 0).c("PA", 300).s("FPA", 900, ttl(60)).s("RA", 0, ttl(60)).c("FA", 0)
	}, "after-close/server/likely"},
	{"a refusal, and the server answers all the same", func() *talk {
		return begin().c("S", 0).s("RA", 0, ttl(60)).wait(ms(10)).s("SA", 0, seq(0x0f00)).c("R", 0)
	}, "injected/middlebox/likely"},
	{"a cut answer, and the server goes on within a round trip", func() *talk {
		return begin().open().c("PA", 300).s("RA", 0).s("A", 0).s("PA", 900).c("R", 0)
	}, "injected/unknown/possible"},
	{"data that the abort overtook", func() *talk {
		t := begin().open().served().c("PA", 300).s("A", 0)
		return t.s("RA", 0, shift(900)).s("PA", 900)
	}, "app-abort/server/likely"},

	// Healthy, or of no fault.
	{"many ways at once: the slower one is taken back", func() *talk {
		t := begin().c("S", 0).wait(ms(30)).s("SA", 0).c("R", 0)
		return t.again().open().served().c("FA", 0).s("FA", 0).c("A", 0)
	}, "handshake-abandoned/client/likely"},
	{"both open at once", func() *talk {
		return begin().c("S", 0).s("S", 0).c("SA", 0, old(1)).s("SA", 0, old(1)).served().c("FA", 0).s("FA", 0).c("A", 0)
	}, ""},
	{"the way changes and nothing breaks", func() *talk {
		t := begin().open().served()
		t.ends[1].ttl = 50
		return t.served().c("FA", 0).s("FA", 0).c("A", 0)
	}, ""},
	{"the way changes, then the server aborts", func() *talk {
		t := begin().open().served()
		t.ends[1].ttl = 50
		return t.served().c("PA", 300).s("A", 0).s("RA", 0)
	}, "app-abort/server/likely"},
	{"only the client's half was captured", func() *talk {
		return begin().c("S", 0).c("A", 0, ackOf(9001)).c("PA", 300, ackOf(9001)).c("RA", 0, ackOf(9901))
	}, "unknown/unknown/"},
	{"captured from the request on, cut, and the server goes on", func() *talk {
		t := begin()
		t.ends[0].ack, t.ends[1].ack = t.ends[1].next, t.ends[0].next
		return t.c("PA", 300).s("RA", 0, ttl(200)).wait(ms(20)).s("PA", 900).c("R", 0)
	}, "injected/unknown/possible"},
	{"captured from the request on, the server aborts", func() *talk {
		t := begin()
		t.ends[0].ack, t.ends[1].ack = t.ends[1].next, t.ends[0].next
		return t.c("PA", 300).s("RA", 0)
	}, "app-abort/server/possible"},
	{"only the client's half, and a reset below what it has sent", func() *talk {
		return begin().c("S", 0).c("A", 0, ackOf(9001)).c("PA", 300, ackOf(9001)).c("R", 0, seq(0xffffff01))
	}, "unknown/unknown/"},
	{"captured from the middle, the server aborts", func() *talk {
		t := begin()
		t.ends[0].ack, t.ends[1].ack = t.ends[1].next, t.ends[0].next
		return t.served().c("PA", 300).s("A", 0).s("RA", 0)
	}, "app-abort/server/likely"},
}
