package tcpflow

import (
	"slices"

	"faultline/diag/dissect"
)

// Equal endpoints in two VLANs or tunnels are two streams. Two cases are not:
// the same packets seen with several tags, as where a capture has an interface
// and the VLANs upon it, and a VLAN for each direction.

// mostAparts is in how many VLANs and tunnels, the latest ones, the other part
// of a stream is looked for.
const mostAparts = 8

// crossing is a VLAN or tunnel beside the first one of a stream.
type crossing struct{ flow, apart uint32 }

// passes notes a VLAN or tunnel in which a stream began.
func (e *Engine) passes(apart uint32) {
	if slices.Contains(e.aparts, apart) {
		return
	}
	if len(e.aparts) == mostAparts {
		e.aparts = slices.Delete(e.aparts, 0, 1)
	}
	e.aparts = append(e.aparts, apart)
}

// elsewhere finds the stream of a segment in another VLAN or tunnel, and lets
// the segment's one lead to it from now on.
func (e *Engine) elsewhere(k *key, s *dissect.Segment, when int64) (index uint32, ok bool) {
	if len(e.crossings) >= e.settings.Flows {
		return 0, false
	}
	for _, apart := range e.aparts {
		if apart == k.apart {
			continue
		}
		there := *s
		there.Apart = apart
		other := keyOf(&there, e.seed)
		at, ok := e.find(&other, s)
		if !ok {
			continue
		}
		index := e.table.slots[at].flow - 1
		if f := e.flows.at(index); e.copies.has(s, when) || f.lacks(s, k.from) {
			f.more |= crossed
			e.crosses = true
			e.crossings[crossing{index, k.apart}] = true
			e.table.insert(k.tag, index)
			return index, true
		}
	}
	return 0, false
}

// lacks says that a segment is the answer that a stream, seen in one direction
// only, lacks.
func (f *flow) lacks(s *dissect.Segment, from uint8) bool {
	const near = 1 << 20
	away := int32(s.Ack - f.side[1-from].next)
	return f.side[from].packets == 0 && s.Flags&dissect.ACK != 0 && away >= -near && away <= near
}
