package check

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Compared is what the host that the user named for comparison shows.
type Compared struct {
	Addrs    []netip.Addr // in the system's order, at most two
	NotFound bool         // the system knows no such name
	TCP      []Attempts
	Echoes   []platform.EchoReply // one for each address; zero where it was not possible
}

// Alive returns the addresses that answered anything.
func (c Compared) Alive() (alive []netip.Addr) {
	for i, a := range c.Addrs {
		echoed := i < len(c.Echoes) && c.Echoes[i].Answered
		if echoed || slices.ContainsFunc(c.TCP, func(t Attempts) bool { return t.Addr() == a && t.Alive() }) {
			alive = append(alive, a)
		}
	}
	return alive
}

const (
	compareAddresses = 2
	comparePatience  = 2500 * time.Millisecond
)

// ControlHost asks the host that the user named for comparison: what it meets
// as well is not the target's.
var ControlHost = add(diag.Spec[Compared]{
	ID: "control.host", Layer: catalog.Path, Timeout: 4 * time.Second, Start: diag.OnTrouble, Traffic: diag.TargetTraffic,
	After:   []diag.Node{RoutesRead, CountersRead},
	Probe:   probeControl,
	Unclear: []string{"silent", "notfound"},
	Tell: func(c Compared) (string, diag.Args) {
		switch alive := c.Alive(); {
		case len(c.Addrs) == 0:
			return "notfound", nil
		case len(alive) > 0:
			return "answers", diag.Args{"addresses": Texts(alive)}
		}
		return "silent", diag.Args{"addresses": Texts(c.Addrs)}
	},
})

func probeControl(ctx context.Context, e *diag.Env) (c Compared, err error) {
	if e.Target.Control == "" {
		return c, diag.Skip("no-control")
	}
	named, err := diag.ParseTarget(e.Target.Control)
	if err != nil {
		return c, diag.Skip("no-control")
	}
	if c.Addrs, err = controlAddrs(ctx, e, named); err != nil {
		c.NotFound = true
		return c, nil
	}
	ctx, cancel := context.WithTimeout(ctx, comparePatience)
	defer cancel()
	c.Echoes = make([]platform.EchoReply, len(c.Addrs))
	for _, a := range c.Addrs {
		for _, p := range named.Ports {
			c.TCP = append(c.TCP, Attempts{To: netip.AddrPortFrom(a, p)})
		}
	}
	var all sync.WaitGroup
	for i, a := range c.Addrs {
		all.Go(func() { c.Echoes[i], _ = e.Host.Echo.Send(ctx, platform.EchoAsk{To: a}) })
	}
	for i := range c.TCP {
		all.Go(func() {
			c.TCP[i].Dials = settled([]platform.Dial{dial(ctx, e, platform.DialAsk{To: c.TCP[i].To, SYNs: 2})})
		})
	}
	all.Wait()
	return c, nil
}

func controlAddrs(ctx context.Context, e *diag.Env, named diag.Target) ([]netip.Addr, error) {
	if named.Addr.IsValid() {
		return []netip.Addr{named.Addr}, nil
	}
	a, err := system(ctx, e, platform.NameAsk{Name: named.Host}, comparePatience)
	if err != nil && !errors.Is(err, platform.ErrNotFound) {
		return nil, err
	}
	if len(a.Addresses) == 0 {
		return nil, platform.ErrNotFound
	}
	return a.Addresses[:min(len(a.Addresses), compareAddresses)], nil
}
