package tape

import (
	"context"
	"encoding/json"

	"faultline/platform"
	"faultline/platform/packet"
)

// deck serves the whole port, from a record or from a live host with a log.
type deck struct {
	live   platform.Host
	log    *Log
	record *record // nil while recording
}

// The interfaces of the port whose methods share a name with another's.
type (
	links     deck
	neighbors deck
	routes    deck
	echo      deck
	datagrams deck
	sockets   deck
)

func host(d deck) platform.Host {
	return platform.Host{
		System: d, Links: links(d), Neighbors: neighbors(d), Routes: routes(d), Names: d, DNS: d,
		Dialer: d, Echo: echo(d), Datagrams: datagrams(d), Talker: d, Clock: d, Counters: d, Sockets: sockets(d),
		Decisions: d, Resets: d, Packets: d,
	}
}

func (d deck) Describe(ctx context.Context, q platform.Reading) (platform.SystemFacts, error) {
	return ask(ctx, d, "system.describe", q, d.live.System.Describe)
}

func (d deck) Mechanisms(ctx context.Context, q platform.Reading) ([]platform.Mechanism, error) {
	return ask(ctx, d, "system.mechanisms", q, d.live.System.Mechanisms)
}

func (d links) All(ctx context.Context, q platform.Reading) ([]platform.Link, error) {
	return ask(ctx, deck(d), "links.all", q, d.live.Links.All)
}

func (d neighbors) All(ctx context.Context, q platform.Reading) ([]platform.Neighbor, error) {
	return ask(ctx, deck(d), "neighbors.all", q, d.live.Neighbors.All)
}

func (d neighbors) Resolve(ctx context.Context, q platform.NeighborAsk) (platform.Neighbor, error) {
	return ask(ctx, deck(d), "neighbors.resolve", q, d.live.Neighbors.Resolve)
}

func (d routes) All(ctx context.Context, q platform.Reading) ([]platform.Route, error) {
	return ask(ctx, deck(d), "routes.all", q, d.live.Routes.All)
}

func (d routes) To(ctx context.Context, q platform.RouteAsk) (platform.Route, error) {
	return ask(ctx, deck(d), "routes.to", q, d.live.Routes.To)
}

func (d deck) Resolvers(ctx context.Context, q platform.Reading) (platform.Resolvers, error) {
	return ask(ctx, d, "names.resolvers", q, d.live.Names.Resolvers)
}

func (d deck) Hosts(ctx context.Context, q platform.HostsAsk) (platform.HostsAnswer, error) {
	return ask(ctx, d, "names.hosts", q, d.live.Names.Hosts)
}

func (d deck) System(ctx context.Context, q platform.NameAsk) (platform.NameAnswer, error) {
	return ask(ctx, d, "names.system", q, d.live.Names.System)
}

func (d deck) Exchange(ctx context.Context, q platform.DNSAsk) (platform.DNSAnswer, error) {
	return ask(ctx, d, "dns.exchange", q, d.live.DNS.Exchange)
}

func (d deck) TCP(ctx context.Context, q platform.DialAsk) (platform.Dial, error) {
	return ask(ctx, d, "dialer.tcp", q, d.live.Dialer.TCP)
}

func (d echo) Send(ctx context.Context, q platform.EchoAsk) (platform.EchoReply, error) {
	return ask(ctx, deck(d), "echo.send", q, d.live.Echo.Send)
}

func (d datagrams) Send(ctx context.Context, q platform.DatagramAsk) (platform.DatagramReply, error) {
	return ask(ctx, deck(d), "datagrams.send", q, d.live.Datagrams.Send)
}

func (d deck) Talk(ctx context.Context, q platform.TalkAsk) (platform.Talk, error) {
	return ask(ctx, d, "talker.talk", q, d.live.Talker.Talk)
}

func (d deck) Now(ctx context.Context, q platform.Reading) (platform.ClockFacts, error) {
	return ask(ctx, d, "clock.now", q, d.live.Clock.Now)
}

func (d deck) Read(ctx context.Context, q platform.Reading) (platform.CounterFacts, error) {
	return ask(ctx, d, "counters.read", q, d.live.Counters.Read)
}

func (d sockets) Listeners(ctx context.Context, q platform.ListenersAsk) (platform.ListenerFacts, error) {
	return ask(ctx, deck(d), "sockets.listeners", q, d.live.Sockets.Listeners)
}

func (d sockets) Ports(ctx context.Context, q platform.PortsAsk) (platform.PortUse, error) {
	return ask(ctx, deck(d), "sockets.ports", q, d.live.Sockets.Ports)
}

func (d sockets) Files(ctx context.Context, q platform.Reading) (platform.FileUse, error) {
	return ask(ctx, deck(d), "sockets.files", q, d.live.Sockets.Files)
}

func (d deck) Decide(ctx context.Context, q platform.DecisionAsk) (json.RawMessage, error) {
	return ask(ctx, d, "decisions.decide", q, d.live.Decisions.Decide)
}

func (d deck) Watch(ctx context.Context, q platform.ResetAsk) (platform.Tap[platform.ResetLog], error) {
	return watch(ctx, d, "resets.watch", "resets.stop", q, d.live.Resets.Watch)
}

func (d deck) Capture(ctx context.Context, q platform.CaptureAsk) (packet.Source, error) {
	return capture(ctx, d, "packets.capture", q)
}
