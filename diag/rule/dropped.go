package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// dropped says whether this machine itself discards what it should send. An
// output filter that drops a SYN tells the caller nothing, and one that answers
// with a reset looks like the target, but the kernel counts. Newer ones count
// what was asked for and what was transmitted (Ip.OutRequests, Ip.OutTransmits),
// all count each repeated SYN that could not be sent (TcpExt.TCPRetransFail,
// net/ipv4/tcp_output.c); a drop elsewhere leaves both alone. The counts have no
// addresses: that they moved by exactly as many as ours is a sign, not a proof,
// and any other number may be another program's.
var dropped = diag.Rule{
	Name: "dropped here",
	Reads: []diag.Node{check.CountersRead, check.TCPConnect, check.TargetAlive, check.ResetTTLCheck, check.NamesServers,
		check.FirewallRules, check.RoutesTarget, check.PathTrace, check.FirewallTrace, check.LinksRead},
	Tells:  []catalog.Code{"firewall.local-out", "agent.blocks"},
	Claims: []catalog.Claim{catalog.LocalDropped, catalog.DropSeen},
	Infer: func(v diag.View) (j diag.Judgement) {
		unanswered := lost(v)
		if len(unanswered) == 0 {
			return diag.Judgement{Claims: datagramsLeft(v)}
		}
		for _, f := range []diag.Family{diag.IPv4, diag.IPv6} {
			value := discarded(v, f, unanswered)
			for _, a := range unanswered {
				if diag.FamilyOf(a.Addr()) == f {
					unsent(v, a, value, &j)
				}
			}
		}
		return j
	},
}

// unsent says whether attempts to one port left this machine: by the kernel's
// counts, by the rules, or by both, which is certain.
func unsent(v diag.View, a check.Attempts, counted platform.Tri, j *diag.Judgement) {
	way, seen := diag.WayTo(a.Addr()), []diag.Ref{{Check: "counters.read"}}
	set, read := check.FirewallRules.Of(v)
	o := flowOf(v, a).sent(set)
	b, named := culprit(o, counted == platform.Yes)
	refused := a.Last().Ended == platform.DialRefused
	if named = named && read && b.Rejects() == refused; refused && !named && (read && o.Passes() || cameFar(v, a) || !only(v, a)) {
		return
	}
	if t, ok := traced(v, a.To, false); ok {
		b, named, read, counted = t, true, true, platform.Yes
	}
	if named && b.Chain.Family == "bridge" {
		counted = platform.Unknown // the count is made before a bridge sends it on (net/bridge/br_forward.c)
	}
	value := counted
	switch {
	case named && counted != platform.No:
		value = platform.Yes
	case read && o.Passes() && counted == platform.Unknown:
		value = platform.No
	}
	if counted == platform.Unknown {
		seen = []diag.Ref{{Check: "firewall.rules"}}
	}
	if value == platform.Unknown {
		return
	}
	j.Claims = append(j.Claims, diag.Claim{Name: catalog.LocalDropped, Way: way, Value: value, Evidence: seen})
	if value != platform.Yes {
		return
	}
	f := diag.Finding{Code: "firewall.local-out", Way: way, Direct: true, Args: diag.Args{"address": a.Addr().String()}, Evidence: seen}
	if read && !named && o.Passes() {
		f.Args["unseen"] = "rules" // it is none of them
	}
	j.Findings = append(j.Findings, accuse(f, b, named)...)
	if named && (counted == platform.Yes || worked(v, b)) {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.DropSeen, Way: way, Value: platform.Yes, Evidence: []diag.Ref{{Check: "firewall.rules"}}})
	}
}

// cameFar reports whether a reset came over as many hops as the target's echo
// reply, and over some: this machine did not make it.
func cameFar(v diag.View, a check.Attempts) bool {
	all, _ := check.ResetTTLCheck.Of(v)
	return slices.ContainsFunc(all, func(r check.ResetTTL) bool { return r.To == a.To && r.Differs() == platform.No && r.Far() })
}

// only reports whether nothing else that was sent accounts for as many packets
// as the attempts that a reset answered: a filter that lets little out drops what
// was tried beside them.
func only(v diag.View, a check.Attempts) bool {
	lives, _ := check.TargetAlive.Of(v)
	beside := 0
	for _, l := range lives {
		for _, t := range l.TCP {
			syns, _, _, _ := t.Silence()
			beside += syns
		}
		if l.UDPProblem != nil && l.UDPProblem.Code == platform.Permission {
			beside += deniedBeside
		}
	}
	return a.SYNs+probes(v, a) > beside
}

// deniedBeside is how many packets are dropped with a datagram to the target: it,
// and what was sent to find the gateway.
const deniedBeside = 4

// lost are the attempts that brought no connection: nothing answered, or a
// reset did, which this machine may have made itself.
func lost(v diag.View) (out []check.Attempts) {
	attempts, _ := check.TCPConnect.Of(v)
	for _, a := range attempts {
		if a.Silent() || a.Last().Ended == platform.DialRefused && !a.Last().Local.Addr().IsLoopback() {
			out = append(out, a)
		}
	}
	return out
}

// tally counts the SYNs of a family that nothing answered.
type tally struct {
	ours     int // to the ports in question
	repeated int // of these, those after the first of a socket
	others   int // repeated ones to other ports
}

