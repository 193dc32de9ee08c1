package rule

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// listening reads what listens on this machine, where that is the target,
// beside how the connection attempts ended.
var listening = diag.Rule{
	Name: "listening here",
	Reads: []diag.Node{check.TCPConnect, check.TalkTarget, check.ClockRead, check.RoutesTarget, check.SocketsLocal,
		check.CountersRead, check.LinksRead},
	Tells:  []catalog.Code{"listener.wrong-address", "listener.backlog-full", "local.files-exhausted", "local.close-wait-leak"},
	Claims: []catalog.Claim{catalog.ShortageSeen},
	Infer: func(v diag.View) (j diag.Judgement) {
		attempts, _ := check.TCPConnect.Of(v)
		links, _ := check.LinksRead.Of(v)
		facts, known := check.SocketsLocal.Of(v)
		if !known || v.Target.Bare {
			return j
		}
		for _, p := range attempts {
			if !localTarget(v, p.Addr()) {
				continue
			}
			switch there := on(facts, p.To.Port()); {
			case p.Last().Ended == platform.DialRefused:
				j.Findings = append(j.Findings, elsewhere(p, there)...)
				j.Findings = append(j.Findings, byAdapter(links, p, there)...)
			case p.Silent() || p.Last().Ended == platform.DialOpen && hushed(v, p.Addr()):
				untaken(v, p, facts, &j)
			}
		}
		return j
	},
}

// localTarget reports whether an address is this machine's own.
func localTarget(v diag.View, a netip.Addr) bool {
	r, ok := routeTo(v, a)
	links, _ := check.LinksRead.Of(v)
	return ok && r.Problem == nil && r.Route.Kind == platform.Local || check.Has(links, a)
}

// on are the listeners of a port.
func on(f platform.ListenerFacts, port uint16) (out []platform.Listener) {
	for _, l := range f.Listeners {
		if l.At.Port() == port {
			out = append(out, l)
		}
	}
	return out
}

// serving are the listeners to which connections to an address come.
func serving(there []platform.Listener, a netip.Addr) (out []platform.Listener) {
	for _, l := range there {
		if l.Accepts(a) == platform.Yes {
			out = append(out, l)
		}
	}
	return out
}

// elsewhere tells a refusal where all that listens on the port listens on
// another address. What serves one adapter only may be meant for this one.
func elsewhere(p check.Attempts, there []platform.Listener) []diag.Finding {
	if len(there) == 0 || slices.ContainsFunc(there, func(l platform.Listener) bool { return l.Accepts(p.Addr()) != platform.No }) {
		return nil
	}
	args := diag.Args{"address": p.Addr().String(), "listens": there[0].At.String()}
	name(args, there)
	return []diag.Finding{{Code: "listener.wrong-address", Way: diag.WayTo(p.Addr()), Direct: true, Args: args, Evidence: seenLocally}}
}

// byAdapter tells a refusal where all that listens on the port takes only what
// comes in by another adapter. What this machine sends to itself counts as come in
// by the adapter that has the address (Linux net/ipv4/route.c,
// ip_route_output_key_hash_rcu; net/ipv6/ip6_input.c, ip6_rcv_core).
func byAdapter(links []platform.Link, p check.Attempts, there []platform.Listener) []diag.Finding {
	apart := func(l platform.Listener) bool {
		on, known := check.LinkByIndex(links, l.Link)
		return l.Accepts(p.Addr()) == platform.No || known && !check.Has([]platform.Link{on}, p.Addr()) && !(p.Addr().IsLoopback() && on.Kind == platform.Loopback)
	}
	i := slices.IndexFunc(there, func(l platform.Listener) bool { return l.Accepts(p.Addr()) != platform.No })
	if i < 0 || !every(there, apart) {
		return nil
	}
	on, _ := check.LinkByIndex(links, there[i].Link)
	args := diag.Args{"address": p.Addr().String(), "listens": there[i].At.String(), "adapter": on.Name}
	name(args, there[i:])
	return []diag.Finding{{Code: "listener.wrong-address", Way: diag.WayTo(p.Addr()), Direct: true, Args: args, Evidence: seenLocally}}
}

// seenLocally is the evidence of the socket table.
var seenLocally = []diag.Ref{{Check: "sockets.local"}}

