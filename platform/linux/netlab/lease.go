//go:build linux

package netlab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// leaseDir holds one lease and one folder for each living world. Only root
// writes there.
const leaseDir = "/run/faultline-netlab"

const prefix = "fl-"

// lease says whose a world is, so that others can clear it away after a kill.
type lease struct {
	PID     int
	Started string // of the process: a pid alone may be another one's by now
	World   string // prefix of its namespaces' names, name of its folder
}

func (l lease) path() string { return filepath.Join(leaseDir, l.World+".json") }
func (l lease) dir() string  { return filepath.Join(leaseDir, l.World) }

func newLease(world string) (lease, error) {
	l := lease{PID: os.Getpid(), Started: started(os.Getpid()), World: world}
	if err := os.MkdirAll(l.dir(), 0o755); err != nil {
		return l, fmt.Errorf("making the world's folder: %w", err)
	}
	raw, err := json.Marshal(l)
	if err != nil {
		return l, err
	}
	return l, os.WriteFile(l.path(), raw, 0o644)
}

// alive tells whether the process that took the lease still runs.
func (l lease) alive() bool {
	now := started(l.PID)
	return now != "" && (l.Started == "" || now == l.Started)
}

// started is field 22 of /proc/PID/stat, the start time in ticks since boot
// (proc(5)); the name before it may hold spaces and brackets.
func started(pid int) string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	s := string(raw)
	fields := strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[19]
}

// reclaim removes the worlds of dead processes.
func reclaim() error {
	if err := os.MkdirAll(leaseDir, 0o755); err != nil {
		return fmt.Errorf("making the lease folder: %w", err)
	}
	unlock, err := lockLeases()
	if err != nil {
		return err
	}
	defer unlock()
	for _, l := range leases() {
		if l.alive() {
			continue
		}
		if err := l.remove(); err != nil {
			return err
		}
	}
	return nil
}

func lockLeases() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(leaseDir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lease lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, fmt.Errorf("locking the leases: %w", err)
	}
	return func() { f.Close() }, nil
}

// leases lists all leases, and makes one up for a namespace that has lost its.
func leases() []lease {
	var all []lease
	files, _ := filepath.Glob(filepath.Join(leaseDir, "*.json"))
	known := map[string]bool{}
	for _, file := range files {
		var l lease
		raw, err := os.ReadFile(file)
		world := strings.TrimSuffix(filepath.Base(file), ".json")
		if !strings.HasPrefix(world, prefix) {
			continue
		}
		if err != nil || json.Unmarshal(raw, &l) != nil || l.World != world {
			l = leaseOf(world)
		}
		known[l.World] = true
		all = append(all, l)
	}
	spaces, _ := filepath.Glob(filepath.Join(runDir, prefix+"*-*-*"))
	for _, s := range spaces {
		l := leaseOf(filepath.Base(s))
		if l.PID > 0 && !known[l.World] {
			known[l.World] = true
			all = append(all, l)
		}
	}
	return all
}

// leaseOf reads process and world from a name like fl-PID-N-client.
func leaseOf(label string) lease {
	parts := strings.Split(label, "-")
	if len(parts) < 3 {
		return lease{World: label}
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil {
		return lease{World: label}
	}
	return lease{PID: pid, World: strings.Join(parts[:3], "-")}
}

// spaces lists the world's namespaces.
func (l lease) spaces() []string {
	all, _ := filepath.Glob(filepath.Join(runDir, l.World+"-*"))
	return all
}

// remove ends what still runs in the world, then takes the world away.
func (l lease) remove() error {
	spaces := l.spaces()
	endInhabitants(spaces)
	for _, s := range spaces {
		if err := deleteNamespace(filepath.Base(s)); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(l.dir()); err != nil {
		return fmt.Errorf("removing the world's folder: %w", err)
	}
	if err := os.Remove(l.path()); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("removing the lease: %w", err)
	}
	return nil
}

// endInhabitants kills the processes whose network namespace is one of spaces
// and waits until they are gone: they would keep it alive.
func endInhabitants(spaces []string) {
	inside := map[uint64]bool{}
	for _, s := range spaces {
		var st unix.Stat_t
		if unix.Stat(s, &st) == nil {
			inside[st.Ino] = true
		}
	}
	tasks, _ := filepath.Glob("/proc/[0-9]*/ns/net")
	for _, task := range tasks {
		var st unix.Stat_t
		pid, err := strconv.Atoi(strings.Split(task, "/")[2])
		if err != nil || pid == os.Getpid() || unix.Stat(task, &st) != nil || !inside[st.Ino] {
			continue
		}
		terminate(pid)
	}
}

func terminate(pid int) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) == nil {
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int((2 * time.Second).Milliseconds()))
	}
}
