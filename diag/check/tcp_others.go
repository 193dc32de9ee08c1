package check

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Other is an address of the target's name that a configured name server gives
// and the system does not use.
type Other struct {
	Attempts
	Talk *Talked // what was said on it, when it opened
	// Improbable is how a port opened on which nothing should listen, where the
	// open one said nothing by itself.
	Improbable *platform.Dial
}

const (
	mostOthers     = 4
	othersDeadline = 2200 * time.Millisecond
)

// TCPOthers tries the addresses that name servers of this machine give beside
// those that the system found: one that serves shows that the system was told
// something else than it should have been.
var TCPOthers = add(diag.Spec[[]Other]{
	ID: "tcp.others", Layer: catalog.Transport, Timeout: 6 * time.Second, Start: diag.OnTrouble, Traffic: diag.TargetTraffic, Trips: 4,
	After: []diag.Node{NamesSystem, NamesServers, NamesUpstream},
	Probe: func(ctx context.Context, e *diag.Env) ([]Other, error) {
		if e.Target.Addr.IsValid() {
			return nil, diag.Skip("literal")
		}
		addrs := diag.Decide(ctx, e, "others", otherAddresses(e.View))
		if len(addrs) == 0 {
			return nil, diag.Skip("no-other")
		}
		out := make([]Other, len(addrs))
		var all sync.WaitGroup
		for i, a := range addrs {
			all.Go(func() { out[i] = tryOther(ctx, e, a) })
		}
		all.Wait()
		return out, nil
	},
	Unclear: []string{"works"},
	Tell: func(all []Other) (string, diag.Args) {
		var open, shut []string
		for _, o := range all {
			if a := o.Addr().String(); o.Last().Ended == platform.DialOpen {
				open = append(open, a)
			} else {
				shut = append(shut, a)
			}
		}
		switch {
		case len(open) > 0:
			return "works", diag.Args{"addresses": open}
		case len(shut) > 0:
			return "fails", diag.Args{"addresses": shut}
		}
		return "", nil
	},
})

// otherAddresses returns what servers give to any candidate and the system does
// not use.
func otherAddresses(v diag.View) (others []netip.Addr) {
	sys, known := NamesSystem.Of(v)
	if !known || sys.Silent {
		return nil
	}
	servers, _ := NamesServers.Of(v)
	behind, _ := NamesUpstream.Of(v)
	for _, s := range slices.Concat(behind, servers) {
		for _, a := range s.Addresses() {
			if Usable(a) && !a.IsLoopback() && !slices.Contains(sys.Addresses, a) && !slices.Contains(others, a) && len(others) < mostOthers {
				others = append(others, a)
			}
		}
	}
	return others
}

func tryOther(ctx context.Context, e *diag.Env, a netip.Addr) (o Other) {
	short, cancel := context.WithTimeout(ctx, othersDeadline)
	defer cancel()
	for _, p := range e.Target.Ports {
		o.Attempts = Attempts{To: netip.AddrPortFrom(a, p)}
		d := dial(short, e, platform.DialAsk{To: o.To, SYNs: 2})
		o.Dials, o.SYNs = []platform.Dial{d}, d.Sent
		if d.Ended == platform.DialOpen {
			o.converse(ctx, e)
			return o
		}
	}
	return o
}

func (o *Other) converse(ctx context.Context, e *diag.Env) {
	t := talk(ctx, e, o.To, share{})
	o.Talk = &t
	if t.Problem != nil || t.Reply().Received > 0 {
		return
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	d := dial(short, e, platform.DialAsk{To: netip.AddrPortFrom(o.Addr(), improbable(e, "tcp")), SYNs: 1})
	o.Improbable = &d
}

// Serves is whether an address that was tried beside serves the target's name,
// and whether that rests on more than a port that opens as any other might. The
// caller reads ClockRead.
func (o Other) Serves(v diag.View) (serves, proven bool) {
	if o.Talk == nil || o.Talk.Problem != nil || len(o.Talk.Talk.Stages) == 0 {
		return false, false
	}
	clock, _ := ClockRead.Of(v)
	value := answers(v.Target, *o.Talk, faulty(witness{v.Target, clock}, *o.Talk)).Value
	alone := o.Improbable != nil && (o.Improbable.Ended == platform.DialRefused || o.Improbable.Ended == platform.DialSilent)
	if o.Improbable != nil && o.Improbable.Ended == platform.DialOpen {
		return false, false
	}
	return value == platform.Yes, o.Talk.Reply().Received > 0 || alone
}
