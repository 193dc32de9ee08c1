package portable

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"faultline/platform"
)

const (
	udpLimit = 2 * time.Second // for a context without deadline
	tcpLimit = 5 * time.Second
)

type resolver struct{ dial DialUDP }

// DialUDP opens a connected UDP socket for one exchange. A read that its
// deadline ends is os.ErrDeadlineExceeded, also where the deadline was moved
// while the read waited; ICMP port unreachable is an error number of the system.
type DialUDP func(to netip.AddrPort) (net.Conn, error)

// DNS asks over UDP and TCP. Names in asks are IDNA-encoded, with or without a
// final dot; names in answers have none, but for the root.
//
// The errors of Exchange, each beside an answer with Sent and Waited:
//
//	ErrTimeout          nothing came
//	ErrRefused          ICMP port unreachable, or a TCP reset instead of SYN-ACK
//	ErrReset            TCP only: reset after the connection was open
//	ErrMalformed        what came was no answer to the question
//	ErrUnreachableNet, ErrUnreachableHost, ErrPermission   as the system says
//	ErrCanceled         the context was canceled
//	Problem other       TCP only: "closed by peer" before a byte; or the ask
//	                    has no server, or a name or type that cannot be sent
//
// When a server rejects EDNS, the answer is the one to the question without.
func DNS() platform.DNS { return DNSWith(dialUDP) }

// DNSWith is DNS over UDP sockets that the system's own package opens.
func DNSWith(dial DialUDP) platform.DNS { return resolver{dial: dial} }

func dialUDP(to netip.AddrPort) (net.Conn, error) {
	return net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
}

// progress is how far an exchange came.
type progress struct {
	sent      int
	connected bool // over TCP
}

// exchange asks a packed question; it notes its progress. What has to
// be sent again is sent in the next form, and an answer to any form counts.
type exchange func(ctx context.Context, q platform.DNSAsk, forms []question, at *progress) (*dns.Msg, int, error)

func (r resolver) Exchange(ctx context.Context, q platform.DNSAsk) (platform.DNSAnswer, error) {
	transport, limit := exchange(r.overUDP), udpLimit
	switch {
	case !q.Server.IsValid() || q.Server.Port() == 0:
		return platform.DNSAnswer{}, other("no DNS server to ask")
	case q.Transport == "tcp":
		transport, limit = overTCP, tcpLimit
	case q.Transport != "udp":
		return platform.DNSAnswer{}, other("no DNS transport: " + q.Transport)
	}
	ctx, cancel := withLimit(ctx, limit)
	defer cancel()
	return transport.run(ctx, q)
}

func (x exchange) run(ctx context.Context, q platform.DNSAsk) (platform.DNSAnswer, error) {
	start, at := time.Now(), progress{}
	m, size, err := x.negotiate(ctx, q, &at)
	if err != nil {
		return platform.DNSAnswer{Sent: at.sent, Connected: at.connected, Waited: time.Since(start)},
			fmt.Errorf("asking DNS over %s: %w", q.Transport, problemOf(ctx, err))
	}
	answer := factsOf(m)
	answer.Sent, answer.Connected, answer.Waited, answer.Bytes = at.sent, at.connected, time.Since(start), size
	return answer, nil
}

// negotiate asks with EDNS, and again without where that is rejected (RFC 6891
// §6.2.2) or, over UDP, not answered: some servers and firewalls drop what they do
// not know, and the system asks without. A server that then is silent has answered
// all the same.
func (x exchange) negotiate(ctx context.Context, q platform.DNSAsk, at *progress) (*dns.Msg, int, error) {
	extended, err := ask(q, true)
	if err != nil {
		return nil, 0, err
	}
	plain, err := ask(q, false)
	if err != nil {
		return nil, 0, err
	}
	m, size, err := x(ctx, q, []question{extended, plain}, at)
	if err != nil || !rejectsEDNS(m) {
		return m, size, err
	}
	if again, n, err := x(ctx, q, []question{plain}, at); err == nil {
		return again, n, nil
	}
	return m, size, nil
}
