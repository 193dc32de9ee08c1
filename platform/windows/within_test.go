package windows

import (
	"context"
	"errors"
	"testing"

	"faultline/platform"
)

func TestWithin(t *testing.T) {
	got, err := within(t.Context(), func() (int, error) { return 7, nil })
	if got != 7 || err != nil {
		t.Errorf("got %d, %v want 7", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hangs, release := make(chan struct{}), make(chan struct{})
	go func() { <-hangs; cancel() }()
	_, err = within(ctx, func() (int, error) { close(hangs); <-release; return 7, nil })
	if !errors.Is(err, platform.ErrCanceled) {
		t.Errorf("got %v want canceled", err)
	}
	close(release)
	if _, err := within(t.Context(), func() (int, error) { return 0, platform.ErrBusy }); !errors.Is(err, platform.ErrBusy) {
		t.Errorf("got %v want its own problem", err)
	}
}

// TestWithinBreaks: a call that panics breaks who waits for it, not the program.
func TestWithinBreaks(t *testing.T) {
	defer func() {
		if got := recover(); got != "odd table" {
			t.Errorf("got the panic %v want that of the call", got)
		}
	}()
	_, _ = within(t.Context(), func() (int, error) { panic("odd table") })
}
