package check

import (
	"context"
	"net/netip"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// FilterTrace is one connection attempt, and what the filters of this machine did
// with its packets.
type FilterTrace struct {
	To   netip.AddrPort
	Dial platform.Dial
	Hits platform.RuleHits
}

const (
	tracePatience = 1200 * time.Millisecond
	// Above the ports that the system hands out by itself, so that nothing else has
	// the one that is watched.
	traceFirst, tracePorts = 61000, 4500
	traceEvents            = 100
	traceAttempt           = 20 // number of the attempt among those to one port
)

// FirewallTrace has the packet filter tell which rules one more attempt meets. The
// attempt is made by this process, as whoever runs it: rules may look at that.
var FirewallTrace = add(diag.Spec[FilterTrace]{
	ID: "firewall.trace", Layer: catalog.Firewall, Timeout: 4 * time.Second, Start: diag.OnConsent, Traffic: diag.TargetTraffic, Trips: 8,
	After: []diag.Node{TCPConnect, FirewallRules},
	Probe: func(ctx context.Context, e *diag.Env) (t FilterTrace, err error) {
		attempts, err := TCPConnect.Need(e)
		if err != nil {
			return t, err
		}
		for _, a := range attempts {
			if end := a.Last().Ended; end != platform.DialOpen && end != "" {
				t.To = a.To
				return t, t.watch(ctx, e)
			}
		}
		return t, diag.Skip("nothing-failed")
	},
	Tell: tellTrace,
})

// watch brackets one attempt by the tap.
func (t *FilterTrace) watch(ctx context.Context, e *diag.Env) error {
	q := platform.FlowAsk{To: t.To, LocalPort: uint16(traceFirst + e.Pick("port", tracePorts)), Limit: traceEvents}
	tap, err := e.Host.Firewall.WatchFlow(ctx, q)
	if err != nil {
		return err
	}
	once, cancel := context.WithTimeout(ctx, tracePatience)
	defer cancel()
	t.Dial = dial(once, e, platform.DialAsk{To: t.To, SYNs: 1, LocalPort: q.LocalPort, N: traceAttempt})
	hits, stopped := tap.Stop(context.WithoutCancel(ctx))
	t.Hits = hits
	return stopped
}

func tellTrace(t FilterTrace) (string, diag.Args) {
	var chains []string
	for _, h := range t.Hits.Hits {
		if h.Verdict == platform.RuleDrop {
			chains = append(chains, h.Family+" "+h.Table+" "+h.Chain)
		}
	}
	switch {
	case len(chains) > 0:
		return "dropped", diag.Args{"chains": chains}
	case len(t.Hits.Hits) == 0:
		return "nothing", nil
	}
	return "passed", nil
}
