package linux

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// A machine full of programs must not hold us up: this is what we look into.
const (
	mostPrograms = 1 << 15
	mostLinks    = 1 << 18
)

// programs are the processes that hold some of the sockets that were wanted.
type programs struct {
	all    map[int]*platform.Program
	by     map[int][]int // inode → process
	hidden bool          // some processes could not be looked into
}

// holders looks for the processes that hold sockets; wanted says of each inode
// whether the peer has closed it. As root every process can be looked into,
// else one's own.
func holders(ctx context.Context, wanted map[int]bool) programs {
	found := programs{all: make(map[int]*platform.Program), by: make(map[int][]int)}
	if len(wanted) == 0 {
		return found
	}
	entries, err := os.ReadDir("/proc")
	found.hidden = err != nil || len(entries) > mostPrograms
	links := 0
	for _, e := range entries[:min(len(entries), mostPrograms)] {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if ctx.Err() != nil || links > mostLinks {
			found.hidden = true
			return found
		}
		inodes, readable, _ := openFiles(filepath.Join("/proc", e.Name()))
		links += len(inodes)
		found.hidden = found.hidden || !readable
		found.add(pid, inodes, wanted)
	}
	return found
}

// add notes a process if it holds any wanted socket; inodes has an entry for
// each of its descriptors, 0 for what is no socket.
func (p *programs) add(pid int, inodes []int, wanted map[int]bool) {
	for _, inode := range inodes {
		closed, want := wanted[inode]
		if !want {
			continue
		}
		if p.all[pid] == nil {
			p.all[pid] = describeProgram(pid, len(inodes))
		}
		if p.all[pid].Sockets++; closed {
			p.all[pid].CloseWait++
		}
		if !slices.Contains(p.by[inode], pid) {
			p.by[inode] = append(p.by[inode], pid)
		}
	}
}

func describeProgram(pid, files int) *platform.Program {
	at := filepath.Join("/proc", strconv.Itoa(pid))
	name, _ := readFile(filepath.Join(at, "comm"))
	limits, _ := readFile(filepath.Join(at, "limits"))
	return &platform.Program{PID: pid, Name: programName(name), Files: files, FileLimit: decodeFileLimit(limits)}
}

// of returns who holds a socket, the least number first.
func (p programs) of(inode int) (out []platform.Program) {
	for _, pid := range slices.Sorted(slices.Values(p.by[inode])) {
		if len(out) < mostOwners {
			out = append(out, *p.all[pid])
		}
	}
	return out
}

// most returns the n that hold most.
func (p programs) most(n int) (out []platform.Program) {
	for program := range maps.Values(p.all) {
		out = append(out, *program)
	}
	slices.SortFunc(out, func(a, b platform.Program) int {
		return cmp.Or(cmp.Compare(b.Sockets, a.Sockets), cmp.Compare(a.PID, b.PID))
	})
	return out[:min(len(out), n)]
}

// openFiles lists the descriptors of a process: the inode of each socket, and 0
// for each other. A process that has ended has none.
func openFiles(at string) (inodes []int, readable bool, err error) {
	dir, err := os.Open(filepath.Join(at, "fd"))
	if err != nil {
		return nil, os.IsNotExist(err), err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(mostLinks)
	buf := make([]byte, 64)
	for _, name := range names {
		n, linkErr := unix.Readlinkat(int(dir.Fd()), name, buf)
		inode := 0
		if linkErr == nil {
			inode, _ = socketOf(string(buf[:n]))
		}
		inodes = append(inodes, inode)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return inodes, true, err
}
