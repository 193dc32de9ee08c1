package diag

import (
	"context"
	"errors"
	"fmt"
	"time"

	"faultline/platform"
)

const (
	// abandonAfter is how long a probe may take to return once its context has
	// ended before the run goes on without it.
	abandonAfter = 2 * time.Second
	abandoned    = "abandoned"
)

// await runs a probe, and gives up on one that ignores the end of its context.
func await(ctx context.Context, n Node, e *Env) Observation {
	done := make(chan Observation, 1)
	go func() { done <- look(ctx, n, e) }()
	select {
	case o := <-done:
		return o
	case <-ctx.Done():
	}
	t := time.NewTimer(abandonAfter)
	defer t.Stop()
	select {
	case o := <-done:
		return o
	case <-t.C:
	}
	o := Observation{Check: n.ID(), Outcome: Canceled, Reason: abandoned}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		o.Outcome = TimedOut
	}
	return o
}

// look runs a probe; a panic in it is a failed check, not a failed run.
func look(ctx context.Context, n Node, e *Env) (o Observation) {
	o.Check = n.ID()
	defer func() {
		if p := recover(); p != nil {
			o.broke(p)
		}
	}()
	data, err := n.probe(ctx, e)
	if err != nil {
		o.Outcome, o.Reason, o.Problem = outcomeOf(err)
		return o
	}
	o.Outcome, o.Data = Observed, data
	return o
}

// brokenHere is the reason of a check that failed by a fault of this program.
const brokenHere = "internal error"

// broke settles a check whose own code panicked.
func (o *Observation) broke(p any) {
	o.Outcome, o.Reason, o.Data, o.Later = Failed, brokenHere, nil, nil
	o.Problem = &platform.Problem{Code: platform.Other, Text: fmt.Sprintf("internal error in %s: %v", o.Check, p)}
}
