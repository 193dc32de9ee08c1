package tcpflow

// A slab is an array that grows without moving: in pieces, and the records
// hold no pointers. What is dropped is used again.
type slab[T any] struct {
	pieces [][]T
	n      uint32
	spare  []uint32
}

// piece is the number of records of one piece of a slab.
const piece = 1 << 10

// add returns the index of an empty record.
func (s *slab[T]) add() uint32 {
	if n := len(s.spare); n > 0 {
		i := s.spare[n-1]
		s.spare = s.spare[:n-1]
		var none T
		*s.at(i) = none
		return i
	}
	if int(s.n/piece) == len(s.pieces) {
		s.pieces = append(s.pieces, make([]T, piece))
	}
	s.n++
	return s.n - 1
}

func (s *slab[T]) drop(i uint32) { s.spare = append(s.spare, i) }

func (s *slab[T]) at(i uint32) *T { return &s.pieces[i/piece][i%piece] }

// live returns how many records are in use.
func (s *slab[T]) live() int { return int(s.n) - len(s.spare) }
