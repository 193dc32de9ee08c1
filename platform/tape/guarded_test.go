package tape

import (
	"context"
	"sync"
	"testing"

	"faultline/platform"
)

// breaking is a host whose taps panic, when they are armed or when they stop.
type breaking struct{ armed bool }

func (b breaking) Watch(context.Context, platform.ResetAsk) (platform.Tap[platform.ResetLog], error) {
	if !b.armed {
		panic("odd packet")
	}
	return b, nil
}

func (breaking) Stop(context.Context) (platform.ResetLog, error) { panic("odd packet") }

// TestAPanicOfTheHostIsItsAnswer: whatever goroutine asked, the program goes on, and
// a replay has the same problem.
func TestAPanicOfTheHostIsItsAnswer(t *testing.T) {
	broken := dialing(func(context.Context, platform.DialAsk) (platform.Dial, error) { panic("odd packet") })
	tries := []struct {
		name, method string
		host         platform.Host
		ask          func(platform.Host) error
	}{
		{"an ask", "dialer.tcp", broken, func(h platform.Host) error {
			_, err := h.Dialer.TCP(t.Context(), to)
			return err
		}},
		{"arming a tap", "resets.watch", platform.Host{Resets: breaking{}}, func(h platform.Host) error {
			_, err := h.Resets.Watch(t.Context(), platform.ResetAsk{})
			return err
		}},
		{"stopping a tap", "resets.stop", platform.Host{Resets: breaking{armed: true}}, func(h platform.Host) error {
			tap, err := h.Resets.Watch(t.Context(), platform.ResetAsk{})
			if err != nil {
				return err
			}
			_, err = tap.Stop(t.Context())
			return err
		}},
	}
	for _, tt := range tries {
		t.Run(tt.name, func(t *testing.T) {
			h, log := Record(tt.host, clock())
			var all sync.WaitGroup
			var live error
			all.Go(func() { live = tt.ask(h) })
			all.Wait()
			want := platform.Problem{Code: platform.Other, Text: "internal error in " + tt.method + ": odd packet"}
			for how, err := range map[string]error{"live": live, "played": tt.ask(Play(through(t, log.Lines())))} {
				if p := platform.AsProblem(err); p == nil || *p != want {
					t.Errorf("%s: got %v want %v", how, p, want)
				}
			}
		})
	}
}
