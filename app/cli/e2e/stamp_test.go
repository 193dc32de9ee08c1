//go:build e2e && linux

package e2e

import (
	"os/exec"
	"sync"
	"testing"
	"time"
)

// stamp notes when the first byte is written to it.
type stamp struct {
	mu sync.Mutex
	at time.Time
}

func (s *stamp) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() {
		s.at = time.Now()
	}
	return len(b), nil
}

func command(b *testing.B, args ...string) *exec.Cmd {
	return exec.CommandContext(b.Context(), args[0], args[1:]...)
}
