//go:build cgo || !darwin

package gui

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
)

// crashLog keeps panics and errors of the toolkit for the next start.
type crashLog struct {
	mu   sync.Mutex
	path string
	size int
	said string // the latest of what the toolkit complained about
}

// mostSaid bounds what is kept of the toolkit's complaints, in bytes.
const mostSaid = 1 << 12

// heard is the latest of what the toolkit complained about.
func (c *crashLog) heard() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said
}

// mostLog bounds the file in bytes.
const mostLog = 1 << 18

func newCrashLog(dir string) *crashLog { return &crashLog{path: filepath.Join(dir, "window.log")} }

// last returns where the log of the last start is when that start ended in a
// panic, and puts it aside.
func (c *crashLog) last() string {
	raw, err := os.ReadFile(c.path)
	if err != nil {
		return ""
	}
	aside := strings.TrimSuffix(c.path, ".log") + ".last.log"
	if os.Rename(c.path, aside) != nil || !strings.Contains(string(raw), panicked) {
		return ""
	}
	return aside
}

const panicked = "panic: "

// write notes a panic. Nothing can be done where that fails too.
func (c *crashLog) write(reason string, stack []byte) {
	fmt.Fprintf(c, "%s%s\n%s\n", panicked, reason, stack)
}

// listen takes in what the toolkit logs, beside standard error; the function
// that it returns ends that.
func (c *crashLog) listen() func() {
	was := log.Writer()
	c.catch()
	log.SetOutput(both{c, was})
	return func() { log.SetOutput(was) }
}

// catch has the runtime write there what no one recovers: a panic of another
// goroutine ends the process at once.
func (c *crashLog) catch() {
	if os.MkdirAll(filepath.Dir(c.path), 0o700) != nil {
		return
	}
	f, err := os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	_ = debug.SetCrashOutput(f, debug.CrashOptions{}) // keeps a copy of the file
	_ = f.Close()
}

// Write appends to the log.
func (c *crashLog) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = c.said[max(0, len(c.said)-mostSaid):] + string(b)
	if c.size += len(b); c.size > mostLog {
		return len(b), nil
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return 0, fmt.Errorf("writing the log: %w", err)
	}
	f, err := os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 0, fmt.Errorf("writing the log: %w", err)
	}
	defer f.Close()
	n, err := f.Write(b)
	if err != nil {
		return n, fmt.Errorf("writing the log: %w", err)
	}
	return n, nil
}

// both writes to two places; the second one is what counts.
type both struct {
	first  *crashLog
	second interface{ Write([]byte) (int, error) }
}

func (b both) Write(p []byte) (int, error) {
	_, _ = b.first.Write(p)
	return b.second.Write(p)
}
