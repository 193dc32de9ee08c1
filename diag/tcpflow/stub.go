package tcpflow

import (
	"context"

	"faultline/platform/packet"
)

// Report is what a pass over a capture gave.
type Report struct {
	Packets, TCPPackets int
	Bytes               int64
	Skipped             map[string]int
	Counts              Counts
	Streams             []Stream
	Evicted             int
}

// Engine follows streams.
type Engine struct{}

// New makes an engine.
func New() *Engine { return &Engine{} }

// Feed takes a batch.
func (e *Engine) Feed(*packet.Batch) {}

// Finish ends it.
func (e *Engine) Finish() *Report { return &Report{} }

// Limits of a transcript.
type Limits struct{}

// Transcribe reads a capture again.
func Transcribe(ctx context.Context, src packet.Source, streams []int, l Limits) ([]Transcript, error) {
	return nil, nil
}
