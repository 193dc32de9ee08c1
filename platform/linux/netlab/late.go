//go:build linux

package netlab

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// getent is the C library's tool for its own name resolution.
const getent = "/usr/bin/getent"

// LateNames makes the client's own lookups take longer by d, as on a machine
// that is busy.
func (w *World) LateNames(d time.Duration) {
	w.t.Helper()
	raw, err := os.ReadFile(getent)
	if err != nil {
		w.t.Skipf("netlab: needs %s: %v", getent, err)
	}
	w.must(w.write("getent.own", string(raw)))
	w.must(w.write("getent", fmt.Sprintf("#!/bin/sh\nsleep %.3f\nexec %s \"$@\"\n", d.Seconds(), w.path("getent.own"))))
	w.must(os.Chmod(w.path("getent.own"), 0o755))
	w.must(os.Chmod(w.path("getent"), 0o755))
}

// lateNames shows the late tool instead of the machine's own.
func (o order) lateNames() error {
	late := filepath.Join(o.Dir, "getent")
	if _, err := os.Stat(late); err != nil {
		return nil
	}
	return cover(late, getent)
}
