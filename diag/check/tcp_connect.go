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

// Attempts are the connection attempts to one port of one address.
type Attempts struct {
	To    netip.AddrPort
	Dials []platform.Dial // in the order in which they were begun
	SYNs  int             // of all attempts, those included that were stopped early
}

// Addr is the address of the attempts, without the IPv4-in-IPv6 form.
func (a Attempts) Addr() netip.Addr { return a.To.Addr() }

// Last is the attempt that decides: an answer outranks silence, and the later
// answer the earlier.
func (a Attempts) Last() platform.Dial {
	var last platform.Dial
	for _, d := range a.Dials {
		if last.Ended == "" || d.Ended != platform.DialSilent {
			last = d
		}
	}
	return last
}

// Silence sums up attempts that nothing answered: how many SYNs on how many
// sockets, and for how long. ok is false when anything answered.
func (a Attempts) Silence() (syns, sockets int, waited time.Duration, ok bool) {
	for _, d := range a.Dials {
		if d.Ended != platform.DialSilent {
			return 0, 0, 0, false
		}
		syns, sockets, waited = syns+d.Sent, sockets+1, max(waited, d.Waited)
	}
	return syns, sockets, waited, sockets > 0
}

// Silent reports whether the silence is long enough to be called one.
func (a Attempts) Silent() bool {
	syns, sockets, waited, ok := a.Silence()
	return ok && syns >= 3 && sockets >= 2 && waited >= 2*time.Second
}

// Alive reports whether the far machine itself answered TCP.
func (a Attempts) Alive() bool {
	e := a.Last().Ended
	return e == platform.DialOpen || e == platform.DialRefused
}

// The schedule of attempts to a port that stays silent. It sends at most seven
// SYNs: three from the first socket, two each from two fresh ones, which other
// paths and other limits may treat differently.
var schedule = []try{{0, 3}, {300 * time.Millisecond, 2}, {700 * time.Millisecond, 2}}

type try struct {
	after time.Duration // since the attempt before
	syns  int
}

const (
	// manyAddresses get fewer attempts each, so that a run stays below two
	// hundred packets.
	manyAddresses = 4
	// silencePatience ends all attempts: one second for the last SYN's answer.
	silencePatience = 3300 * time.Millisecond
	repeatAfter     = 20 * time.Millisecond
)

// TCPConnect opens a connection to every address and port of the target.
var TCPConnect = add(diag.Spec[[]Attempts]{
	ID: "tcp.connect", Layer: catalog.Transport, Timeout: 4 * time.Second, Traffic: diag.TargetTraffic, Trips: 1,
	// The counters are read before the first SYN: what this machine drops or
	// resets itself is told by how far they move.
	First: []diag.Node{NamesSystem, NamesServers}, After: []diag.Node{RoutesRead, CountersRead},
	Probe:   probeTCP,
	Unclear: []string{"refused", "silent", "rejected", "local", "mixed"},
	Tell:    tellTCP,
})

func probeTCP(ctx context.Context, e *diag.Env) ([]Attempts, error) {
	addrs := addresses(ctx, e)
	if len(addrs) == 0 {
		return nil, diag.Skip("no-address")
	}
	var out []Attempts
	for _, a := range addrs {
		for _, p := range e.Target.Ports {
			out = append(out, Attempts{To: netip.AddrPortFrom(a, p)})
		}
	}
	ctx, cancel := context.WithTimeout(ctx, silencePatience)
	defer cancel()
	var all sync.WaitGroup
	plan := schedule
	if len(addrs) >= manyAddresses {
		plan = schedule[:2]
	}
	for start := 0; start < len(out); start += len(e.Target.Ports) {
		all.Go(func() { dialAddress(ctx, e, plan, out[start:start+len(e.Target.Ports)]) })
	}
	all.Wait()
	return out, nil
}

// dialAddress tries the ports of one address side by side. For a bare host any
// answer of one port is enough: an open one ends the waiting on the others, a
// refusal gives them a few round trips more.
func dialAddress(ctx context.Context, e *diag.Env, plan []try, ports []Attempts) {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	var all sync.WaitGroup
	for i := range ports {
		all.Go(func() {
			dialPort(ctx, e, plan, &ports[i])
			last := ports[i].Last()
			if e.Target.Bare && last.Ended == platform.DialRefused {
				e.StillWaiting(ctx, ports[i].To.String()+" others", nil, 4*last.Waited+100*time.Millisecond)
			}
			if e.Target.Bare && (last.Ended == platform.DialOpen || last.Ended == platform.DialRefused) {
				e.Cut(enough)
			}
		})
	}
	all.Wait()
}

