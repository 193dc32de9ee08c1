// Package firewall says what the packet filters of a machine would do with a
// packet, by the rules that were read, and which product keeps a rule. It is pure:
// what it does not understand of a rule makes the answer unknown where it matters.
//
// It judges no connection; the rules of package rule do.
package firewall

import (
	"net/netip"
	"slices"

	"faultline/platform"
)

// Packet is a packet as the filters see it. Zero fields are not known.
type Packet struct {
	Proto        string // tcp, udp
	Src, Dst     netip.Addr
	Sport, Dport uint16
	In, Out      string // names of adapters
	UID, GID     int
	Owned        bool   // it leaves from a socket of UID and GID
	State        string // of its connection: new, established
	Flags        string // of TCP, joined by commas
	ICMP         string // the names of its type, joined by commas
	DstType      string // local or unicast
	SrcType      string
	Anywhere     bool // the addresses tell the family only
	Marked       bool // by a rule, in a way that is not known
	Bridged      bool // it leaves, or comes in, by a bridge of this machine
}

// ARP is the protocol of the packets, and the family of the filters, of address
// resolution (RFC 826).
const ARP = "arp"

// Step is a place that a packet passes.
type Step struct {
	Hook   string
	Packet Packet
}

// Blocker is a rule, or the default of a chain, that ends a packet's way.
type Blocker struct {
	Chain platform.RuleChain
	Rule  *platform.FilterRule // nil: the chain's policy
	// Through names the chains whose rules led there, the one with the hook first.
	Through []string
	Hook    string
}

// Rejects reports whether the sender is told.
func (b Blocker) Rejects() bool { return b.Rule != nil && b.Rule.Verdict == platform.RuleReject }

// Outcome is what may become of a packet. With Pass alone it passes, with
// Blockers alone it is stopped; anything else is not known.
type Outcome struct {
	Pass     bool
	Blockers []Blocker
	Unclear  bool // a program decides, or a rule could not be understood
	// Asking are the rules that leave it to a program.
	Asking []Blocker
	// Turned are the rules that certainly change where it goes to, or where it
	// seems to come from.
	Turned []Blocker
}

// Stopped reports whether the packet is certainly stopped.
func (o Outcome) Stopped() bool { return !o.Pass && !o.Unclear && len(o.Blockers) > 0 }

// Passes reports whether it certainly passes.
func (o Outcome) Passes() bool { return o.Pass && !o.Unclear && len(o.Blockers) == 0 }

// Trace follows a packet through its places in their order. What an earlier place
// changes in it, the later ones see.
func Trace(set platform.RuleSet, steps ...Step) Outcome {
	w := &walk{set: set, left: mostRules}
	out := Outcome{Pass: true}
	var sent *Packet // after a translation
	marked := false
	for _, s := range steps {
		p := s.Packet
		if sent != nil && p.Owned {
			p.Dst, p.Dport, p.Out, p.DstType = sent.Dst, sent.Dport, sent.Out, sent.DstType
		}
		p.Marked = p.Marked || p.Owned && marked
		before := p
		for _, i := range w.bases(s.Hook, p) {
			one := w.base(i, &p)
			out.Blockers = append(out.Blockers, one.Blockers...)
			out.Unclear = out.Unclear || one.Unclear
			out.Asking = append(out.Asking, one.Asking...)
			out.Turned = append(out.Turned, one.Turned...)
			if !one.Pass {
				out.Pass = false
				return out
			}
		}
		if p.Dst != before.Dst || p.Dport != before.Dport {
			moved := p
			sent = &moved
		}
		marked = marked || p.Marked
	}
	if len(set.Unread) > 0 || set.Cut || w.left <= 0 {
		out.Unclear = true
	}
	return out
}

// mostRules bounds one trace: chains may jump to each other many times over.
const mostRules = 50000

const deepest = 32 // jumps; the kernel allows 16

type walk struct {
	set  platform.RuleSet
	left int
}

