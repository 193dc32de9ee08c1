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
	var all []int
	for n := range 50 {
		all = append(all, n)
	}
	got, err := tcpflow.Transcribe(context.Background(), f, all, tcpflow.Limits{PerStream: 20_000, Total: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// together joins two captures and judges what they hold.
func together(t testing.TB, one, other []byte) (join.Comparison, [2][]reset.Event) {
	t.Helper()
	ends := [2][]tcpflow.Transcript{transcripts(t, one), transcripts(t, other)}
	c := join.Join(ends[0], ends[1])
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

// begun is a connection that has served one request.
func begun() *packettest.Ends {
	return served(packettest.Both("192.0.2.20:50000", "198.51.100.1:80"))
}

func served(e *packettest.Ends) *packettest.Ends {
	return e.Open().Send(client, "PA", request).Send(server, "A", "").Send(server, "PA", answer).Send(client, "A", "")
}

// after is another connection that shows that both captures still run.
func after(e *packettest.Ends) *packettest.Ends {
	return served(e.Wait(time.Second).Then("192.0.2.20:50001", "198.51.100.1:80")).Close()
}

// forged is a connection that something on the way resets to both ends.
func forged(e *packettest.Ends) *packettest.Ends {
	return after(served(e).Send(client, "PA", request+"x", packettest.Lost).
		Send(server, "RA", "", packettest.Injected, packettest.Made(packettest.TTL(60))).Wait(time.Second))
}

func TestJoin(t *testing.T) {
	for _, tt := range []struct {
		name string
		ends *packettest.Ends
		want string
	}{
		{"all is well", begun().Close(), "[0=0 c:5/5 s:4/4] alone 0,0"},
		{"a request is lost and sent again", begun().Send(client, "PA", "again and again", packettest.Lost).Again(client, 15).
			Wait(300 * time.Millisecond).Send(client, "PA", "again and again").Send(server, "A", "").Close(), "x"},
		{"the answer is lost and sent again", begun().Send(server, "PA", "more of the answer", packettest.Lost).Again(server, 18).
			Wait(300 * time.Millisecond).Send(server, "PA", "more of the answer").Send(client, "A", "").Close(), "x"},
		{"a reset from the way", forged(packettest.Both("192.0.2.20:50000", "198.51.100.1:80")), "x"},
		{"a reset of the server", after(begun().Send(client, "PA", request).Send(server, "RA", "")), "x"},
		{"a reset of the server that got lost", after(begun().Send(client, "PA", request).Send(server, "RA", "", packettest.Lost)), "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, events := together(t, tt.ends.PCAP(client), tt.ends.PCAP(server))
			if got := line(c, events); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
