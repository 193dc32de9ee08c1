package linux

import (
	"encoding/json"
	"strconv"
	"strings"

	"faultline/platform"
)

// nftSide is the left side of a condition.
type nftSide struct {
	Payload *struct{ Protocol, Field string }
	Meta    *struct{ Key string }
	CT      *struct{ Key, Dir string }
	FIB     *struct {
		Result string
		Flags  json.RawMessage
	}
	And []json.RawMessage `json:"&"`
}

func (d *ruleDecoder) match(raw json.RawMessage) {
	var m struct {
		Op          string
		Left, Right json.RawMessage
	}
	if json.Unmarshal(raw, &m) != nil {
		d.add(platform.RuleMatch{Field: "other"})
		return
	}
	d.condition(m.Op, m.Left, m.Right)
}

// condition adds a match, and before it what it implies: a port is one of TCP
// or UDP, an IPv4 address one of an IPv4 packet.
func (d *ruleDecoder) condition(op string, left, right json.RawMessage) {
	var side nftSide
	if json.Unmarshal(left, &side) != nil {
		d.add(platform.RuleMatch{Field: "other"})
		return
	}
	if len(side.And) == 2 {
		d.masked(op, side.And, right)
		return
	}
	field, implied := side.field()
	d.rule.Matches = append(d.rule.Matches, implied...)
	m := platform.RuleMatch{Field: field, Not: op == "!=" || op == "!"}
	switch {
	case field == platform.MatchFlags:
		m = flagMatch(op, right)
	case op == "<" || op == ">" || op == "<=" || op == ">=":
		m.Values, m.Field = bounds(op, right), known(field, isPort(field))
	default:
		d.values(&m, right)
	}
	d.add(m)
}

func known(field string, is bool) string {
	if is {
		return field
	}
	return "other " + field
}

func isPort(field string) bool { return field == platform.MatchSport || field == platform.MatchDport }

// bounds writes a comparison of a port as a range.
func bounds(op string, right json.RawMessage) []string {
	v, _ := scalar(right)
	n, err := strconv.Atoi(v)
	if err != nil {
		return nil
	}
	low, high := 0, 65535
	switch op {
	case "<":
		high = n - 1
	case "<=":
		high = n
	case ">":
		low = n + 1
	case ">=":
		low = n
	}
	return []string{strconv.Itoa(low) + "-" + strconv.Itoa(high)}
}

// values reads the right side: one value, several, or the name of a group.
func (d *ruleDecoder) values(m *platform.RuleMatch, right json.RawMessage) {
	var (
		inline struct{ Set []json.RawMessage }
		list   []json.RawMessage
		whole  bool
	)
	if v, ok := scalar(right); ok {
		if name, named := strings.CutPrefix(v, "@"); named {
			m.Set = name
		} else {
			m.Values = []string{v}
		}
		return
	}
	if json.Unmarshal(right, &list) != nil && json.Unmarshal(right, &inline) == nil {
		list = inline.Set
	}
	if m.Values, whole = scalars(list, maxInline); !whole || len(list) == 0 {
		m.Field = "other " + m.Field
	}
}

// field names what is looked at, and the matches that it implies.
func (s nftSide) field() (string, []platform.RuleMatch) {
	switch {
	case s.Payload != nil:
		return headerField(s.Payload.Protocol, s.Payload.Field)
	case s.Meta != nil:
		return metaField[s.Meta.Key], nil
	case s.CT != nil && s.CT.Key == "state":
		return platform.MatchState, nil
	case s.FIB != nil && s.FIB.Result == "type":
		return fibField(s.FIB.Flags), nil
	}
	return "other", nil
}

var metaField = map[string]string{
	"l4proto": platform.MatchProto, "nfproto": platform.MatchFamily, "protocol": platform.MatchFamily,
	"iif": platform.MatchIn, "iifname": platform.MatchIn, "oif": platform.MatchOut, "oifname": platform.MatchOut,
	"skuid": platform.MatchUID, "skgid": platform.MatchGID, "mark": platform.MatchMark,
}

// fibField: the type of an address, looked up without regard to the adapter.
func fibField(raw json.RawMessage) string {
	flags := devices(raw)
	switch {
	case len(flags) == 1 && flags[0] == "daddr":
		return platform.MatchType
	case len(flags) == 1 && flags[0] == "saddr":
		return platform.MatchSrcType
	}
	return "other fib"
}

var (
	ofIPv4 = platform.RuleMatch{Field: platform.MatchFamily, Values: []string{"ipv4"}}
	ofIPv6 = platform.RuleMatch{Field: platform.MatchFamily, Values: []string{"ipv6"}}
)

func ofProto(name string) platform.RuleMatch {
	return platform.RuleMatch{Field: platform.MatchProto, Values: []string{name}}
}

func headerField(protocol, field string) (string, []platform.RuleMatch) {
	fields := map[string]string{"saddr": platform.MatchSource, "daddr": platform.MatchDest, "protocol": platform.MatchProto,
		"nexthdr": platform.MatchProto, "sport": platform.MatchSport, "dport": platform.MatchDport, "flags": platform.MatchFlags,
		"type": platform.MatchICMPType}
	name, found := fields[field]
	if !found {
		name = "other " + protocol + " " + field
	}
	switch protocol {
	case "ip":
		return name, []platform.RuleMatch{ofIPv4}
	case "ip6":
		return name, []platform.RuleMatch{ofIPv6}
	case "th":
		return name, nil
	case "tcp", "udp", "icmp", "icmpv6":
		return name, []platform.RuleMatch{ofProto(protocol)}
	}
	return "other " + protocol + " " + field, nil
}

// masked is a condition on some bits. Those of the TCP flags are understood.
func (d *ruleDecoder) masked(op string, and []json.RawMessage, right json.RawMessage) {
	var side nftSide
	if json.Unmarshal(and[0], &side) != nil || side.Payload == nil || side.Payload.Protocol != "tcp" || side.Payload.Field != "flags" {
		d.add(platform.RuleMatch{Field: "other masked"})
		return
	}
	d.add(ofProto("tcp"))
	mask, value := flagNames(and[1]), flagNames(right)
	m := platform.RuleMatch{Field: platform.MatchFlags, Not: op == "!=", Values: []string{mask, value}}
	if op != "==" && op != "!=" {
		m.Field = "other masked"
	}
	d.add(m)
}

// allFlags are those of RFC 9293 §3.1.
const allFlags = "fin,syn,rst,psh,ack,urg,ecn,cwr"

// flagMatch: "in" asks whether any of the flags is set, "==" for exactly these.
func flagMatch(op string, right json.RawMessage) platform.RuleMatch {
	names := flagNames(right)
	m := platform.RuleMatch{Field: platform.MatchFlags, Not: op == "!=" || op == "!", Values: []string{names}}
	if op == "==" || op == "!=" {
		m.Values = []string{allFlags, names}
	}
	return m
}

// flagNames joins the names of flags; a bare 0 is none.
func flagNames(raw json.RawMessage) string {
	if v, ok := scalar(raw); ok {
		if v == "0" || v == "0x0" {
			return ""
		}
		return v
	}
	var or struct {
		Or []json.RawMessage `json:"|"`
	}
	list := []json.RawMessage(nil)
	if json.Unmarshal(raw, &list) != nil && json.Unmarshal(raw, &or) == nil {
		list = or.Or
	}
	var names []string
	for _, e := range list {
		names = append(names, flagNames(e))
	}
	return strings.Join(names, ",")
}
