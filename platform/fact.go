package platform

import (
	"encoding/json"
	"net/netip"
	"time"
)

// Every string, address and byte field of an ask or an answer carries its
// redaction class as the struct tag `redact`:
//
//	addr   an IP address, prefix or address with port
//	host   a DNS or host name
//	mac    a hardware address
//	link   the name of a network adapter
//	user   a user name or number
//	text   free text of the system or of a peer, searched for all of the above
//	bytes  bytes of a peer, kept as a length only
//	plain  a word or number of ours or of a standard; never redacted

// Tri is a statement that may be unknown, which is its zero value.
type Tri int8

// The three values of a statement.
const (
	Unknown Tri = 0
	No      Tri = -1
	Yes     Tri = 1
)

// TriOf makes a known statement of a bool.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// String returns unknown, no or yes.
func (t Tri) String() string {
	switch t {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// MarshalText writes unknown, no or yes.
func (t Tri) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads yes and no; anything else is unknown.
func (t *Tri) UnmarshalText(b []byte) error {
	*t = map[string]Tri{"yes": Yes, "no": No}[string(b)]
	return nil
}

// Reading asks for a fact that has no argument. Seq is 0 for the first reading
// in a run and counts the later ones.
type Reading struct {
	Seq int `json:"seq"`
}

// SystemFacts says what machine this is and as whom we ask.
type SystemFacts struct {
	OS       string `json:"os" redact:"plain"` // a GOOS value
	Arch     string `json:"arch" redact:"plain"`
	Release  string `json:"release,omitempty" redact:"plain"` // "Debian GNU/Linux 12", "Windows 11 24H2"
	Kernel   string `json:"kernel,omitempty" redact:"plain"`
	User     string `json:"user,omitempty" redact:"user"`
	Elevated bool   `json:"elevated"`
	TimeZone string `json:"time_zone,omitempty" redact:"plain"`
}

// Mechanism says how one method of the port is served on this host.
type Mechanism struct {
	Method string `json:"method" redact:"plain"` // as in the call log: "links.all"
	Via    string `json:"via,omitempty" redact:"plain"`
	// State is works, denied (exists, needs rights), missing (this system has
	// none, or it is switched off) or unsupported (not built for this system).
	State string `json:"state" redact:"plain"`
	Needs string `json:"needs,omitempty" redact:"plain"` // what would enable it
}

// States of a Mechanism.
const (
	MechanismWorks       = "works"
	MechanismDenied      = "denied"
	MechanismMissing     = "missing"
	MechanismUnsupported = "unsupported"
)

// LinkKind is the sort of a network adapter.
type LinkKind string

// The kinds of adapters.
const (
	Ethernet  LinkKind = "ethernet" // whatever looks like it, virtual pairs included
	WiFi      LinkKind = "wifi"
	Loopback  LinkKind = "loopback"
	Tunnel    LinkKind = "tunnel" // TUN, WireGuard, IP in IP, ...
	PPP       LinkKind = "ppp"
	Bridge    LinkKind = "bridge"
	OtherLink LinkKind = "other"
)

// Link is one network adapter.
type Link struct {
	Index        int       `json:"index"`
	Name         string    `json:"name" redact:"link"`
	Kind         LinkKind  `json:"kind" redact:"plain"`
	Up           bool      `json:"up"`      // administratively up
	Carrier      Tri       `json:"carrier"` // unknown where the medium has none or the link is down
	MTU          int       `json:"mtu"`     // bytes
	MAC          string    `json:"mac,omitempty" redact:"mac"`
	PointToPoint bool      `json:"point_to_point,omitempty"`
	NoARP        bool      `json:"no_arp,omitempty"` // no neighbor resolution on it
	Master       int       `json:"master,omitempty"` // index of the bridge or bond that it serves
	Addresses    []Address `json:"addresses,omitempty"`
}

// Address is one address of an adapter, with the prefix that is on-link.
type Address struct {
	Prefix     netip.Prefix `json:"prefix" redact:"addr"`
	Peer       netip.Addr   `json:"peer,omitzero" redact:"addr"`
	LinkLocal  bool         `json:"link_local,omitempty"`
	Tentative  bool         `json:"tentative,omitempty"`  // RFC 4862 §5.4 not finished
	Duplicate  bool         `json:"duplicate,omitempty"`  // duplicate address detection failed
	Deprecated bool         `json:"deprecated,omitempty"` // preferred lifetime over
	Temporary  bool         `json:"temporary,omitempty"`  // RFC 8981
}

// NeighborState is the state of an entry, in the words of RFC 4861 §7.3.2 and
// of iproute2.
type NeighborState string

// The states of a neighbor entry.
const (
	NeighborNone       NeighborState = "none" // no entry
	NeighborIncomplete NeighborState = "incomplete"
	NeighborReachable  NeighborState = "reachable"
	NeighborStale      NeighborState = "stale"
	NeighborDelay      NeighborState = "delay"
	NeighborProbe      NeighborState = "probe"
	NeighborFailed     NeighborState = "failed"
	NeighborPermanent  NeighborState = "permanent"
	NeighborNoARP      NeighborState = "noarp"
)

// Neighbor is one entry of the neighbor table.
type Neighbor struct {
	Addr   netip.Addr    `json:"addr" redact:"addr"`
	Link   int           `json:"link"` // index of the adapter
	MAC    string        `json:"mac,omitempty" redact:"mac"`
	State  NeighborState `json:"state" redact:"plain"`
	Router bool          `json:"router,omitempty"`
	// Confirmed says whether the neighbor answered after we asked: yes when
	// it did, whatever State says; no when resolution failed or direct
	// questions stayed without an answer (State may then still be reachable,
	// as the system has not noticed yet); unknown when it is not settled.
	Confirmed Tri           `json:"confirmed"`
	Waited    time.Duration `json:"waited,omitempty"` // how long Resolve watched
}

// NeighborAsk names a next hop to resolve.
type NeighborAsk struct {
	Addr netip.Addr `json:"addr" redact:"addr"`
	Link int        `json:"link"`
	N    int        `json:"n,omitempty"`
}

// RouteKind is the type of a route, as iproute2 names it.
type RouteKind string

// The kinds of routes.
const (
	Unicast     RouteKind = "unicast"
	Local       RouteKind = "local" // the address is this machine's own
	Broadcast   RouteKind = "broadcast"
	Multicast   RouteKind = "multicast"
	Blackhole   RouteKind = "blackhole"
	Unreachable RouteKind = "unreachable"
	Prohibit    RouteKind = "prohibit"
	Throw       RouteKind = "throw"
)

// Route is one entry of a routing table, or the system's choice for a target.
type Route struct {
	Dst      netip.Prefix `json:"dst,omitzero" redact:"addr"`     // the prefix that matched; zero when unknown
	Gateway  netip.Addr   `json:"gateway,omitzero" redact:"addr"` // zero: on-link
	Link     int          `json:"link,omitempty"`
	LinkName string       `json:"link_name,omitempty" redact:"link"`
	Source   netip.Addr   `json:"source,omitzero" redact:"addr"`
	Kind     RouteKind    `json:"kind" redact:"plain"`
	Table    int          `json:"table,omitempty"`
	Metric   int          `json:"metric,omitempty"`
	Protocol string       `json:"protocol,omitempty" redact:"plain"` // kernel, boot, static, dhcp, ra, ...
	MTU      int          `json:"mtu,omitempty"`
	// Down says that the route cannot be used as its adapter is down or has
	// no carrier (RTNH_F_DEAD, RTNH_F_LINKDOWN).
	Down bool `json:"down,omitempty"`
}

// RouteAsk asks for the route to Dst, from Src when it is set.
type RouteAsk struct {
	Dst netip.Addr `json:"dst" redact:"addr"`
	Src netip.Addr `json:"src,omitzero" redact:"addr"`
	Seq int        `json:"seq,omitempty"`
}

// Resolvers is the configuration of name resolution.
type Resolvers struct {
	Servers []Resolver `json:"servers"` // in the order of use
	Search  []string   `json:"search,omitempty" redact:"host"`
	Ndots   int        `json:"ndots,omitempty"`
	Order   []string   `json:"order,omitempty" redact:"plain"` // nsswitch.conf hosts: files, dns, resolve, mdns4_minimal, ...
	Stub    bool       `json:"stub,omitempty"`                 // programs ask a local stub, which asks Servers
	Source  string     `json:"source,omitempty" redact:"plain"`
}

// Resolver is one configured name server.
type Resolver struct {
	Addr    netip.AddrPort `json:"addr" redact:"addr"`
	Link    int            `json:"link,omitempty"`                // the adapter that it belongs to; 0: all
	From    string         `json:"from,omitempty" redact:"plain"` // which configuration names it
	Domains []string       `json:"domains,omitempty" redact:"host"`
}

// HostsAsk asks what the hosts file says of a name.
type HostsAsk struct {
	Name string `json:"name" redact:"host"`
}

// HostsAnswer is what the hosts file says of a name; no addresses, no entry.
type HostsAnswer struct {
	Path      string       `json:"path,omitempty" redact:"plain"`
	Addresses []netip.Addr `json:"addresses,omitempty" redact:"addr"`
}

// NameAsk asks the system for the addresses of a name.
type NameAsk struct {
	Name string `json:"name" redact:"host"`
	N    int    `json:"n,omitempty"`
}

// NameAnswer is the system's own answer, in the order in which programs would
// use the addresses (RFC 6724).
type NameAnswer struct {
	Addresses []netip.Addr  `json:"addresses,omitempty" redact:"addr"`
	Canonical string        `json:"canonical,omitempty" redact:"host"`
	Via       string        `json:"via,omitempty" redact:"plain"`
	Waited    time.Duration `json:"waited,omitempty"`
}

// DNSAsk is one question to one server.
type DNSAsk struct {
	Server    netip.AddrPort `json:"server" redact:"addr"`
	Name      string         `json:"name" redact:"host"`
	Type      string         `json:"type" redact:"plain"`      // A, AAAA, SOA, NS
	Transport string         `json:"transport" redact:"plain"` // udp, tcp
	CD        bool           `json:"cd,omitempty"`             // checking disabled (RFC 4035 §3.2.2)
	N         int            `json:"n,omitempty"`
}

// DNSAnswer is a server's response, or how its silence was measured (with
// ErrTimeout). ErrRefused means ICMP port unreachable or a TCP reset;
// ErrMalformed that what came back could not be understood.
type DNSAnswer struct {
	RCode     string        `json:"rcode,omitempty" redact:"plain"` // NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...
	Truncated bool          `json:"truncated,omitempty"`
	Recursion bool          `json:"recursion,omitempty"`
	Records   []DNSRecord   `json:"records,omitempty"`
	Authority []DNSRecord   `json:"authority,omitempty"`
	Extended  []DNSExtended `json:"extended,omitempty"`
	Sent      int           `json:"sent"` // datagrams, or connection attempts
	Waited    time.Duration `json:"waited"`
	Bytes     int           `json:"bytes,omitempty"`
	ICMP      *ICMP         `json:"icmp,omitempty"`
}

// DNSRecord is one resource record; Addr is set for A and AAAA, Text holds the
// target of CNAME, NS and SOA.
type DNSRecord struct {
	Name string     `json:"name" redact:"host"`
	Type string     `json:"type" redact:"plain"`
	TTL  uint32     `json:"ttl"`
	Addr netip.Addr `json:"addr,omitzero" redact:"addr"`
	Text string     `json:"text,omitempty" redact:"host"`
}

// DNSExtended is an extended DNS error (RFC 8914).
type DNSExtended struct {
	Code int    `json:"code"`
	Text string `json:"text,omitempty" redact:"text"`
}

// ICMP is an ICMP or ICMPv6 error that came back for a packet of ours, as the
// system's error queue tells it.
type ICMP struct {
	From netip.Addr `json:"from" redact:"addr"` // who sent the error
	Type int        `json:"type"`
	Code int        `json:"code"`
	MTU  int        `json:"mtu,omitempty"` // next-hop MTU of "fragmentation needed" / "packet too big"
}

// DialAsk asks for one TCP connection attempt.
type DialAsk struct {
	To   netip.AddrPort `json:"to" redact:"addr"`
	From netip.Addr     `json:"from,omitzero" redact:"addr"`
	SYNs int            `json:"syns,omitempty"`    // how many SYNs the attempt may send; 0: one
	TTL  int            `json:"ttl,omitempty"`     // 0: the system's
	Min  int            `json:"min_ttl,omitempty"` // answers with a smaller TTL are ignored (IP_MINTTL, RFC 5082)
	N    int            `json:"n,omitempty"`
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
	Ended   DialEnd        `json:"ended" redact:"plain"`
	Local   netip.AddrPort `json:"local,omitzero" redact:"addr"`
	Sent    int            `json:"sent"`   // SYNs
	Waited  time.Duration  `json:"waited"` // until the end, or until we gave up
	ICMP    *ICMP          `json:"icmp,omitempty"`
	Problem *Problem       `json:"problem,omitempty"`
	TCP     *TCPInfo       `json:"tcp,omitempty"`
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
}

// EchoAsk is one echo request.
type EchoAsk struct {
	To   netip.Addr `json:"to" redact:"addr"`
	TTL  int        `json:"ttl,omitempty"`
	Size int        `json:"size,omitempty"` // bytes of payload; 0: 32
	DF   bool       `json:"df,omitempty"`
	Seq  int        `json:"seq"`
}

// EchoReply is what came back: an echo reply, an ICMP error, or nothing.
type EchoReply struct {
	Answered bool          `json:"answered"` // an echo reply from To
	TTL      int           `json:"ttl,omitempty"`
	ICMP     *ICMP         `json:"icmp,omitempty"`
	Waited   time.Duration `json:"waited"` // the round trip, or how long we listened
}

// DatagramAsk is one small UDP datagram to a port where nothing is expected.
type DatagramAsk struct {
	To  netip.AddrPort `json:"to" redact:"addr"`
	TTL int            `json:"ttl,omitempty"`
	N   int            `json:"n,omitempty"`
}

// DatagramReply is what came back: a datagram, an ICMP error, or nothing.
type DatagramReply struct {
	Answered bool          `json:"answered"`
	ICMP     *ICMP         `json:"icmp,omitempty"`
	Waited   time.Duration `json:"waited"`
}

// TalkAsk is one conversation. TLS and HTTP are optional stages; Send is what
// is written when HTTP is nil, and may be empty to listen for a greeting.
type TalkAsk struct {
	To   netip.AddrPort `json:"to" redact:"addr"`
	TLS  *TLSAsk        `json:"tls,omitempty"`
	HTTP *HTTPAsk       `json:"http,omitempty"`
	Send []byte         `json:"send,omitempty" redact:"bytes"`
	Read int            `json:"read,omitempty"` // most bytes to take from the peer; 0: 512; negative: none
	N    int            `json:"n,omitempty"`
}

// TLSAsk asks for a handshake; the peer's certificate is recorded, not enforced.
type TLSAsk struct {
	ServerName string   `json:"server_name,omitempty" redact:"host"` // also the name or address that the certificate must hold
	ALPN       []string `json:"alpn,omitempty" redact:"plain"`
}

// HTTPAsk asks for one request of HTTP/1.1 without credentials or cookies.
type HTTPAsk struct {
	Method string `json:"method" redact:"plain"`
	Host   string `json:"host" redact:"host"` // the Host field, with port where it is not the scheme's own
	Path   string `json:"path" redact:"text"`
}

// Names of a Stage.
const (
	StageConnect = "connect"
	StageTLS     = "tls"
	StageRequest = "request"
	StageReply   = "reply"
)

// Stage is one step of a conversation. Problem is nil when it was passed; the
// last stage is the one in which the conversation ended.
type Stage struct {
	Name    string        `json:"name" redact:"plain"`
	Waited  time.Duration `json:"waited"`
	Problem *Problem      `json:"problem,omitempty"`
}

// TalkEnd is who or what ended a conversation.
type TalkEnd string

// The ends of a conversation.
const (
	EndFIN     TalkEnd = "fin"     // the peer closed
	EndReset   TalkEnd = "reset"   // the peer, or something in its name, reset
	EndTimeout TalkEnd = "timeout" // we stopped waiting
	EndLocal   TalkEnd = "local"   // we had what we wanted, and closed
	EndError   TalkEnd = "error"   // the problem of the last stage says what
)

// Talk is how a conversation went.
type Talk struct {
	Stages   []Stage       `json:"stages"`
	End      TalkEnd       `json:"end" redact:"plain"`
	TLS      *TLSFacts     `json:"tls,omitempty"`
	HTTP     *HTTPFacts    `json:"http,omitempty"`
	First    []byte        `json:"first,omitempty" redact:"bytes"` // the peer's first bytes, at most 512
	Sent     int64         `json:"sent"`                           // bytes of the conversation, as the stream carried them
	Received int64         `json:"received"`
	FirstIn  time.Duration `json:"first_in,omitempty"` // from the end of the request to the first byte of the reply
	Cut      bool          `json:"cut,omitempty"`      // more came than was asked for
	TCP      *TCPInfo      `json:"tcp,omitempty"`
}

// TLSFacts is what a handshake showed.
type TLSFacts struct {
	Version string `json:"version,omitempty" redact:"plain"` // "TLS 1.3"
	Cipher  string `json:"cipher,omitempty" redact:"plain"`
	ALPN    string `json:"alpn,omitempty" redact:"plain"`
	Alert   string `json:"alert,omitempty" redact:"plain"` // RFC 8446 §6.2, as "handshake_failure"
	NotTLS  bool   `json:"not_tls,omitempty"`              // the peer's first bytes are no TLS record
	// ClientCertificate: the server asked for one (RFC 8446 §4.3.2).
	ClientCertificate bool          `json:"client_certificate,omitempty"`
	Chain             []Certificate `json:"chain,omitempty"` // as sent, leaf first, at most ten
	NameMatches       Tri           `json:"name_matches"`    // RFC 9525; unknown when no name was asked for
	// Trusted says whether this machine's own verifier builds a chain to a
	// root that it trusts, at a time at which the leaf is valid: dates are
	// judged from the chain's facts.
	Trusted Tri `json:"trusted"`
	// Why is what the system's verifier said, when it refused.
	Why *Problem `json:"why,omitempty"`
	// Incomplete: no issuer of the last certificate sent is known here, and
	// it is not self-signed.
	Incomplete bool `json:"incomplete,omitempty"`
}

// Certificate is one certificate of a chain.
type Certificate struct {
	Subject    string    `json:"subject" redact:"host"`
	Issuer     string    `json:"issuer" redact:"host"`
	Names      []string  `json:"names,omitempty" redact:"host"` // DNS names and addresses, at most 50
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
	SelfSigned bool      `json:"self_signed,omitempty"`
	CA         bool      `json:"ca,omitempty"`
	SHA256     string    `json:"sha256" redact:"plain"`
}

// HTTPFacts is what the reply's head showed.
type HTTPFacts struct {
	Status   int       `json:"status"` // 0: no well-formed status line
	Proto    string    `json:"proto,omitempty" redact:"plain"`
	Date     time.Time `json:"date,omitzero"`                      // the peer's clock (RFC 9110 §6.6.1)
	Location string    `json:"location,omitempty" redact:"host"`   // host of a redirect, nothing else of it
	Server   string    `json:"server,omitempty" redact:"text"`     // at most 100 characters
	Via      string    `json:"via,omitempty" redact:"text"`        // at most 100 characters
	Length   int64     `json:"length"`                             // announced; -1: not announced
	Auth     string    `json:"auth,omitempty" redact:"plain"`      // the scheme that WWW-Authenticate names
	Malform  string    `json:"malformed,omitempty" redact:"plain"` // why the head could not be read
}

// ClockFacts is the time here, and whether something keeps it right.
type ClockFacts struct {
	Wall   time.Time `json:"wall"`
	Synced Tri       `json:"synced"`
	Source string    `json:"source,omitempty" redact:"plain"`
}

// CounterFacts holds counters by the kernel's own names: "Ip.OutDiscards".
type CounterFacts struct {
	Values map[string]uint64 `json:"values" redact:"plain"`
}

// DecisionAsk names a choice of the engine. Proposed is what a live host
// answers with; it is no part of the question.
type DecisionAsk struct {
	Key      string          `json:"key" redact:"plain"`
	Proposed json.RawMessage `json:"-"`
}

// ResetAsk says which flow to watch; zero fields match all.
type ResetAsk struct {
	Local  netip.AddrPort `json:"local,omitzero" redact:"addr"`
	Remote netip.AddrPort `json:"remote,omitzero" redact:"addr"`
	Limit  int            `json:"limit"`
}

// ResetLog is what was seen between arming and Stop.
type ResetLog struct {
	Began time.Time    `json:"began"`
	Ended time.Time    `json:"ended"`
	Sent  []ResetEvent `json:"sent,omitempty"`
	Lost  int          `json:"lost,omitempty"` // events that the system could not hold
}

// ResetEvent is one reset that this machine's stack sent.
type ResetEvent struct {
	At     time.Time      `json:"at"`
	Local  netip.AddrPort `json:"local" redact:"addr"`
	Remote netip.AddrPort `json:"remote" redact:"addr"`
	Reason string         `json:"reason" redact:"plain"`
}

// CaptureAsk says what to capture. Packets are cut after Snap bytes.
type CaptureAsk struct {
	Link  int `json:"link"`
	Snap  int `json:"snap"`
	Limit int `json:"limit"` // packets
}
