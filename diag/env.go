package diag

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"strconv"
	"time"

	"faultline/platform"
)

// Env is what a probe works with: the host, the target, and what the checks
// that it comes after have seen.
type Env struct {
	View
	Host  platform.Host
	Again bool // the second reading, at the end of the run
	run   *run
	check ID
}

// Reading is the ask for a passive fact: the first or the second one.
func (e *Env) Reading() platform.Reading {
	if e.Again {
		return platform.Reading{Seq: 1}
	}
	return platform.Reading{}
}

// RTT notes a round-trip time, from which the run takes its patience.
func (e *Env) RTT(d time.Duration) { e.run.rtt.add(d) }

// Thorough reports whether the user asked for more than the usual.
func (e *Env) Thorough() bool { return e.run.opt.Thorough }

// Trace reports whether the user agreed to what changes something of this machine
// for a moment.
func (e *Env) Trace() bool { return e.run.opt.Trace }

// Pick chooses a number below n that nobody can predict and a replay repeats.
func (e *Env) Pick(what string, n int) int {
	h := fnv.New64a()
	h.Write([]byte(strconv.FormatUint(e.run.opt.Seed, 16) + string(e.check) + what))
	return int(h.Sum64() % uint64(n))
}

// StillWaiting waits until done is closed or d has passed, and reports whether
// it was d. What was found is part of the record, so that a replay goes the
// same way without waiting.
func (e *Env) StillWaiting(ctx context.Context, key string, done <-chan struct{}, d time.Duration) bool {
	waiting := false
	if !e.run.opt.Replay {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-done:
		case <-ctx.Done():
		case <-t.C:
			waiting = true
		}
	}
	return Decide(ctx, e, key, waiting)
}

// Cut ends with stop what a probe no longer waits for. In a replay there is
// nothing to end, and what was cut short is recorded as such.
func (e *Env) Cut(stop func()) {
	if !e.run.opt.Replay {
		stop()
	}
}

// Decide makes a choice part of the record and returns the one that counts:
// live the one that is proposed, in a replay the one that was recorded (the
// zero value when there is none).
func Decide[T any](ctx context.Context, e *Env, key string, proposed T) T {
	raw, err := json.Marshal(proposed)
	if err != nil {
		panic("diag: a decision that JSON cannot carry: " + key)
	}
	q := platform.DecisionAsk{Key: string(e.check) + ":" + key, Proposed: raw}
	answer, err := e.Host.Decisions.Decide(ctx, q)
	var decided T
	if err != nil || json.Unmarshal(answer, &decided) != nil {
		var none T
		return none
	}
	return decided
}

// outcomeOf maps the error of a probe to an outcome: not knowing is a result.
func outcomeOf(err error) (Outcome, string, *platform.Problem) {
	var s *skip
	if errors.As(err, &s) {
		return Skipped, s.reason, nil
	}
	p := platform.AsProblem(err)
	outcome, known := map[platform.ProblemCode]Outcome{
		platform.NoMechanism: Unsupported, platform.Permission: Denied, platform.Timeout: TimedOut,
		platform.NotRecorded: NotRecorded, platform.Canceled: Canceled,
	}[p.Code]
	if !known {
		outcome = Failed
	}
	return outcome, p.Text, p
}
