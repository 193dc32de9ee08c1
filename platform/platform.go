// Package platform is the port between the engine and the operating system:
// the questions that may be asked of a host, the typed facts that answer them,
// and the codes of what can go wrong. A live machine, a recording of one and a
// test are all a Host.
//
// It never calls the operating system, never judges what it is told, and
// imports the standard library only; the answers are made in platform/<os>.
//
// Two kinds of method exist. An Ask is a question with one answer, both of a
// shape that JSON can carry. A Tap is armed, then stopped. An ask holds only
// what identifies the question: no deadline (that is the context's), no random
// port, no wall time. What is asked again carries a sequence number, so that
// method and ask are unique in a run.
//
// An answer is valid beside an error: it then holds what was seen before the
// error, above all Sent and Waited of a silence.
package platform

import (
	"context"
	"encoding/json"

	"faultline/platform/packet"
)

// Host is everything that may be asked. Every field is set: start from
// Unsupported and replace what the system can serve.
type Host struct {
	System    System
	Links     Links
	Neighbors Neighbors
	Relays    Relays
	Routes    Routes
	Names     Names
	Proxies   Proxies
	DNS       DNS
	Dialer    Dialer
	Echo      Echo
	Datagrams Datagrams
	Talker    Talker
	Clock     Clock
	Counters  Counters
	History   History
	Logs      Logs
	Settings  Settings
	Firewall  Firewall
	Sockets   Sockets
	Decisions Decisions
	Resets    Resets
	Packets   Packets
}

// System tells what machine this is and with which mechanisms it answers.
type System interface {
	Describe(ctx context.Context, q Reading) (SystemFacts, error)
	Mechanisms(ctx context.Context, q Reading) ([]Mechanism, error)
}

// Links lists the network adapters with their addresses.
type Links interface {
	All(ctx context.Context, q Reading) ([]Link, error)
	// Counters reads what each adapter carried and lost since it came to be,
	// how often its signal was lost, and how fast it is.
	Counters(ctx context.Context, q Reading) ([]LinkCounters, error)
	// Wireless tells of each Wi-Fi adapter whether it is on, joined to a
	// network, and how strong that is heard.
	Wireless(ctx context.Context, q Reading) ([]Wireless, error)
}

// Neighbors is the table of link-layer neighbors (ARP, RFC 826; neighbor
// discovery, RFC 4861).
type Neighbors interface {
	All(ctx context.Context, q Reading) ([]Neighbor, error)
	// Resolve asks the neighbor as directly as this process may (ARP, neighbor
	// discovery) and provokes resolution with one harmless datagram, one SYN and one
	// echo request. It returns when the neighbor answered, when resolution
	// failed, or when three direct questions stayed without an answer for a
	// second. An entry that was valid when the ask began proves nothing: where
	// it cannot be asked directly and stays silent for a little more than a
	// second, Confirmed is unknown, and that is no error; likewise a permanent
	// one, which may be there because the neighbor answers no such question.
	// When the context ends first, the error is ErrTimeout beside the state
	// reached; when a rule of this machine kept the datagram back and nothing
	// was settled, ErrPermission.
	Resolve(ctx context.Context, q NeighborAsk) (Neighbor, error)
	// Claimants asks a link who has an address, and gathers everybody who says
	// so within a second. For an address of this machine it is the probe of RFC
	// 5227 §2.1.1, or a neighbor solicitation for its own address. Without the
	// right to ask the error is ErrPermission.
	Claimants(ctx context.Context, q ClaimAsk) (Claimants, error)
}

// Relays sends through a neighbor that the routing table did not choose.
type Relays interface {
	// Try hands an echo request and a SYN for a far address to a neighbor and
	// tells whether anything came back from there. Silence is an answer without
	// error; without the right to do so the error is ErrPermission.
	Try(ctx context.Context, q RelayAsk) (RelayReply, error)
}

// Logs reads what the system's own programs noted of the network lately.
type Logs interface {
	// Recent returns the entries of the last minutes that this program
	// understands, oldest first.
	Recent(ctx context.Context, q Reading) (LogFacts, error)
}

// Routes is the routing table, and the system's own choice from it.
type Routes interface {
	All(ctx context.Context, q Reading) ([]Route, error)
	// To returns the route that a packet would take. A route that rejects is
	// an answer (its Kind says how); no route at all is ErrUnreachableNet.
	To(ctx context.Context, q RouteAsk) (Route, error)
	// Rules lists the rules that choose among the tables, of both families, in
	// the order in which they are tried.
	Rules(ctx context.Context, q Reading) ([]RouteRule, error)
}

