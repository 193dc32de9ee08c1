package join_test

import (
	"testing"
	"time"

	"faultline/platform/packet/packettest"
)

// TestWhoRefused: what became of a request, where a capture lacks one direction or
// something on the way opened the connection first.
func TestWhoRefused(t *testing.T) {
	refusals := func(e *packettest.Ends, n int, fates ...packettest.Fate) *packettest.Ends {
		for i := range n {
			e.Then("192.0.2.20:"+[]string{"49990", "49991", "49992"}[i], "198.51.100.1:80").Send(client, "S", "").Send(server, "RA", "", append(fates, zero)...).Wait(2 * time.Second)
		}
		return e
	}
	for _, tt := range []struct {
		name string
		play func(*packettest.Ends)
		want string
	}{
		{"the server's capture holds what comes only", func(e *packettest.Ends) {
			refusals(e, 2, packettest.Overlooked)
		}, "client:reset.no-listener/likely/server client:reset.no-listener/likely/server"},
		{"the server's capture lacks one request of several, and its refusal", func(e *packettest.Ends) {
			refusals(e, 2).Then("192.0.2.20:49999", "198.51.100.1:80").
				Send(client, "S", "", packettest.Lost).Send(server, "RA", "", packettest.Injected, zero).Wait(time.Second)
			next(e)
		}, "client:reset.refused-on-path/possible/middlebox server:reset.no-listener/likely/server server:reset.no-listener/likely/server"},
		{"something opens the connection for the server, whose system then refuses it", func(e *packettest.Ends) {
			e.Send(client, "S", "", packettest.Late(30*time.Millisecond), packettest.Altered(func(p *packettest.Packet) { p.Ack = 77 })).
				Send(server, "SA", "", packettest.Injected).Send(client, "A", "", packettest.Lost).Wait(30*time.Millisecond).
				Send(server, "RA", "", packettest.Held, packettest.Lost, zero).Send(server, "RA", "", packettest.Injected)
		}, "server:reset.no-listener/likely/server"},
		{"the answers to a request are reset in the client's name, and the server's capture lacks them", func(e *packettest.Ends) {
			e.Send(client, "S", "", packettest.Held)
			for range 3 {
				e.Send(client, "R", "", packettest.Injected, packettest.Made(func(p *packettest.Packet) { p.TTL -= 9; p.Seq = 1 })).Wait(time.Second).Send(client, "S", "", packettest.Held)
			}
			e.Wait(2 * time.Second)
			next(e)
		}, "client:tcp.no-reply/possible/unknown server:reset.injected/proven/middlebox"},
	} {
		e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
		tt.play(e)
		_, events := together(t, e.PCAP(client), e.PCAP(server))
		if got := told(events); got != tt.want {
			t.Errorf("%s: got %s want %s", tt.name, got, tt.want)
		}
	}
}
