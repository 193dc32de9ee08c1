package check

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Repeated is how further attempts fared at a port of which some SYN stayed
// without an answer, and, beside them, packets that no service decides about.
type Repeated struct {
	To    netip.AddrPort
	Dials []platform.Dial // one SYN each, from a port of its own
	// Earlier is what the checks before had seen.
	Lost, Answered int
	Stuck          bool // a connection of the conversation was never opened
	// Controls are echo requests or, where those stay silent, SYNs to a closed
	// port: how many there were, and how many were answered.
	Controls, Replies int
}

// counts are the SYNs that were lost and answered in all.
func (s Repeated) counts() (lost, answered int) {
	lost, answered = s.Lost, s.Answered
	for _, d := range s.Dials {
		switch d.Ended {
		case platform.DialOpen:
			answered++
		case platform.DialSilent:
			lost++
		}
	}
	return lost, answered
}

// again is how many of the further attempts were lost.
func (s Repeated) again() (lost int) {
	for _, d := range s.Dials {
		if d.Ended == platform.DialSilent {
			lost++
		}
	}
	return lost
}

// LossFree is whether packets to and from the machine come through: unknown
// while nothing answered that could have been lost.
func (s Repeated) LossFree() platform.Tri {
	switch {
	case s.Replies == 0 || s.Controls < leastControls:
		return platform.Unknown
	case s.Replies == s.Controls:
		return platform.Yes
	}
	return platform.No
}

// Flaky reports whether a port takes some attempts and leaves others without an
// answer: a connection of the conversation was never opened, or it was seen
// twice each, and once more when it was looked for.
func (s Repeated) Flaky() bool {
	lost, answered := s.counts()
	switch free := s.LossFree(); {
	case free == platform.No:
		return false
	case s.Stuck && (free == platform.Yes || answered >= 2): // else all may be down by now
		return true
	}
	return lost >= 2 && answered >= 2 && s.again() > 0
}

const (
	mostAgain     = 5 // attempts
	mostUnsteady  = 2 // addresses
	controlCount  = 12
	leastControls = 6
	// againApart leaves room to those who allow a few connections a second.
	againApart   = 350 * time.Millisecond
	controlApart = 30 * time.Millisecond
	// synPatience is how long one SYN is waited for: what the system itself
	// would wait before it sends the next (RFC 6298 §2).
	synPatience = time.Second
	synMargin   = 100 * time.Millisecond
)

// TCPAgain tries a port again that was slow to answer: whether it was one
// packet that got lost, or every other attempt fails. A port that answered at
// once is left alone.
var TCPAgain = add(diag.Spec[[]Repeated]{
	ID: "tcp.again", Layer: catalog.Transport, Timeout: 5 * time.Second, Traffic: diag.TargetTraffic, Trips: 12,
	After: []diag.Node{TCPConnect, TalkTarget, RoutesTarget, LinksRead},
	Tells: []catalog.Code{"tcp.flaky", "quality.loss"}, Claims: []catalog.Claim{catalog.LossFree, catalog.Answers},
	Probe: func(ctx context.Context, e *diag.Env) ([]Repeated, error) {
		attempts, err := TCPConnect.Need(e)
		if err != nil {
			return nil, err
		}
		talks, _ := TalkTarget.Of(e.View)
		routes, _ := RoutesTarget.Of(e.View)
		links, _ := LinksRead.Of(e.View)
		var out []Repeated
		for _, a := range attempts {
			if isLocal(routes, a.Addr()) || Has(links, a.Addr()) {
				continue // its own table says more
			}
			if s, used := unsteady(a, talks); s.Lost > 0 && s.Answered > 0 && len(out) < mostUnsteady {
				s.Dials = make([]platform.Dial, max(min(mostAgain, mostSYNs-used), 0))
				out = append(out, s)
			}
		}
		if len(out) == 0 {
			return nil, diag.Skip("steady")
		}
		var all sync.WaitGroup
		for i := range out {
			all.Go(func() { tryAgain(ctx, e, &out[i]) })
		}
		all.Wait()
		return out, nil
	},
	Judge:   judgeAgain,
	Unclear: []string{"some"},
	Tell: func(all []Repeated) (string, diag.Args) {
		lost, answered := all[0].counts()
		if all[0].again() == 0 && !all[0].Stuck {
			return "steady", diag.Args{"n": answered}
		}
		return "some", diag.Args{"n": answered, "of": lost + answered}
	},
})

