package cli

import (
	"os"
	"syscall"
	"testing"
)

// TestSecondInterruptKills: the first one asks for an end, the second one does
// not wait for it.
func TestSecondInterruptKills(t *testing.T) {
	interrupt := make(chan os.Signal)
	killed := make(chan int)
	p := &program{Env: Env{Interrupt: interrupt, Kill: func(code int) { killed <- code }}}
	ctx, cancel := p.interruptible()
	defer cancel()
	interrupt <- os.Interrupt
	<-ctx.Done()
	select {
	case <-killed:
		t.Fatal("after one interrupt: got killed, want an end in order")
	case interrupt <- os.Interrupt:
	}
	if got := <-killed; got != 130 {
		t.Errorf("exit code: got %d, want 130", got)
	}
}

// TestHangUpAsksForAnEnd: a terminal that is closed sends SIGHUP more than once,
// and none of them keeps the report of what was seen from being written.
func TestHangUpAsksForAnEnd(t *testing.T) {
	interrupt := make(chan os.Signal)
	killed := make(chan int, 1)
	p := &program{Env: Env{Interrupt: interrupt, Kill: func(code int) { killed <- code }}}
	ctx, cancel := p.interruptible()
	defer cancel()
	interrupt <- syscall.SIGHUP
	<-ctx.Done()
	interrupt <- syscall.SIGHUP
	interrupt <- syscall.SIGHUP // the one before is dealt with
	if len(killed) > 0 {
		t.Fatal("after three hang-ups: got killed, want an end in order")
	}
	interrupt <- syscall.SIGTERM
	if got := <-killed; got != 130 {
		t.Errorf("exit code: got %d, want 130", got)
	}
}
