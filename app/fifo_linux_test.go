package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func namedPipe(t *testing.T) string {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	return pipe
}

// TestCancelWhereNobodyWrites: to open a named pipe to which nobody writes does not
// hold up the end.
func TestCancelWhereNobodyWrites(t *testing.T) {
	pipe := namedPipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := openCapture(ctx, pipe, &Captures{Files: []string{pipe}, Stream: -1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v want that it was canceled", err)
	}
	a := &Analysis{}
	if a.unopened(ctx, err); !a.Canceled || a.Problem != nil {
		t.Errorf("got canceled %v and the problem %v, want canceled alone", a.Canceled, a.Problem)
	}
	if w, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil { // lets go of who still opens it
		_ = w.Close()
	}
}

// TestCancelWhereNothingComes: nor does one that is open and silent.
func TestCancelWhereNothingComes(t *testing.T) {
	pipe := namedPipe(t)
	writer, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	x, err := openCapture(ctx, pipe, &Captures{Files: []string{pipe}, Stream: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer x.close()
	cancel()
	a := &Analysis{}
	if x.follow(ctx, a); !a.Canceled || a.Problem != nil {
		t.Errorf("got canceled %v and the problem %v, want canceled alone", a.Canceled, a.Problem)
	}
}
