package windows

import "context"

// callsAtOnce bounds how many calls that cannot be canceled may hang. It is more
// than one run makes, so that none of them waits for another that hangs.
const callsAtOnce = 32

var callSlots = make(chan struct{}, callsAtOnce)

// within waits for a call of the system that cannot be canceled, no longer than
// ctx lasts. The call ends by itself, later, and its answer is dropped.
func within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	done := make(chan answer, 1)
	select {
	case callSlots <- struct{}{}:
	case <-ctx.Done():
		return none, ended(ctx)
	}
	go func() {
		defer func() { <-callSlots }()
		value, err := call()
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		return none, ended(ctx)
	}
}
