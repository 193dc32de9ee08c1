// Package selftest runs each mechanism of the host once, so that one visit to a
// real machine answers what no test bench can: how its answers look, how long
// they take, and what is missing.
//
// It changes nothing, needs no rights, judges nothing, and speaks only to this
// machine, its gateway, its first name server and an address that belongs to
// nobody.
package selftest

import (
	"context"
	"time"

	"faultline/app/redact"
	"faultline/platform"
	"faultline/platform/tape"
)

// Schema names the form of a Report.
const Schema = "faultline/selftest/1"

// Report is what came of it. It holds stand-ins in place of names and
// addresses.
type Report struct {
	Schema     string     `json:"schema"`
	Tool       string     `json:"tool"`
	Started    time.Time  `json:"started"`
	Mechanisms any        `json:"mechanisms"`
	Steps      []Step     `json:"steps"`
	Questions  []Question `json:"questions"`
}

// Step is one question to the host and its answer.
type Step struct {
	ID      string  `json:"id"`     // unique in a report
	Method  string  `json:"method"` // as the mechanisms are named
	Seconds float64 `json:"seconds"`
	Ask     any     `json:"ask,omitempty"`
	Answer  any     `json:"answer,omitempty"`
	Problem any     `json:"problem,omitempty"`
	// State is answered (that there is no such thing is an answer), missing (the host has no mechanism), denied, failed, or
	// skipped (there was nothing to ask about).
	State string `json:"state"`
}

// The states of a Step.
const (
	Answered = "answered"
	Missing  = "missing"
	Denied   = "denied"
	Failed   = "failed"
	Skipped  = "skipped"
)

// patience is how long a step may take.
const patience = 8 * time.Second

// run is one self-test.
type run struct {
	host  platform.Host
	now   func() time.Time
	told  func(Step)
	hide  *redact.Redactor
	steps []Step
	near  surroundings
}

// Run runs each mechanism once. It tells of each step when it is done.
func Run(ctx context.Context, tool string, host platform.Host, now func() time.Time, told func(Step)) (Report, error) {
	host, _ = tape.Record(host, now) // a mechanism that panics costs its own step: a visit is not soon made again
	r := &run{host: host, now: now, told: told, hide: redact.New()}
	out := Report{Schema: Schema, Tool: tool, Started: now().UTC()}
	for _, part := range []func(context.Context){r.local, r.network, r.names, r.nearby, r.machine, r.connections} {
		part(ctx)
	}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	rows, err := host.System.Mechanisms(ctx, platform.Reading{})
	if err == nil {
		out.Mechanisms = rows // our own words, of which none tells who or where
	}
	out.Steps, out.Questions = r.steps, r.questions()
	return out, nil
}

// step asks one question.
func step[Q, A any](ctx context.Context, r *run, id, method string, limit time.Duration, ask func(context.Context, Q) (A, error), q Q) (A, error) {
	began := r.now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	a, err := ask(ctx, q)
	s := Step{ID: id, Method: method, Seconds: r.now().Sub(began).Seconds(), Ask: r.hide.Value(q), State: stateOf(err)}
	if err == nil || s.State == Failed {
		s.Answer = r.hide.Value(a)
	}
	if p := platform.AsProblem(err); p != nil {
		s.Problem = r.hide.Value(p)
	}
	r.add(s)
	return a, err
}

func (r *run) add(s Step) {
	r.steps = append(r.steps, s)
	r.told(s)
}

// skip notes a step that there was nothing to ask about for.
func (r *run) skip(id, method string) { r.add(Step{ID: id, Method: method, State: Skipped}) }

func stateOf(err error) string {
	p := platform.AsProblem(err)
	switch {
	case p == nil, p.Code == platform.NotFound:
		return Answered
	case p.Code == platform.NoMechanism:
		return Missing
	case p.Code == platform.Permission:
		return Denied
	}
	return Failed
}
