package check

import (
	"context"
	"net/netip"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Shortage is how the ports that the system hands out are used toward one
// address and port that it would give none for.
type Shortage struct {
	To  netip.AddrPort
	Use platform.PortUse
}

// mostShort addresses are asked about.
const mostShort = 2

// SocketsPorts counts the ports of this machine where the system would not
// give one to connect from.
var SocketsPorts = add(diag.Spec[[]Shortage]{
	ID: "sockets.ports", Layer: catalog.Transport, Timeout: 2 * time.Second,
	After: []diag.Node{TCPConnect, TalkTarget},
	Probe: func(ctx context.Context, e *diag.Env) ([]Shortage, error) {
		var out []Shortage
		for _, to := range Portless(e.View) {
			if len(out) == mostShort {
				break
			}
			use, err := e.Host.Sockets.Ports(ctx, platform.PortsAsk{To: to})
			if err != nil {
				return nil, err
			}
			out = append(out, Shortage{to, use})
		}
		if len(out) == 0 {
			return nil, diag.Skip("no-shortage")
		}
		return out, nil
	},
	Unclear: []string{"short"},
	Tell: func(all []Shortage) (string, diag.Args) {
		least, most := all[0].Use.Free()
		args := diag.Args{"low": all[0].Use.Low, "high": all[0].Use.High, "n": all[0].Use.Taken}
		if least == 0 || most == 0 {
			return "short", args
		}
		return "left", args
	},
})

// Portless are the addresses and ports for which the system had no port of its
// own to give. The caller reads TCPConnect and TalkTarget.
func Portless(v diag.View) (out []netip.AddrPort) {
	attempts, _ := TCPConnect.Of(v)
	for _, a := range attempts {
		if lacks(a.Last().Problem, platform.NoLocalAddress) {
			out = append(out, a.To)
		}
	}
	talks, _ := TalkTarget.Of(v)
	for _, t := range talks {
		if _, p := stopped(t.Talk); lacks(p, platform.NoLocalAddress) || lacks(t.Problem, platform.NoLocalAddress) {
			out = append(out, t.To)
		}
	}
	return out
}

func lacks(p *platform.Problem, code platform.ProblemCode) bool { return p != nil && p.Code == code }
