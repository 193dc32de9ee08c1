package check

import (
	"testing"
	"time"

	"faultline/platform"
)

func TestResetFromNearer(t *testing.T) {
	const far = 20 * time.Millisecond
	probes := func(low, high int, waited time.Duration) []TTLProbe {
		return []TTLProbe{
			{Least: low, Dial: platform.Dial{Ended: platform.DialRefused, Waited: waited}},
			{Least: high, Dial: platform.Dial{Ended: platform.DialSilent, Waited: 2 * far}},
		}
	}
	for _, c := range []struct {
		name      string
		echo      int
		low, high int
		waited    time.Duration
		want      platform.Tri
	}{
		{"as far as the echo", 61, 61, 62, far, platform.No},
		{"nearer, to the hop", 61, 63, 64, far, platform.Yes},
		{"farther by one, as behind who forwards a port", 61, 60, 61, far, platform.Unknown},
		{"farther by its TTL, and much sooner", 61, 60, 61, far / 10, platform.Yes},
		{"one that fits among others", 61, 60, 63, far / 10, platform.Unknown},
		{"from nearer or from farther", 252, 126, 252, far, platform.Unknown},
		{"from nearer or from farther, and much sooner", 252, 126, 252, far / 10, platform.Yes},
	} {
		r := ResetTTL{Echo: platform.EchoReply{Answered: true, TTL: c.echo, Waited: far}, Probes: probes(c.low, c.high, c.waited)}
		if got := r.Differs(); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}
