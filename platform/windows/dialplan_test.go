package windows

import (
	"bytes"
	"testing"
	"time"

	"faultline/platform"
)

func TestSYNsSent(t *testing.T) {
	for _, c := range []struct {
		most  int
		rto   time.Duration
		after time.Duration
		want  int
	}{
		{3, firstRTO, 0, 1}, {3, firstRTO, 999 * time.Millisecond, 1}, {3, firstRTO, time.Second, 2}, {3, firstRTO, 3 * time.Second, 3},
		{3, firstRTO, time.Minute, 3}, {3, oldRTO, 3300 * time.Millisecond, 2}, {1, firstRTO, time.Minute, 1},
	} {
		if got := synsSent(c.most, c.rto, c.after); got != c.want {
			t.Errorf("at most %d after %v of %v: got %d want %d", c.most, c.after, c.rto, got, c.want)
		}
	}
}

func TestInitialRTO(t *testing.T) {
	if got, want := initialRTO(time.Second, never), []byte{0xe8, 0x03, 0xfe, 0}; !bytes.Equal(got, want) {
		t.Errorf("got %x want %x", got, want)
	}
	if got, want := initialRTO(time.Hour, 1), []byte{0xfe, 0xff, 1, 0}; !bytes.Equal(got, want) {
		t.Errorf("got %x want the most there is, which is not %x", got, want)
	}
}

func TestWinsockProblems(t *testing.T) {
	for _, c := range []struct {
		n                 uint32
		bound, systemPort platform.ProblemCode
	}{
		{10013, platform.Permission, platform.Permission}, {10048, platform.Busy, platform.NoLocalAddress},
		{10055, platform.Busy, platform.NoLocalAddress}, {10049, platform.NoLocalAddress, platform.NoLocalAddress},
		{10051, platform.UnreachableNet, platform.UnreachableNet}, {10065, platform.UnreachableHost, platform.UnreachableHost},
		{10024, platform.NoFiles, platform.NoFiles}, {10061, platform.Refused, platform.Refused}, {10022, platform.Other, platform.Other},
	} {
		if got := winsockProblem(c.n).Code; got != c.bound {
			t.Errorf("%d: got %s want %s", c.n, got, c.bound)
		}
		if got := portless(c.n).Code; got != c.systemPort {
			t.Errorf("%d without a port of ours: got %s want %s", c.n, got, c.systemPort)
		}
	}
}

func TestTimeSource(t *testing.T) {
	for _, c := range []struct {
		kind  string
		state uint32
		want  string
	}{
		{"NTP", serviceRunning, "W32Time, set to its own servers, running"}, {"NoSync", serviceStopped, "W32Time, set to keep no time, stopped"},
		{"something else", 0, "W32Time"},
	} {
		if got := timeSource(c.kind, c.state); got != c.want {
			t.Errorf("got %q want %q", got, c.want)
		}
	}
}
