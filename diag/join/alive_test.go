package join_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"faultline/diag/reset"
	"faultline/platform/packet/packettest"
)

// own are packets that are in their receiver's capture only, though their sender did
// send them: its capture missed them.
var own = packettest.Overlooked

// TestTheSendersOwn: a reset that is not in the capture of its sender is the sender's
// all the same where that shows that it held the connection no more.
func TestTheSendersOwn(t *testing.T) {
	for _, tt := range []struct {
		name string
		play func(*packettest.Ends)
		want string
	}{
		{"it bears the sender's next id", func(e *packettest.Ends) {
			next(served(e).Send(server, "RA", "", own))
		}, "client:reset.app-abort/possible/server"},
		{"it bears all that the sender's would, and the request is missing as well", func(e *packettest.Ends) {
			next(served(e).Send(client, "PA", request, packettest.Lost).Send(server, "RA", "", packettest.Mimicked))
		}, "client:reset.app-abort/possible/server"},
		{"the system answers with resets what comes later", func(e *packettest.Ends) {
			served(e).Send(server, "RA", "", own, packettest.Made(func(p *packettest.Packet) { p.ID = 0 })).Send(client, "PA", request)
			next(e.Send(server, "R", ""))
		}, "client:reset.app-abort/possible/server server:reset.stale/possible/server"},
		{"it does not acknowledge the agreement to its request", func(e *packettest.Ends) {
			e.Send(client, "S", "").Send(server, "SA", "").Send(client, "R", "", own)
			next(e.Wait(2 * time.Second))
		}, "server:reset.handshake-abandoned/likely/client"},
		{"a system answers after a silence: both captures hold that, so no device forgot", func(e *packettest.Ends) {
			served(e).Wait(300*time.Second).Send(client, "PA", request).Send(server, "R", "")
			next(e)
		}, "server:reset.stale/likely/server"},
		{"a refusal that the server's capture holds, the request missing", func(e *packettest.Ends) {
			served(e).Close().Then("192.0.2.20:49999", "198.51.100.1:80").Send(client, "S", "", packettest.Lost).Send(server, "RA", "", zero)
			next(e)
		}, "client:reset.no-listener/possible/server server:reset.unknown//unknown"},
		{"two requests refused, neither in the server's capture", func(e *packettest.Ends) {
			served(e).Close().Then("192.0.2.20:49999", "198.51.100.1:80")
			for range 2 {
				e.Send(client, "S", "", packettest.Lost, packettest.Held).Send(server, "RA", "", packettest.Injected, zero).Wait(500 * time.Millisecond)
			}
			next(e)
		}, "client:reset.refused-on-path/likely/middlebox"},
		{"it resets what it was told of an old connection, and asks again", func(e *packettest.Ends) {
			again := packettest.Made(func(p *packettest.Packet) { p.Seq -= 1000 })
			e.Send(client, "S", "", packettest.Held).Send(server, "A", "", packettest.Held, packettest.Lost, again).Send(server, "A", "", packettest.Held, packettest.Lost, again)
			e.Send(client, "R", "", own).Wait(time.Second)
			next(served(e).Close())
		}, "server:reset.stale/likely/client"},
		{"it repeats no request, though its capture holds no answer", func(e *packettest.Ends) {
			e.Send(client, "S", "").Send(server, "SA", "", packettest.Lost).Send(server, "SA", "", packettest.Held)
			next(e.Send(client, "R", "", own))
		}, "server:reset.handshake-abandoned/likely/client"},
		{"it bears nothing of the sender, whose capture ran on and lacks nothing else", func(e *packettest.Ends) {
			next(served(e).Send(server, "R", "", packettest.Injected))
		}, "client:reset.injected/proven/middlebox"},
		{"its capture lacks a request and what its system may have answered to it", func(e *packettest.Ends) {
			next(served(e).Send(client, "PA", request, packettest.Lost).Send(server, "R", "", packettest.Injected))
		}, "client:reset.injected/likely/middlebox"},
		{"the same, and the answer comes from another distance", func(e *packettest.Ends) {
			next(served(e).Send(client, "PA", request, packettest.Lost).Send(server, "R", "", packettest.Injected, packettest.Made(packettest.TTL(99))))
		}, "client:reset.injected/proven/middlebox"},
		{"the same, of a connection that it had closed", func(e *packettest.Ends) {
			served(e).Send(server, "FA", "").Send(client, "A", "").Wait(3 * time.Second)
			next(e.Send(client, "PA", request, packettest.Lost).Send(server, "R", "", packettest.Injected))
		}, "client:reset.injected/possible/middlebox"},
		{"it had closed, and the last in its capture is what it has to answer", func(e *packettest.Ends) {
			e.Delay = 5 * time.Millisecond
			served(e).Send(server, "FA", "").Send(client, "A", "").Wait(3*time.Second).Send(client, "PA", request).Send(server, "R", "", packettest.Injected)
			e.Then("192.0.2.20:50001", "198.51.100.1:80").Open()
		}, "client:reset.injected/possible/middlebox"},
		{"it takes each answer to its request back, and its capture lacks one of them", func(e *packettest.Ends) {
			e.Send(client, "S", "")
			for i := range 3 {
				fate := []packettest.Fate{packettest.Held}
				if i == 1 {
					fate = append(fate, own)
				}
				e.Send(server, "SA", "", packettest.Held).Send(client, "R", "", fate...).Wait(time.Second)
			}
			next(e)
		}, "client:reset.handshake-abandoned/likely/client"},
	} {
		e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
		tt.play(e)
		_, events := together(t, e.PCAP(client), e.PCAP(server))
		if got := told(events); got != tt.want {
			t.Errorf("%s: got %s want %s", tt.name, got, tt.want)
		}
	}
}

// told are the events of both ends.
func told(events [2][]reset.Event) string {
	var all []string
	for end, name := range []string{"client", "server"} {
		for _, e := range events[end] {
			all = append(all, fmt.Sprintf("%s:%s/%s/%s", name, e.Code, e.Confidence, e.Sender))
		}
	}
	return strings.Join(all, " ")
}
