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
		System: u, Links: none[Link]{}, Neighbors: neighbors{}, Routes: routes{}, Names: u, DNS: u,
		Dialer: u, Echo: echo{}, Datagrams: datagrams{}, Talker: u, Clock: u, Counters: u, Sockets: sockets{},
		Decisions: live{}, Resets: resets{}, Packets: u,
	}
}

type (
	unsupported struct{}
	none[T any] struct{}
	neighbors   struct{ none[Neighbor] }
	routes      struct{ none[Route] }
	echo        struct{}
	datagrams   struct{}
	sockets     struct{}
	resets      struct{}
	live        struct{}
)

func (none[T]) All(context.Context, Reading) ([]T, error) { return nil, ErrUnsupported }

func (neighbors) Resolve(context.Context, NeighborAsk) (Neighbor, error) {
	return Neighbor{}, ErrUnsupported
}

func (routes) To(context.Context, RouteAsk) (Route, error) { return Route{}, ErrUnsupported }

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
