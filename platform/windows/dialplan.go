package windows

import (
	"context"
	"time"

	"faultline/platform"
)

const (
	// firstRTO is after how long the first SYN is repeated (RFC 6298 §2), and
	// oldRTO after how long the systems do it that do not let us choose.
	firstRTO = time.Second
	oldRTO   = 3 * time.Second
	// synMargin is how long before one SYN too many we give up.
	synMargin = 60 * time.Millisecond
	// refusalGrace is how long a system that repeats a SYN after each reset may
	// take to tell of it: two repeats, about a second apart.
	refusalGrace = 2500 * time.Millisecond
	mostSYNs     = 8

	never = 0xfe // TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS, mstcpip.h
)

// synDue is when the SYN with a number, counted from 0, leaves after the first:
// each waits twice as long as the one before.
func synDue(n int, rto time.Duration) time.Duration { return rto * (1<<min(n, mostSYNs) - 1) }

// synsSent is how many of at most so many SYNs have left by a time.
func synsSent(most int, rto, after time.Duration) int {
	n := 1
	for n < most && synDue(n, rto) <= after {
		n++
	}
	return n
}

// shot is one socket of a connection attempt.
type shot interface {
	// connect waits until it is told how the attempt ended, or the context ends;
	// then it is silent. How many SYNs left is told where that is known.
	connect(ctx context.Context) (platform.Dial, error)
	close()
}

// loader makes the next socket ready. A problem is the system's refusal to let
// the attempt out; repeats says that the system will repeat its SYN by itself.
type loader func() (s shot, repeats bool, problem *platform.Problem, err error)

// volley is one connection attempt: a socket for each SYN, or one for all where
// the system repeats them.
type volley struct {
	most    int // SYNs
	hold    time.Duration
	load    loader
	began   time.Time
	repeats bool
	sent    int
}

// end is how one socket of a volley ended.
type end struct {
	shot shot
	dial platform.Dial
	err  error
}

// run sends SYN after SYN until one of them is answered, the context ends, or
// one more than was asked for would be due. Earlier sockets go on waiting: an
// answer may take longer than the next SYN.
func (v *volley) run(ctx context.Context) (platform.Dial, error) {
	ends, running := make(chan end, v.most), 0
	inner, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		for ; running > 0; running-- {
			(<-ends).shot.close() // no socket outlives the attempt
		}
	}()
	v.began = time.Now()
	due := time.NewTimer(0)
	defer due.Stop()
	for {
		select {
		case e := <-ends:
			running--
			defer e.shot.close()
			if e.dial.Ended == platform.DialSilent && e.err == nil {
				continue // the others may still be answered
			}
			if e.dial.Ended == platform.DialOpen {
				defer pause(ctx, v.hold)
			}
			return v.settle(e.dial, e.err)
		case <-ctx.Done():
			return v.settle(platform.Dial{Ended: platform.DialSilent}, quiet(ctx.Err()))
		case <-due.C:
			if v.repeats || v.sent == v.most {
				return v.settle(platform.Dial{Ended: platform.DialSilent}, nil)
			}
			if problem, err := v.fire(inner, ends); problem != nil || err != nil {
				return v.settle(platform.Dial{Ended: platform.DialLocal, Problem: problem}, err)
			}
			running++
			due.Reset(v.next())
		}
	}
}

// fire sends the next SYN; how its socket ended comes over a channel with room
// for it.
func (v *volley) fire(ctx context.Context, ends chan<- end) (*platform.Problem, error) {
	s, repeats, problem, err := v.load()
	if problem != nil || err != nil {
		return problem, err
	}
	v.sent, v.repeats = v.sent+1, repeats
	go func() {
		d, err := s.connect(ctx)
		ends <- end{s, d, err}
	}()
	return nil, nil
}

// next is how long to wait for an answer before the next step.
func (v *volley) next() time.Duration {
	if v.repeats {
		return max(synDue(v.most, firstRTO)-synMargin, refusalGrace)
	}
	wait := time.Until(v.began.Add(synDue(v.sent, firstRTO)))
	if v.sent == v.most {
		wait -= synMargin
	}
	return wait
}

// settle completes what one socket, or none, told. Of SYNs that the system
// repeats by itself it is known how many left at least.
func (v *volley) settle(d platform.Dial, err error) (platform.Dial, error) {
	d.Waited, d.Sent = time.Since(v.began), max(d.Sent, v.sent)
	switch {
	case d.Ended == platform.DialLocal:
		d.Sent = 0
	case v.repeats:
		d.Sent = max(d.Sent, synsSent(v.most, oldRTO, d.Waited))
	}
	return d, err
}

// pause waits while a connection is to be kept.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// initialRTO is TCP_INITIAL_RTO_PARAMETERS (mstcpip.h): how long in milliseconds
// the first SYN is waited for, and how often it is repeated, also after a reset
// has answered it.
func initialRTO(wait time.Duration, repeats byte) []byte {
	ms := min(max(wait/time.Millisecond, 1), 0xfffe)
	return []byte{byte(ms), byte(ms >> 8), repeats, 0}
}
