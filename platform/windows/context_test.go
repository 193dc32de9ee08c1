package windows

import (
	"context"
	"errors"
	"testing"
	"time"

	"faultline/platform"
)

func TestEnded(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer stop()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		want  error
		quiet error
	}{
		{"going on", t.Context(), nil, nil},
		{"canceled", canceled, platform.ErrCanceled, platform.ErrCanceled},
		{"late", late, platform.ErrTimeout, nil},
	} {
		if got := ended(c.ctx); !errors.Is(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
		if got := quiet(c.ctx.Err()); !errors.Is(got, c.quiet) || (got == nil) != (c.quiet == nil) {
			t.Errorf("%s: got %v of silence want %v", c.name, got, c.quiet)
		}
	}
}

func TestBounded(t *testing.T) {
	within, stop := context.WithTimeout(t.Context(), time.Hour)
	defer stop()
	for _, c := range []struct {
		name string
		ctx  context.Context
		most time.Duration
	}{{"without a deadline", t.Context(), time.Minute}, {"with one", within, time.Hour}} {
		ctx, cancel := bounded(c.ctx, time.Minute)
		end, has := ctx.Deadline()
		if left := time.Until(end); !has || left > c.most || left < c.most/2 {
			t.Errorf("%s: got %v left want %v", c.name, left, c.most)
		}
		cancel()
	}
}