// unsteady counts the SYNs of the attempts so far, by what became of them, and
// how many of them went to the port in all. One that was overtaken by a later
// attempt counts as lost only when it had longer than the answer took.
func unsteady(a Attempts, talks []Talked) (s Repeated, used int) {
	s, used = Repeated{To: a.To}, a.SYNs
	last := a.Last()
	if last.Ended != platform.DialOpen {
		return s, used
	}
	s.Answered = 1
	if others := a.SYNs - last.Sent; others > 0 && 3*last.Waited < schedule[1].after {
		s.Lost = others
	}
	s.Lost += last.Sent - 1
	for _, t := range talks {
		if t.To != a.To {
			continue
		}
		all := []*platform.Talk{&t.Talk, t.Confirm, t.Alone}
		for i := range t.Unopened {
			all = append(all, &t.Unopened[i])
		}
		for _, one := range all {
			if one == nil || len(one.Stages) == 0 {
				continue
			}
			connect := one.Stages[0]
			repeats := int(connect.Waited / synPatience)
			used += 1 + repeats
			if connect.Problem == nil {
				s.Lost, s.Answered = s.Lost+repeats, s.Answered+1
			} else if lacks(connect.Problem, platform.Timeout) || lacks(connect.Problem, platform.Canceled) {
				s.Lost, s.Stuck = s.Lost+1+repeats, s.Stuck || repeats > 0
			}
		}
	}
	return s, used
}

// tryAgain makes the further attempts a little apart, and the controls beside.
func tryAgain(ctx context.Context, e *diag.Env, s *Repeated) {
	ctx, cancel := context.WithTimeout(ctx, 2*synPatience+time.Duration(len(s.Dials))*againApart)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() { controls(ctx, e, s) })
	for i := range s.Dials {
		all.Go(func() {
			e.StillWaiting(ctx, fmt.Sprintf("%s apart %d", s.To, i), nil, time.Duration(i)*againApart)
			ctx, cancel := context.WithTimeout(ctx, synPatience-synMargin) // before the system repeats it
			defer cancel()
			s.Dials[i] = dial(ctx, e, platform.DialAsk{To: s.To, SYNs: 1, N: 20 + i})
		})
	}
	all.Wait()
}

// controls asks what answers by itself: echo, or else a closed port.
func controls(ctx context.Context, e *diag.Env, s *Repeated) {
	replied := func(n int, one func(i int) bool) {
		got := make([]bool, n)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				e.StillWaiting(ctx, fmt.Sprintf("%s control %d of %d", s.To, i, n), nil, time.Duration(i)*controlApart)
				got[i] = one(i)
			})
		}
		all.Wait()
		s.Controls, s.Replies = n, 0
		for _, ok := range got {
			if ok {
				s.Replies++
			}
		}
	}
	echoes, cancel := context.WithTimeout(ctx, synPatience)
	defer cancel()
	replied(controlCount, func(i int) bool {
		r, err := e.Host.Echo.Send(echoes, platform.EchoAsk{To: s.To.Addr(), Seq: 200 + i})
		return err == nil && r.Answered
	})
	if s.Replies == 0 {
		closed := netip.AddrPortFrom(s.To.Addr(), improbable(e, "closed"))
		replied(leastControls, func(i int) bool {
			return dial(ctx, e, platform.DialAsk{To: closed, SYNs: 1, N: i}).Ended == platform.DialRefused
		})
	}
}

func judgeAgain(_ diag.View, all []Repeated) (j diag.Judgement) {
	for _, s := range all {
		way, seen := diag.WayTo(s.To.Addr()), []diag.Ref{{Check: "tcp.again"}, {Check: "tcp.connect", About: s.To.String()}}
		if free := s.LossFree(); free != platform.Unknown {
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.LossFree, Way: way, Value: free, Evidence: seen[:1]})
		}
		lost, answered := s.counts()
		if low, high := lossBounds(lost, lost+answered); s.LossFree() == platform.No && s.again() > 0 && lost >= fewestLost && answered > 0 && low > leastLoss {
			j.Findings = append(j.Findings, diag.Finding{Code: "quality.loss", Way: way, Evidence: seen, Args: diag.Args{"address": s.To.Addr().String(),
				"lost": lost, "n": lost + answered, "low": int(math.Floor(100 * low)), "high": int(math.Ceil(100 * high)), "repeats": lost}})
		}
		if !s.Flaky() {
			continue
		}
		j.Findings = append(j.Findings, diag.Finding{Code: "tcp.flaky", Way: way, Direct: s.LossFree() == platform.Yes, Evidence: seen,
			Args: diag.Args{"address": s.To.Addr().String(), "n": answered, "of": lost + answered}})
		if s.Stuck { // it opens at times, and what it then says could not be asked
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.Answers, Way: way, Value: platform.Yes, Evidence: seen,
				Args: diag.Args{"proof": "open"}})
		}
	}
	return j
}
