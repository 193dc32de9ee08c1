package tape

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"faultline/platform"
)

// Record returns a host that answers as h does and notes each call in the log.
// Its errors are problems (platform.AsProblem), so that a caller sees the same
// error live and on replay.
//
// An ask that is made twice is recorded twice; a replay answers both with the
// first. Duplicates finds such asks.
func Record(h platform.Host, now func() time.Time) (platform.Host, *Log) {
	l := &Log{now: now}
	return host(deck{live: h, log: l}), l
}

// ask answers one question: from the record if the deck has one, else from the
// live host, noting it in the log.
func ask[Q, A any](ctx context.Context, d deck, method string, q Q, live func(context.Context, Q) (A, error)) (A, error) {
	if d.record != nil {
		return play[Q, A](ctx, d.record, method, q)
	}
	n, at := d.log.begin()
	a, err := guarded(method, func() (A, error) { return live(ctx, q) })
	line := Line{N: n, By: platform.Caller(ctx), Method: method, At: at}
	line.asked(q)
	line.answered(a, err)
	d.log.end(line)
	return a, failure(err)
}

// guarded makes a panic of the host the problem of its answer. What a stranger sent
// may have caused it, and a check may have asked in any goroutine, where nothing
// else would keep it from ending the program.
func guarded[A any](method string, call func() (A, error)) (a A, err error) {
	defer func() {
		if broke := recover(); broke != nil {
			var none A
			a, err = none, &platform.Problem{Code: platform.Other, Text: fmt.Sprintf("internal error in %s: %v", method, broke)}
		}
	}()
	return call()
}

// asked notes the question. One that is too large is not kept, so that no
// replay can take it for another.
func (l *Line) asked(q any) {
	text, err := json.Marshal(q)
	if err != nil || len(text) > maxAsk {
		l.Cut = true
		return
	}
	l.Ask = text
}

// answered notes what came of the call. The answer is kept beside an error too,
// and left out when it is zero.
func (l *Line) answered(a any, err error) {
	l.Problem = bounded(platform.AsProblem(err))
	if v := reflect.ValueOf(a); !v.IsValid() || v.IsZero() {
		return
	}
	text, err := json.Marshal(a)
	if err == nil && len(text) <= maxAnswer {
		l.Answer = text
		return
	}
	l.Cut = true
	if l.Problem == nil {
		l.Problem = &platform.Problem{Code: platform.Other, Text: "answer too large or not encodable: not recorded"}
	}
}

// bounded cuts what a system or a peer said to a size that fits a line.
func bounded(p *platform.Problem) *platform.Problem {
	if p == nil || len(p.Text) <= maxProblem {
		return p
	}
	return &platform.Problem{Code: p.Code, Text: strings.ToValidUTF8(p.Text[:maxProblem], "")}
}

// failure is AsProblem as an error: nil for nil.
func failure(err error) error {
	if p := platform.AsProblem(err); p != nil {
		return p
	}
	return nil
}

// watch arms a tap, from the record or live, and notes the arming.
func watch[Q, A any](ctx context.Context, d deck, armed, stopped string, q Q, live func(context.Context, Q) (platform.Tap[A], error)) (platform.Tap[A], error) {
	if d.record != nil {
		return playTap[Q, A](ctx, d.record, armed, stopped, q)
	}
	n, at := d.log.begin()
	inner, err := guarded(armed, func() (platform.Tap[A], error) { return live(ctx, q) })
	line := Line{N: n, By: platform.Caller(ctx), Method: armed, At: at, Problem: bounded(platform.AsProblem(err))}
	line.asked(q)
	d.log.end(line)
	if err != nil {
		return nil, failure(err)
	}
	return &tap[A]{of: n, method: stopped, inner: inner, log: d.log}, nil
}

// tap notes the first Stop; later ones repeat its answer.
type tap[A any] struct {
	of     int
	method string
	inner  platform.Tap[A]
	log    *Log

	once   sync.Once
	answer A
	err    error
}

func (t *tap[A]) Stop(ctx context.Context) (A, error) {
	t.once.Do(func() { t.stop(ctx) })
	return t.answer, t.err
}

func (t *tap[A]) stop(ctx context.Context) {
	n, at := t.log.begin()
	a, err := guarded(t.method, func() (A, error) { return t.inner.Stop(ctx) })
	line := Line{N: n, Of: t.of, By: platform.Caller(ctx), Method: t.method, At: at}
	line.answered(a, err)
	t.log.end(line)
	t.answer, t.err = a, failure(err)
}
