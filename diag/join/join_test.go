package join_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"faultline/diag/join"
	"faultline/diag/pcapfile"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
	"faultline/platform/packet/packettest"
)

const (
	client = packettest.Client
	server = packettest.Server
)

// transcripts are all streams of a capture.
func transcripts(t testing.TB, capture []byte) []tcpflow.Transcript {
	t.Helper()
	f, err := pcapfile.Open(bytes.NewReader(capture), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var numbers []int
	for n := range 50 {
		numbers = append(numbers, n)
	}
	got, err := tcpflow.Transcribe(context.Background(), f, numbers, tcpflow.Limits{PerStream: 20_000, Total: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// all is a capture of which every connection is known.
func all(streams []tcpflow.Transcript) join.Capture {
	return join.Capture{Transcripts: streams, Whole: true}
}

// mayBe are the streams of what may be a capture.
func mayBe(capture []byte) []tcpflow.Transcript {
	f, err := pcapfile.Open(bytes.NewReader(capture), "test")
	if err != nil {
		return nil
	}
	defer f.Close()
	got, _ := tcpflow.Transcribe(context.Background(), f, []int{0, 1, 2, 3}, tcpflow.Limits{PerStream: 500, Total: 2000})
	return got
}

// together joins two captures and judges what they hold.
func together(t testing.TB, one, other []byte) (join.Comparison, [2][]reset.Event) {
	t.Helper()
	ends := [2][]tcpflow.Transcript{transcripts(t, one), transcripts(t, other)}
	c := join.Join(all(ends[0]), all(ends[1]))
	if c.Swapped {
		ends[0], ends[1] = ends[1], ends[0]
	}
	return c, join.Settle(&c, [2][]reset.Event{
		reset.Judge(reset.Input{Transcripts: ends[0], Vantage: reset.AtClient}),
		reset.Judge(reset.Input{Transcripts: ends[1], Vantage: reset.AtServer}),
	})
}

// line tells a comparison in short: of each connection what was lost, injected,
// missed, left open and altered, and all events.
func line(c join.Comparison, events [2][]reset.Event) string {
	var b strings.Builder
	if c.Same {
		b.WriteString("same ")
	}
	if c.Swapped {
		b.WriteString("swapped ")
	}
	for _, p := range c.Pairs {
		fmt.Fprintf(&b, "[%d=%d", p.Client, p.Server)
		for d, name := range []string{"c", "s"} {
			fmt.Fprintf(&b, " %s:%d/%d", name, p.Arrived[d], p.Sent[d])
			for _, x := range []struct {
				name string
				n    int
			}{{"lost", len(p.Lost[d])}, {"made", len(p.Made[d])}, {"open", p.Open[d]}, {"missed", p.Missed[d]}} {
				if x.n > 0 {
					fmt.Fprintf(&b, ",%s=%d", x.name, x.n)
				}
			}
		}
		for _, a := range p.Altered {
			fmt.Fprintf(&b, " %s×%d", a.What, a.Count)
		}
		b.WriteString("]")
	}
	fmt.Fprintf(&b, " alone %d,%d", c.Alone[0], c.Alone[1])
	for end, all := range events {
		for _, e := range all {
			fmt.Fprintf(&b, " %s:%s/%s/%s", []string{"client", "server"}[end], e.Code, e.Confidence, e.Sender)
		}
	}
	return b.String()
}

const (
	request = "GET /index.html HTTP/1.1\r\nHost: a.example\r\n\r\n"
	answer  = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
)

// served opens a connection and serves one request.
func served(e *packettest.Ends) *packettest.Ends {
	return e.Open().Send(client, "PA", request).Send(server, "A", "").Send(server, "PA", answer).Send(client, "A", "")
}

// next is another connection, which shows that both captures still run.
func next(e *packettest.Ends) *packettest.Ends {
	return served(e.Then("192.0.2.20:50001", "198.51.100.1:80")).Close()
}

// cutOff is a request that something on the way answers with a reset, like one of
// the server in everything.
func cutOff(e *packettest.Ends) *packettest.Ends {
	return e.Send(client, "PA", request+"x", packettest.Lost).
		Send(server, "RA", "", packettest.Injected)
}

// zero is the number of who knows no connection.
var zero = packettest.Made(func(p *packettest.Packet) { p.Seq = 0 })

// hasNot is a packet of a sender to whom so many bytes did not come.
func hasNot(bytes int) packettest.Fate {
	return packettest.Made(func(p *packettest.Packet) { p.Ack -= uint32(bytes) })
}

// stories are told under all conditions, and always come to the same.
var stories = []struct {
	name string
	play func(*packettest.Ends)
	want string
}{
	{"all is well", func(e *packettest.Ends) { served(e).Close() }, "[0=0 c:6/6 s:4/4] alone 0,0"},
	{"a request is sent again", func(e *packettest.Ends) {
		served(e).Send(client, "PA", "again and again", packettest.Lost, packettest.Held).Wait(300*time.Millisecond).
			Send(client, "PA", "again and again").Send(server, "A", "").Close()
	}, "[0=0 c:7/8,lost=1 s:5/5] alone 0,0"},
	{"an answer is sent again", func(e *packettest.Ends) {
		served(e).Send(server, "PA", "more of the answer", packettest.Lost, packettest.Held).Wait(300*time.Millisecond).
			Send(server, "PA", "more of the answer").Send(client, "A", "").Close()
	}, "[0=0 c:7/7 s:5/6,lost=1] alone 0,0"},
	{"what was sent again arrives twice", func(e *packettest.Ends) {
		served(e).Send(client, "PA", "again and again", packettest.Held).Wait(300*time.Millisecond).
			Send(client, "PA", "again and again").Send(server, "A", "").Close()
	}, "[0=0 c:8/8 s:5/5] alone 0,0"},
	{"a reset made on the way", func(e *packettest.Ends) { next(cutOff(served(e))) },
		"[0=0 c:4/5,lost=1 s:3/3,made=1][1=1 c:6/6 s:4/4] alone 0,0 client:reset.injected/proven/middlebox"},
	{"resets made on the way, of both ends", func(e *packettest.Ends) {
		next(cutOff(served(e)).Send(client, "R", "", packettest.Injected))
	}, "[0=0 c:4/5,lost=1,made=1 s:3/3,made=1][1=1 c:6/6 s:4/4] alone 0,0 " +
		"client:reset.injected/proven/middlebox server:reset.injected/proven/middlebox"},
	{"the server goes on after a reset made on the way", func(e *packettest.Ends) {
		cutOff(served(e)).Wait(20*time.Second).Send(server, "FA", "", packettest.Lost, hasNot(len(request)+1))
		e.Wait(5 * time.Second)
		next(e)
	}, "[0=0 c:4/5,lost=1 s:3/4,made=1,open=1][1=1 c:6/6 s:4/4] alone 0,0 client:reset.injected/proven/middlebox"},
	{"nothing says that the captures had no gap", func(e *packettest.Ends) {
		cutOff(served(e)).Wait(20 * time.Second)
		next(e)
	}, "[0=0 c:4/5,open=1 s:3/3,made=1][1=1 c:6/6 s:4/4] alone 0,0 client:reset.injected/likely/middlebox"},
	{"the server's capture ended", func(e *packettest.Ends) { cutOff(served(e)) }, "[0=0 c:4/5,open=1 s:3/3] alone 0,0 client:reset.app-abort/possible/server"},
	{"both ends are cut, and nothing follows", func(e *packettest.Ends) {
		cutOff(served(e)).AtOnce().Send(client, "RA", "", packettest.Injected)
	}, "[0=0 c:4/5,lost=1,made=1 s:3/3,made=1] alone 0,0 " +
		"client:reset.injected/likely/middlebox server:reset.injected/likely/middlebox"},
	{"both ends are cut, the server's end just after all that the client's capture holds", func(e *packettest.Ends) {
		cutOff(served(e)).Wait(100*time.Millisecond).Send(client, "RA", "", packettest.Injected)
	}, "[0=0 c:4/5,lost=1,made=1 s:3/3,made=1] alone 0,0 " +
		"client:reset.injected/proven/middlebox server:reset.injected/likely/middlebox"},
	{"the answer of who was cut to what was under way", func(e *packettest.Ends) {
		cutOff(served(e)).Wait(100*time.Millisecond).Send(client, "R", "", packettest.Injected, packettest.Made(packettest.Bare))
	}, "[0=0 c:4/5,lost=1 s:3/3,made=1] alone 0,0 client:reset.injected/proven/middlebox server:reset.unknown//unknown"},
	{"both ends are cut, the server's end long before", func(e *packettest.Ends) {
		served(e).Send(client, "RA", "", packettest.Injected).Wait(3 * time.Second)
		cutOff(e)
	}, "[0=0 c:4/5,made=1,open=1 s:3/3] alone 0,0 client:reset.app-abort/possible/server server:reset.injected/proven/middlebox"},
	{"requests come to the server, which is silent", func(e *packettest.Ends) {
		served(e).Close().Then("192.0.2.20:49999", "198.51.100.1:81")
		for range 3 {
			e.Send(client, "S", "", packettest.Held).Wait(time.Second / 2)
		}
		next(e.Wait(time.Second))
	}, "[0=0 c:6/6 s:4/4][1=1 c:3/3 s:0/0][2=2 c:6/6 s:4/4] alone 0,0 server:tcp.filtered/likely/server"},
	{"requests come to the server, which takes others", func(e *packettest.Ends) {
		served(e).Close().Then("192.0.2.20:49999", "198.51.100.1:80")
		for range 3 {
			e.Send(client, "S", "", packettest.Held).Wait(time.Second / 2)
		}
		next(e.Wait(time.Second))
	}, "[0=0 c:6/6 s:4/4][1=1 c:3/3 s:0/0][2=2 c:6/6 s:4/4] alone 0,0 server:reset.backlog-full/possible/server"},
	{"a SYN refused on the way", func(e *packettest.Ends) {
		served(e).Close().Then("192.0.2.20:49999", "198.51.100.1:80").Send(client, "S", "", packettest.Lost).
			Send(server, "RA", "", packettest.Injected, zero)
		next(e)
	}, "[0=0 c:6/6 s:4/4][2=1 c:6/6 s:4/4] alone 1,0 client:reset.refused-on-path/possible/middlebox"},
	{"answers to a SYN do not come back", func(e *packettest.Ends) {
		served(e).Close().Then("192.0.2.20:49999", "198.51.100.1:80")
		for range 3 {
			e.Send(client, "S", "", packettest.Held).Send(server, "SA", "", packettest.Lost, packettest.Held, packettest.Made(func(p *packettest.Packet) { p.Ack++ })).Wait(time.Second / 2)
		}
		next(e)
		served(e.Wait(time.Second).Then("192.0.2.20:50002", "198.51.100.1:80")).Close()
	}, "[0=0 c:6/6 s:4/4][1=1 c:3/3 s:0/3,lost=3][2=2 c:6/6 s:4/4][3=3 c:6/6 s:4/4] alone 0,0 client:path.no-return/likely/unknown"},
	{"a SYN refused by the server", func(e *packettest.Ends) {
		served(e).Close().Then("192.0.2.20:49999", "198.51.100.1:80").Send(client, "S", "").Send(server, "RA", "", zero)
		next(e)
	}, "[0=0 c:6/6 s:4/4][1=1 c:1/1 s:1/1][2=2 c:6/6 s:4/4] alone 0,0 server:reset.no-listener/possible/server"},
	{"a reset of the server", func(e *packettest.Ends) { next(served(e).Send(client, "PA", request).Send(server, "RA", "")) },
		"[0=0 c:5/5 s:4/4][1=1 c:6/6 s:4/4] alone 0,0 server:reset.app-abort/likely/server"},
	{"a reset of the server that got lost", func(e *packettest.Ends) {
		next(served(e).Send(client, "PA", request).Send(server, "RA", "", packettest.Lost))
	}, "[0=0 c:5/5 s:3/4,lost=1][1=1 c:6/6 s:4/4] alone 0,0 server:reset.app-abort/likely/server"},
	{"a reset of the client", func(e *packettest.Ends) { next(served(e).Send(client, "PA", request).Send(client, "RA", "")) }, "[0=0 c:6/6 s:3/3][1=1 c:6/6 s:4/4] alone 0,0 client:reset.app-abort/likely/client"},
	{"the server's capture misses its own packets", func(e *packettest.Ends) {
		served(e).Send(client, "PA", request).Send(server, "PA", answer, packettest.Overlooked).
			Send(client, "A", "").Send(client, "PA", request).Send(server, "RA", "", packettest.Overlooked)
		next(e)
	}, "[0=0 c:7/7 s:3/3,missed=1][1=1 c:6/6 s:4/4] alone 0,0 client:reset.app-abort/likely/server"},
	{"the client's capture misses what arrives", func(e *packettest.Ends) {
		served(e).Send(server, "PA", answer, packettest.Lost).Send(client, "A", "").Send(client, "PA", "thanks for that answer")
		next(e.Send(server, "A", "").Close())
	}, "[0=0 c:8/8,missed=1 s:5/6][1=1 c:6/6 s:4/4] alone 0,0"},
	{"the sender's adapter cuts", func(e *packettest.Ends) {
		served(e)
		a, b := strings.Repeat("a", 1000), strings.Repeat("b", 1000)
		e.Send(server, "PA", a+b, packettest.Lost, packettest.Held).AtOnce().
			Send(server, "A", a, packettest.Overlooked).AtOnce().Send(server, "PA", b, packettest.Overlooked)
		next(e.Send(client, "A", "").Close())
	}, "[0=0 c:7/7 s:5/5][1=1 c:6/6 s:4/4] alone 0,0"},
	{"the sender's adapter cuts, and one piece is lost", func(e *packettest.Ends) {
		served(e)
		a, b := strings.Repeat("a", 1000), strings.Repeat("b", 1000)
		e.Send(server, "PA", a+b, packettest.Lost, packettest.Held).AtOnce().
			Send(server, "A", a, packettest.Overlooked).Send(client, "A", "").Wait(300*time.Millisecond).Send(server, "PA", b)
		next(e.Send(client, "A", "").Close())
	}, "[0=0 c:8/8 s:5/6,lost=1][1=1 c:6/6 s:4/4] alone 0,0"},
	{"the receiver's adapter joins", func(e *packettest.Ends) {
		served(e)
		a, b := strings.Repeat("a", 1000), strings.Repeat("b", 1000)
		e.Send(server, "PA", a+b, packettest.Overlooked, packettest.Held).AtOnce().
			Send(server, "A", a, packettest.Lost).AtOnce().Send(server, "PA", b, packettest.Lost)
		next(e.Send(client, "A", "").Close())
	}, "[0=0 c:7/7 s:6/6][1=1 c:6/6 s:4/4] alone 0,0"},
	{"a page made on the way", func(e *packettest.Ends) {
		served(e).Send(client, "PA", request+"x", packettest.Lost).Send(server, "PA", "HTTP/1.1 403 Forbidden", packettest.Injected)
		next(e.Send(server, "FA", "", packettest.Lost, hasNot(len(request)+1)))
	}, "[0=0 c:4/5,lost=1 s:3/4,lost=1,made=1][1=1 c:6/6 s:4/4] alone 0,0"},
}

// conditions are what may lie between two captures of the same traffic.
var conditions = []struct {
	name string
	set  func(*packettest.Ends)
}{
	{"plain", func(*packettest.Ends) {}},
	{"NAT", func(e *packettest.Ends) { e.Outside = "203.0.113.9:61000" }},
	{"an hour ahead", func(e *packettest.Ends) { e.Ahead = time.Hour }},
	{"an hour behind", func(e *packettest.Ends) { e.Ahead = -time.Hour }},
	{"drift", func(e *packettest.Ends) { e.Ahead, e.Drift = time.Minute, 2e-4 }},
	{"snap lengths", func(e *packettest.Ends) { e.Snap = [2]int{60, 100} }},
	{"headers only", func(e *packettest.Ends) { e.Snap = [2]int{40, 0} }},
	{"time stamps", func(e *packettest.Ends) { e.Stamps = true }},
	{"cut options", func(e *packettest.Ends) { e.Stamps, e.Snap = true, [2]int{0, 44} }},
	{"other numbers of the server", func(e *packettest.Ends) { e.Shift[server] = 0x9000_0000 }},
	{"other numbers of both", func(e *packettest.Ends) { e.Shift, e.Stamps = [2]uint32{77777, 0x9000_0000}, true }},
	{"no router", func(e *packettest.Ends) { e.Hops = 0 }},
	{"a long way", func(e *packettest.Ends) { e.Delay = 150 * time.Millisecond }},
	{"all of it", func(e *packettest.Ends) {
		e.Outside, e.Ahead, e.Drift, e.Snap, e.Stamps = "203.0.113.9:61000", time.Hour, 5e-5, [2]int{0, 60}, true
		e.Shift[server] = 12345
	}},
}

func TestStoriesUnderAllConditions(t *testing.T) {
	for _, tt := range stories {
		for _, how := range conditions {
			if tt.name == "a SYN refused on the way" && how.name == "other numbers of both" {
				continue // the refusal is of a SYN that the server's end would number otherwise
			}
			t.Run(tt.name+", "+how.name, func(t *testing.T) {
				e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
				how.set(e)
				tt.play(e)
				if got := line(together(t, e.PCAP(client), e.PCAP(server))); got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
				want := "swapped " + tt.want
				if how.name != "plain" && how.name != "all of it" {
					return
				}
				if got := line(together(t, e.PCAP(server), e.PCAP(client))); got != want {
					t.Errorf("exchanged: got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

// changed tells of one connection what was altered on the way.
func changed(t *testing.T, e *packettest.Ends) string {
	t.Helper()
	c, _ := together(t, e.PCAP(client), e.PCAP(server))
	var all []string
	for _, a := range c.Pairs[0].Altered {
		all = append(all, fmt.Sprintf("%s of %s, %d from packet %d: %d to %d", a.What, []string{"c", "s"}[a.From], a.Count, a.Frame, a.Was, a.Is))
	}
	return strings.Join(all, "; ")
}

func TestAlterations(t *testing.T) {
	options := func(b ...byte) packettest.Fate {
		return packettest.Made(func(p *packettest.Packet) { p.Options = b })
	}
	becomes := func(b ...byte) packettest.Fate {
		return packettest.Altered(func(p *packettest.Packet) { p.Options = b })
	}
	syn := func(fates ...packettest.Fate) func(*packettest.Ends) {
		return func(e *packettest.Ends) {
			e.Send(client, "S", "", fates...).Send(server, "SA", "").Send(client, "A", "").Close()
		}
	}
	for _, tt := range []struct {
		name string
		snap int
		play func(*packettest.Ends)
		want string
	}{
		{"nothing", 0, syn(options(2, 4, 5, 0xb4)), ""},
		{"MSS", 0, syn(options(2, 4, 5, 0xb4), becomes(2, 4, 5, 0x50)), "mss of c, 1 from packet 1: 1460 to 1360"},
		{"an option was taken out", 0, syn(options(4, 2, 1, 1), becomes(1, 1, 1, 1)), "sack of c, 1 from packet 1: 1 to 0"},
		{"window scale", 0, syn(options(3, 3, 7, 1), becomes(3, 3, 0, 1)), "scale of c, 1 from packet 1: 7 to 0"},
		{"an option of another kind", 0, syn(options(30, 4, 0, 0), becomes(1, 1, 1, 1)), "options of c, 1 from packet 1: 1 to 0"},
		{"one capture has no options", 42, syn(options(2, 4, 5, 0xb4), becomes(2, 4, 5, 0x50)), ""},
		{"windows", 0, func(e *packettest.Ends) {
			narrow := packettest.Altered(func(p *packettest.Packet) { p.Window = 100 })
			served(e).Send(server, "PA", "one and more", narrow).Send(server, "PA", "two and more", narrow).Close()
		}, "window of s, 2 from packet 8: 8192 to 100"},
		{"the marks of traffic classes", 0, func(e *packettest.Ends) {
			served(e).Send(client, "PA", "marked one", packettest.Altered(func(p *packettest.Packet) { p.TOS = 0xb8 })).Close()
		}, "tos of c, 1 from packet 8: 0 to 184"},
		{"congestion is no alteration", 0, func(e *packettest.Ends) {
			served(e).Send(client, "PA", "marked one", packettest.Made(func(p *packettest.Packet) { p.TOS = 2 }),
				packettest.Altered(func(p *packettest.Packet) { p.TOS = 3 })).Close()
		}, ""},
		{"the payload", 0, func(e *packettest.Ends) {
			served(e).Send(client, "PA", "my number is 5", packettest.AlteredText("my number is 6")).Close()
		}, "payload of c, 1 from packet 8: 0 to 0"},
		{"the payload, behind what one capture kept", 50, func(e *packettest.Ends) {
			served(e).Send(client, "PA", "my number is 5", packettest.AlteredText("my number is 6")).Close()
		}, ""},
		{"a bit of a reset", 0, func(e *packettest.Ends) {
			next(served(e).Send(client, "PA", request).Send(server, "RA", "", packettest.Altered(func(p *packettest.Packet) { p.Window = 0 })))
		}, "window of s, 1 from packet 9: 8192 to 0"},
		{"the number of a reset", 0, func(e *packettest.Ends) {
			next(served(e).Send(client, "PA", request).Send(server, "RA", "", packettest.Altered(func(p *packettest.Packet) { p.Seq = 7 })))
		}, "sequence of s, 1 from packet 9: 16782260 to 7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
			e.Snap[server] = tt.snap
			tt.play(e)
			if got := changed(t, e); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
