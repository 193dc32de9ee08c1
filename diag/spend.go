package diag

import (
	"context"
	"sync"
)

// spent counts what a run sends of what it may send only so often. Probes share
// it.
type spent struct {
	mu  sync.Mutex
	of  map[string]int
	odd map[string]bool // see Odd
}

// Spend asks to send up to n more of what, of which a run sends no more than
// most, and returns how many it may; 0: none. key tells this ask from others of
// the check. What was refused is part of the record, so that a replay refuses
// the same. GiveBack returns what was not sent after all.
func (e *Env) Spend(ctx context.Context, key, what string, n, most int) int {
	if e.run.opt.Replay {
		if Decide(ctx, e, "refused "+key, false) {
			return 0
		}
		return n
	}
	s := &e.run.spent
	s.mu.Lock()
	if s.of == nil {
		s.of = map[string]int{}
	}
	n = max(min(n, most-s.of[what]), 0)
	s.of[what] += n
	s.mu.Unlock()
	if n == 0 {
		Decide(ctx, e, "refused "+key, true)
	}
	return n
}

// Odd notes that what takes more than it should.
func (e *Env) Odd(what string) {
	s := &e.run.spent
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.odd == nil {
		s.odd = map[string]bool{}
	}
	s.odd[what] = true
}

// IsOdd reports whether Odd was noted. It is for choosing how much to ask for,
// and nothing else: a replay does not repeat it.
func (e *Env) IsOdd(what string) bool {
	s := &e.run.spent
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.odd[what]
}

// GiveBack returns n of what was asked for and not sent.
func (e *Env) GiveBack(what string, n int) {
	s := &e.run.spent
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of != nil {
		s.of[what] -= n
	}
}
