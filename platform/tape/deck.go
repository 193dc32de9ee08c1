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
	settings  deck
	sockets   deck
)

func host(d deck) platform.Host {
	return platform.Host{
		System: d, Links: links(d), Neighbors: neighbors(d), Relays: d, Routes: routes(d), Names: d, Proxies: d,
		DNS: d, Dialer: d, Echo: echo(d), Datagrams: datagrams(d), Talker: d, Clock: d, Counters: d,
		Sockets: sockets(d), Firewall: d, Settings: settings(d), Logs: d, History: d, Decisions: d, Resets: d,
		Packets: d,
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

func (d links) Counters(ctx context.Context, q platform.Reading) ([]platform.LinkCounters, error) {
	return ask(ctx, deck(d), "links.counters", q, d.live.Links.Counters)
}

func (d links) Wireless(ctx context.Context, q platform.Reading) ([]platform.Wireless, error) {
	return ask(ctx, deck(d), "links.wireless", q, d.live.Links.Wireless)
}

func (d neighbors) Claimants(ctx context.Context, q platform.ClaimAsk) (platform.Claimants, error) {
	return ask(ctx, deck(d), "neighbors.claimants", q, d.live.Neighbors.Claimants)
}

func (d deck) Try(ctx context.Context, q platform.RelayAsk) (platform.RelayReply, error) {
	return ask(ctx, d, "relays.try", q, d.live.Relays.Try)
}

func (d deck) Recent(ctx context.Context, q platform.Reading) (platform.LogFacts, error) {
	return ask(ctx, d, "logs.recent", q, d.live.Logs.Recent)
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

func (d routes) Rules(ctx context.Context, q platform.Reading) ([]platform.RouteRule, error) {
	return ask(ctx, deck(d), "routes.rules", q, d.live.Routes.Rules)
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

func (d deck) For(ctx context.Context, q platform.ProxyAsk) (platform.ProxyFacts, error) {
	return ask(ctx, d, "proxies.for", q, d.live.Proxies.For)
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

func (d deck) Last(ctx context.Context, q platform.HistoryAsk) (platform.HistoryAnswer, error) {
	return ask(ctx, d, "history.last", q, d.live.History.Last)
}

func (d settings) Read(ctx context.Context, q platform.Reading) (platform.SettingFacts, error) {
	return ask(ctx, deck(d), "settings.read", q, d.live.Settings.Read)
}

func (d deck) Rules(ctx context.Context, q platform.RuleAsk) (platform.RuleSet, error) {
	return ask(ctx, d, "firewall.rules", q, d.live.Firewall.Rules)
}

func (d deck) WatchFlow(ctx context.Context, q platform.FlowAsk) (platform.Tap[platform.RuleHits], error) {
	return watch(ctx, d, "firewall.watchflow", "firewall.stop", q, d.live.Firewall.WatchFlow)
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