// name adds who listens, as far as that could be seen.
func name(args diag.Args, listeners []platform.Listener) {
	args["program"] = ""
	for _, l := range listeners {
		for _, o := range l.Owners {
			if o.Name != "" && args["program"] == "" {
				args["program"], args["pid"] = o.Name, o.PID
			}
		}
	}
}

// hushed reports whether a port opened and nothing at all was said on it
// although it was the service's turn, or did not open a second time.
func hushed(v diag.View, a netip.Addr) bool {
	talks, _ := check.TalkTarget.Of(v)
	for _, t := range talks {
		if r := t.Reply(); t.To.Addr() == a && t.Problem == nil && r.Received == 0 && r.End == platform.EndTimeout {
			return len(r.Stages) > 0 && r.Stages[0].Problem != nil || check.Speaks(v, a) == platform.No
		}
	}
	return false
}

// untaken tells why the program on this machine does not take connections: it
// has no descriptor left, it keeps those that the peers have closed, or, where
// its queue is full and nothing more is seen, that it does not.
func untaken(v diag.View, p check.Attempts, facts platform.ListenerFacts, j *diag.Judgement) {
	here := serving(on(facts, p.To.Port()), p.Addr())
	waiting := func(l platform.Listener) bool { return l.Full() || p.Last().Ended == platform.DialOpen && l.Queue > 0 }
	if sharedQueues(v, p, here, j); len(here) == 0 || !every(here, waiting) {
		return
	}
	way := diag.WayTo(p.Addr())
	add := func(code catalog.Code, direct bool, more diag.Args) {
		args := diag.Args{"address": p.Addr().String(), "listens": here[0].At.String(), "n": here[0].Queue}
		name(args, here)
		for k, x := range more {
			args[k] = x
		}
		j.Findings = append(j.Findings, diag.Finding{Code: code, Way: way, Direct: direct, Args: args, Evidence: seenLocally})
	}
	if every(here, platform.Listener.Full) {
		dropped, counted := moved(v, "TcpExt.ListenOverflows")
		add("listener.backlog-full", !counted || dropped > 0, nil)
	}
	limit, spent := spentOf(here)
	if spent {
		add("local.files-exhausted", true, diag.Args{"limit": limit, "whose": "program"})
	}
	if kept, all := keptOpen(facts, p.To.Port()); kept >= leastKept && 4*kept >= 3*all {
		add("local.close-wait-leak", true, diag.Args{"n": kept})
		if spent && 2*kept >= limit {
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.ShortageSeen, Way: way, Value: platform.Yes, Evidence: seenLocally})
		}
	}
}

// sharedQueues tells several listeners of one port of which some take nothing
// more: the system chooses by the ports of each connection (SO_REUSEPORT,
// socket(7)), so that one caller is served and the next is not.
func sharedQueues(v diag.View, p check.Attempts, here []platform.Listener, j *diag.Judgement) {
	i := slices.IndexFunc(here, platform.Listener.Full)
	dropped, counted := moved(v, "TcpExt.ListenOverflows")
	if i < 0 || every(here, platform.Listener.Full) || counted && dropped == 0 {
		return
	}
	args := diag.Args{"address": p.Addr().String(), "listens": here[i].At.String(), "n": here[i].Queue}
	name(args, here[i:i+1])
	j.Findings = append(j.Findings, diag.Finding{Code: "listener.backlog-full", Way: diag.WayTo(p.Addr()), Direct: counted, Args: args, Evidence: seenLocally})
}

func every(all []platform.Listener, is func(platform.Listener) bool) bool {
	return !slices.ContainsFunc(all, func(l platform.Listener) bool { return !is(l) })
}

// spentOf reports whether every program that could take the connections has no
// descriptor left, and how many it may have.
func spentOf(here []platform.Listener) (limit int, spent bool) {
	for _, l := range here {
		if len(l.Owners) == 0 || slices.ContainsFunc(l.Owners, func(o platform.Program) bool { return !o.Spent() }) {
			return 0, false
		}
		limit = l.Owners[0].FileLimit
	}
	return limit, true
}

// leastKept is how many connections a program must keep that the peer has
// closed to be told from one that is about to close them.
const leastKept = 16

// keptOpen is how many connections of a port a program holds, and how many of
// them the peer has closed.
func keptOpen(f platform.ListenerFacts, port uint16) (closed, all int) {
	for _, s := range f.Served {
		if s.Port != port {
			continue
		}
		all += s.Held
		if s.State == platform.CloseWait {
			closed += s.Held
		}
	}
	return closed, all
}
