package tcpflow

// A slab is an array that grows without moving: in pieces, and the records
// hold no pointers.
type slab[T any] struct {
	pieces [][]T
	n      uint32
}

// piece is the number of records of one piece of a slab.
const piece = 1 << 10

// add returns the index of a new record.
func (s *slab[T]) add() uint32 {
	if s.n%piece == 0 && int(s.n/piece) == len(s.pieces) {
		s.pieces = append(s.pieces, make([]T, piece))
	}
	s.n++
	return s.n - 1
}

func (s *slab[T]) at(i uint32) *T { return &s.pieces[i/piece][i%piece] }
