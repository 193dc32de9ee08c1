package windows

import (
	"context"
	"errors"
	"time"

	"faultline/platform"
)

// ended is the problem of a context that ended, nil while it has not.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return platform.AsProblem(err)
	}
	return nil
}

// bounded gives an ask that came without a deadline one of its own.
func bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// quiet makes of the end of a wait what the port says of silence: a deadline
// that passed is an answer, a caller who gave up is not.
func quiet(err error) error {
	switch {
	case err == nil, errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.Is(err, context.Canceled):
		return platform.AsProblem(err)
	}
	return err
}
