package windows

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"faultline/platform"
)

// fakeShot is answered after a time; without one it is silent.
type fakeShot struct {
	ends   platform.DialEnd
	after  time.Duration
	closed *int
}

func (f fakeShot) connect(ctx context.Context) (platform.Dial, error) {
	var answer <-chan time.Time
	if f.ends != "" {
		answer = time.After(f.after)
	}
	select {
	case <-answer:
		return platform.Dial{Ended: f.ends}, nil
	case <-ctx.Done():
		return platform.Dial{Ended: platform.DialSilent}, nil
	}
}

func (f fakeShot) close() { *f.closed++ }

func TestVolley(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	silent, open, refused := fakeShot{}, platform.DialOpen, platform.DialRefused
	for _, c := range []struct {
		name    string
		shots   []fakeShot
		repeats bool
		most    int
		limit   time.Duration
		want    platform.Dial
	}{
		{"open", []fakeShot{{ends: open, after: ms(20)}}, false, 3, 0, platform.Dial{Ended: open, Sent: 1, Waited: ms(20)}},
		{"refused at once, as the system does not repeat", []fakeShot{{ends: refused, after: ms(20)}}, false, 3, 0, platform.Dial{Ended: refused, Sent: 1, Waited: ms(20)}},
		{"one SYN, silent", []fakeShot{silent}, false, 1, 0, platform.Dial{Ended: platform.DialSilent, Sent: 1, Waited: ms(940)}},
		{"three SYNs, silent", []fakeShot{silent, silent, silent}, false, 3, 0, platform.Dial{Ended: platform.DialSilent, Sent: 3, Waited: ms(6940)}},
		{"the first is answered late", []fakeShot{{ends: open, after: ms(1500)}, silent}, false, 3, 0, platform.Dial{Ended: open, Sent: 2, Waited: ms(1500)}},
		{"the first is lost", []fakeShot{silent, {ends: refused, after: ms(20)}}, false, 3, 0, platform.Dial{Ended: refused, Sent: 2, Waited: ms(1020)}},
		{"the system gives up on the first", []fakeShot{{ends: platform.DialSilent, after: ms(500)}, {ends: open, after: ms(20)}}, false, 2, 0,
			platform.Dial{Ended: open, Sent: 2, Waited: ms(1020)}},
		{"the deadline passes", []fakeShot{silent, silent}, false, 3, ms(1500), platform.Dial{Ended: platform.DialSilent, Sent: 2, Waited: ms(1500)}},
		{"the system repeats, refused late", []fakeShot{{ends: refused, after: ms(2100)}}, true, 1, 0, platform.Dial{Ended: refused, Sent: 1, Waited: ms(2100)}},
		{"the system repeats, silent", []fakeShot{silent}, true, 3, 0, platform.Dial{Ended: platform.DialSilent, Sent: 2, Waited: ms(6940)}},
		{"the system repeats, silent for one", []fakeShot{silent}, true, 1, 0, platform.Dial{Ended: platform.DialSilent, Sent: 1, Waited: ms(2500)}},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, closed, loaded := t.Context(), 0, 0
			if c.limit > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.limit)
				defer cancel()
			}
			v := volley{most: c.most, load: func() (shot, bool, *platform.Problem, error) {
				loaded++
				s := c.shots[loaded-1]
				s.closed = &closed
				return s, c.repeats, nil, nil
			}}
			got, err := v.run(ctx)
			if err != nil || got != c.want || closed != loaded {
				t.Errorf("%s: got %+v, %v want %+v; %d of %d sockets are closed", c.name, got, err, c.want, closed, loaded)
			}
		})
	}
}

// TestVolleyNotLetOut: what the system refuses was not sent.
func TestVolleyNotLetOut(t *testing.T) {
	for _, c := range []struct {
		name    string
		problem *platform.Problem
		err     error
	}{
		{"no port", platform.ErrNoLocalAddress, nil},
		{"no file", nil, platform.ErrNoFiles},
	} {
		v := volley{most: 2, load: func() (shot, bool, *platform.Problem, error) { return nil, false, c.problem, c.err }}
		d, err := v.run(t.Context())
		if d.Ended != platform.DialLocal || d.Sent != 0 || d.Problem != c.problem || !errors.Is(err, c.err) {
			t.Errorf("%s: got %+v, %v", c.name, d, err)
		}
	}
}

// TestVolleyCanceled: who gives up is told so, and keeps no socket.
func TestVolleyCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		closed := 0
		v := volley{most: 2, load: func() (shot, bool, *platform.Problem, error) { return fakeShot{closed: &closed}, false, nil, nil }}
		if d, err := v.run(ctx); !errors.Is(err, platform.ErrCanceled) || d.Ended != platform.DialSilent || closed != 1 {
			t.Errorf("got %+v, %v with %d sockets closed", d, err, closed)
		}
	})
}

// TestVolleyHolds: a connection is kept as long as was asked for.
func TestVolleyHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed, began := 0, time.Now()
		v := volley{most: 1, hold: time.Minute, load: func() (shot, bool, *platform.Problem, error) {
			return fakeShot{ends: platform.DialOpen, after: time.Millisecond, closed: &closed}, false, nil, nil
		}}
		d, err := v.run(t.Context())
		if took := time.Since(began); err != nil || d.Waited != time.Millisecond || took != time.Minute+time.Millisecond || closed != 1 {
			t.Errorf("got %+v, %v after %v", d, err, took)
		}
	})
}
