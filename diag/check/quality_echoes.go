package check

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Echoed is a series of echo requests to one address, and how its own
// connections fared.
type Echoed struct {
	Addr    netip.Addr
	Sent    int
	RTTs    []time.Duration // of those that came back, in the order of sending
	Repeats int             // segments that our own connections had to send again
	Own     int             // connections of which that is known
	Long    bool            // the series took long enough to judge the delay by (rule C5)
}

// Lost is how many did not come back.
func (q Echoed) Lost() int { return q.Sent - len(q.RTTs) }

const (
	lossEchoes = 40
	lossApart  = 30 * time.Millisecond
	// fewConversations is how many a run holds that met nothing odd.
	fewConversations = 4
	// A series that judges delay takes five seconds (rule C5).
	delayEchoes   = 25
	delayApart    = 200 * time.Millisecond
	echoesTimeout = 1500 * time.Millisecond
	qualityN      = 40
	// slowestSYN is the round trip above which the first SYN is repeated
	// although nothing was lost (RFC 6298 §2: one second).
	slowestSYN = 700 * time.Millisecond
	// enoughRepeats need no more conversations to be believed.
	enoughRepeats    = 2
	moreTalkPatience = 2 * time.Second
	// synRepeats is when the first SYN was repeated for sure.
	synRepeats = 1100 * time.Millisecond
)

// QualityEchoes counts echoes where something of our own had to be sent twice,
// and measures the delay where the user asked for more than the usual.
var QualityEchoes = add(diag.Spec[[]Echoed]{
	ID: "quality.echoes", Layer: catalog.Path, Timeout: 12 * time.Second, Traffic: diag.TargetTraffic, Trips: 4,
	After: []diag.Node{TCPConnect, TalkTarget, MTUPath},
	Tells: []catalog.Code{"quality.loss", "quality.latency", "quality.jitter"}, Claims: []catalog.Claim{catalog.LossShows},
	Probe: func(ctx context.Context, e *diag.Env) ([]Echoed, error) {
		attempts, err := TCPConnect.Need(e)
		if err != nil {
			return nil, err
		}
		var out []Echoed
		for _, to := range firstOpen(attempts) {
			q := Echoed{Addr: to.Addr()}
			q.Repeats, q.Own = repeats(e.View, to)
			out = append(out, q)
		}
		if len(out) == 0 {
			return nil, diag.Skip("nothing-open")
		}
		sizes, _ := MTUPath.Of(e.View)
		worst := 0
		for i := range out {
			if out[i].signs(sizes) > out[worst].signs(sizes) {
				worst = i
			}
		}
		if q := &out[worst]; q.signs(sizes) > 0 || e.Thorough() {
			q.run(ctx, e, firstOpen(attempts)[worst], q.signs(sizes) > 0)
		}
		return out, nil
	},
	Judge:   judgeQuality,
	Unclear: []string{"loss"},
	Tell: func(all []Echoed) (string, diag.Args) {
		if len(all) == 0 {
			return "", nil
		}
		q := all[0]
		for _, o := range all {
			if o.Lost() > q.Lost() {
				q = o
			}
		}
		args := diag.Args{"n": q.Own, "of": q.Sent, "lost": q.Lost(), "rtt": q.median()}
		args["percent"], _ = q.wouldShow()
		switch {
		case q.Sent == 0:
			return "none", args
		case len(q.RTTs) == 0:
			return "silent", args
		case q.Lost() > 0:
			return "loss", args
		}
		return "all", args
	},
})

// signs counts what may be loss: segments that were sent again, and echoes that
// did not come back while others did.
func (q Echoed) signs(sizes []Sizes) int {
	n := q.Repeats
	for _, s := range sizes {
		if s.To.Addr() == q.Addr && s.Came > 0 {
			n += s.Echoes - s.Came
		}
	}
	return n
}

// firstOpen is the first open port of each family.
func firstOpen(attempts []Attempts) (out []netip.AddrPort) {
	for _, to := range openPorts(attempts) {
		if !slices.ContainsFunc(out, func(o netip.AddrPort) bool { return o.Addr().Is6() == to.Addr().Is6() }) {
			out = append(out, to)
		}
	}
	return out
}

