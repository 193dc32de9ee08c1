package app

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"faultline/app/sequence"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/pcapfile"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// Analysis is what reading one capture gave: facts and events, without words.
type Analysis struct {
	File     string // as it was named
	Summary  pcapfile.Summary
	Flows    *tcpflow.Report // totals, and the streams: every one where that was asked for, else those of Troubled
	Events   []reset.Event   // in order of time
	Troubled []int           // numbers of the streams that were read a second time
	LeftOut  int             // streams with trouble that were too many for that
	Problem  error           // why the file was not read to its end; what came before stands
	Canceled bool

	transcripts map[int]*tcpflow.Transcript // by number of the stream
	paired      map[int]bool                // streams that a capture of the other end holds too
}

// Transcript returns the packets of a stream that was read a second time, nil
// for others.
func (a *Analysis) Transcript(stream int) *tcpflow.Transcript { return a.transcripts[stream] }

func (a *Analysis) keep(all []tcpflow.Transcript) {
	a.transcripts = map[int]*tcpflow.Transcript{}
	for i := range all {
		a.transcripts[all[i].Stream.Number] = &all[i]
	}
}

// Diagram lays out the packets around an event.
func (a *Analysis) Diagram(e *reset.Event) sequence.Diagram {
	t := a.Transcript(e.Stream)
	if t == nil {
		return sequence.Diagram{}
	}
	return sequence.Lay(t, e)
}

// Diagram lays out the packets around a reset of a report.
func (r *Reset) Diagram() sequence.Diagram { return r.analysis.Diagram(r.event) }

// Segment returns the packet of a row of the diagram; nil for a quiet time or
// a fold.
func (r *Reset) Segment(row sequence.Row) *tcpflow.Segment {
	t := r.analysis.Transcript(r.event.Stream)
	if t == nil || row.Segment < 0 || row.Segment >= len(t.Segments) {
		return nil
	}
	return &t.Segments[row.Segment]
}

// fewStreams is how many streams are all looked at closely: not every trouble
// shows in counts. Of more, those with trouble are.
const fewStreams = 256

// choose picks the streams for the second pass, the gravest where not all have
// room, and of those the first; only is a number, or negative.
func (a *Analysis) choose(only int) {
	room := tcpflow.Limits{}.Streams()
	var graded [grades]lowest
	count := 0
	for s := range a.Flows.Glances() {
		if only >= 0 && s.Number != only {
			continue
		}
		if only < 0 && !s.Trouble() && a.Flows.Streams > fewStreams {
			continue
		}
		count++
		graded[trouble(s)].add(s.Number, room)
	}
	for _, g := range slices.Backward(graded[:]) {
		a.Troubled = append(a.Troubled, g.first(room-len(a.Troubled))...)
	}
	a.LeftOut = count - len(a.Troubled)
	slices.Sort(a.Troubled)
}

// lowest are the lowest of many numbers.
type lowest struct {
	kept  []int
	bound int // what lies beyond is none of them; 0: not known
}

// add takes a number in, and lets go of others once there are twice as many as
// have room.
func (l *lowest) add(n, room int) {
	if l.bound > 0 && n > l.bound {
		return
	}
	if l.kept = append(l.kept, n); len(l.kept) == 2*room {
		l.kept = l.first(room)
		l.bound = l.kept[room-1]
	}
}

// first returns the n lowest, in order.
func (l *lowest) first(n int) []int {
	slices.Sort(l.kept)
	return l.kept[:min(n, len(l.kept))]
}

// grades is how many grades of trouble there are.
const grades = 5

// closely says whether a stream was looked at closely.
func (a *Analysis) closely(stream int) bool {
	_, found := slices.BinarySearch(a.Troubled, stream)
	return found
}

// trouble is how grave what was counted of a stream is; 0 for nothing.
func trouble(s tcpflow.Glance) int {
	switch {
	case s.Reset:
		return 4
	case s.Handshake != tcpflow.Complete && s.Handshake != tcpflow.NotCaptured, s.Unanswered:
		return 3
	case s.Trouble():
		return 2
	}
	return 0
}

// judge says what became of the streams that were looked at closely.
func (a *Analysis) judge(v reset.Vantage) {
	in := reset.Input{Vantage: v, Dropped: a.Summary.Dropped > 0}
	for _, n := range a.Troubled {
		if t := a.transcripts[n]; t != nil {
			in.Transcripts = append(in.Transcripts, *t)
		}
	}
	a.Events = reset.Judge(in)
	slices.SortStableFunc(a.Events, func(x, y reset.Event) int {
		return cmp.Or(cmp.Compare(x.When, y.When), cmp.Compare(x.Frame, y.Frame))
	})
}

// happened is an event with the capture that it was seen in.
type happened struct {
	*reset.Event
	in *Analysis
}

// Codes with a part of their own in the verdict of a capture.
const (
	unknownReset catalog.Code = "reset.unknown"
	noReset      catalog.Code = "reset.none"
)

// settle says what is told of captures as a whole, and of which event it is.
func settle(all []*Analysis) (diag.Verdict, happened) {
	var events []reset.Event
	var in []*Analysis
	packets, canceled := 0, false
	for _, a := range all {
		packets, canceled = packets+a.Flows.TCP, canceled || a.Canceled
		for range a.Events {
			in = append(in, a)
		}
		events = append(events, a.Events...)
	}
	if best, any := reset.Gravest(events); any {
		i := slices.IndexFunc(events, func(e reset.Event) bool {
			return e.Code == best.Code && e.Stream == best.Stream && e.Frame == best.Frame && e.When == best.When
		})
		h := happened{&events[i], in[i]}
		return verdictOf(h), h
	}
	if packets == 0 || canceled {
		return diag.Verdict{Code: diag.Inconclusive, Party: catalog.NoParty}, happened{}
	}
	return diag.Verdict{Code: noReset, Party: catalog.NoParty}, happened{}
}

// declared is the catalog, built once.
var declared = sync.OnceValue(catalog.All)

// verdictOf is an event as a verdict, for the words.
func verdictOf(h happened) diag.Verdict {
	args := diag.Args{"capture": "yes", "idle": time.Duration(h.Idle * float64(time.Second))}
	maps.Copy(args, h.Args)
	args["at"] = time.Unix(0, h.When).UTC().Format("2006-01-02 15:04:05 UTC")
	if h.in.paired[h.Stream] {
		args["other-end"] = "yes"
	}
	if t := h.in.Transcript(h.Stream); t != nil {
		ends := [2]string{t.Stream.Client.String(), t.Stream.Server.String()}
		args["client"], args["server"] = ends[tcpflow.Client], ends[tcpflow.Server]
		by := alleged(h.Event, t)
		args["by"], args["other"] = ends[by], ends[1-by]
	}
	return diag.Verdict{
		Code: h.Code, Layer: declared()[h.Code].Layer, Party: h.Party, Confidence: h.Confidence, Args: args,
	}
}

// alleged is the end whose address a reset bears or, without one, the end that
// an event is about.
func alleged(e *reset.Event, t *tcpflow.Transcript) int {
	switch {
	case e.Segment >= 0 && e.Segment < len(t.Segments):
		return t.Segments[e.Segment].From
	case e.Sender == reset.ByServer:
		return tcpflow.Server
	}
	return tcpflow.Client
}
