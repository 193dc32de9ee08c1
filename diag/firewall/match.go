package firewall

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"faultline/platform"
)

// fits reports whether all conditions of a rule hold for a packet. One that does
// not hold is enough for no; one that cannot be told leaves it open.
func (w *walk) fits(c platform.RuleChain, r platform.FilterRule, p Packet) platform.Tri {
	all := platform.Yes
	for _, m := range r.Matches {
		switch w.match(c, m, p) {
		case platform.No:
			return platform.No
		case platform.Unknown:
			all = platform.Unknown
		}
	}
	return all
}

func (w *walk) match(c platform.RuleChain, m platform.RuleMatch, p Packet) platform.Tri {
	has, known := holds[m.Field]
	if !known {
		return platform.Unknown
	}
	values, whole := m.Values, true
	if m.Set != "" {
		values, whole = w.group(c, m.Set)
	}
	v := has(p, c.Hook, values)
	if v == platform.No && !whole {
		v = platform.Unknown
	}
	if m.Not {
		v = -v
	}
	return v
}

// group returns the values of a named group, and whether they are all.
func (w *walk) group(c platform.RuleChain, name string) ([]string, bool) {
	for _, g := range w.set.Sets {
		if g.Family == c.Family && g.Table == c.Table && g.Name == name {
			return g.Values, !g.Cut
		}
	}
	return nil, false
}

// holds tells for each field whether a packet has one of the values.
var holds = map[string]func(p Packet, hook string, values []string) platform.Tri{
	platform.MatchFamily: family,
	platform.MatchProto:  protocol,
	platform.MatchSource: func(p Packet, _ string, values []string) platform.Tri { return address(p, p.Src, values) },
	platform.MatchDest:   func(p Packet, _ string, values []string) platform.Tri { return address(p, p.Dst, values) },
	platform.MatchSport:  func(p Packet, _ string, values []string) platform.Tri { return port(p.Sport, values) },
	platform.MatchDport:  func(p Packet, _ string, values []string) platform.Tri { return port(p.Dport, values) },
	platform.MatchIn:     func(p Packet, _ string, values []string) platform.Tri { return adapter(p.In, p.Owned, values) },
	platform.MatchOut:    func(p Packet, _ string, values []string) platform.Tri { return adapter(p.Out, !p.Owned, values) },
	platform.MatchUID:    func(p Packet, _ string, values []string) platform.Tri { return owner(p.UID, p.Owned, values) },
	platform.MatchGID:    func(p Packet, _ string, values []string) platform.Tri { return owner(p.GID, p.Owned, values) },
	platform.MatchState:  state,
	platform.MatchFlags:  flags,
	platform.MatchMark:   mark,
	platform.MatchType:   func(p Packet, _ string, values []string) platform.Tri { return word(p.DstType, values) },
	platform.MatchICMPType: func(p Packet, _ string, values []string) platform.Tri {
		if p.ICMP == "" {
			return platform.Unknown
		}
		return platform.TriOf(slices.ContainsFunc(strings.Split(p.ICMP, ","), func(n string) bool { return slices.Contains(values, n) }))
	},
	platform.MatchSrcType: func(p Packet, _ string, values []string) platform.Tri { return word(p.SrcType, values) },
}

func family(p Packet, _ string, values []string) platform.Tri {
	if p.Dst.Is4() {
		return platform.TriOf(slices.Contains(values, "ipv4") || slices.Contains(values, "ip"))
	}
	return platform.TriOf(slices.Contains(values, "ipv6") || slices.Contains(values, "ip6"))
}

var protocolNumbers = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "ipv6-icmp": "icmpv6"}

func protocol(p Packet, _ string, values []string) platform.Tri {
	return platform.TriOf(slices.ContainsFunc(values, func(v string) bool {
		if name, ok := protocolNumbers[v]; ok {
			v = name
		}
		return v == p.Proto || v == "all"
	}))
}

// anyOf is yes when one value fits, and unknown when one that cannot be read
// might.
func anyOf(values []string, fits func(string) platform.Tri) platform.Tri {
	all := platform.No
	for _, v := range values {
		switch fits(v) {
		case platform.Yes:
			return platform.Yes
		case platform.Unknown:
			all = platform.Unknown
		}
	}
	return all
}