// repeats counts what connections to an address sent again, and of how many
// connections that is known. A SYN that is repeated because the answer takes a
// second is no loss.
func repeats(v diag.View, to netip.AddrPort) (n, own int) {
	attempts, _ := TCPConnect.Of(v)
	for _, a := range attempts {
		for _, d := range a.Dials {
			if a.To == to && d.Ended == platform.DialOpen {
				own++
				if d.TCP != nil && d.TCP.RTT < slowestSYN {
					n += d.Sent - 1
				}
			}
		}
	}
	talks, _ := TalkTarget.Of(v)
	for _, t := range talks {
		for _, one := range []*platform.Talk{&t.Talk, t.Confirm, t.Alone} {
			if t.To == to {
				count(one, &n, &own)
			}
		}
	}
	sizes, _ := MTUPath.Of(v)
	for _, s := range sizes {
		for i := range s.Fulls {
			if s.To == to {
				count(&s.Fulls[i], &n, &own)
			}
		}
	}
	return n, own
}

// begun is how many SYNs were sent to a port so far, those of conversations
// taken as one each.
func begun(v diag.View, to netip.AddrPort) int {
	attempts, _ := TCPConnect.Of(v)
	_, own := repeats(v, to)
	return sent(attempts, to) + max(own-1, 0) // of which the attempt is one
}

// count adds what one conversation had to send again. One that was not connected
// when it ended, or late, had repeated its SYN.
func count(t *platform.Talk, n, own *int) {
	if t != nil && t.TCP == nil && len(t.Stages) == 1 && t.Stages[0].Waited > synRepeats {
		*n, *own = *n+1, *own+1
	}
	if t != nil && t.TCP != nil && t.TCP.RTT < slowestSYN {
		*n, *own = *n+t.TCP.Retransmits, *own+1
	}
}

// run sends a series, and holds a few more conversations where connections have
// shown little so far: what an echo says of loss must be true of them too, as
// machines limit how many echoes they answer. Where none had to send again, a
// series is not worth it.
func (q *Echoed) run(ctx context.Context, e *diag.Env, to netip.AddrPort, doubt bool) {
	n, apart := lossEchoes, lossApart
	if q.Own > fewConversations {
		n /= 2 // so that a run stays below two hundred packets
	}
	if e.Thorough() {
		apart = 5 * time.Second / lossEchoes
	}
	if e.Thorough() && !doubt {
		n, apart = delayEchoes, delayApart
	}
	q.Long = e.Thorough()
	already := q.Repeats > 0 || q.Long
	var all sync.WaitGroup
	if already {
		all.Go(func() { q.series(ctx, e, n, apart) })
	}
	repeats, own := 0, 0
	if doubt && q.Repeats < enoughRepeats {
		repeats, own = converseMore(ctx, e, to)
	}
	all.Wait()
	if q.Repeats, q.Own = q.Repeats+repeats, q.Own+own; !already && repeats > 0 {
		q.series(ctx, e, n, apart)
	}
}

// converseMore holds what the target implies a few times, as often as the number
// of SYNs to one port allows, and counts what had to be sent again.
func converseMore(ctx context.Context, e *diag.Env, to netip.AddrPort) (repeats, own int) {
	talks := make([]platform.Talk, min(max(mostSYNs-2-begun(e.View, to), 0), 3))
	var all sync.WaitGroup
	for i := range talks {
		ask, wait := conversation(e.Target, to)
		ask.N = qualityN + i
		all.Go(func() { talks[i], _ = converse(ctx, e, ask, min(wait, moreTalkPatience)) })
	}
	all.Wait()
	for i := range talks {
		count(&talks[i], &repeats, &own)
	}
	return repeats, own
}

// series sends echo requests at an even pace, none where this process may not.
func (q *Echoed) series(ctx context.Context, e *diag.Env, n int, apart time.Duration) {
	replies, sent := make([]platform.EchoReply, n), make([]bool, n)
	ask := func(i int) {
		ctx, cancel := context.WithTimeout(ctx, echoesTimeout)
		defer cancel()
		r, err := e.Host.Echo.Send(ctx, platform.EchoAsk{To: q.Addr, Seq: 1000 + i})
		replies[i], sent[i] = r, err == nil
	}
	if ask(0); !sent[0] {
		return
	}
	var all sync.WaitGroup
	for i := 1; i < n; i++ {
		e.StillWaiting(ctx, fmt.Sprintf("%s %d", q.Addr, i), nil, apart)
		all.Go(func() { ask(i) })
	}
	all.Wait()
	for i, r := range replies {
		if sent[i] {
			q.Sent++
		}
		if r.Answered {
			q.RTTs = append(q.RTTs, r.Waited)
		}
	}
}
