package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
	"faultline/platform/portable"
)

const (
	resolvPath = "/etc/resolv.conf"
	orderPath  = "/etc/nsswitch.conf"
	hostsPath  = "/etc/hosts"

	maxFile   = 4 << 20 // blocking lists in hosts files are long
	maxOutput = 64 << 10

	namePatience = 30 * time.Second
	killGrace    = 50 * time.Millisecond
	exitNotFound = 2 // getent(1)
)

// getentPaths are the places where the C library's own tool is; PATH is not
// searched.
var getentPaths = []string{"/usr/bin/getent", "/bin/getent"}

type names struct{}

// Resolvers reads the files that the C library reads.
func (names) Resolvers(ctx context.Context, _ platform.Reading) (platform.Resolvers, error) {
	if err := ended(ctx); err != nil {
		return platform.Resolvers{}, err
	}
	b, err := readFile(resolvPath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return platform.Resolvers{}, fmt.Errorf("reading resolv.conf: %w", problem(err))
	}
	r := decodeResolv(b, "resolv.conf")
	if r.Stub = isStub(r.Servers); r.Stub {
		r.Upstream = upstream(r.Servers[0].Addr.Addr())
	}
	if order, err := readFile(orderPath); err == nil {
		r.Order, r.Ends = decodeOrder(order), decodeEnds(order)
	}
	if _, err := os.Stat(nscdPath); err == nil {
		r.Caches = []string{"nscd"}
	}
	return r, nil
}

// Hosts looks a name up in the hosts file.
func (names) Hosts(ctx context.Context, q platform.HostsAsk) (platform.HostsAnswer, error) {
	a := platform.HostsAnswer{Path: hostsPath}
	if err := ended(ctx); err != nil {
		return a, err
	}
	b, err := readFile(hostsPath)
	if errors.Is(err, os.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("reading the hosts file: %w", problem(err))
	}
	a.Addresses = portable.Hosts(b, q.Name)
	return a, nil
}

// readFile reads the beginning of a file.
func readFile(path string) ([]byte, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// openFile opens a file to read it. What is no file, as a pipe is that nobody
// writes to, is not waited for: a read of it need not return.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &platform.Problem{Code: platform.Malformed, Text: path + " is no ordinary file"}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// System asks getent, as a program without the C library cannot load the
// modules that nsswitch.conf names.
func (names) System(ctx context.Context, q platform.NameAsk) (platform.NameAnswer, error) {
	if err := ended(ctx); err != nil {
		return platform.NameAnswer{}, err
	}
	path := getentPath()
	if path == "" {
		return platform.NameAnswer{}, &platform.Problem{Code: platform.NoMechanism, Text: "no getent here"}
	}
	if !askable(q.Name) {
		return platform.NameAnswer{}, &platform.Problem{Code: platform.NotFound, Text: "no name that can be asked for"}
	}
	ctx, cancel := bounded(ctx, namePatience)
	defer cancel()
	began := time.Now()
	out, err := getent(ctx, path, q.Name)
	a := decodeAhosts(out)
	a.Via, a.Waited = "getent ahosts", time.Since(began)
	if err != nil {
		return a, err
	}
	if len(a.Addresses) == 0 {
		return a, &platform.Problem{Code: platform.Malformed, Text: "no address in what getent printed"}
	}
	return a, nil
}

func getentPath() string { return executable(getentPaths) }

func getent(ctx context.Context, path, name string) ([]byte, error) {
	out, err := output(ctx, maxOutput, path, "ahosts", name)
	if stop := ended(ctx); stop != nil && err != nil {
		return out, stop
	}
	return out, getentProblem(err)
}

// getentProblem: getent ends with 2 for a name that is not known, and for one
// that no server told anything of. A file that is missing is getent's own or
// /dev/null (os/exec), and says nothing of the name.
func getentProblem(err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return &platform.Problem{Code: platform.NoMechanism, Text: "getent cannot be started: " + err.Error()}
	case errors.As(err, &exit) && exit.ExitCode() == exitNotFound:
		return &platform.Problem{Code: platform.NotFound, Text: "getent: not found, or no server answered"}
	}
	return fmt.Errorf("running getent: %w", problem(err))
}
