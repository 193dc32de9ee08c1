package tcpflow

import (
	"faultline/diag/dissect"
)

// What is kept of a long stream.
const (
	quiet      = 1e9 // nanoseconds of silence that are of interest
	vicinity   = 8   // segments before and after what is of interest
	mostLatest = 24  // segments at the end
	mostCopied = 16  // segments back in which the original of a copy is looked for
	mostNotice = 32
)

// A keeper keeps the segments of one stream that tell something: the
// beginning, what surrounds resets, FINs, silence and trouble, and the end.
// Trouble may fill half of the room: the rest is for what ends streams.
type keeper struct {
	room    int
	kept    []*Segment
	latest  []*Segment // not kept so far
	recent  []*Segment // for copies
	notices []Notice
	seen    int
	more    int // how many are still to be kept after something of interest
	limit   int // how full the room may be for those
	last    int64
	loss    bool
}

// add takes the next segment of the stream.
func (k *keeper) add(s *Segment) {
	silent := k.seen > 0 && s.When-k.last >= quiet
	k.seen++
	k.last, s.Nth = s.When, k.seen
	k.loss = k.loss || s.Mark&AckLostSegment != 0
	k.remember(s)
	switch {
	case len(k.kept) < k.room/3:
		k.kept = append(k.kept, s)
	case k.fits(k.interest(s, silent)):
		k.surround()
		k.kept = append(k.kept, s)
		k.more, k.limit = vicinity, k.interest(s, silent)
	case k.more > 0 && k.fits(k.limit):
		k.more--
		k.kept = append(k.kept, s)
	default:
		k.wait(s)
	}
}

// interest is how full the room may be for a segment to be kept now.
func (k *keeper) interest(s *Segment, silent bool) int {
	const trouble = Retransmission | OutOfOrder | ZeroWindow | ZeroWindowProbe | KeepAlive | LostSegment |
		AckLostSegment | WindowFull | ReusedPorts
	switch {
	case s.Flags&(dissect.RST|dissect.FIN|dissect.SYN) != 0 || silent:
		return k.room - k.tail()
	case s.Mark&trouble != 0:
		return k.room / 2
	}
	return 0
}

// fits says whether a segment and those before it have room within limit.
func (k *keeper) fits(limit int) bool { return len(k.kept)+min(len(k.latest), vicinity) < limit }

func (k *keeper) tail() int { return min(mostLatest, k.room/3) }

// surround keeps what came just before.
func (k *keeper) surround() {
	near := k.latest[max(len(k.latest)-vicinity, 0):]
	k.kept = append(k.kept, near...)
	k.latest = k.latest[:0]
}

// wait holds a segment until something of interest comes, or the end.
func (k *keeper) wait(s *Segment) {
	if len(k.latest) == k.tail() {
		copy(k.latest, k.latest[1:])
		k.latest = k.latest[:len(k.latest)-1]
	}
	k.latest = append(k.latest, s)
}

func (k *keeper) remember(s *Segment) {
	if len(k.recent) == mostCopied {
		copy(k.recent, k.recent[1:])
		k.recent = k.recent[:mostCopied-1]
	}
	k.recent = append(k.recent, s)
}

// merge adds a copy to its original.
func (k *keeper) merge(c *Segment) {
	for i := len(k.recent) - 1; i >= 0; i-- {
		s := k.recent[i]
		if s.From != c.From || s.Seq != c.Seq || s.Ack != c.Ack || s.Flags != c.Flags || s.Len != c.Len || s.ID != c.ID {
			continue
		}
		s.Copies++
		if c.TTL != s.TTL && len(s.CopyTTLs) < mostCopied {
			s.CopyTTLs = append(s.CopyTTLs, c.TTL)
		}
		return
	}
}

// transcript returns what was kept.
func (k *keeper) transcript() Transcript {
	t := Transcript{Notices: k.notices, Loss: k.loss, Segments: make([]Segment, 0, len(k.kept)+len(k.latest))}
	for _, s := range append(k.kept, k.latest...) {
		t.Segments = append(t.Segments, *s)
	}
	t.Omitted = k.seen - len(t.Segments)
	return t
}
