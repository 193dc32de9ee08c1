package platform

import (
	"net/netip"
	"time"
)

// RuleAsk asks for the rules of the packet filters of this machine. Seq is 0
// for the first reading in a run and counts the later ones.
type RuleAsk struct {
	Seq int `json:"seq"`
}

// RuleSet is what the packet filters of this machine are told to do.
type RuleSet struct {
	Chains []RuleChain `json:"chains,omitempty"`
	Sets   []RuleGroup `json:"sets,omitempty"`
	// UID and GID are those of the process that asked, whose packets rules for
	// a sender's owner look at.
	UID int `json:"uid" redact:"user"`
	GID int `json:"gid" redact:"user"`
	// Via names the stores that were read: nftables, iptables-legacy.
	Via []string `json:"via,omitempty" redact:"plain"`
	// Unread names stores that hold rules and could not be read.
	Unread []string `json:"unread,omitempty" redact:"plain"`
	// Cut says that there were more rules than are listed.
	Cut bool `json:"cut,omitempty"`
}

// RuleStore is the program that keeps a chain.
type RuleStore string

// The stores of rules.
const (
	NFTables       RuleStore = "nftables"
	LegacyIPTables RuleStore = "iptables-legacy"
)

// RuleChain is a list of rules. One with a hook is asked by the system for
// packets there; one without only when a rule jumps to it.
type RuleChain struct {
	Store  RuleStore `json:"store" redact:"plain"`
	Family string    `json:"family" redact:"plain"` // ip, ip6, inet, bridge, netdev, arp
	Table  string    `json:"table" redact:"text"`
	Name   string    `json:"name" redact:"text"`
	Type   string    `json:"type,omitempty" redact:"plain"` // filter, nat, route
	Hook   string    `json:"hook,omitempty" redact:"plain"` // prerouting, input, forward, output, postrouting, ingress, egress
	// Priority orders the chains of one hook; smaller comes first.
	Priority int    `json:"priority,omitempty"`
	Policy   string `json:"policy,omitempty" redact:"plain"` // accept or drop
	// Devices are those that a chain of the family netdev is for; empty: not
	// known.
	Devices []string     `json:"devices,omitempty" redact:"link"`
	Packets *uint64      `json:"packets,omitempty"` // that met the policy, where it is counted
	Rules   []FilterRule `json:"rules,omitempty"`
}

// FilterRule is one rule of a chain. A rule that chooses among several verdicts
// is told as one rule for each.
type FilterRule struct {
	Handle  int         `json:"handle,omitempty"`
	Text    string      `json:"text,omitempty" redact:"text"` // as the system's own tool writes it
	Comment string      `json:"comment,omitempty" redact:"text"`
	Matches []RuleMatch `json:"matches,omitempty"`
	// Verdict is what becomes of a packet that all matches fit; "": the next
	// rule is asked.
	Verdict RuleVerdict `json:"verdict,omitempty" redact:"plain"`
	// To is the chain of a jump, the address of a translation, or what a
	// rejection answers with.
	To      string  `json:"to,omitempty" redact:"text"`
	Packets *uint64 `json:"packets,omitempty"` // that the rule met, where it counts
}

// RuleVerdict is what a rule does with a packet.
type RuleVerdict string

// The verdicts of a rule.
const (
	RuleAccept   RuleVerdict = "accept"
	RuleDrop     RuleVerdict = "drop"
	RuleReject   RuleVerdict = "reject"
	RuleJump     RuleVerdict = "jump"
	RuleGoto     RuleVerdict = "goto"
	RuleReturn   RuleVerdict = "return"
	RuleQueue    RuleVerdict = "queue"    // a program decides
	RuleDNAT     RuleVerdict = "dnat"     // the packet goes elsewhere
	RuleRedirect RuleVerdict = "redirect" // the packet goes to this machine
	RuleSNAT     RuleVerdict = "snat"
	RuleNoTrack  RuleVerdict = "notrack" // the packet belongs to no connection; the next rule is asked
	RuleMark     RuleVerdict = "mark"    // sets a mark that other rules may look at; the next rule is asked
	// RuleOther is a verdict that could not be understood.
	RuleOther RuleVerdict = "other"
)

// RuleMatch is one condition: the field has one of the values.
type RuleMatch struct {
	// Field is one of the fields below; any other could not be understood.
	Field string `json:"field" redact:"plain"`
	Not   bool   `json:"not,omitempty"`
	// Values are single ones, ranges ("80-90") or prefixes ("10.0.0.0/8").
	Values []string `json:"values,omitempty" redact:"text"`
	Set    string   `json:"set,omitempty" redact:"text"` // or those of a group
}

// The fields of a match.
const (
	MatchFamily   = "family"   // ipv4 or ipv6
	MatchProto    = "proto"    // tcp, udp, icmp, icmpv6 or a number
	MatchSource   = "saddr"    // address
	MatchDest     = "daddr"    // address
	MatchSport    = "sport"    // port
	MatchDport    = "dport"    // port
	MatchIn       = "iif"      // adapter that a packet came by; "eth*" is a beginning
	MatchOut      = "oif"      // adapter that a packet leaves by
	MatchUID      = "uid"      // owner of the sender's socket
	MatchGID      = "gid"      // group of the sender's socket
	MatchState    = "ct.state" // new, established, related, invalid, untracked
	MatchFlags    = "tcp.flags"
	MatchLimit    = "limit" // a rate; Not: above it
	MatchMark     = "mark"
	MatchType     = "fib.type"  // of the destination: local, unicast, broadcast, multicast
	MatchSrcType  = "fib.stype" // of the source
	MatchICMPType = "icmp.type"
)

// RuleGroup is a named group of values that rules look up (nft sets, ipsets).
type RuleGroup struct {
	Family string   `json:"family" redact:"plain"`
	Table  string   `json:"table" redact:"text"`
	Name   string   `json:"name" redact:"text"`
	Values []string `json:"values,omitempty" redact:"text"`
	Cut    bool     `json:"cut,omitempty"` // it holds more, or what is not understood
}

// FlowAsk names a TCP connection that is about to be tried from a local port.
type FlowAsk struct {
	To        netip.AddrPort `json:"to" redact:"addr"`
	LocalPort uint16         `json:"local_port"`
	Limit     int            `json:"limit"` // most events to keep
}

// RuleHits is what the packet filters did with the packets of a flow between
// arming and Stop.
type RuleHits struct {
	Hits []RuleHit     `json:"hits,omitempty"`
	Lost int           `json:"lost,omitempty"` // events that the system could not hold
	For  time.Duration `json:"for"`
	// Removed says whether all that watching needed is gone again.
	Removed Tri `json:"removed"`
}

// RuleHit is one rule, or the default of a chain, that met a packet.
type RuleHit struct {
	Family  string      `json:"family" redact:"plain"`
	Table   string      `json:"table" redact:"text"`
	Chain   string      `json:"chain" redact:"text"`
	Handle  int         `json:"handle,omitempty"` // 0: the chain's policy
	Verdict RuleVerdict `json:"verdict" redact:"plain"`
	Reply   bool        `json:"reply,omitempty"` // the packet came from the far end
}
