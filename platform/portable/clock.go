package portable

import (
	"context"
	"time"

	"faultline/platform"
)

type clock struct{}

// Clock reads the wall clock; whether something keeps it right stays unknown.
func Clock() platform.Clock { return clock{} }

func (clock) Now(ctx context.Context, _ platform.Reading) (platform.ClockFacts, error) {
	if err := ctx.Err(); err != nil {
		return platform.ClockFacts{}, platform.AsProblem(err)
	}
	return platform.ClockFacts{Wall: time.Now().Round(0), Source: "wall clock"}, nil
}