func tallyOf(v diag.View, f diag.Family, unanswered []check.Attempts) (t tally) {
	for _, a := range unanswered {
		if diag.FamilyOf(a.Addr()) != f {
			continue
		}
		t.ours += a.SYNs + probes(v, a)
		if syns, sockets, _, silent := a.Silence(); silent {
			t.repeated += syns - sockets
		}
	}
	lives, _ := check.TargetAlive.Of(v)
	for _, l := range lives {
		for _, a := range l.TCP {
			if syns, sockets, _, silent := a.Silence(); silent && diag.FamilyOf(l.Addr) == f {
				t.others += syns - sockets
			}
		}
	}
	return t
}

// discarded is whether the kernel counts the attempts of a family as not sent. The
// count of repeated SYNs that failed is one for both families.
func discarded(v diag.View, f diag.Family, unanswered []check.Attempts) platform.Tri {
	other := diag.IPv4
	if f == diag.IPv4 {
		other = diag.IPv6
	}
	mine, theirs := tallyOf(v, f, unanswered), tallyOf(v, other, unanswered)
	failed, counts := moved(v, "TcpExt.TCPRetransFail")
	all := mine.repeated + theirs.repeated
	fits := counts && mine.repeated > 0 && slices.Contains([]int{mine.repeated, mine.repeated + mine.others, all, all + mine.others + theirs.others}, failed)
	kept, known := untransmitted(v, f)
	keptThere, knownThere := untransmitted(v, other)
	switch {
	case known && kept > 0 && kept == mine.ours && (fits || failed == 0 || mine.repeated == 0):
		return platform.Yes // a program that is asked and says no fails nothing
	case known && kept == 0: // what passes the filters of addresses may still fail at the device
		return platform.TriOf(fits && knownThere && keptThere == 0)
	case known && kept >= mine.ours && failed == 0: // ours and others', or others' alone
		return platform.Unknown
	case !counts || mine.repeated == 0 || failed != 0 && !fits:
		return platform.Unknown
	case failed > 0 && theirs.repeated > 0 && failed < all && !(knownThere && keptThere == 0):
		return platform.Unknown // those of the other family
	}
	return platform.TriOf(failed > 0)
}

// probes is how many SYNs the comparison of TTLs and the trace sent to a port.
func probes(v diag.View, a check.Attempts) (n int) {
	all, _ := check.ResetTTLCheck.Of(v)
	for _, r := range all {
		for _, p := range r.Probes {
			if r.To == a.To {
				n += p.Dial.Sent
			}
		}
	}
	traced, _ := check.PathTrace.Of(v)
	for _, t := range traced {
		if t.To == a.To {
			n += t.SYNs()
		}
	}
	return n
}

// untransmitted is how many packets of a family this machine meant to send and
// did not. It cannot be told while the machine forwards for others.
func untransmitted(v diag.View, f diag.Family) (n int, ok bool) {
	prefix, forwarded := "Ip.", "Ip.ForwDatagrams"
	if f == diag.IPv6 {
		prefix, forwarded = "Ip6.", "Ip6.OutForwDatagrams"
	}
	asked, ok1 := moved(v, prefix+"OutRequests")
	sent, ok2 := moved(v, prefix+"OutTransmits")
	through, ok3 := moved(v, forwarded)
	return asked - sent, ok1 && ok2 && ok3 && through == 0 && asked >= sent
}

// moved returns how far a counter moved during the run.
func moved(v diag.View, name string) (by int, ok bool) {
	first, ok1 := check.CountersRead.Of(v)
	later, ok2 := check.CountersRead.Later(v)
	a, has1 := first.Values[name]
	b, has2 := later.Values[name]
	if !ok1 || !ok2 || !has1 || !has2 || b < a || b-a > 1<<30 {
		return 0, false
	}
	return int(b - a), true
}

// datagramsLeft claims that the questions to silent name servers left this
// machine: a filter that drops a datagram says so to its sender.
func datagramsLeft(v diag.View) []diag.Claim {
	servers, _ := check.NamesServers.Of(v)
	for _, s := range servers {
		if s.Says() == check.SaysNothing {
			return []diag.Claim{{Name: catalog.LocalDropped, Value: platform.No, Evidence: []diag.Ref{{Check: "names.servers"}}}}
		}
	}
	return nil
}

// denied tells that this machine would not let the questions to the name
// servers out: sending answers with EPERM where an output filter drops a
// datagram (net/ipv4/ip_output.c, NF_DROP_ERR).
var denied = diag.Rule{
	Name:  "denied here",
	Reads: []diag.Node{check.NamesServers, check.NamesSystem, check.FirewallRules, check.RoutesRead},
	Tells: []catalog.Code{"firewall.local-out", "agent.blocks"}, Claims: []catalog.Claim{catalog.DropSeen},
	Infer: func(v diag.View) (j diag.Judgement) {
		servers, _ := check.NamesServers.Of(v)
		sys, _ := check.NamesSystem.Of(v)
		var names []string
		for _, s := range servers {
			if s.Says() != check.SaysDenied {
				return diag.Judgement{}
			}
			names = append(names, s.Server.Addr().String())
			j.Claims = []diag.Claim{{Name: catalog.DropSeen, Value: platform.Yes, Evidence: []diag.Ref{{Check: "names.servers"}}}}
			f := diag.Finding{Code: "firewall.local-out", Direct: true, Args: diag.Args{"address": names[0], "servers": names},
				Evidence: []diag.Ref{{Check: "names.servers"}}}
			set, read := check.FirewallRules.Of(v)
			b, named := culprit(questionsTo(v, s.Server).sent(set), true)
			j.Findings = accuse(f, b, named && read)
		}
		if len(sys.Addresses) > 0 {
			return diag.Judgement{}
		}
		return j
	},
}
