package app

import (
	"faultline/app/sequence"
	"faultline/diag/pcapfile"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// Analysis is what reading one capture gave: facts and events, without words.
type Analysis struct {
	File     string // as it was named
	Summary  pcapfile.Summary
	Flows    tcpflow.Report // totals, and every stream that was followed
	Events   []reset.Event  // in order of time
	Troubled []int          // numbers of the streams that were read a second time
	LeftOut  int            // streams with trouble that were too many to judge
	Problem  error          // why the file was not read to its end; what came before stands
	Canceled bool

	transcripts map[int]*tcpflow.Transcript // by number of the stream
}

// Transcript returns the packets of a stream that was read a second time, nil
// for others.
func (a *Analysis) Transcript(stream int) *tcpflow.Transcript { return a.transcripts[stream] }

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
