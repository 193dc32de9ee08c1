//go:build linux

package netlab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// Users of Command.
const (
	Root   = 0
	Nobody = 65534 // an ordinary user without any capability
)

// order is what Command tells the helper, which is the test binary itself.
type order struct {
	Space   string // path of the network namespace
	Dir     string // the world's folder
	User    int
	Program string // path as the command sees it
	Source  string // what is to be seen there, empty for what the system has
	Files   int    // how many it may open; 0: what the system says
}

const orderEnv = "FAULTLINE_NETLAB_ORDER"

var handed atomic.Bool

// Main must be the first call of TestMain. In the helper process of Command it
// becomes the program that the command runs and does not return.
func Main() {
	handed.Store(true)
	text, ok := os.LookupEnv(orderEnv)
	if !ok {
		return
	}
	var o order
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		err = o.become()
	}
	fmt.Fprintf(os.Stderr, "netlab: running %s in the namespace: %v\n", o.Program, err)
	os.Exit(126)
}

// Command prepares a program to run on the client as Root, Nobody or another
// user id, with a clean environment and the client's own /etc/resolv.conf,
// hosts and nsswitch.conf. Append to Env what the program needs beside. The
// program is found on the system's path, or is a file, which the user need
// not be able to reach but must be allowed to run.
func (w *World) Command(ctx context.Context, user int, program string, args ...string) *exec.Cmd {
	w.t.Helper()
	return w.CommandOn(ctx, w.Client, user, program, args...)
}

// CommandOn is Command for any node. The files in /etc are the client's.
func (w *World) CommandOn(ctx context.Context, n *Node, user int, program string, args ...string) *exec.Cmd {
	w.t.Helper()
	self, err := os.Executable()
	w.must(err)
	o, err := w.order(n, user, program)
	w.must(err)
	text, err := json.Marshal(o)
	w.must(err)
	home, err := w.home(user)
	w.must(err)
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = append([]string{program}, args...)
	cmd.Dir = home
	cmd.WaitDelay = 2 * time.Second
	cmd.Env = []string{orderEnv + "=" + string(text), "HOME=" + home, "TMPDIR=" + home,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C.UTF-8", "TZ=UTC", "SSL_CERT_FILE=" + w.path("ca.pem"), "SSL_CERT_DIR=" + w.path("certs")}
	cmd.Env = append(cmd.Env, w.env...)
	return cmd
}

func (w *World) order(n *Node, user int, program string) (order, error) {
	o := order{Space: filepath.Join(runDir, n.Name), Dir: w.lease.dir(), User: user, Files: w.most}
	found, err := exec.LookPath(program)
	if err != nil {
		return o, fmt.Errorf("finding %s: %w", program, err)
	}
	if found, err = filepath.Abs(found); err != nil {
		return o, err
	}
	if o.Program = found; !strings.Contains(program, "/") || strings.HasPrefix(found, "/usr/") || strings.HasPrefix(found, "/bin/") {
		return o, nil
	}
	// The file may lie where the user cannot go (a test's folder is 0700):
	// the helper mounts it at a place of its own.
	o.Source, o.Program = found, w.path(filepath.Join("bin", filepath.Base(found)))
	return o, os.WriteFile(o.Program, nil, 0o755)
}

// home makes the user's folder, where the program may write.
func (w *World) home(user int) (string, error) {
	dir := w.path(fmt.Sprintf("home%d", user))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making a home: %w", err)
	}
	return dir, os.Chown(dir, user, user)
}
