package linux

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// waiter waits for file descriptors and for the end of a context at once: the
// end of the context arrives over an eventfd, so that nothing has to wake up
// to look for it.
type waiter struct {
	ctx   context.Context
	wake  int
	late  int // waits since the context ended on which something came
	close func()
}

// mostLate bounds how much of what lies there when the context ends is still taken
// in: whoever sends without a pause must not keep us. A dump of maxMessages, some
// hundred in each datagram, comes in fewer pieces.
const mostLate = 1024

func newWaiter(ctx context.Context) (*waiter, error) {
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("opening an eventfd: %w", problem(err))
	}
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		// eventfd(2): the value written is an 8-byte integer other than all ones.
		_, _ = unix.Write(wake, []byte{1, 1, 1, 1, 1, 1, 1, 1})
	})
	return &waiter{ctx: ctx, wake: wake, close: func() {
		if !stop() {
			<-told // the number must not be reused while it may be written to
		}
		unix.Close(wake)
	}}, nil
}

// wait fills Revents of fds. It returns the context's error when that ended
// and nothing else came, or only ever more, and nil with no Revents when limit
// passed; a limit of 0 is none.
func (w *waiter) wait(limit time.Duration, fds ...*unix.PollFd) error {
	set := make([]unix.PollFd, 0, len(fds)+1)
	for _, fd := range fds {
		set = append(set, unix.PollFd{Fd: fd.Fd, Events: fd.Events})
	}
	set = append(set, unix.PollFd{Fd: int32(w.wake), Events: unix.POLLIN})
	if err := poll(set, limit); err != nil {
		return fmt.Errorf("waiting: %w", problem(err))
	}
	came := false
	for i, fd := range fds {
		fd.Revents = set[i].Revents
		came = came || fd.Revents != 0
	}
	if set[len(fds)].Revents == 0 {
		return nil
	}
	if w.late++; came && w.late <= mostLate {
		return nil
	}
	return w.ctx.Err()
}

// poll is poll(2), gone on with after a signal.
func poll(set []unix.PollFd, limit time.Duration) error {
	until := time.Now().Add(limit)
	for {
		timeout := -1
		if limit > 0 {
			timeout = max(0, int((time.Until(until)+time.Millisecond-1)/time.Millisecond))
		}
		if _, err := unix.Poll(set, timeout); err != unix.EINTR {
			return err
		}
	}
}

// bounded gives an ask that came without a deadline one of its own.
func bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}
