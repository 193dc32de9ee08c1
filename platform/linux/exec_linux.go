package linux

import (
	"context"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// output runs a program with fixed arguments and returns the beginning of what it
// writes. It runs in a process group of its own, which is killed when the context
// ends, so that nothing that it started stays behind.
func output(ctx context.Context, most int, path string, args ...string) ([]byte, error) {
	out := bounding{most: most}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = killGrace
	cmd.Stdout = &out
	err := cmd.Run()
	return out.kept, err
}

// bounding keeps the beginning of what is written to it.
type bounding struct {
	kept []byte
	most int
}

func (b *bounding) Write(p []byte) (int, error) {
	b.kept = append(b.kept, p[:min(len(p), b.most-len(b.kept))]...)
	return len(p), nil
}
