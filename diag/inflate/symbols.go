package inflate

import "encoding/binary"

// symbols unpacks until the block ends, or there is no more room. After a
// refill there are 56 bits at hand: enough for a length and a distance with all
// that belongs to them (48), or for two literals and the code after them (45).
// It is one long function, as what it works with has to stay in registers.
func (z *Reader) symbols() error {
	if err := z.fill(); err != nil {
		return err
	}
	literals, distances, out := z.codes.literals, z.codes.distances, z.out
	buf, limit, room := z.buf, z.end-padding, len(out)-slack
	bits, n, pos, w := z.bits, z.n, z.pos, z.w
	var err error
	for again := true; again; again = z.padded == 0 && pos <= limit && w < room {
		bits |= binary.LittleEndian.Uint64(buf[pos:]) << n
		pos += int(63-n) >> 3
		n |= 56
		e := literals[bits&(1<<literalBits-1)]
		for range 2 {
			if e.kind() != literal {
				break
			}
			out[w] = byte(e.value())
			w++
			bits >>= e.code()
			n -= e.code()
			e = literals[bits&(1<<literalBits-1)]
		}
		if e.kind() == further {
			e = literals[e.value()+int(bits>>literalBits&(1<<e.extra()-1))]
		}
		if e.kind() == literal {
			out[w] = byte(e.value())
			w++
			bits >>= e.code()
			n -= e.code()
			continue
		}
		if e.kind() == nothing {
			err = ErrDamaged
			break
		}
		bits |= binary.LittleEndian.Uint64(buf[pos:]) << n
		pos += int(63-n) >> 3
		n |= 56
		bits >>= e.code()
		size := e.value() + int(bits&(1<<e.extra()-1))
		bits >>= e.extra()
		n -= e.code() + e.extra()
		if size == 0 {
			z.inside = false
			break
		}
		e = distances[bits&(1<<distanceBits-1)]
		if e.kind() == further {
			e = distances[e.value()+int(bits>>distanceBits&(1<<e.extra()-1))]
		}
		bits >>= e.code()
		from := w - e.value() - int(bits&(1<<e.extra()-1))
		bits >>= e.extra()
		n -= e.code() + e.extra()
		if e.kind() == nothing || from < z.base {
			err = ErrDamaged
			break
		}
		repeat(out, from, w, size)
		w += size
	}
	z.bits, z.n, z.pos, z.w = bits, n, pos, w
	return err
}

// repeat copies size bytes from one place of out to a later one, where they may
// overlap. It may write up to seven bytes more.
func repeat(out []byte, from, to, size int) {
	if to-from < 8 {
		for i := range size {
			out[to+i] = out[from+i]
		}
		return
	}
	for end := to + size; to < end; from, to = from+8, to+8 {
		*(*[8]byte)(out[to:]) = [8]byte(out[from:])
	}
}
