package linux

import (
	"net/netip"
	"strconv"

	"faultline/platform"
)

// Numbers of linux/fib_rules.h.
const (
	ruleBody = 12 // struct fib_rule_hdr

	ruleDst      = 1
	ruleSrc      = 2
	ruleIn       = 3
	rulePriority = 6
	ruleMark     = 10
	ruleTunnel   = 12
	ruleSuppress = 14
	ruleTable    = 15
	ruleMask     = 16
	ruleOut      = 17
	ruleVRF      = 19
	ruleUsers    = 20
	ruleProtocol = 21
	ruleIPProto  = 22
	ruleSource   = 23 // a range of ports
	ruleTarget   = 24

	ruleInvert = 1 << 1
)

var ruleActions = [...]platform.RuleAction{1: platform.RuleLookup, 2: platform.RuleSkip, 3: platform.RuleNop,
	6: platform.RuleBlackhole, 7: platform.RuleUnreachable, 8: platform.RuleProhibit}

// decodeRule reads the body of RTM_NEWRULE. A kind of rule that is not known is
// none: it would be read wrong.
func decodeRule(b []byte) (platform.RouteRule, bool) {
	if len(b) < ruleBody || b[0] != familyIPv4 && b[0] != familyIPv6 || int(b[7]) >= len(ruleActions) {
		return platform.RouteRule{}, false
	}
	r := platform.RouteRule{Family: "ipv4", Action: ruleActions[b[7]], Table: int(b[4]), More: b[3] != 0,
		Not: host.Uint32(b[8:])&ruleInvert != 0}
	if b[0] == familyIPv6 {
		r.Family = "ipv6"
	}
	for t, v := range attributes(b[ruleBody:]) {
		switch t {
		case ruleDst:
			r.Dst = netip.PrefixFrom(address(v), int(b[1]))
		case ruleSrc:
			r.Src = netip.PrefixFrom(address(v), int(b[2]))
		default:
			setRule(&r, t, v)
		}
	}
	if r.Action != platform.RuleLookup {
		r.Table = 0
	}
	return r, r.Action != ""
}

func setRule(r *platform.RouteRule, t uint16, v []byte) {
	switch t {
	case ruleIn:
		r.In = text(v)
	case ruleOut:
		r.Out = text(v)
	case rulePriority:
		r.Priority = number(v)
	case ruleMark:
		r.Mark = number(v)
	case ruleMask:
		r.Mask = number(v)
	case ruleTable:
		r.Table = number(v)
	case ruleSuppress:
		if n := int(int32(number(v))); n >= 0 {
			r.Suppress = &n
		}
	case ruleUsers:
		if len(v) >= 8 {
			r.Users = &platform.UserRange{From: userNumber(v), To: userNumber(v[4:])}
		}
	case ruleProtocol:
		if len(v) > 0 {
			r.Protocol = routeProtocol(v[0])
		}
	case ruleIPProto:
		if len(v) > 0 {
			r.Proto = int(v[0])
		}
	case ruleTarget:
		if len(v) >= 4 && nonzero(v) {
			r.Ports = &platform.PortRange{Low: host.Uint16(v), High: host.Uint16(v[2:])}
		}
	case ruleVRF, ruleTunnel, ruleSource:
		r.More = r.More || nonzero(v)
	}
}

func userNumber(b []byte) string { return strconv.FormatUint(uint64(host.Uint32(b)), 10) }

func nonzero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return true
		}
	}
	return false
}
