package windows

import (
	"sync"
	"time"
)

// shared is a reading of a table that several ask for at the same moment: who
// asks while it is under way gets its answer, which nobody may change. Who asks
// for the table itself reads it anew.
type shared[T any] struct {
	mu             sync.Mutex
	underWay, last *reading[T]
}

type reading[T any] struct {
	done  chan struct{}
	began time.Time
	value T
	err   error
}

// recent is the last reading where it is no older than age, for who needs of the
// table only what other answers are completed with; else a new one.
func (s *shared[T]) recent(age time.Duration, look func() (T, error)) (T, error) {
	s.mu.Lock()
	r := s.last
	s.mu.Unlock()
	if r != nil && r.err == nil && time.Since(r.began) <= age {
		return r.value, nil
	}
	return s.read(look)
}

func (s *shared[T]) read(look func() (T, error)) (T, error) {
	s.mu.Lock()
	if r := s.underWay; r != nil {
		s.mu.Unlock()
		<-r.done
		return r.value, r.err
	}
	r := &reading[T]{done: make(chan struct{}), began: time.Now()}
	s.underWay = r
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.underWay, s.last = nil, r
		s.mu.Unlock()
		close(r.done)
	}()
	r.value, r.err = look()
	return r.value, r.err
}