// Names is how this system turns names into addresses.
type Names interface {
	Resolvers(ctx context.Context, q Reading) (Resolvers, error)
	Hosts(ctx context.Context, q HostsAsk) (HostsAnswer, error)
	// System is the answer that ordinary programs of this machine get. A name
	// that the system does not know is ErrNotFound.
	System(ctx context.Context, q NameAsk) (NameAnswer, error)
}

// Proxies tells which proxy this user's programs are set to take. No setting at
// all is an answer without error.
type Proxies interface {
	For(ctx context.Context, q ProxyAsk) (ProxyFacts, error)
}

// DNS asks one name server one question (RFC 1035). Any well-formed response,
// whatever its code, is an answer without error.
type DNS interface {
	Exchange(ctx context.Context, q DNSAsk) (DNSAnswer, error)
}

// Dialer opens one TCP connection, closes it at once and tells how it ended.
// Every way in which the network or the peer ends it is an answer without
// error (Dial.Ended); an error means that this machine could not try.
type Dialer interface {
	TCP(ctx context.Context, q DialAsk) (Dial, error)
}

// Echo sends one ICMP echo request. Silence is an answer without error.
type Echo interface {
	Send(ctx context.Context, q EchoAsk) (EchoReply, error)
}

// Datagrams sends one UDP datagram and tells what came back. Silence is an
// answer without error; ErrPermission means that this machine refused to send.
type Datagrams interface {
	Send(ctx context.Context, q DatagramAsk) (DatagramReply, error)
}

// Talker holds one conversation over TCP, in stages: connect, proxy, TLS,
// request, reply. How it ended is in the answer; an error means that it could not try.
type Talker interface {
	Talk(ctx context.Context, q TalkAsk) (Talk, error)
}

// Clock tells the time and whether something keeps it right.
type Clock interface {
	Now(ctx context.Context, q Reading) (ClockFacts, error)
}

// Counters reads the stack's own counters (RFC 4293, RFC 4022).
type Counters interface {
	Read(ctx context.Context, q Reading) (CounterFacts, error)
}

// History is what this program kept of earlier runs on this machine. It is no
// mechanism of the system: the program's own store answers.
type History interface {
	Last(ctx context.Context, q HistoryAsk) (HistoryAnswer, error)
}

// Settings reads how the network stack is set up (net.* of sysctl(8)).
type Settings interface {
	Read(ctx context.Context, q Reading) (SettingFacts, error)
}

// Firewall tells what the packet filters of this machine are set to do, and what
// they do with one connection. Without the rights to read them both are
// ErrPermission.
type Firewall interface {
	Rules(ctx context.Context, q RuleAsk) (RuleSet, error)
	// WatchFlow lets the filters tell which of their rules the packets of one
	// connection meet. What it sets up for that goes away with Stop, and with
	// the process that made it however that ends.
	WatchFlow(ctx context.Context, q FlowAsk) (Tap[RuleHits], error)
}

// Sockets tells which TCP sockets this machine holds, by whom, and how much of
// what they need is left. Programs that this process may not look into are left
// out: not to see an owner is not to have none.
type Sockets interface {
	Listeners(ctx context.Context, q ListenersAsk) (ListenerFacts, error)
	Ports(ctx context.Context, q PortsAsk) (PortUse, error)
	Files(ctx context.Context, q Reading) (FileUse, error)
}

// Decisions makes the engine's own time-dependent choices part of the record.
// A live host answers with what is proposed; a recording answers with what was
// decided when it was made, so that a replay makes the same asks.
type Decisions interface {
	Decide(ctx context.Context, q DecisionAsk) (json.RawMessage, error)
}

// A Tap watches from the moment that the call which made it returns (armed)
// until Stop. Only what Stop returns may be judged. Stop is idempotent.
type Tap[A any] interface {
	Stop(ctx context.Context) (A, error)
}

// Resets watches which TCP resets this machine's own stack sends, and why.
type Resets interface {
	Watch(ctx context.Context, q ResetAsk) (Tap[ResetLog], error)
}

// Packets captures. The tap's answer says where the packets are; the packets
// travel in batches through the source, never as JSON.
type Packets interface {
	Capture(ctx context.Context, q CaptureAsk) (packet.Source, error)
}
