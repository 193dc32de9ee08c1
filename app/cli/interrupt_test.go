package cli

import (
	"os"
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
