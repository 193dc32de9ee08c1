package inflate

import "math/bits"

// An entry of a table says what the next bits are: how many of them are the
// code (bits 0 to 3), how many more belong to the value (4 to 7; where there is
// another table: by how many that is indexed), what it is (8 and 9), and the
// value (from 10 on; of another table where it begins).
type entry uint32

// The kinds of an entry. A match of no bytes is the end of the block.
const (
	nothing = iota // no code
	literal
	match
	further
)

func means(kind, value int, extra uint) entry {
	return entry(value<<10 | kind<<8 | int(extra)<<4)
}

func (e entry) code() uint  { return uint(e & 15) }
func (e entry) extra() uint { return uint(e >> 4 & 15) }
func (e entry) kind() int   { return int(e >> 8 & 3) }
func (e entry) value() int  { return int(e >> 10) }

// How many bits are looked up at once; longer codes have a second table.
const (
	literalBits  = 11
	distanceBits = 8
	orderBits    = 7
	mostBits     = 15
)

// codes are the two codes of a block.
type codes struct {
	literals, distances []entry
	order               []entry // the code of the code lengths
	lengths             [286 + 32]uint8
}

// What the symbols stand for (RFC 1951 §3.2.5): literals, the end and lengths;
// distances; the lengths of codes.
var (
	literalMeans  = literalsMean()
	distanceMeans = distancesMean()
	orderMeans    = ordersMean()
)

func literalsMean() (all [286]entry) {
	for i := range 256 {
		all[i] = means(literal, i, 0)
	}
	all[256] = means(match, 0, 0)
	at := 3
	for i := 257; i < 285; i++ {
		extra := uint(max(i-261, 0) / 4)
		all[i] = means(match, at, extra)
		at += 1 << extra
	}
	all[285] = means(match, most, 0)
	return all
}

func distancesMean() (all [30]entry) {
	at := 1
	for i := range all {
		extra := uint(max(i-2, 0) / 2)
		all[i] = means(match, at, extra)
		at += 1 << extra
	}
	return all
}

func ordersMean() (all [19]entry) {
	for i := range all {
		all[i] = means(literal, i, 0)
	}
	return all
}

// build fills a table for a code of which the lengths of all symbols are
// given (RFC 1951 §3.2.2). A code must use every pattern of bits, or be a
// single one of one bit.
func build(table []entry, lengths []uint8, symbols []entry, index uint) ([]entry, bool) {
	var count, next [mostBits + 2]int
	longest := uint(0)
	for _, n := range lengths {
		count[n]++
		longest = max(longest, uint(n))
	}
	count[0] = 0
	code := 0
	for n := uint(1); n <= mostBits; n++ {
		code = (code + count[n-1]) << 1
		next[n] = code
		if code+count[n] > 1<<n {
			return table, false
		}
	}
	if full := next[longest] + count[longest]; longest == 0 || full != 1<<longest && (full != 1 || longest != 1) {
		return table, longest == 0
	}
	for symbol, n := range lengths {
		if n > 0 && symbol < len(symbols) {
			pattern := int(bits.Reverse16(uint16(next[n])) >> (16 - n))
			table = put(table, pattern, uint(n), longest, symbols[symbol]|entry(n), index)
		}
		next[n]++
	}
	return table, true
}

// put writes an entry wherever its pattern is met.
func put(table []entry, pattern int, n, longest uint, e entry, index uint) []entry {
	if n <= index {
		for i := pattern; i < 1<<index; i += 1 << n {
			table[i] = e
		}
		return table
	}
	low := pattern & (1<<index - 1)
	if table[low] == 0 {
		table[low] = means(further, len(table), longest-index) | entry(index)
		table = append(table, make([]entry, 1<<(longest-index))...)
	}
	sub := table[table[low].value():]
	for i := pattern >> index; i < 1<<(longest-index); i += 1 << (n - index) {
		sub[i] = e
	}
	return table
}

// fresh returns an empty table, in the memory of an old one.
func fresh(old []entry, index uint) []entry {
	if cap(old) < 1<<index {
		return make([]entry, 1<<index, 2<<index)
	}
	old = old[:1<<index]
	clear(old)
	return old
}

// fixed are the codes of blocks that bring none (RFC 1951 §3.2.6).
func (c *codes) fixed() {
	var l [288]uint8
	for i := range l {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	c.literals, _ = build(fresh(c.literals, literalBits), l[:], literalMeans[:], literalBits)
	var d [32]uint8
	for i := range d {
		d[i] = 5
	}
	c.distances, _ = build(fresh(c.distances, distanceBits), d[:], distanceMeans[:], distanceBits)
}

// positions is the order in which the lengths of the code lengths come.
var positions = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the codes of a block (RFC 1951 §3.2.7).
func (z *Reader) dynamic() error {
	if err := z.need(14); err != nil {
		return err
	}
	c := &z.codes
	literals, distances, orders := int(z.take(5))+257, int(z.take(5))+1, int(z.take(4))+4
	if literals > len(literalMeans) {
		return ErrDamaged
	}
	var order [19]uint8
	for _, at := range positions[:orders] {
		if err := z.need(3); err != nil {
			return err
		}
		order[at] = uint8(z.take(3))
	}
	ok := false
	if c.order, ok = build(fresh(c.order, orderBits), order[:], orderMeans[:], orderBits); !ok {
		return ErrDamaged
	}
	if err := z.lengths(c.lengths[:literals+distances]); err != nil {
		return err
	}
	if c.lengths[256] == 0 {
		return ErrDamaged // the block would have no end
	}
	if c.literals, ok = build(fresh(c.literals, literalBits), c.lengths[:literals], literalMeans[:], literalBits); !ok {
		return ErrDamaged
	}
	if c.distances, ok = build(fresh(c.distances, distanceBits), c.lengths[literals:literals+distances], distanceMeans[:], distanceBits); !ok {
		return ErrDamaged
	}
	return nil
}

// lengths reads the lengths of both codes, which are compressed themselves.
func (z *Reader) lengths(all []uint8) error {
	for i := 0; i < len(all); {
		if err := z.need(orderBits + 7); err != nil {
			return err
		}
		e := z.codes.order[z.bits&(1<<orderBits-1)]
		if e.kind() == nothing {
			return ErrDamaged
		}
		z.take(e.code())
		if e.value() < 16 {
			all[i] = uint8(e.value())
			i++
			continue
		}
		value, n := uint8(0), 0
		switch e.value() {
		case 16:
			if i == 0 {
				return ErrDamaged
			}
			value, n = all[i-1], int(z.take(2))+3
		case 17:
			n = int(z.take(3)) + 3
		case 18:
			n = int(z.take(7)) + 11
		}
		if i+n > len(all) {
			return ErrDamaged
		}
		for range n {
			all[i] = value
			i++
		}
	}
	return nil
}
