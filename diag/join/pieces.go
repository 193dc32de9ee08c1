package join

import (
	"cmp"
	"slices"
	"sort"

	"faultline/diag/tcpflow"
)

// pieces are some packets of one side that have a place in its stream, by that.
type pieces struct {
	*end
	order   []int
	longest int64
}

// mostPieces is how many are looked at for one packet.
const mostPieces = 4096

func piecesOf(e *end, from int, is func(i int) bool) pieces {
	p := pieces{end: e}
	for i := range e.Segments {
		if g := &e.Segments[i]; g.From == from && consumes(g) > 0 && !isReset(g) && is(i) {
			p.order = append(p.order, i)
			p.longest = max(p.longest, consumes(g))
		}
	}
	slices.SortStableFunc(p.order, func(x, y int) int { return cmp.Compare(e.at[x], e.at[y]) })
	return p
}

// loners are the packets with data that have no partner.
func (c *comparing) loners(e *end, from int) pieces {
	return piecesOf(e, from, func(i int) bool { return e.partner[i] < 0 && e.Segments[i].Len > 0 })
}

// near are the pieces that may reach a place or lie behind it, as many as are
// looked at.
func (p *pieces) near(place int64) []int {
	first := sort.Search(len(p.order), func(n int) bool { return p.at[p.order[n]] > place-p.longest })
	return p.order[first:min(len(p.order), first+mostPieces)]
}

// missing is how many bytes of packet i of a capture are in no piece of the
// other one; fits says whether the time of one fits.
func (p *pieces) missing(here *end, i int, fits func(when int64) bool) int {
	g := &here.Segments[i]
	start, stop := here.at[i], here.at[i]+int64(g.Len)
	upto, lacks := start, int64(0)
	for _, j := range p.near(start) {
		o := &p.Segments[j]
		from, to := p.at[j], p.at[j]+int64(o.Len)
		if from >= stop {
			break
		}
		if to <= start || !fits(p.when[j]) || differs(g, o, int(from-start)) {
			continue
		}
		lacks += max(0, from-upto)
		upto = max(upto, min(to, stop))
	}
	return int(lacks + stop - upto)
}

// differs says that two packets that overlap have other bytes where both were
// captured; at is where the second begins in the first.
func differs(g, o *tcpflow.Segment, at int) bool {
	a, b := g.Payload, o.Payload
	if at > 0 {
		a = a[min(at, len(a)):]
	} else {
		b = b[min(-at, len(b)):]
	}
	n := min(len(a), len(b))
	return string(a[:n]) != string(b[:n])
}
