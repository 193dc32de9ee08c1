package join_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"faultline/diag/join"
	"faultline/platform/packet/packettest"
)

// long is a connection that serves a request each minute, for an hour.
func long(e *packettest.Ends) *packettest.Ends {
	served(e)
	for i := range 60 {
		e.Wait(time.Minute).Send(client, "PA", fmt.Sprint("request number ", i)).Send(server, "PA", fmt.Sprint("answer to number ", i)).Send(client, "A", "")
	}
	return e.Close()
}

func TestClock(t *testing.T) {
	for _, tt := range []struct {
		name  string
		set   func(*packettest.Ends)
		story func(*packettest.Ends) *packettest.Ends
	}{
		{"even", func(*packettest.Ends) {}, long},
		{"an hour ahead", func(e *packettest.Ends) { e.Ahead = time.Hour }, served},
		{"an hour behind", func(e *packettest.Ends) { e.Ahead = -time.Hour }, served},
		{"half a second, and slow", func(e *packettest.Ends) { e.Ahead, e.Drift = time.Second/2, -40e-6 }, long},
		{"an hour, and fast", func(e *packettest.Ends) { e.Ahead, e.Drift = time.Hour, 100e-6 }, long},
		{"a long way, and fast", func(e *packettest.Ends) { e.Delay, e.Drift = 150*time.Millisecond, 500e-6 }, long},
		{"ten years", func(e *packettest.Ends) { e.Ahead = -10 * 365 * 24 * time.Hour }, served},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
			tt.set(e)
			tt.story(e)
			c, _ := together(t, e.PCAP(client), e.PCAP(server))
			k := c.Clock
			if !k.Known || (k.Offset-e.Ahead).Abs() > k.Within || k.Within > 2*e.Delay {
				t.Errorf("got an offset of %v ± %v, known %v, want %v", k.Offset, k.Within, k.Known, e.Ahead)
			}
			if math.Abs(k.Drift-e.Drift) > k.Error || k.Error > 3e-6 && k.Error > math.Abs(e.Drift)/20 {
				t.Errorf("got a drift of %g ± %g, want %g", k.Drift, k.Error, e.Drift)
			}
			for _, p := range c.Pairs {
				for d := range p.Delay {
					if p.Arrived[d] != p.Sent[d] || len(p.Lost[d])+len(p.Made[d])+p.Open[d] > 0 {
						t.Errorf("got %+v, want all to arrive", p)
					}
					if off := (p.Delay[d].Median - e.Delay).Abs(); off > k.Within+time.Millisecond {
						t.Errorf("side %d: got %v on the way, want %v ± %v", d, p.Delay[d].Median, e.Delay, k.Within)
					}
				}
			}
		})
	}
}

// A way that becomes longer is no drift.
func TestALongerWayIsNoDrift(t *testing.T) {
	e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
	served(e)
	for i := range 60 {
		late := packettest.Late(time.Duration(i) * time.Millisecond)
		e.Wait(time.Minute).Send(client, "PA", fmt.Sprint("request number ", i), late).Wait(time.Second).
			Send(server, "PA", fmt.Sprint("answer to number ", i)).Send(client, "A", "", late)
	}
	c, _ := together(t, e.PCAP(client), e.PCAP(server))
	if k := c.Clock; k.Drift != 0 || !k.Known || k.Offset.Abs() > k.Within {
		t.Errorf("got %+v, want no drift, and no offset", k)
	}
}

// A clock that is set in between makes no losses.
func TestAClockThatIsSet(t *testing.T) {
	e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
	served(e)
	e.Ahead = 0
	one := e.Packets(server)
	e.Wait(time.Second)
	next(e)
	before := e.Part(server, 0, one)
	e.Ahead = 3 * time.Second
	after := e.Part(server, one, e.Packets(server))
	const header = 24
	c, events := together(t, e.PCAP(client), append(before, after[header:]...))
	if got := claims(c, events, false); len(got) > 0 {
		t.Errorf("got %v, want no claims; clock %+v", got, c.Clock)
	}
}