// dialPort works the schedule off until something answers; an answer that is a
// fault is asked for once more before it is believed.
func dialPort(ctx context.Context, e *diag.Env, plan []try, a *Attempts) {
	var mu sync.Mutex
	var all sync.WaitGroup
	answered := make(chan struct{})
	var once sync.Once
	dials := make([]platform.Dial, len(plan))
	begun := 0
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for n, s := range plan {
		if n > 0 && !e.StillWaiting(ctx, fmt.Sprintf("%s %d", a.To, n), answered, s.after) {
			break
		}
		begun++
		all.Go(func() {
			d := dial(ctx, e, platform.DialAsk{To: a.To, SYNs: s.syns, N: n})
			mu.Lock()
			dials[n] = d
			mu.Unlock()
			if d.Ended != platform.DialSilent {
				once.Do(func() { close(answered) })
				e.Cut(stop) // the other sockets have nothing left to show
			}
		})
	}
	all.Wait()
	a.Dials = settled(dials[:begun])
	if end := a.Last().Ended; end == platform.DialRefused || end == platform.DialICMP {
		again := repeat(ctx, e, a.To)
		a.Dials, dials, begun = append(a.Dials, again), append(dials[:begun], again), begun+1
	}
	for _, d := range dials[:begun] {
		a.SYNs += d.Sent
	}
}

// settled leaves out attempts that were stopped before they could tell.
func settled(dials []platform.Dial) (out []platform.Dial) {
	for _, d := range dials {
		if d.Problem == nil || d.Problem.Code != platform.Canceled && d.Problem.Code != platform.Busy {
			out = append(out, d)
		}
	}
	return out
}

// repeat asks the decisive question once more: a fault that is gone a moment
// later is not told as one.
func repeat(ctx context.Context, e *diag.Env, to netip.AddrPort) platform.Dial {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	e.StillWaiting(ctx, to.String()+" repeat", nil, repeatAfter)
	return dial(ctx, e, platform.DialAsk{To: to, N: len(schedule)})
}

// dial makes one attempt. One that could not be made, or is not in a record,
// has no end: it tells nothing. Those with an ordinary TTL count against the
// number of SYNs that a run may send to one port.
func dial(ctx context.Context, e *diag.Env, q platform.DialAsk) platform.Dial {
	port, asked := "syn "+q.To.String(), max(q.SYNs, 1)
	counts := q.TTL == 0 && !e.Thorough()
	if counts {
		key := fmt.Sprintf("dial %v %d %d %d", q.To, q.N, q.Min, q.Link)
		if e.Spend(ctx, key, port, asked, mostSYNs) == 0 {
			return platform.Dial{Problem: enough}
		}
	}
	d, err := e.Host.Dialer.TCP(ctx, q)
	if err != nil {
		d.Problem = platform.AsProblem(err)
	}
	ordinary := q.TTL == 0 && q.Min == 0 && q.Link == 0 // another way, or half of it, tells nothing of the usual one
	if ordinary && (d.Sent > 1 || d.Ended == platform.DialSilent) {
		e.Odd(port)
	}
	if counts {
		e.GiveBack(port, max(asked-d.Sent, 0))
	}
	if d.Ended == platform.DialOpen || d.Ended == platform.DialRefused {
		e.RTT(d.Waited)
	}
	return d
}

// enough is the problem of an attempt that would be one too many.
var enough = &platform.Problem{Code: platform.Busy, Text: "no more attempts are made to this port"}

func tellTCP(all []Attempts) (string, diag.Args) {
	var working, failing []string
	var worst Attempts
	for _, a := range all {
		if a.Last().Ended == platform.DialOpen {
			working = append(working, a.To.String())
		} else {
			failing, worst = append(failing, a.To.String()), a
		}
	}
	last := worst.Last()
	switch {
	case len(all) == 0:
		return "", nil
	case len(failing) == 0:
		return "open", diag.Args{"addresses": working, "rtt": all[0].Last().Waited}
	case last.Ended == "":
		return "", nil
	case len(working) > 0:
		return "mixed", diag.Args{"working": working, "failing": failing}
	case last.Ended == platform.DialRefused:
		return "refused", diag.Args{"addresses": failing}
	case last.Ended == platform.DialICMP && last.ICMP != nil:
		return "rejected", diag.Args{"router": last.ICMP.From.String(), "icmp": ICMPText(*last.ICMP)}
	case last.Ended == platform.DialLocal && last.Problem != nil:
		return "local", diag.Args{"problem": string(last.Problem.Code)}
	}
	_, _, waited, _ := worst.Silence()
	return "silent", diag.Args{"addresses": failing, "seconds": waited}
}
