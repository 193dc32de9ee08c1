package tcpflow

import "iter"

// Glance is what tells whether a stream had trouble, and how grave. Of a million
// streams it is put together in a fraction of the time that Stream takes.
type Glance struct {
	Number     int
	Handshake  Handshake
	Reset      bool // either end sent a reset
	Notices    bool // an ICMP error quotes it
	Unanswered bool // as Stream.Unanswered
	Loss       bool // something was lost, came late, or was not taken
}

// Trouble says whether something went wrong on a stream: a reset, an opening
// that failed, loss, a receiver that would not take more, an end in mid-air.
func (g Glance) Trouble() bool {
	return g.Reset || g.Notices || g.Unanswered || g.Loss || g.Handshake != Complete && g.Handshake != NotCaptured
}

// Trouble says whether something went wrong on a stream, as Glance.Trouble.
func (s *Stream) Trouble() bool { return s.Glance().Trouble() }

// Glance is what there is to see of a stream at first sight.
func (s *Stream) Glance() Glance {
	return Glance{
		Number: s.Number, Handshake: s.Handshake, Reset: s.From[Client].RST+s.From[Server].RST > 0,
		Notices: s.Notices, Unanswered: s.Unanswered, Loss: s.Counts.loss(),
	}
}

func (c *Counts) loss() bool {
	return c.Retransmission+c.OutOfOrder+c.ZeroWindow+c.LostSegment+c.AckLostSegment > 0
}

// Glances yields the same streams as All, in no order.
func (t *Report) Glances() iter.Seq[Glance] {
	return func(yield func(Glance) bool) {
		settled := t.settled()
		for i := range settled {
			if !yield(settled[i].Glance()) {
				return
			}
		}
		if t.engine == nil {
			return
		}
		for i := range t.engine.flows.n {
			if t.engine.flows.at(i).state&free == 0 && !yield(t.engine.glance(i)) {
				return
			}
		}
	}
}

// glance looks at the records of a flow.
func (e *Engine) glance(index uint32) Glance {
	f, o := e.flows.at(index), e.origins.at(index)
	g := Glance{
		Number: int(o.number), Handshake: f.handshake(e.clientSide(f)), Reset: f.side[0].rst|f.side[1].rst != 0,
		Notices: f.state&icmpAbout != 0, Unanswered: f.unanswered(),
	}
	if o.counters != 0 {
		c := e.counters.at(o.counters - 1).counts()
		g.Loss = c.loss()
	}
	return g
}
