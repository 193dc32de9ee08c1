package pcapfilter

import "encoding/binary"

// result is what a test of a packet comes to.
type result int8

// The results. A packet too short for a test ends all of them.
const (
	no result = iota
	yes
	short
)

// test asks something of a packet.
type test func(p packet) result

// packet is what tests are asked of.
type packet struct {
	data      []byte
	etherType uint16 // behind the header of the link
	at        int    // where what it is the type of begins
}

// load reads size bytes at an offset of data.
func (p packet) load(at, size int) (value uint32, ok bool) {
	if at < 0 || at+size > len(p.data) {
		return 0, false
	}
	switch size {
	case 1:
		return uint32(p.data[at]), true
	case 2:
		return uint32(binary.BigEndian.Uint16(p.data[at:])), true
	}
	return binary.BigEndian.Uint32(p.data[at:]), true
}

// A place says where an offset counts from.
type place func(p packet) (at int, ok bool)

// network is where the network header begins, behind a number of tags.
func network(tags int) place {
	return func(p packet) (int, bool) { return p.at + 4*tags, true }
}

// transport is where the header behind IPv4's begins.
func transport(tags int) place {
	return func(p packet) (int, bool) {
		at := p.at + 4*tags
		first, ok := p.load(at, 1)
		return at + int(first&15)*4, ok
	}
}

// transport6 is where the header behind IPv6's begins, when it has no
// extensions: no others are looked behind.
func transport6(tags int) place {
	return func(p packet) (int, bool) { return p.at + 4*tags + 40, true }
}

// field compares what is at a place, under a mask, with a range of values.
func field(from place, offset, size int, mask, low, high uint32) test {
	return func(p packet) result {
		at, ok := from(p)
		if !ok {
			return short
		}
		value, ok := p.load(at+offset, size)
		if !ok {
			return short
		}
		return whether(value&mask >= low && value&mask <= high)
	}
}

// equal compares one value.
func equal(from place, offset, size int, value uint32) test {
	return field(from, offset, size, 0xffffffff, value, value)
}

func whether(is bool) result {
	if is {
		return yes
	}
	return no
}

// carries tests the Ethernet type behind a number of tags: without looking
// whether there are any.
func carries(tags int, etherType uint16) test {
	if tags == 0 {
		return func(p packet) result { return whether(p.etherType == etherType) }
	}
	return equal(network(tags), -2, 2, uint32(etherType))
}

func both(a, b test) test {
	return func(p packet) result {
		if r := a(p); r != yes {
			return r
		}
		return b(p)
	}
}

func either(a, b test) test {
	return func(p packet) result {
		if r := a(p); r != no {
			return r
		}
		return b(p)
	}
}

func opposite(a test) test {
	return func(p packet) result {
		switch r := a(p); r {
		case no:
			return yes
		case yes:
			return no
		default:
			return r
		}
	}
}

// allOf asks one test after another; oneOf is its counterpart.
func allOf(tests ...test) test {
	t := tests[0]
	for _, next := range tests[1:] {
		t = both(t, next)
	}
	return t
}

func oneOf(tests ...test) test {
	t := tests[0]
	for _, next := range tests[1:] {
		t = either(t, next)
	}
	return t
}
