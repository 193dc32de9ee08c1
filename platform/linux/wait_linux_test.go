package linux

import (
	"context"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWaitEnds: what lies there when the context ends is still handed over, and
// what comes without a pause does not hold up the end.
func TestWaitEnds(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	if _, err := write.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w, err := newWaiter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	cancel()
	fd := &unix.PollFd{Fd: int32(read.Fd()), Events: unix.POLLIN} // nobody empties the pipe
	if err := w.wait(0, fd); err != nil || fd.Revents&unix.POLLIN == 0 {
		t.Errorf("got events %#x, %v want what lies there", fd.Revents, err)
	}
	rounds := 0
	for err == nil {
		rounds++
		err = w.wait(0, fd)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after %d rounds: got %v want %v", rounds, err, context.Canceled)
	}
}
