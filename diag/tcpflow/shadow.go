package tcpflow

// A shadow is a stream as Wireshark shows it: copies of a packet count as
// packets, and a segment whose options were cut off by the capture has no
// marks (dissecting them fails before the marks are told). Only streams with
// such segments have one.
type shadow struct {
	flow     flow
	origin   origin
	counters counters
}

// shade begins the shadow of a stream, unless it has one.
func (e *Engine) shade(f *flow, o *origin) {
	if f.more&shaded != 0 {
		return
	}
	f.more |= shaded
	o.shadow = e.shadows.add()
	s := e.shadows.at(o.shadow)
	s.flow, s.origin = *f, *o
	if o.counters != 0 {
		s.counters = *e.counters.at(o.counters - 1)
	}
}

// shown counts the mark of a segment as Wireshark shows it.
func (e *Engine) shown(seen *sighting, begins beginning) {
	e.report.AsCaptured.add(e.asCaptured(seen, begins))
}

func (e *Engine) asCaptured(seen *sighting, begins beginning) Mark {
	switch {
	case seen.flow.more&shaded != 0:
		return e.shadowed(seen, begins)
	case seen.mark&anyCounted != 0 && cut(seen.segment):
		e.shade(seen.flow, seen.origin)
		return 0
	}
	return seen.mark
}

// shadowed moves the shadow on.
func (e *Engine) shadowed(seen *sighting, begins beginning) Mark {
	s := e.shadows.at(seen.origin.shadow)
	m := s.flow.analyze(&s.origin, seen.segment, seen.from, seen.when, begins)
	s.flow.count(seen.segment, seen.from, seen.when, seen.number)
	if cut(seen.segment) {
		return 0
	}
	s.counters.add(m)
	return m
}
