package check

import (
	"net/netip"
	"slices"
	"testing"

	"faultline/platform"
)

var traced = netip.MustParseAddrPort("198.51.100.9:443")

// traceOf makes a trace of what each TTL brought: a router's address, "" for
// silence in every way, "there", or "!" and who turned it away.
func traceOf(hops ...string) Trace {
	t := Trace{To: traced}
	for i, h := range hops {
		hop := Hop{TTL: i + 1}
		for _, by := range []string{"icmp", "icmp", "udp", "tcp"} {
			p := TraceProbe{By: by, Sent: true}
			switch {
			case h == "there":
				p.There = true
			case h != "" && h[0] == '!':
				p.ICMP = &platform.ICMP{From: netip.MustParseAddr(h[1:]), Type: 3, Code: 1}
			case h != "":
				p.ICMP = &platform.ICMP{From: netip.MustParseAddr(h), Type: 11}
			}
			hop.Probes = append(hop.Probes, p)
		}
		t.Hops = append(t.Hops, hop)
	}
	return t
}

func TestTrace(t *testing.T) {
	const a, b, c, d = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"
	for _, tt := range []struct {
		name string
		hops []string
		last int
		dark bool
		loop []string
	}{
		{"a whole way", []string{a, b, "there", "there"}, 2, false, nil},
		{"a whole way with a mute router", []string{a, "", "there"}, 1, false, nil},
		{"dark behind the second router", []string{a, b, "", "", "", ""}, 2, true, nil},
		{"dark behind the second, the first mute", []string{"", b, "", "", ""}, 2, true, nil},
		{"too few hops looked at", []string{a, b, "", ""}, 2, false, nil},
		{"nothing shows itself", []string{"", "", "", ""}, 0, true, nil},
		{"turned away", []string{a, "!" + b, "!" + b, "", ""}, 1, false, nil},
		{"two routers", []string{a, b, c, b, c, b, c, b}, 8, false, []string{c, b}},
		{"two routers, one of them mute", []string{a, b, "", b, "", b}, 6, false, []string{b}},
		{"three routers", []string{a, b, c, d, b, c, d, b}, 8, false, []string{c, d, b}},
		{"twice around is none", []string{a, b, c, b, c, "", ""}, 5, false, nil},
		{"a router that answers for several hops", []string{a, b, b, b, b, "there"}, 5, false, nil},
		{"a router seen again at odd distances", []string{a, b, c, b, d, a, b, "there"}, 7, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := traceOf(tt.hops...)
			if got, _ := tr.Last(); got != tt.last {
				t.Errorf("last: got %d, want %d", got, tt.last)
			}
			if got := tr.Dark(); got != tt.dark {
				t.Errorf("dark: got %v, want %v", got, tt.dark)
			}
			routers, _ := tr.Loop()
			if got := Texts(routers); !slices.Equal(got, tt.loop) {
				t.Errorf("loop: got %v, want %v", got, tt.loop)
			}
		})
	}
}

func TestSilenceInOneWayIsNotDark(t *testing.T) {
	tr := traceOf("192.0.2.1", "", "", "", "")
	for i := range tr.Hops {
		tr.Hops[i].Probes = tr.Hops[i].Probes[:2] // echo requests only
	}
	if tr.Dark() {
		t.Error("got dark, want not: only echo requests were sent")
	}
}
