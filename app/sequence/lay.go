package sequence

import (
	"slices"

	"faultline/diag/dissect"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// What is shown of a long stream: its opening, what surrounds the event, and
// its end. The rest is folded.
const (
	opening = 4
	before  = 8
	after   = 6
	ending  = 2
	fewest  = 3 // packets are folded; fewer are shown
)

// silence is how many seconds without a packet are a row of their own.
const silence = 1.0

// Lay lays out the packets of a stream around an event.
func Lay(t *tcpflow.Transcript, e *reset.Event) Diagram {
	d := Diagram{Client: t.Stream.Client.String(), Server: t.Stream.Server.String()}
	l := &layout{transcript: t, event: e, base: bases(t)}
	for i, at := range l.shown() {
		if i > 0 {
			l.fold(at)
		}
		l.quiet(at)
		l.row(at)
	}
	l.fold(len(t.Segments))
	for _, r := range l.rows {
		d.Between = d.Between || r.From == BetweenLane
	}
	d.Rows = l.rows
	return d
}

type layout struct {
	transcript *tcpflow.Transcript
	event      *reset.Event
	base       [2]uint32
	rows       []Row
	last       int  // index of the segment that was shown last
	any        bool // one was shown
	left       bool // the transcript's own gap was told
}

// shown are the indexes of the segments that get a row, in order.
func (l *layout) shown() []int {
	n, at := len(l.transcript.Segments), l.event.Segment
	if at < 0 {
		at = l.lastBefore()
	}
	var all []int
	for i := range n {
		if i < opening || i >= at-before && i <= at+after || i >= n-ending || slices.Contains(l.event.Before, i) {
			if len(all) > 0 && i-all[len(all)-1] <= fewest {
				for j := all[len(all)-1] + 1; j < i; j++ {
					all = append(all, j)
				}
			}
			all = append(all, i)
		}
	}
	return all
}

// lastBefore finds the segment of the event's frame where there was no reset.
func (l *layout) lastBefore() int {
	s := l.transcript.Segments
	i := slices.IndexFunc(s, func(s tcpflow.Segment) bool { return s.Frame >= l.event.Frame })
	if i < 0 {
		return len(s) - 1
	}
	return i
}

// fold tells what was left out before the segment at.
func (l *layout) fold(at int) {
	n := 0
	if l.any {
		n = at - l.last - 1
	}
	if n > 0 && !l.left {
		n, l.left = n+l.transcript.Omitted, true
	}
	if n > 0 {
		l.rows = append(l.rows, Row{Folded: n, Segment: -1})
	}
}

// quiet tells how long nothing was seen before the segment at.
func (l *layout) quiet(at int) {
	if at == 0 {
		return
	}
	gap := float64(l.segment(at).When-l.segment(at-1).When) / 1e9
	if gap >= silence {
		l.rows = append(l.rows, Row{At: l.at(at - 1), Quiet: gap, Segment: -1})
	}
}

func (l *layout) segment(i int) *tcpflow.Segment { return &l.transcript.Segments[i] }

func (l *layout) at(i int) float64 {
	return float64(l.segment(i).When-l.transcript.Stream.First) / 1e9
}

func (l *layout) row(i int) {
	s := l.segment(i)
	r := Row{
		At: l.at(i), Frame: s.Frame, From: ClientLane, To: ServerLane, Segment: i, Copies: s.Copies,
		Title: title(s), Detail: l.detail(s), Mark: mark(s),
		Reset: s.Has(dissect.RST), Cause: i == l.event.Segment, Dashed: l.idle(i),
	}
	if s.From == tcpflow.Server {
		r.From, r.To = ServerLane, ClientLane
	}
	if l.between(i) {
		r.From = BetweenLane
	}
	l.rows = append(l.rows, r)
	l.last, l.any = i, true
}

// idle says that a segment did not matter any more, or never did.
func (l *layout) idle(i int) bool {
	cause := l.event.Segment
	if cause < 0 {
		return false
	}
	if l.event.Code == "reset.ignored" {
		return i == cause
	}
	return i > cause
}

// between says that somebody between the ends sent the segment: the reset that
// is judged, and its like.
func (l *layout) between(i int) bool {
	if l.event.Sender != reset.ByMiddlebox || l.event.Segment < 0 {
		return false
	}
	s, cause := l.segment(i), l.segment(l.event.Segment)
	return i == l.event.Segment || s.Has(dissect.RST) && s.From == cause.From && s.TTL == cause.TTL
}