// bases are the chains that the system asks at a hook, in their order.
func (w *walk) bases(hook string, p Packet) (at []int) {
	for i, c := range w.set.Chains {
		if c.Hook == hook && concerns(c, p) {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int { return w.set.Chains[a].Priority - w.set.Chains[b].Priority })
	return at
}

// concerns reports whether packets of this kind come by a chain. Filters of
// bridged packets see only what goes by a bridge, those of ARP only that, those of
// a device only what passes it.
func concerns(c platform.RuleChain, p Packet) bool {
	if p.Proto == ARP || c.Family == ARP {
		return p.Proto == c.Family
	}
	switch c.Family {
	case "bridge":
		return p.Bridged
	case "ip":
		return p.Dst.Is4()
	case "ip6":
		return p.Dst.Is6()
	case "netdev":
		dev := p.Out
		if c.Hook == "ingress" {
			dev = p.In
		}
		return dev == "" || len(c.Devices) == 0 || slices.Contains(c.Devices, dev)
	}
	return c.Family == "inet"
}

// base asks one chain with a hook. Of a chain whose device is not known nothing is
// certain.
func (w *walk) base(i int, p *Packet) Outcome {
	c := w.set.Chains[i]
	e := w.chain(i, p, nil)
	out := Outcome{Pass: e.accept, Blockers: e.blockers, Unclear: e.unclear, Asking: e.asking, Turned: e.turned}
	if e.falls {
		if c.Policy == "drop" {
			out.Blockers = append(out.Blockers, Blocker{Chain: c, Through: []string{c.Name}, Hook: c.Hook})
		} else {
			out.Pass = true
		}
	}
	if c.Family == "netdev" && len(c.Devices) == 0 && !out.Passes() {
		out.Pass = true
	}
	return out
}

// ends are the ways in which a chain may end.
type ends struct {
	accept, falls, unclear bool // falls: no rule decided
	blockers, asking       []Blocker
	turned                 []Blocker
}

func (w *walk) chain(i int, p *Packet, through []string) (e ends) {
	c := w.set.Chains[i]
	through = append(slices.Clip(through), c.Name)
	if len(through) > deepest {
		return ends{unclear: true}
	}
	for n := range c.Rules {
		if w.left--; w.left <= 0 {
			return ends{unclear: true}
		}
		fits := w.fits(c, c.Rules[n], *p)
		if fits == platform.No {
			continue
		}
		if decided := w.apply(&e, c, &c.Rules[n], p, fits, through); decided && fits == platform.Yes {
			return e
		}
	}
	e.falls = true
	return e
}

// apply notes what a rule does, and reports whether it ends the chain.
func (w *walk) apply(e *ends, c platform.RuleChain, r *platform.FilterRule, p *Packet, fits platform.Tri, through []string) bool {
	switch r.Verdict {
	case "":
		return false
	case platform.RuleAccept:
		e.accept = true
	case platform.RuleSNAT:
		e.accept = true
		e.turn(Blocker{Chain: c, Rule: r, Through: through, Hook: c.Hook}, fits)
	case platform.RuleDrop, platform.RuleReject:
		e.blockers = append(e.blockers, Blocker{Chain: c, Rule: r, Through: through, Hook: c.Hook})
	case platform.RuleQueue:
		e.unclear = true
		e.accept = true // the program may let it pass
		e.asking = append(e.asking, Blocker{Chain: c, Rule: r, Through: through, Hook: c.Hook})
	case platform.RuleReturn:
		e.falls = true
	case platform.RuleMark:
		p.Marked = true
		return false
	case platform.RuleNoTrack:
		if p.State = "untracked"; fits != platform.Yes {
			p.State = ""
		}
		return false
	case platform.RuleDNAT, platform.RuleRedirect:
		e.accept = true
		e.turn(Blocker{Chain: c, Rule: r, Through: through, Hook: c.Hook}, fits)
		p.redirect(r, fits)
	case platform.RuleJump, platform.RuleGoto:
		return w.jump(e, c, r, p, fits, through)
	default:
		e.unclear = true
	}
	return true
}

// jump asks another chain of the table. After a goto that decides nothing the
// chain is over.
func (w *walk) jump(e *ends, c platform.RuleChain, r *platform.FilterRule, p *Packet, fits platform.Tri, through []string) bool {
	i := slices.IndexFunc(w.set.Chains, func(d platform.RuleChain) bool {
		return d.Store == c.Store && d.Family == c.Family && d.Table == c.Table && d.Name == r.To
	})
	if i < 0 {
		e.unclear = true
		return true
	}
	sub := w.chain(i, p, through)
	e.accept, e.unclear = e.accept || sub.accept, e.unclear || sub.unclear
	e.blockers, e.asking = append(e.blockers, sub.blockers...), append(e.asking, sub.asking...)
	if fits == platform.Yes {
		e.turned = append(e.turned, sub.turned...)
	}
	if sub.falls && r.Verdict == platform.RuleGoto {
		e.falls = true
	}
	return !sub.falls || r.Verdict == platform.RuleGoto
}

// turn notes a translation that certainly meets the packet.
func (e *ends) turn(b Blocker, fits platform.Tri) {
	if fits == platform.Yes {
		e.turned = append(e.turned, b)
	}
}

// redirect sends a packet elsewhere, as far as that is known.
func (p *Packet) redirect(r *platform.FilterRule, fits platform.Tri) {
	addr, port := destination(r.To)
	if r.Verdict == platform.RuleRedirect {
		addr = netip.IPv6Loopback()
		if p.Dst.Is4() {
			addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
	} else if !addr.IsValid() {
		addr = p.Dst // another port only
	}
	if fits != platform.Yes || addr.Is4() != p.Dst.Is4() {
		p.Dport, p.Out, p.DstType = 0, "", ""
		return
	}
	if p.Dst, p.Out, p.DstType = addr, "", ""; addr.IsLoopback() {
		p.Out, p.DstType = "lo", "local"
	}
	if port != 0 || r.To == "" {
		p.Dport = port
	}
}

// Destination is where a translation leads, as far as its rule says.
func (b Blocker) Destination() netip.Addr {
	if b.Rule == nil {
		return netip.Addr{}
	}
	addr, _ := destination(b.Rule.To)
	return addr
}

// destination reads "10.0.0.1:80", "[::1]:80", ":80" or "10.0.0.1".
func destination(to string) (addr netip.Addr, port uint16) {
	if ap, err := netip.ParseAddrPort(to); err == nil {
		return ap.Addr(), ap.Port()
	}
	if a, err := netip.ParseAddr(to); err == nil {
		return a, 0
	}
	if len(to) > 0 && to[0] == ':' {
		n, _ := number(to[1:])
		return addr, uint16(n)
	}
	return addr, 0
}
