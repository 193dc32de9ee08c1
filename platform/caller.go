package platform

import "context"

type callerKey struct{}

// WithCaller names the check on whose behalf the asks under ctx are made; a
// recorder notes it beside each call.
func WithCaller(ctx context.Context, check string) context.Context {
	return context.WithValue(ctx, callerKey{}, check)
}

// Caller returns the name that WithCaller gave, or "".
func Caller(ctx context.Context) string {
	name, _ := ctx.Value(callerKey{}).(string)
	return name
}
