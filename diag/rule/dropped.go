package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// dropped says whether this machine itself discards what it should send. An
// output filter that drops a SYN tells the caller nothing, but the kernel counts
// each repeated SYN that it could not send (TcpExt.TCPRetransFail,
// net/ipv4/tcp_output.c); a drop elsewhere leaves the count unmoved. The count
// has no addresses: that it moved by exactly as many as ours is a sign, not a
// proof, and any other number may be another program's.
var dropped = diag.Rule{
	Name:   "dropped here",
	Reads:  []diag.Node{check.CountersRead, check.TCPConnect, check.TargetAlive, check.NamesServers},
	Tells:  []catalog.Code{"firewall.local-out"},
	Claims: []catalog.Claim{catalog.LocalDropped},
	Infer: func(v diag.View) (j diag.Judgement) {
		silent := silences(v)
		if len(silent) == 0 {
			return diag.Judgement{Claims: datagramsLeft(v)}
		}
		failed, ok := moved(v, "TcpExt.TCPRetransFail")
		repeated := 0
		for _, a := range silent {
			repeated += repeats(a)
		}
		ours := failed == uint64(repeated) || failed == uint64(repeated+besides(v, silent))
		if !ok || repeated == 0 || failed > 0 && !ours {
			return j
		}
		for _, a := range silent {
			way, seen := diag.WayTo(a.Addr()), []diag.Ref{{Check: "counters.read"}}
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.LocalDropped, Way: way, Value: platform.TriOf(failed > 0), Evidence: seen})
			if failed > 0 {
				j.Findings = append(j.Findings, diag.Finding{Code: "firewall.local-out", Way: way, Direct: true,
					Args: diag.Args{"address": a.Addr().String()}, Evidence: seen})
			}
		}
		return j
	},
}

// silences are the attempts that nothing answered.
func silences(v diag.View) (out []check.Attempts) {
	attempts, _ := check.TCPConnect.Of(v)
	for _, a := range attempts {
		if a.Silent() {
			out = append(out, a)
		}
	}
	return out
}

// besides is how many SYNs were repeated to other ports of the same addresses: a
// rule that names no port drops them, too.
func besides(v diag.View, silent []check.Attempts) (n int) {
	others, _ := check.TargetAlive.Of(v)
	for _, l := range others {
		if !slices.ContainsFunc(silent, func(a check.Attempts) bool { return a.Addr() == l.Addr }) {
			continue
		}
		for _, a := range l.TCP {
			n += repeats(a)
		}
	}
	return n
}

// repeats is how many of the SYNs were retransmissions.
func repeats(a check.Attempts) int {
	syns, sockets, _, _ := a.Silence()
	return syns - sockets
}

// moved returns how far a counter moved during the run.
func moved(v diag.View, name string) (by uint64, ok bool) {
	first, ok1 := check.CountersRead.Of(v)
	later, ok2 := check.CountersRead.Later(v)
	a, has1 := first.Values[name]
	b, has2 := later.Values[name]
	if !ok1 || !ok2 || !has1 || !has2 || b < a {
		return 0, false
	}
	return b - a, true
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
	Reads: []diag.Node{check.NamesServers, check.NamesSystem},
	Tells: []catalog.Code{"firewall.local-out"}, Claims: []catalog.Claim{catalog.DropSeen},
	Infer: func(v diag.View) (j diag.Judgement) {
		servers, _ := check.NamesServers.Of(v)
		sys, _ := check.NamesSystem.Of(v)
		for _, s := range servers {
			if s.Says() != check.SaysDenied {
				return diag.Judgement{}
			}
			j.Claims = []diag.Claim{{Name: catalog.DropSeen, Value: platform.Yes, Evidence: []diag.Ref{{Check: "names.servers"}}}}
			j.Findings = []diag.Finding{{Code: "firewall.local-out", Direct: true,
				Args:     diag.Args{"address": s.Server.Addr().String()},
				Evidence: []diag.Ref{{Check: "names.servers"}}}}
		}
		if len(sys.Addresses) > 0 {
			return diag.Judgement{}
		}
		return j
	},
}
