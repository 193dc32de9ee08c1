package platform

import (
	"context"
	"encoding/json"

	"faultline/platform/packet"
)

// Unsupported returns a host in which every method answers ErrUnsupported, but
// for Decisions, which every live host serves alike. Real hosts and tests
// override its fields.
func Unsupported() Host {
	var u unsupported
	return Host{
		System: u, Links: links{}, Neighbors: neighbors{}, Relays: u, Routes: routes{}, Names: u, Proxies: u,
		DNS: u, Dialer: u, Echo: echo{}, Datagrams: datagrams{}, Talker: u, Clock: u, Counters: u,
		Sockets: sockets{}, Firewall: u, Settings: settings{}, Logs: u, History: u, Decisions: live{}, Resets: resets{},
		Packets: u,
	}
}

type (
	unsupported struct{}
	none[T any] struct{}
	links       struct{ none[Link] }
	neighbors   struct{ none[Neighbor] }
	routes      struct{ none[Route] }
	echo        struct{}
	datagrams   struct{}
	sockets     struct{}
	resets      struct{}
	settings    struct{}
	live        struct{}
)

func (none[T]) All(context.Context, Reading) ([]T, error) { return nil, ErrUnsupported }

func (links) Counters(context.Context, Reading) ([]LinkCounters, error) { return nil, ErrUnsupported }

func (links) Wireless(context.Context, Reading) ([]Wireless, error) { return nil, ErrUnsupported }

func (neighbors) Claimants(context.Context, ClaimAsk) (Claimants, error) {
	return Claimants{}, ErrUnsupported
}

func (unsupported) Try(context.Context, RelayAsk) (RelayReply, error) {
	return RelayReply{}, ErrUnsupported
}

func (unsupported) Recent(context.Context, Reading) (LogFacts, error) {
	return LogFacts{}, ErrUnsupported
}

func (neighbors) Resolve(context.Context, NeighborAsk) (Neighbor, error) {
	return Neighbor{}, ErrUnsupported
}

func (routes) To(context.Context, RouteAsk) (Route, error) { return Route{}, ErrUnsupported }

func (routes) Rules(context.Context, Reading) ([]RouteRule, error) { return nil, ErrUnsupported }

func (settings) Read(context.Context, Reading) (SettingFacts, error) {
	return SettingFacts{}, ErrUnsupported
}

func (unsupported) Describe(context.Context, Reading) (SystemFacts, error) {
	return SystemFacts{}, ErrUnsupported
}

func (unsupported) Mechanisms(context.Context, Reading) ([]Mechanism, error) {
	return nil, ErrUnsupported
}

func (unsupported) Resolvers(context.Context, Reading) (Resolvers, error) {
	return Resolvers{}, ErrUnsupported
}

func (unsupported) Hosts(context.Context, HostsAsk) (HostsAnswer, error) {
	return HostsAnswer{}, ErrUnsupported
}

func (unsupported) System(context.Context, NameAsk) (NameAnswer, error) {
	return NameAnswer{}, ErrUnsupported
}

func (unsupported) For(context.Context, ProxyAsk) (ProxyFacts, error) {
	return ProxyFacts{}, ErrUnsupported
}

func (unsupported) Exchange(context.Context, DNSAsk) (DNSAnswer, error) {
	return DNSAnswer{}, ErrUnsupported
}

func (unsupported) TCP(context.Context, DialAsk) (Dial, error) { return Dial{}, ErrUnsupported }

func (echo) Send(context.Context, EchoAsk) (EchoReply, error) { return EchoReply{}, ErrUnsupported }

func (datagrams) Send(context.Context, DatagramAsk) (DatagramReply, error) {
	return DatagramReply{}, ErrUnsupported
}

func (unsupported) Talk(context.Context, TalkAsk) (Talk, error) { return Talk{}, ErrUnsupported }

func (unsupported) Now(context.Context, Reading) (ClockFacts, error) {
	return ClockFacts{}, ErrUnsupported
}

func (unsupported) Read(context.Context, Reading) (CounterFacts, error) {
	return CounterFacts{}, ErrUnsupported
}

func (unsupported) Last(context.Context, HistoryAsk) (HistoryAnswer, error) {
	return HistoryAnswer{}, ErrUnsupported
}

func (unsupported) Rules(context.Context, RuleAsk) (RuleSet, error) {
	return RuleSet{}, ErrUnsupported
}

func (unsupported) WatchFlow(context.Context, FlowAsk) (Tap[RuleHits], error) {
	return nil, ErrUnsupported
}

func (resets) Watch(context.Context, ResetAsk) (Tap[ResetLog], error) { return nil, ErrUnsupported }

func (unsupported) Capture(context.Context, CaptureAsk) (packet.Source, error) {
	return nil, ErrUnsupported
}

func (sockets) Listeners(context.Context, ListenersAsk) (ListenerFacts, error) {
	return ListenerFacts{}, ErrUnsupported
}

func (sockets) Ports(context.Context, PortsAsk) (PortUse, error) { return PortUse{}, ErrUnsupported }

func (sockets) Files(context.Context, Reading) (FileUse, error) { return FileUse{}, ErrUnsupported }

func (live) Decide(_ context.Context, q DecisionAsk) (json.RawMessage, error) {
	return q.Proposed, nil
}
