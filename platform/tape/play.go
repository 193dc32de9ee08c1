package tape

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"faultline/platform"
)

// Play returns a host that answers from lines, at once. What they do not hold
// is platform.ErrNotRecorded; of an ask that they hold twice, the first counts.
// Under a context that has ended every method answers platform.ErrCanceled.
func Play(lines []Line, options ...Option) platform.Host {
	r := &record{lines: lines, byAsk: map[string]map[string]Line{}}
	for _, set := range options {
		set(r)
	}
	return host(deck{live: platform.Unsupported(), record: r})
}

// Option adds to what Play can answer.
type Option func(*record)

// Packets lets a replay read the packets of its captures; open returns a new
// reader at the beginning of the capture file for each of them.
func Packets(open func() (io.Reader, error)) Option {
	return func(r *record) { r.open = open }
}

type record struct {
	lines []Line
	open  func() (io.Reader, error)

	mu    sync.Mutex
	byAsk map[string]map[string]Line // method → ask → line
}

func play[Q, A any](ctx context.Context, r *record, method string, q Q) (A, error) {
	line, err := find(ctx, r, method, q)
	if err != nil {
		var none A
		return none, err
	}
	return answer[A](line)
}

func playTap[Q, A any](ctx context.Context, r *record, armed, stopped string, q Q) (platform.Tap[A], error) {
	line, err := find(ctx, r, armed, q)
	switch {
	case err != nil:
		return nil, err
	case line.Problem != nil:
		return nil, line.Problem
	}
	return playedTap[A]{of: line.N, method: stopped, record: r}, nil
}

type playedTap[A any] struct {
	of     int
	method string
	record *record
}

func (t playedTap[A]) Stop(ctx context.Context) (A, error) {
	var none A
	if err := alive(ctx); err != nil {
		return none, err
	}
	for _, line := range t.record.lines {
		if line.Of == t.of && line.Method == t.method {
			return answer[A](line)
		}
	}
	return none, notRecorded(t.method)
}

// answer decodes what a line holds. An answer of the wrong shape counts as not
// recorded: "malformed" would say that the peer had sent nonsense.
func answer[A any](line Line) (A, error) {
	var a, none A
	if len(line.Answer) > 0 {
		if err := json.Unmarshal(line.Answer, &a); err != nil {
			return none, &platform.Problem{Code: platform.NotRecorded, Text: line.Method + ": " + err.Error()}
		}
	}
	if line.Problem != nil {
		return a, line.Problem
	}
	return a, nil
}

// find returns the first line of method that asks q.
func find[Q any](ctx context.Context, r *record, method string, q Q) (Line, error) {
	if err := alive(ctx); err != nil {
		return Line{}, err
	}
	key, err := json.Marshal(q)
	if err != nil {
		return Line{}, notRecorded(method)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	byAsk, ok := r.byAsk[method]
	if !ok {
		byAsk = index[Q](r.lines, method)
		r.byAsk[method] = byAsk
	}
	line, ok := byAsk[string(key)]
	if !ok {
		return Line{}, notRecorded(method)
	}
	return line, nil
}

// index passes each ask through its type, so that the order of fields, zero
// fields left out and fields of another version do not matter.
func index[Q any](lines []Line, method string) map[string]Line {
	byAsk := map[string]Line{}
	for _, line := range lines {
		if line.Method != method || line.Ask == nil && line.Cut {
			continue
		}
		key, ok := canonical[Q](line.Ask)
		if _, seen := byAsk[key]; ok && !seen {
			byAsk[key] = line
		}
	}
	return byAsk
}

func canonical[Q any](text json.RawMessage) (key string, ok bool) {
	var q Q
	if len(text) > 0 && json.Unmarshal(text, &q) != nil {
		return "", false
	}
	b, err := json.Marshal(q)
	return string(b), err == nil
}

func alive(ctx context.Context) error {
	// A deadline is of the clock, and a recording has none: on a busy machine it
	// may pass before the question is put.
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return &platform.Problem{Code: platform.Canceled, Text: err.Error()}
	}
	return nil
}

func notRecorded(method string) error {
	return &platform.Problem{Code: platform.NotRecorded, Text: method}
}
