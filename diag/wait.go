package diag

import (
	"slices"
	"sync"
	"time"

	"faultline/diag/catalog"
)

const (
	fastest = 150 * time.Millisecond
	slowest = 400 * time.Millisecond
)

// patience is how long an answer may take before it counts as trouble: four
// round trips, within bounds. Nothing seen yet: the upper bound.
func patience(rtt time.Duration) time.Duration {
	if rtt == 0 {
		return slowest
	}
	return min(max(4*rtt, fastest), slowest)
}

// watch sets the timer to when a running check will be late, or the verdict on
// a fault will no longer wait for it.
func (r *run) watch(look *time.Timer) {
	look.Stop()
	if r.opt.Replay {
		return
	}
	now, next := r.since(), time.Duration(-1)
	soonest := func(t time.Duration) {
		if t > now && (next < 0 || t < next) {
			next = t
		}
	}
	for _, busy := range r.running {
		if busy.trips > 0 && !r.trouble {
			soonest(busy.begun + busy.allowed(r.rtt.get()))
		}
		if busy.wait > 0 {
			soonest(busy.begun + busy.wait)
		}
	}
	if next >= 0 {
		look.Reset(next - now)
	}
}

// allowed is how long a check may take before it is late.
func (b running) allowed(rtt time.Duration) time.Duration {
	return time.Duration(b.trips) * patience(rtt)
}

// late reports whether a check that sends takes longer than its round trips
// explain.
func (r *run) late() bool {
	if r.trouble || r.opt.Replay {
		return false
	}
	for _, busy := range r.running {
		if busy.trips > 0 && r.since() >= busy.begun+busy.allowed(r.rtt.get()) {
			return true
		}
	}
	return false
}

// tripsOf is how many round trips a check may take before it is late. Checks
// of the neighbors and of what this machine holds are not measured by that.
func tripsOf(a about) int {
	if a.traffic == TargetTraffic || a.traffic == LocalTraffic && a.layer == catalog.Name {
		return a.trips
	}
	return 0
}

// givenUp reports whether the verdict on a fault no longer waits for a check:
// its patience is over, or it waits itself for one whose is.
func (r *run) givenUp(n Node) bool {
	if busy, running := r.running[n.ID()]; running {
		return busy.wait > 0 && r.since() >= busy.begun+busy.wait
	}
	a := n.about()
	stuck := func(d Node) bool { return r.seen[d.ID()] == nil && r.planned(d) && r.givenUp(d) }
	return slices.ContainsFunc(a.after, stuck) || slices.ContainsFunc(a.first, stuck) && !r.any(a.first)
}

// longest keeps the longest of the round-trip times seen.
type longest struct {
	mu sync.Mutex
	d  time.Duration
}

func (l *longest) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.d = max(l.d, d)
}

func (l *longest) get() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.d
}
