package check

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Many are connections to one port that are open at the same time, in the order
// in which they were begun.
type Many struct {
	To    netip.AddrPort
	Dials []platform.Dial
}

// Limit is how many got through before the first did not, and whether that was
// a limit: of those after it hardly any got through. Attempts that this machine
// itself did not make tell nothing.
func (m Many) Limit() (n int, limited bool) {
	later, through := 0, 0
	for _, d := range m.Dials {
		switch open := d.Ended == platform.DialOpen; {
		case d.Ended == platform.DialLocal || d.Ended == "":
			return 0, false
		case open && later == 0:
			n++
		case open:
			later, through = later+1, through+1
		default:
			later++
		}
	}
	few := n > 0 && 4*through <= later
	some := n >= leastThrough && 5*through <= 2*later
	return n, later-through >= leastTurnedAway && (few || some)
}

const (
	manyAtOnce = 20
	manyApart  = 40 * time.Millisecond
	manyHeld   = 2500 * time.Millisecond

	leastThrough    = 4
	leastTurnedAway = 3
)

// TCPMany opens many connections side by side, which some services and
// firewalls take for too many.
var TCPMany = add(diag.Spec[Many]{
	ID: "tcp.many", Layer: catalog.Transport, Timeout: 6 * time.Second, Start: diag.OnRequest, Traffic: diag.TargetTraffic, Trips: 12,
	After: []diag.Node{TCPConnect, TalkTarget, TCPAgain},
	Tells: []catalog.Code{"tcp.limited"},
	Probe: func(ctx context.Context, e *diag.Env) (Many, error) {
		attempts, err := TCPConnect.Need(e)
		if err != nil {
			return Many{}, err
		}
		open := openPorts(attempts)
		if len(open) == 0 {
			return Many{}, diag.Skip("nothing-open")
		}
		m := Many{To: open[0], Dials: make([]platform.Dial, manyAtOnce)}
		var all sync.WaitGroup
		for i := range m.Dials {
			all.Go(func() {
				e.StillWaiting(ctx, fmt.Sprintf("apart %d", i), nil, time.Duration(i)*manyApart)
				m.Dials[i] = dial(ctx, e, platform.DialAsk{To: m.To, SYNs: 1, N: 40 + i, Hold: manyHeld})
			})
		}
		all.Wait()
		return m, nil
	},
	Judge: func(_ diag.View, m Many) (j diag.Judgement) {
		if n, limited := m.Limit(); limited {
			j.Findings = append(j.Findings, diag.Finding{Code: "tcp.limited", Way: diag.WayTo(m.To.Addr()), Direct: true,
				Args:     diag.Args{"address": m.To.Addr().String(), "n": n, "of": len(m.Dials)},
				Evidence: []diag.Ref{{Check: "tcp.many"}}})
		}
		return j
	},
	Unclear: []string{"limited"},
	Tell: func(m Many) (string, diag.Args) {
		n, limited := m.Limit()
		if limited {
			return "limited", diag.Args{"n": n, "of": len(m.Dials)}
		}
		return "taken", diag.Args{"of": len(m.Dials)}
	},
})
