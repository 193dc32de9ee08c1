package join

import (
	"slices"
	"time"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// number is what a packet is, by its headers, in the numbers of the client's
// capture.
type number struct {
	from, len int
	seq, ack  uint32
	flags     uint16
}

// numberOf takes off what was added to the numbers of both sides.
func numberOf(g *tcpflow.Segment, shift [2]uint32) number {
	n := number{from: g.From, len: g.Len, seq: g.Seq - shift[g.From], flags: g.Flags & (steering | dissect.ACK)}
	if g.Has(dissect.ACK) {
		n.ack = g.Ack - shift[1-g.From]
	}
	return n
}

// The fates of a packet, where it has no partner.
const (
	alone   = -1
	covered = -2 // its bytes are in the other capture, in other pieces
)

// How far times may be apart.
const (
	slack     = 5 * time.Millisecond // of clocks, beyond their known uncertainty
	adrift    = time.Second / 2      // of clocks of which only one bound is known
	latest    = 2 * time.Minute      // a packet is under way
	nearby    = 5 * time.Second      // between what is the same reset, with other numbers; around a gap
	shortly   = time.Second          // before and after a reset a capture must hold something, to be sure of it
	mostReady = 128                  // packets of one number are looked at: duplicate acknowledgments come in trains
	control   = 4                    // packets around a reset that must be in both captures
)

// comparing is one connection under comparison.
type comparing struct {
	ends [2]end // AtClient, AtServer
	pair couple
	*captures
	clock   *Clock
	any     bool  // the clocks can be compared
	slack   int64 // that the clocks are uncertain by
	delay   [2]struct{ least, most int64 }
	made    [2]map[int]bool // of each side's packets: those in the other capture that were made on the way
	stamped [2]bool         // time stamps of a side pass unchanged
	out     Pair
}

func newComparing(a, b *tcpflow.Transcript, p couple, clock *Clock, k *captures) *comparing {
	c := &comparing{pair: p, any: clock.any, clock: clock, captures: k, slack: int64(clock.Within + slack), made: [2]map[int]bool{{}, {}}}
	if !clock.Known {
		c.slack = int64(adrift)
	}
	c.ends = [2]end{newEnd(a, nil), newEnd(b, clock)}
	c.out = Pair{
		Client: a.Stream.Number, Server: b.Stream.Number, Shift: p.shift, Partial: a.Omitted+b.Omitted > 0,
		Translated: translated(a, b), Hops: [2]int{hopsOf(a, b, tcpflow.Client), hopsOf(b, a, tcpflow.Server)},
	}
	c.place()
	return c
}

func translated(a, b *tcpflow.Transcript) bool {
	return a.Stream.Client != b.Stream.Client || a.Stream.Server != b.Stream.Server
}

// meet finds the packets that are in both captures, and what a capture lacks that
// passed it.
func (c *comparing) meet() {
	for _, step := range []func(int){c.pairUp, c.otherNumbers, c.count, c.taken, c.strangers} {
		step(tcpflow.Client)
		step(tcpflow.Server)
	}
}

// tell judges what is in one of them only, knowing where either has gaps.
func (c *comparing) tell() {
	for _, step := range []func(int){c.losses, c.resets} {
		step(tcpflow.Client)
		step(tcpflow.Server)
	}
	c.alterations()
}

func hopsOf(sent, got *tcpflow.Transcript, from int) int {
	_, ok := ttlOf(sent, from)
	_, too := ttlOf(got, from)
	if n := hops(sent, got, from); ok && too {
		return n
	}
	return -1
}

// place finds the places of all packets in their streams.
func (c *comparing) place() {
	var zero [2]uint32
	for side := range zero {
		seq, ok := c.ends[AtClient].begins(side)
		if far, too := c.ends[AtServer].begins(side); !ok && too {
			seq = far - c.pair.shift[side]
		}
		zero[side] = seq
	}
	c.ends[AtClient].place(zero, [2]uint32{})
	c.ends[AtServer].place(zero, c.pair.shift)
}

// way are the two captures as a side's packets pass them.
func (c *comparing) way(from int) (sent, got *end) { return &c.ends[from], &c.ends[1-from] }

// pairUp finds for each packet of a side where it is in the other capture: the
// same one, else with another acknowledgment, else its bytes in other pieces, as
// adapters cut and join segments (TSO, GRO).
func (c *comparing) pairUp(from int) {
	sent, got := c.way(from)
	if !c.compared(from) {
		return
	}
	shifts := [2][2]uint32{{}, c.pair.shift}
	exact := func(capture int) func(*tcpflow.Segment) number {
		return func(g *tcpflow.Segment) number { return numberOf(g, shifts[capture]) }
	}
	loose := func(capture int) func(*tcpflow.Segment) number {
		return func(g *tcpflow.Segment) number {
			n := numberOf(g, shifts[capture])
			if n.ack = 0; g.Len == 0 && g.Flags&steering == 0 {
				n.len = -1 - capture // acknowledges something else: another packet
			}
			return n
		}
	}
	c.same(from, exact(from), exact(1-from))
	c.same(from, loose(from), loose(1-from))
	left, came := c.loners(sent, from), c.loners(got, from)
	for _, i := range left.order {
		if c.lacks(sent, i, &came) == 0 {
			sent.partner[i] = covered
		}
	}
	for _, j := range came.order {
		if c.lacks(got, j, &left) == 0 {
			got.partner[j] = covered
		}
	}
}

// lacks is how many bytes of a packet did not pass the other capture at a time
// that fits.
func (c *comparing) lacks(here *end, i int, there *pieces) int {
	at, came := here.when[i], here == &c.ends[1-here.Segments[i].From]
	return there.missing(here, i, func(when int64) bool {
		took := when - at
		if came {
			took = -took
		}
		return took >= -c.slack && took <= int64(latest)
	})
}

// same pairs the packets of a side that have one number. Each copy that came
// belongs to the last one that had left by then; one with its IP id or time stamps
// before all.
func (c *comparing) same(from int, ofSent, ofGot func(*tcpflow.Segment) number) {
	sent, got := c.way(from)
	left := map[number][]int{}
	for i := range sent.Segments {
		if sent.Segments[i].From == from && sent.partner[i] == alone {
			k := ofSent(&sent.Segments[i])
			left[k] = append(left[k], i)
		}
	}
	ready := map[number][]int{}
	for j := range got.Segments {
		if got.Segments[j].From != from || got.partner[j] != alone {
			continue
		}
		k := ofGot(&got.Segments[j])
		for len(left[k]) > 0 && sent.when[left[k][0]] <= got.when[j]+c.slack {
			ready[k], left[k] = append(ready[k], left[k][0]), left[k][1:]
		}
		at := pick(ready[k], sent, &got.Segments[j])
		if at < 0 {
			continue
		}
		if i := ready[k][at]; got.when[j]-sent.when[i] <= int64(latest) {
			ready[k] = slices.Delete(ready[k], at, at+1)
			sent.partner[i], got.partner[j] = j, i
		}
	}
}

// pick returns the index of the one with the IP id, else with the time stamps, which
// many may share, else of the last one.
func pick(ready []int, sent *end, g *tcpflow.Segment) int {
	stamped := func(s *tcpflow.Segment) bool {
		return s.Options.Timestamps && s.Options.TSVal == g.Options.TSVal && s.Options.TSEcr == g.Options.TSEcr
	}
	for _, same := range []func(s *tcpflow.Segment) bool{
		func(s *tcpflow.Segment) bool { return s.ID != 0 && s.ID == g.ID },
		func(s *tcpflow.Segment) bool { return stamped(s) && s.Window == g.Window },
		stamped,
	} {
		for n := len(ready) - 1; n >= max(0, len(ready)-mostReady); n-- {
			if same(&sent.Segments[ready[n]]) {
				return n
			}
		}
	}
	return len(ready) - 1
}

// count adds up what is in both captures, and how long it was under way.
func (c *comparing) count(from int) {
	sent, got := c.way(from)
	var took, opening []int64
	for i := range sent.Segments {
		g := &sent.Segments[i]
		if g.From != from {
			continue
		}
		c.out.Sent[from]++
		j := sent.partner[i]
		if j != alone {
			c.out.Arrived[from]++
		}
		switch {
		case j < 0:
		case g.Has(dissect.SYN):
			opening = append(opening, got.when[j]-sent.when[i])
		default:
			took = append(took, got.when[j]-sent.when[i])
		}
	}
	if len(took) == 0 {
		took = opening
	}
	if slices.Sort(took); len(took) == 0 {
		return
	}
	least, most := took[0], took[len(took)-1]
	c.delay[from].least, c.delay[from].most = least, most
	if c.clock.Known {
		c.out.Delay[from] = Delay{time.Duration(least), time.Duration(took[len(took)/2]), time.Duration(most), len(took)}
	}
}

// compared says that the packets of a side can be told apart in both captures.
func (c *comparing) compared(from int) bool { return c.any && c.pair.known[from] }

// window is when a packet of one capture must have passed the other: by the clocks,
// and between those of its side that passed both.
func (c *comparing) window(here *end, i int) (from, to int64) {
	side := here.Segments[i].From
	d, other := c.delay[side], &c.ends[1-side]
	from, to = here.when[i]+d.least-c.slack, here.when[i]+d.most+c.slack
	if here == other { // it came
		other = &c.ends[side]
		from, to = here.when[i]-d.most-c.slack, here.when[i]-d.least+c.slack
	}
	for k := i - 1; k >= 0; k-- {
		if here.Segments[k].From == side && here.partner[k] >= 0 {
			from = max(from, other.when[here.partner[k]])
			break
		}
	}
	for k := i + 1; k < len(here.Segments); k++ {
		if here.Segments[k].From == side && here.partner[k] >= 0 {
			to = min(to, other.when[here.partner[k]])
			break
		}
	}
	return from, max(from, to)
}
