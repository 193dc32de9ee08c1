package windows

import "sync"

// shared is a reading of a table that several ask for at the same moment: who
// asks while it is under way gets its answer, which nobody may change. It is
// never kept: the next one reads anew.
type shared[T any] struct {
	mu       sync.Mutex
	underWay *reading[T]
}

type reading[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func (s *shared[T]) read(look func() (T, error)) (T, error) {
	s.mu.Lock()
	if r := s.underWay; r != nil {
		s.mu.Unlock()
		<-r.done
		return r.value, r.err
	}
	r := &reading[T]{done: make(chan struct{})}
	s.underWay = r
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.underWay = nil
		s.mu.Unlock()
		close(r.done)
	}()
	r.value, r.err = look()
	return r.value, r.err
}
