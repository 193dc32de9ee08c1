package tcpflow

// A shadow is a stream as it looks when the copies of its packets count as
// packets, which is what Wireshark shows. Only streams with copies have one.
type shadow struct {
	flow     flow
	origin   origin
	counters counters
}

// shade begins the shadow of a stream, unless it has one.
func (e *Engine) shade(f *flow, o *origin) {
	if o.shadow != 0 {
		return
	}
	o.shadow = e.shadows.add() + 1
	s := e.shadows.at(o.shadow - 1)
	s.flow, s.origin = *f, *o
	if o.counters != 0 {
		s.counters = *e.counters.at(o.counters - 1)
	}
}

// asCaptured is the mark of a segment when copies count as packets.
func (e *Engine) asCaptured(seen *sighting) Mark {
	if seen.origin.shadow == 0 {
		return seen.mark
	}
	s := e.shadows.at(seen.origin.shadow - 1)
	m := s.flow.analyze(&s.origin, seen.segment, seen.from, seen.when, none)
	s.flow.count(seen.segment, seen.from, seen.when, seen.frame)
	s.counters.add(m)
	return m
}
