package tcpflow

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"faultline/diag/dissect"
)

// A key is the endpoints of a segment in an order that is the same for both
// directions.
type key struct {
	a, b   uint32 // IPv4
	pa, pb uint16
	apart  uint32
	tag    uint32
	from   uint8 // the sender's side: 0 for a, 1 for b
	v6     bool
	likely uint32 // the index plus one of the flow that the table has for the tag, 0 for none
}

// mix folds two words into one (the multiplication of wyhash).
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xe7037ed1a0b428db)
	return high ^ low
}

// keyOf reads the endpoints. The seed keeps others from making collisions.
func keyOf(s *dissect.Segment, seed uint64) (k key) {
	k.read(s, seed)
	return k
}

func (k *key) read(s *dissect.Segment, seed uint64) {
	*k = key{pa: s.SrcPort, pb: s.DstPort, apart: s.Apart, v6: s.V6}
	if s.V6 {
		k.readV6(s, seed)
		return
	}
	k.a, k.b = binary.BigEndian.Uint32(s.Src[:]), binary.BigEndian.Uint32(s.Dst[:])
	if k.a > k.b || k.a == k.b && k.pa > k.pb {
		k.a, k.b, k.pa, k.pb, k.from = k.b, k.a, k.pb, k.pa, 1
	}
	k.tag = k.hash(seed, uint64(k.a)<<32|uint64(k.b))
}

func (k *key) readV6(s *dissect.Segment, seed uint64) {
	a, b := &s.Src, &s.Dst
	if c := bytes.Compare(a[:], b[:]); c > 0 || c == 0 && k.pa > k.pb {
		a, b, k.pa, k.pb, k.from = b, a, k.pb, k.pa, 1
	}
	words := mix(binary.LittleEndian.Uint64(a[:])^seed, binary.LittleEndian.Uint64(a[8:]))
	words = mix(words^binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:]))
	k.tag = k.hash(seed, words)
}

func (k *key) hash(seed, addresses uint64) uint32 {
	ports := uint64(k.pa)<<48 | uint64(k.pb)<<32 | uint64(k.apart)
	return uint32(mix(mix(addresses, seed), ports) >> 32)
}

// lowHigh returns the addresses of an IPv6 segment in the key's order.
func (k *key) lowHigh(s *dissect.Segment) (a, b *[16]byte) {
	if k.from == 0 {
		return &s.Src, &s.Dst
	}
	return &s.Dst, &s.Src
}

// state is what flow.state is to say of a flow with the key's endpoints.
func (k *key) state() uint8 {
	if k.v6 {
		return isV6
	}
	return 0
}

// is says whether a flow is the latest one with the key's endpoints.
func (e *Engine) is(index uint32, k *key, s *dissect.Segment) bool {
	f := e.flows.at(index)
	if f.pa != k.pa || f.pb != k.pb || f.state&(isV6|replaced|free) != k.state() {
		return false
	}
	if f.apart != k.apart && (f.more&crossed == 0 || !e.crossings[crossing{index, k.apart}]) {
		return false
	}
	if !k.v6 {
		return f.a == k.a && f.b == k.b
	}
	a, b := k.lowHigh(s)
	have := e.keys.at(f.a)
	return have.a == *a && have.b == *b
}
