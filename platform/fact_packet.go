package platform

import (
	"net/netip"
	"time"
)

// ICMP is an ICMP or ICMPv6 error that came back for a packet of ours, as the
// system's error queue tells it.
type ICMP struct {
	From netip.Addr `json:"from" redact:"addr"` // who sent the error
	Type int        `json:"type"`
	Code int        `json:"code"`
	MTU  int        `json:"mtu,omitempty"` // next-hop MTU of "fragmentation needed" / "packet too big"
	// Broad: the system tells fewer kinds of "unreachable" apart than there are.
	// Code is the one that it names them by.
	Broad bool `json:"broad,omitempty"`
}

// DialAsk asks for one TCP connection attempt.
type DialAsk struct {
	To   netip.AddrPort `json:"to" redact:"addr"`
	From netip.Addr     `json:"from,omitzero" redact:"addr"`
	SYNs int            `json:"syns,omitempty"`    // how many SYNs the attempt may send; 0: one
	TTL  int            `json:"ttl,omitempty"`     // 0: the system's
	Min  int            `json:"min_ttl,omitempty"` // answers with a smaller TTL are ignored (IP_MINTTL, RFC 5082)
	Link int            `json:"link,omitempty"`    // the adapter to leave by; 0: the system's choice
	Hold time.Duration  `json:"hold,omitempty"`    // how long to keep it open, once it is
	N    int            `json:"n,omitempty"`
	// LocalPort is the port to leave from; 0: any.
	LocalPort uint16 `json:"local_port,omitempty"`
}

// DialEnd is how a connection attempt ended.
type DialEnd string

// The ends of a connection attempt.
const (
	DialOpen    DialEnd = "open"
	DialRefused DialEnd = "refused" // a RST answered
	DialICMP    DialEnd = "icmp"    // an ICMP error came back: Dial.ICMP
	DialSilent  DialEnd = "silent"  // nothing came back
	DialLocal   DialEnd = "local"   // this machine refused to send: Dial.Problem
)

// Dial is how one connection attempt ended.
type Dial struct {
	Ended  DialEnd        `json:"ended" redact:"plain"`
	Local  netip.AddrPort `json:"local,omitzero" redact:"addr"`
	Sent   int            `json:"sent"`   // SYNs
	Waited time.Duration  `json:"waited"` // until the end, or until we gave up
	// ICMP is the error that ended it. Beside DialLocal it is one that this
	// machine made for its own packet.
	ICMP    *ICMP    `json:"icmp,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
	TCP     *TCPInfo `json:"tcp,omitempty"`
}

// TCPInfo is what the stack tells of a connection (Linux tcp(7) TCP_INFO,
// Windows TCP_INFO_v0).
type TCPInfo struct {
	RTT         time.Duration `json:"rtt,omitempty"`
	MSS         int           `json:"mss,omitempty"` // bytes
	PathMTU     int           `json:"path_mtu,omitempty"`
	Retransmits int           `json:"retransmits,omitempty"` // segments, in all
	Unacked     int           `json:"unacked,omitempty"`     // segments
	PeerWindow  int           `json:"peer_window,omitempty"` // bytes
	// Unsent is what was written and never left, in bytes, because the peer's
	// window has no room for it.
	Unsent int `json:"unsent,omitempty"`
}

// EchoAsk is one echo request.
type EchoAsk struct {
	To   netip.Addr `json:"to" redact:"addr"`
	TTL  int        `json:"ttl,omitempty"`
	Size int        `json:"size,omitempty"` // bytes of payload; 0: 32
	DF   bool       `json:"df,omitempty"`
	Link int        `json:"link,omitempty"` // the adapter to leave by; 0: the system's choice
	Seq  int        `json:"seq"`
}

// EchoReply is what came back: an echo reply, an ICMP error, or nothing.
type EchoReply struct {
	Answered bool          `json:"answered"` // an echo reply from To
	TTL      int           `json:"ttl,omitempty"`
	ICMP     *ICMP         `json:"icmp,omitempty"`
	Waited   time.Duration `json:"waited"` // the round trip, or how long we listened
}

// DatagramAsk is one UDP datagram to a port where nothing is expected.
type DatagramAsk struct {
	To   netip.AddrPort `json:"to" redact:"addr"`
	TTL  int            `json:"ttl,omitempty"`
	Size int            `json:"size,omitempty"` // bytes of payload; 0: 1
	DF   bool           `json:"df,omitempty"`
	N    int            `json:"n,omitempty"`
}

// DatagramReply is what came back: a datagram, an ICMP error, or nothing.
type DatagramReply struct {
	Answered bool          `json:"answered"`
	ICMP     *ICMP         `json:"icmp,omitempty"`
	Waited   time.Duration `json:"waited"`
}
