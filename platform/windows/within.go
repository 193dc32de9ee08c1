package windows

import "context"

// callsAtOnce bounds how many calls that cannot be canceled may hang. It is more
// than one run makes, so that none of them waits for another that hangs.
const callsAtOnce = 32

var callSlots = make(chan struct{}, callsAtOnce)

// within waits for a call of the system that cannot be canceled, no longer than
// ctx lasts. The call ends by itself, later, and its answer is dropped. A panic in
// it is its caller's, who may be gone.
func within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
		broke any
	}
	var none T
	done := make(chan answer, 1)
	select {
	case callSlots <- struct{}{}:
	case <-ctx.Done():
		return none, ended(ctx)
	}
	go func() {
		var a answer
		defer func() {
			a.broke = recover()
			done <- a
			<-callSlots
		}()
		a.value, a.err = call()
	}()
	select {
	case a := <-done:
		if a.broke != nil {
			panic(a.broke)
		}
		return a.value, a.err
	case <-ctx.Done():
		return none, ended(ctx)
	}
}
