package pcapng

import (
	"context"
	"errors"
	"io"

	"faultline/platform/packet"
)

// Tee returns src with every packet that is read from it also written to w.
// Close completes what was written; it does not close w.
//
// A failure to write does not stop the reading: Close returns it.
func Tee(src packet.Source, w io.Writer) packet.Source { return TeeTo(src, NewWriter(w).Lane()) }

// TeeTo is Tee to a lane of a file that others write too.
func TeeTo(src packet.Source, l *Lane) packet.Source { return &tee{Source: src, lane: l} }

type tee struct {
	packet.Source
	lane *Lane
}

func (t *tee) Read(ctx context.Context, b *packet.Batch) error {
	err := t.Source.Read(ctx, b)
	if err == nil {
		_ = t.lane.Write(b) // kept by the lane
	}
	return err
}

func (t *tee) Close() error {
	return errors.Join(t.Source.Close(), t.lane.w.Flush())
}
