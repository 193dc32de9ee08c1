package tcpflow

// counted pairs the marks that are counted with where.
var counted = [kinds]Mark{
	cRetransmission: Retransmission,
	cFast:           FastRetransmission,
	cSpurious:       SpuriousRetransmission,
	cOutOfOrder:     OutOfOrder,
	cDuplicateAck:   DuplicateAck,
	cZeroWindow:     ZeroWindow,
	cWindowFull:     WindowFull,
	cKeepAlive:      KeepAlive,
	cLost:           LostSegment,
	cAckLost:        AckLostSegment,
	cReused:         ReusedPorts,
}

const anyCounted = Retransmission | FastRetransmission | SpuriousRetransmission | OutOfOrder | DuplicateAck |
	ZeroWindow | WindowFull | KeepAlive | LostSegment | AckLostSegment | ReusedPorts

// tally counts the marks of a segment for its stream.
func (e *Engine) tally(o *origin, m Mark) {
	if m&anyCounted == 0 {
		return
	}
	if o.counters == 0 {
		o.counters = e.counters.add() + 1
	}
	e.counters.at(o.counters - 1).add(m)
	e.report.Counts.add(m)
}

func (c *counters) add(m Mark) {
	for i, bit := range counted {
		if m&bit != 0 {
			c[i]++
		}
	}
}

// add counts the marks of one segment.
func (c *Counts) add(m Mark) {
	if m&anyCounted == 0 {
		return
	}
	for i, n := range c.all() {
		if m&counted[i] != 0 {
			*n++
		}
	}
}

// all returns where each count is.
func (c *Counts) all() [kinds]*int {
	return [kinds]*int{
		cRetransmission: &c.Retransmission,
		cFast:           &c.FastRetransmission,
		cSpurious:       &c.SpuriousRetransmission,
		cOutOfOrder:     &c.OutOfOrder,
		cDuplicateAck:   &c.DuplicateAck,
		cZeroWindow:     &c.ZeroWindow,
		cWindowFull:     &c.WindowFull,
		cKeepAlive:      &c.KeepAlive,
		cLost:           &c.LostSegment,
		cAckLost:        &c.AckLostSegment,
		cReused:         &c.ReusedPorts,
	}
}

func (c *counters) counts() (sum Counts) {
	for i, n := range sum.all() {
		*n = int(c[i])
	}
	return sum
}