func address(p Packet, a netip.Addr, values []string) platform.Tri {
	if !a.IsValid() || p.Anywhere {
		return platform.Unknown
	}
	return anyOf(values, func(v string) platform.Tri {
		if within, err := netip.ParsePrefix(v); err == nil {
			return platform.TriOf(within.Contains(a.WithZone("")))
		}
		if b, err := netip.ParseAddr(v); err == nil {
			return platform.TriOf(b == a.WithZone(""))
		}
		low, high, _ := strings.Cut(v, "-")
		from, err1 := netip.ParseAddr(low)
		to, err2 := netip.ParseAddr(high)
		if err1 != nil || err2 != nil {
			return platform.Unknown
		}
		return platform.TriOf(from.Is4() == a.Is4() && from.Compare(a) <= 0 && a.Compare(to) <= 0)
	})
}

func port(n uint16, values []string) platform.Tri {
	if n == 0 {
		return platform.Unknown
	}
	return anyOf(values, func(v string) platform.Tri { return within(uint64(n), v) })
}

// within reports whether a number is a value, or lies in a range "80-90".
func within(n uint64, v string) platform.Tri {
	low, high, ranged := strings.Cut(v, "-")
	from, err := number(low)
	to := from
	if ranged && err == nil {
		to, err = number(high)
	}
	if err != nil {
		return platform.Unknown
	}
	return platform.TriOf(from <= n && n <= to)
}

func number(s string) (uint64, error) { return strconv.ParseUint(s, 0, 64) }

// adapter: a packet that is being sent came by none, one that came leaves by none.
func adapter(name string, none bool, values []string) platform.Tri {
	if name == "" && none {
		return platform.No
	}
	if name == "" {
		return platform.Unknown
	}
	return platform.TriOf(slices.ContainsFunc(values, func(v string) bool {
		start, wild := strings.CutSuffix(v, "*")
		return v == name || wild && strings.HasPrefix(name, start)
	}))
}

// owner: what comes in has no owner that a rule could be sure of.
func owner(id int, owned bool, values []string) platform.Tri {
	if !owned {
		return platform.Unknown
	}
	return anyOf(values, func(v string) platform.Tri { return within(uint64(id), v) })
}

var states = []string{"new", "established", "related", "invalid", "untracked"}

func state(p Packet, _ string, values []string) platform.Tri {
	if p.State == "" {
		return platform.Unknown
	}
	return anyOf(values, func(v string) platform.Tri {
		if !slices.Contains(states, v) {
			return platform.Unknown
		}
		return platform.TriOf(v == p.State)
	})
}

// flags: one value asks whether any of its flags is set, two name the flags that
// are looked at and those of them that must be set.
func flags(p Packet, _ string, values []string) platform.Tri {
	has := strings.Split(p.Flags, ",")
	if p.Flags == "" || len(values) == 0 {
		return platform.Unknown
	}
	set := func(f string) bool { return slices.Contains(has, f) }
	looked := strings.Split(values[0], ",")
	if len(values) == 1 {
		return platform.TriOf(slices.ContainsFunc(looked, set))
	}
	wanted := strings.Split(values[1], ",")
	return platform.TriOf(!slices.ContainsFunc(looked, func(f string) bool {
		return f != "" && set(f) != slices.Contains(wanted, f)
	}))
}

// mark: a packet of an ordinary program bears none until a rule sets one.
func mark(p Packet, _ string, values []string) platform.Tri {
	if p.Marked || !p.Owned {
		return platform.Unknown
	}
	return anyOf(values, func(v string) platform.Tri {
		v, _, _ = strings.Cut(v, "/") // whatever bits are looked at, none is set
		n, err := number(v)
		if err != nil {
			return platform.Unknown
		}
		return platform.TriOf(n == 0)
	})
}

func word(w string, values []string) platform.Tri {
	if w == "" {
		return platform.Unknown
	}
	return platform.TriOf(slices.Contains(values, w))
}