// relayed are the two connections of a proxy that passes on what it is given.
func relayed(set func(*packettest.Ends)) [2][]byte {
	outer := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
	inner := packettest.Both("198.51.100.1:38111", "10.0.0.7:8080").Then("198.51.100.1:38112", "10.0.0.7:8080").Wait(2 * time.Millisecond)
	set(outer)
	set(inner)
	served(outer).Close()
	served(inner).Close()
	return [2][]byte{outer.PCAP(client), inner.PCAP(server)}
}

func TestWhatDoesNotBelongTogether(t *testing.T) {
	mine := served(packettest.Both("192.0.2.20:50000", "198.51.100.1:80")).Close()
	again := served(packettest.Both("192.0.2.20:49999", "198.51.100.1:80").Then("192.0.2.20:50000", "198.51.100.1:80")).Close()
	other := packettest.Both("192.0.2.99:1", "203.0.113.1:2").Then("192.0.2.99:40000", "203.0.113.1:22").Open().
		Send(server, "PA", "SSH-2.0-OpenSSH_9.2p1 Debian").Send(client, "PA", "SSH-2.0-PuTTY_Release_0.80").Close()
	for _, tt := range []struct {
		name  string
		files [2][]byte
		want  string
	}{
		{"other connections", [2][]byte{mine.PCAP(client), other.PCAP(server)}, " alone 1,1"},
		{"the same ports, another time", [2][]byte{mine.PCAP(client), again.PCAP(server)}, " alone 1,1"},
		{"a proxy", relayed(func(*packettest.Ends) {}), " alone 1,1"},
		{"a proxy, with time stamps", relayed(func(e *packettest.Ends) { e.Stamps = true }), " alone 1,1"},
		{"one capture twice", [2][]byte{mine.PCAP(client), mine.PCAP(client)}, "same [0=0 c:6/6 s:4/4] alone 0,0"},
		{"a capture and a part of it", [2][]byte{mine.PCAP(server), mine.Part(server, 0, 5)}, "same [0=0 c:3/6,open=3 s:2/2] alone 0,0"},
		{"the end of one and the beginning of the other", [2][]byte{mine.Part(client, 0, 4), mine.Part(server, 4, 10)}, " alone 1,1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := line(together(t, tt.files[0], tt.files[1])); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A device that answers SYNs for the server makes the SYN-ACK, and no reset.
func TestSynProxy(t *testing.T) {
	e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
	e.Stamps, e.Shift[server] = true, 0x1234567
	e.Send(client, "S", "", packettest.Late(30*time.Millisecond)).
		Send(server, "SA", "", packettest.Injected, packettest.Made(packettest.Window(0))).Wait(60*time.Millisecond).
		Send(server, "SA", "", packettest.Lost).Send(client, "A", "")
	e.Send(client, "PA", request).Send(server, "A", "").Send(server, "PA", answer).Send(client, "A", "").Close()
	c, events := together(t, e.PCAP(client), e.PCAP(server))
	if got, want := line(c, events), "[0=0 c:6/6 s:3/4,made=1] alone 0,0"; got != want || !c.Pairs[0].Proxied {
		t.Errorf("got %s, proxied %v, want %s", got, c.Pairs[0].Proxied, want)
	}
}

// What cuts both ends after a silence has a time limit; at once, it may be anything.
func TestBothEndsAreCutAfterASilence(t *testing.T) {
	for _, tt := range []struct {
		name  string
		quiet time.Duration
		want  string
	}{
		{"after a silence", 44 * time.Second, "reset.idle-timeout"},
		{"at once", time.Second, "reset.injected"},
	} {
		e := served(packettest.Both("192.0.2.20:50000", "198.51.100.1:80"))
		e.Wait(tt.quiet).Send(server, "RA", "", packettest.Injected).AtOnce().Send(client, "RA", "", packettest.Injected)
		want := "[0=0 c:4/4,made=1 s:3/3,made=1] alone 0,0 client:" + tt.want + "/likely/middlebox server:" + tt.want + "/likely/middlebox"
		if got := line(together(t, e.PCAP(client), e.PCAP(server))); got != want {
			t.Errorf("%s: got %s\nwant %s", tt.name, got, want)
		}
	}
}

// After a silence a request and its answer, a reset, are not at the server: whether
// its capture ended cannot be told. One that holds them is the server's own.
func TestAnAnswerAfterASilence(t *testing.T) {
	for _, tt := range []struct {
		name   string
		of     []packettest.Fate
		answer packettest.Fate
		want   string
	}{
		{"not at the server", []packettest.Fate{packettest.Lost}, packettest.Injected, "client:reset.idle-timeout/possible/unknown"},
		{"at the server", nil, packettest.Held, "server:reset.stale/likely/server"},
	} {
		e := served(packettest.Both("192.0.2.20:50000", "198.51.100.1:80"))
		e.Wait(44*time.Second).Send(client, "PA", "are you there", tt.of...).
			Send(server, "R", "", tt.answer, packettest.Made(packettest.Bare))
		if _, got, _ := strings.Cut(line(together(t, e.PCAP(client), e.PCAP(server))), "alone 0,0 "); got != tt.want {
			t.Errorf("%s: got %s want %s", tt.name, got, tt.want)
		}
	}
}

// Connections of many clients behind one address are told apart.
func TestManyBehindOneAddress(t *testing.T) {
	e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
	e.Outside, e.Ahead = "203.0.113.9:61000", time.Hour
	served(e)
	for i := range 30 {
		e.Outside = fmt.Sprintf("203.0.113.9:%d", 62000-i)
		served(e.Then(fmt.Sprintf("192.0.2.%d:50000", 30+i), "198.51.100.1:80")).Close()
	}
	c, _ := together(t, e.PCAP(client), e.PCAP(server))
	if len(c.Pairs) != 31 || c.Alone != [2]int{} {
		t.Fatalf("got %d connections and %v alone, want 31", len(c.Pairs), c.Alone)
	}
	for i, p := range c.Pairs {
		if p.Client != i || p.Server != i || !p.Translated || len(p.Lost[0])+len(p.Lost[1]) > 0 {
			t.Errorf("got %+v, want connection %d", p, i)
		}
	}
}

// Copies of packets, as “any” and mirror ports give them, are no packets that
// nobody sent.
func TestCopiesAreNotMade(t *testing.T) {
	e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
	e.Twice = [2]bool{true, false}
	next(served(e).Send(client, "PA", request).Send(server, "RA", ""))
	got := line(together(t, e.PCAP(client), e.PCAP(server)))
	if want := "[0=0 c:5/5 s:4/4][1=1 c:6/6 s:4/4] alone 0,0 server:reset.app-abort/likely/server"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDuplicateAcknowledgments: packets of one number and one time stamp are told
// apart by their IP id, and none is told as altered.
func TestDuplicateAcknowledgments(t *testing.T) {
	e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
	e.Stamps = true
	served(e)
	for n := range uint16(40) {
		e.Send(client, "A", "", packettest.Made(packettest.Window(75+n))).AtOnce()
	}
	c, _ := together(t, e.PCAP(client), e.PCAP(server))
	if p := c.Pairs[0]; len(p.Altered) > 0 || p.Sent[client] != p.Arrived[client] {
		t.Errorf("got %+v, want all of them unchanged", p)
	}
}

func TestHops(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*packettest.Ends)
		want [2]int
	}{
		{"seven", func(*packettest.Ends) {}, [2]int{7, 7}},
		{"none", func(e *packettest.Ends) { e.Hops = 0 }, [2]int{0, 0}},
	} {
		e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
		tt.set(e)
		served(e)
		if c, _ := together(t, e.PCAP(client), e.PCAP(server)); c.Pairs[0].Hops != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, c.Pairs[0].Hops, tt.want)
		}
	}
}

// Whatever two captures hold, comparing them ends, and twice says the same.
func FuzzJoin(f *testing.F) {
	for _, tt := range stories {
		e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
		tt.play(e)
		f.Add(e.PCAP(client), e.PCAP(server))
	}
	f.Fuzz(func(t *testing.T, one, other []byte) {
		a, b := mayBe(one), mayBe(other)
		c := join.Join(all(a), all(b))
		if again := join.Join(all(a), all(b)); fmt.Sprint(c) != fmt.Sprint(again) {
			t.Errorf("got %v, then %v", c, again)
		}
		for _, p := range c.Pairs {
			for d := range p.Sent {
				if p.Arrived[d]+len(p.Lost[d]) > p.Sent[d] {
					t.Errorf("got %+v, want no more than were sent", p)
				}
			}
		}
	})
}
