package rule

import (
	"net/netip"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// soonerThanARP is less than a router takes to miss a machine on its own link:
// it asks three times, a second apart (RFC 4861 §10; net/core/neighbour.c for
// ARP).
const soonerThanARP = 500 * time.Millisecond

// unsaid reports whether a connection attempt ended as unreachable on a system
// that does not tell who said so.
func unsaid(p check.Attempts) bool {
	last := p.Last()
	return last.Ended == platform.DialLocal && last.Problem != nil && last.Problem.Code == platform.UnreachableSome
}

// turnedAway tells an attempt that ended as unreachable by what a router said to
// something else that was sent to the address: then it was no failure of this
// machine, from which that would not have left.
func turnedAway(v diag.View, p check.Attempts, j *diag.Judgement) {
	e, told := spoken(errorsOf(v, p.Addr()), func(a netip.Addr) bool { return own(v, a) })
	if !told {
		return
	}
	way, seen := diag.WayTo(p.Addr()), []diag.Ref{{Check: "tcp.connect", About: p.To.String()}, e.seen}
	f := diag.Finding{Code: turnedAs(p, e.icmp), Way: way, Args: rejectionArgs(p, e.icmp), Evidence: seen}
	if e.icmp.From == p.Addr() {
		f.Party = catalog.Server
	}
	if j.Findings = append(j.Findings, f); f.Code == "path.rejected" {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.RouterHasNoRoute, Way: way, Value: lacksRoute(e.icmp), Evidence: seen})
		absent(v, p, e.icmp, e.seen, j)
	}
}

// spoken is the first error that ends a connection and is not this machine's. A
// hop limit that runs out does so too, unless it was made small for a trace.
func spoken(all []toldError, own func(netip.Addr) bool) (e toldError, told bool) {
	for _, e := range all {
		means, traced := check.Rejects(e.icmp), e.seen.Check == "path.trace" || e.seen.Check == "path.servers"
		if means != check.NoRejection && !(means == check.Looping && traced) && !own(e.icmp.From) {
			return e, true
		}
	}
	return e, false
}

// turnedAs is the code of an attempt that a router turned away. Where the system
// folds what the router said, a rule is told from a machine that is absent by how
// soon it came.
func turnedAs(p check.Attempts, i platform.ICMP) catalog.Code {
	switch means := check.Rejects(i); {
	case means == check.Prohibited, means == check.HostAbsent && i.Broad && p.Last().Waited < soonerThanARP:
		return "tcp.rejected"
	case means == check.Looping:
		return "path.loop"
	}
	return "path.rejected"
}

// lacksRoute says whether an ICMP error says that there is no route. One that the
// system folds with others does not.
func lacksRoute(i platform.ICMP) platform.Tri {
	if i.Broad {
		return platform.Unknown
	}
	return platform.TriOf(check.Rejects(i) == check.NoRouteTo)
}
