package platform

import "net/netip"

// RouteRule is one rule of the policy by which the system chooses among its
// routing tables (RFC 1104; ip-rule(8)). Rules are tried in the order of their
// priority, the smallest number first.
type RouteRule struct {
	Family   string       `json:"family" redact:"plain"` // ipv4 or ipv6
	Priority int          `json:"priority"`
	Src      netip.Prefix `json:"src,omitzero" redact:"addr"`        // zero: from anywhere
	Dst      netip.Prefix `json:"dst,omitzero" redact:"addr"`        // zero: to anywhere
	In       string       `json:"in,omitempty" redact:"link"`        // for what came in by this adapter
	Out      string       `json:"out,omitempty" redact:"link"`       // for sockets that are bound to this adapter
	Mark     int          `json:"mark,omitempty"`                    // of the packet, under Mask
	Mask     int          `json:"mask,omitempty"`                    // 0: the rule looks at no mark
	Users    *UserRange   `json:"users,omitempty"`                   // for packets of these users
	Proto    int          `json:"proto,omitempty"`                   // for packets of this IP protocol
	Ports    *PortRange   `json:"ports,omitempty"`                   // for packets to these ports
	More     bool         `json:"more,omitempty"`                    // it looks at the source's port, TOS, a tunnel or a VRF too
	Not      bool         `json:"not,omitempty"`                     // it holds for what does not fit
	Action   RuleAction   `json:"action" redact:"plain"`             // what it does with what it holds for
	Table    int          `json:"table,omitempty"`                   // of a lookup
	Suppress *int         `json:"suppress,omitempty"`                // routes with a prefix this short or shorter do not count
	Protocol string       `json:"protocol,omitempty" redact:"plain"` // who set it: kernel, boot, static, ...
}

// PortRange is a range of ports, both ends included.
type PortRange struct {
	Low  uint16 `json:"low"`
	High uint16 `json:"high"`
}

// UserRange is a range of user numbers, both ends included.
type UserRange struct {
	From string `json:"from" redact:"user"`
	To   string `json:"to" redact:"user"`
}

// RuleAction is what a rule does, as iproute2 names it.
type RuleAction string

// The actions of rules. RuleSkip and RuleNop reach no table by themselves.
const (
	RuleLookup      RuleAction = "lookup"
	RuleSkip        RuleAction = "goto"
	RuleNop         RuleAction = "nop"
	RuleBlackhole   RuleAction = "blackhole"
	RuleUnreachable RuleAction = "unreachable"
	RuleProhibit    RuleAction = "prohibit"
)

// SettingFacts holds settings of the network stack by the kernel's own names:
// "net.ipv4.ip_forward". What is not there is not known.
type SettingFacts struct {
	Values map[string]string `json:"values,omitempty" redact:"plain"`
	// Links are the settings of single adapters; those named all and default
	// are the system's own words for every adapter and for new ones.
	Links []LinkSettings `json:"links,omitempty"`
	// Believes is what the system itself holds of its connection; nil where it
	// has no such opinion, or did not tell in time. It is a witness only: it is
	// wrong behind some proxies, and late.
	Believes *Belief `json:"believes,omitempty"`
	// Filters are the products that the system lists as firewalls beside its own.
	// What they do is not known, and that one is there is no fault.
	Filters []string `json:"filters,omitempty" redact:"text"`
}

// Belief is what a system holds of its connection (on Windows NCSI, through the
// Network List Manager).
type Belief struct {
	// IPv4 and IPv6 are none, no-traffic, subnet, local or internet: how far
	// traffic was seen to get.
	IPv4 string `json:"ipv4" redact:"plain"`
	IPv6 string `json:"ipv6" redact:"plain"`
	// Categories of the networks that are connected: public, private, domain.
	Categories []string `json:"categories,omitempty" redact:"plain"`
}

// LinkSettings are the settings of one adapter, by the last part of their
// name: "rp_filter".
type LinkSettings struct {
	Link   string            `json:"link" redact:"link"`
	Values map[string]string `json:"values" redact:"plain"`
}
