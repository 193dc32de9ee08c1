package dissect

import "slices"

// The limits of what is kept of packets in fragments.
const (
	mostDatagrams = 256
	mostPieces    = 1024    // of one datagram
	mostKept      = 4 << 20 // bytes of all fragments
	mostDatagram  = 65535   // bytes of one
	longest       = 30e9    // nanoseconds until a datagram is given up (Linux: 30 s; RFC 1122 §3.3.2: 60 to 120 s)
)

// fragmentKey tells which datagram a fragment belongs to (RFC 791 §3.2, RFC
// 8200 §4.5).
type fragmentKey struct {
	src, dst [16]byte
	id       uint32
	apart    uint32
	protocol uint8
	v6       bool
}

// piece is one fragment.
type piece struct {
	at   int // offset in bytes
	more bool
	next uint8 // the protocol of what was cut up, as the first piece has it
	data []byte
}

// datagram is what came of one so far, by offset, those of equal offset as
// they came.
type datagram struct {
	key    fragmentKey
	since  int64
	pieces []piece
	kept   int
}

// fragments are the datagrams that are not whole, the oldest first.
type fragments struct {
	open []*datagram
	by   map[fragmentKey]*datagram
	kept int
}

// fragment keeps a piece, and reads what it completes.
func (d *Decoder) fragment(key fragmentKey, p piece, b span, s *Segment) Kind {
	size := len(b.p)
	switch {
	case size < b.wire:
		return s.skip(wordCut)
	case size == 0 || p.more && size%8 != 0:
		return s.skip(wordMalformed)
	case p.at+size > mostDatagram:
		return s.skip(wordFragments)
	}
	p.data = b.p
	whole, next, ok := d.fragments.add(key, p, d.when)
	switch {
	case !ok:
		return s.skip(wordFragment)
	case key.v6:
		return d.headers(next, span{whole, len(whole)}, s)
	}
	return d.protocol(next, span{whole, len(whole)}, s)
}

// add keeps a copy of p, and returns the payload that it completes.
func (f *fragments) add(key fragmentKey, p piece, when int64) (whole []byte, next uint8, ok bool) {
	f.giveUp(when)
	g := f.datagram(key, when)
	if len(g.pieces) == mostPieces {
		f.drop(g)
		return nil, 0, false
	}
	p.data = slices.Clone(p.data)
	g.insert(p)
	f.kept += len(p.data)
	whole, ok = g.whole()
	if ok {
		f.drop(g)
	}
	f.shrink()
	return whole, g.pieces[0].next, ok
}

// datagram is the one of a key, a new one if there is none.
func (f *fragments) datagram(key fragmentKey, when int64) *datagram {
	g := f.by[key]
	if g == nil {
		g = &datagram{key: key, since: when}
		f.open = append(f.open, g)
		if f.by == nil {
			f.by = map[fragmentKey]*datagram{}
		}
		f.by[key] = g
	}
	return g
}

// giveUp drops what is too old: those are first.
func (f *fragments) giveUp(when int64) {
	for len(f.open) > 0 && when-f.open[0].since > longest {
		f.drop(f.open[0])
	}
}

// shrink drops the oldest until the limits hold.
func (f *fragments) shrink() {
	for len(f.open) > mostDatagrams || f.kept > mostKept {
		f.drop(f.open[0])
	}
}

func (f *fragments) drop(g *datagram) {
	f.kept -= g.kept
	delete(f.by, g.key)
	i := slices.Index(f.open, g)
	f.open = slices.Delete(f.open, i, i+1)
}

func (g *datagram) insert(p piece) {
	i := len(g.pieces)
	for i > 0 && g.pieces[i-1].at > p.at {
		i--
	}
	g.pieces = slices.Insert(g.pieces, i, p)
	g.kept += len(p.data)
}

// whole puts the pieces together once there is no hole up to the end of the
// last one. Where two overlap, the one that begins first counts, and of two
// that begin alike the one that came first, as in Wireshark
// (epan/reassemble.c).
func (g *datagram) whole() ([]byte, bool) {
	size, end := g.size(), 0
	for _, p := range g.pieces {
		if p.at > end {
			break
		}
		end = max(end, p.at+len(p.data))
	}
	if size == 0 || end < size {
		return nil, false
	}
	all := make([]byte, 0, end)
	for _, p := range g.pieces {
		if beyond := p.at + len(p.data) - len(all); beyond > 0 && len(all) < size {
			all = append(all, p.data[len(p.data)-beyond:]...)
		}
	}
	return all[:size:size], true
}

// size is where the last piece ends, 0 as long as that is missing.
func (g *datagram) size() int {
	for _, p := range g.pieces {
		if !p.more {
			return p.at + len(p.data)
		}
	}
	return 0
}
