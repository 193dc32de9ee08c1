package rule

import (
	"net/netip"
	"testing"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// TestTurnedAway: an attempt of which the system tells only that it ended as
// unreachable is told by what a router said of an echo request.
func TestTurnedAway(t *testing.T) {
	const target, router = "198.51.100.7", "192.0.2.1"
	to := netip.MustParseAddrPort(target + ":443")
	said := func(from string, kind, code int, broad bool) platform.ICMP {
		return platform.ICMP{From: netip.MustParseAddr(from), Type: kind, Code: code, Broad: broad}
	}
	for _, c := range []struct {
		name    string
		problem platform.ProblemCode
		waited  time.Duration
		echo    platform.ICMP
		want    catalog.Code
	}{
		{"a rule, by its code", platform.UnreachableSome, time.Millisecond, said(router, 3, 13, false), "tcp.rejected"},
		{"a machine that is absent, by its code", platform.UnreachableSome, time.Millisecond, said(router, 3, 1, false), "path.rejected"},
		{"at once, and folded", platform.UnreachableSome, time.Millisecond, said(router, 3, 1, true), "tcp.rejected"},
		{"after as long as ARP takes", platform.UnreachableSome, 3 * time.Second, said(router, 3, 1, true), "path.rejected"},
		{"no network, and folded", platform.UnreachableSome, time.Millisecond, said(router, 3, 0, true), "path.rejected"},
		{"a TTL that ran out of itself", platform.UnreachableSome, time.Millisecond, said(router, 11, 0, false), "path.loop"},
		{"a TTL that was small", platform.UnreachableSome, time.Millisecond, said(router, 11, 0, false), ""},
		{"this machine said it", platform.UnreachableSome, time.Millisecond, said("127.0.0.1", 3, 1, true), ""},
		{"the system tells that it is its own", platform.UnreachableHost, time.Millisecond, said(router, 3, 1, true), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := check.Attempts{To: to, Dials: []platform.Dial{{Ended: platform.DialLocal, Waited: c.waited, Problem: &platform.Problem{Code: c.problem}}}}
			var got catalog.Code
			told := toldError{icmp: c.echo, seen: diag.Ref{Check: "ping.target"}}
			if c.name == "a TTL that was small" {
				told.seen.Check = "path.trace"
			}
			if e, ok := spoken([]toldError{told}, netip.Addr.IsLoopback); ok && unsaid(p) {
				got = turnedAs(p, e.icmp)
			}
			if got != c.want {
				t.Errorf("got %q want %q", got, c.want)
			}
		})
	}
}
