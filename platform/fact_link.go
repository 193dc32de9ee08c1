package platform

import (
	"net/netip"
	"time"
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
	Bridge    LinkKind = "bridge" // this machine's end of a network that it makes itself
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
	Parent       int       `json:"parent,omitempty"` // index of the adapter that it sits on, as a VLAN or a macvlan does
	Addresses    []Address `json:"addresses,omitempty"`
	Tunnel       *Ends     `json:"tunnel,omitempty"` // of a tunnel, as far as the system tells
	// DHCP says whether the adapter is set to get its IPv4 address from a DHCP
	// server (RFC 2131), whether or not one answers.
	DHCP Tri `json:"dhcp,omitzero"`
	// DHCPServer gave it the lease that it holds.
	DHCPServer netip.Addr `json:"dhcp_server,omitzero" redact:"addr"`
}

// Ends are the outer ends of a tunnel and what has passed through it.
type Ends struct {
	Local    netip.Addr `json:"local,omitzero" redact:"addr"`
	Remote   netip.Addr `json:"remote,omitzero" redact:"addr"` // zero: any, or known to a program only
	Received int        `json:"received"`                      // packets since the adapter was made
	Sent     int        `json:"sent"`
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
	Addr netip.Addr `json:"addr" redact:"addr"`
	Link int        `json:"link"` // index of the adapter
	MAC  string     `json:"mac,omitempty" redact:"mac"`
	// Held is where the system sends by an entry that somebody fixed, when the
	// neighbor answered with another address, MAC.
	Held   string        `json:"held,omitempty" redact:"mac"`
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

// MainTable is the table where routes are kept unless something else was said
// (RT_TABLE_MAIN). On a system with one table all routes are in it.
const MainTable = 254

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

// RouteAsk asks for the route to Dst, from Src when it is set, by the adapter
// Link when that is not 0, for a TCP connection to the port TCP when that is not 0.
type RouteAsk struct {
	Dst  netip.Addr `json:"dst" redact:"addr"`
	Src  netip.Addr `json:"src,omitzero" redact:"addr"`
	Link int        `json:"link,omitempty"`
	TCP  uint16     `json:"tcp,omitempty"`
	Seq  int        `json:"seq,omitempty"`
}
