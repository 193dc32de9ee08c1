package firewall

import (
	"net/netip"
	"slices"

	"faultline/platform"
)

// Fate is what becomes of a new TCP connection to a port, whatever its addresses.
type Fate struct {
	Out    bool   // made here; else to a program of this machine
	Family string // ipv4, ipv6
	Outcome
}

// Fates tells what the rules do with new connections to a port.
func Fates(set platform.RuleSet, port uint16) (all []Fate) {
	for _, family := range []struct {
		name string
		addr netip.Addr
	}{{"ipv4", netip.IPv4Unspecified()}, {"ipv6", netip.IPv6Unspecified()}} {
		p := Packet{Proto: "tcp", Src: family.addr, Dst: family.addr, Anywhere: true, Dport: port, State: "new", Flags: "syn", UID: set.UID, GID: set.GID}
		in := p
		p.Owned, p.DstType = true, "unicast"
		in.DstType = "local"
		all = append(all,
			Fate{true, family.name, Trace(set, Step{"output", p}, Step{"postrouting", p}, Step{"egress", p})},
			Fate{false, family.name, Trace(set, Step{"ingress", in}, Step{"prerouting", in}, Step{"input", in})})
	}
	return all
}

// hooksOf are the places that the traffic of this machine itself passes.
var hooksOf = []string{"ingress", "prerouting", "input", "output", "postrouting", "egress"}

// Naming lists the rules that name a port and that a hook leads to.
func Naming(set platform.RuleSet, port uint16) (found []Blocker) {
	w := &walk{set: set, left: mostRules}
	for i, c := range set.Chains {
		if slices.Contains(hooksOf, c.Hook) {
			found = w.naming(found, i, c.Hook, port, nil)
		}
	}
	return found
}

func (w *walk) naming(found []Blocker, i int, hook string, port uint16, through []string) []Blocker {
	c := w.set.Chains[i]
	through = append(slices.Clip(through), c.Name)
	if len(through) > deepest {
		return found
	}
	for n := range c.Rules {
		r := &c.Rules[n]
		if w.left--; w.left <= 0 {
			return found
		}
		if w.names(c, *r, port) {
			found = append(found, Blocker{Chain: c, Rule: r, Through: through, Hook: hook})
		}
		to := slices.IndexFunc(w.set.Chains, func(d platform.RuleChain) bool {
			return d.Store == c.Store && d.Family == c.Family && d.Table == c.Table && d.Name == r.To
		})
		if to >= 0 && (r.Verdict == platform.RuleJump || r.Verdict == platform.RuleGoto) {
			found = w.naming(found, to, hook, port, through)
		}
	}
	return found
}

// names reports whether a rule asks for the port, at either end.
func (w *walk) names(c platform.RuleChain, r platform.FilterRule, port uint16) bool {
	return slices.ContainsFunc(r.Matches, func(m platform.RuleMatch) bool {
		isPort := m.Field == platform.MatchDport || m.Field == platform.MatchSport
		return isPort && w.match(c, m, Packet{Dport: port, Sport: port}) == platform.Yes
	})
}
