package linux

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

type clock struct{}

// Now reads the clock, and whether the kernel holds it for disciplined. Where
// adjtimex(2) is denied, as a container may, that is unknown.
func (clock) Now(ctx context.Context, _ platform.Reading) (platform.ClockFacts, error) {
	if err := ended(ctx); err != nil {
		return platform.ClockFacts{}, err
	}
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	facts := platform.ClockFacts{Wall: time.Now(), Source: "adjtimex"}
	if err == nil {
		facts.Synced = platform.TriOf(state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0)
	}
	return facts, nil
}
