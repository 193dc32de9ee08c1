package tcpflow

import (
	"context"

	"faultline/diag/dissect"
	"faultline/platform/packet"
)

// Report is what a pass over a capture gave.
type Report struct {
	Packets, TCP int
	Left         int
	Bytes        int64
	Start, End   int64
	Skipped      map[string]int
	Counts       Counts
	Streams      []Stream
	Evicted      int
}

// Settings of an engine.
type Settings struct {
	Filter func(s *dissect.Segment, data []byte, link uint16) bool
	Since  int64
}

// Engine follows streams.
type Engine struct{}

// New makes an engine.
func New(Settings) *Engine { return &Engine{} }

// Feed takes a batch.
func (e *Engine) Feed(*packet.Batch) {}

// Finish ends it.
func (e *Engine) Finish() *Report { return &Report{} }

// Limits of a transcript.
type Limits struct{}

// Transcribe reads a capture again.
func Transcribe(ctx context.Context, src packet.Source, s Settings, streams []int, l Limits) ([]Transcript, error) {
	return nil, nil
}
