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
		o.counters = e.counterRoom()
	}
	c := e.counters.at(o.counters)
	for i, bit := range counted {
		if m&bit != 0 {
			c[i]++
			e.sum[i]++
		}
	}
}

func (e *Engine) counterRoom() uint32 {
	if n := len(e.spareCounters); n > 0 {
		i := e.spareCounters[n-1]
		e.spareCounters = e.spareCounters[:n-1]
		*e.counters.at(i) = counters{}
		return i
	}
	return e.counters.add()
}

func (c *counters) counts() Counts {
	var all [kinds]int
	for i, n := range c {
		all[i] = int(n)
	}
	return countsOf(all)
}

func countsOf(n [kinds]int) Counts {
	return Counts{
		Retransmission:         n[cRetransmission],
		FastRetransmission:     n[cFast],
		SpuriousRetransmission: n[cSpurious],
		OutOfOrder:             n[cOutOfOrder],
		DuplicateAck:           n[cDuplicateAck],
		ZeroWindow:             n[cZeroWindow],
		WindowFull:             n[cWindowFull],
		KeepAlive:              n[cKeepAlive],
		LostSegment:            n[cLost],
		AckLostSegment:         n[cAckLost],
		ReusedPorts:            n[cReused],
	}
}
