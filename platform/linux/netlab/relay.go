//go:build linux

package netlab

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// queued is how many packets may be under way in one direction; more are
// dropped, as a router with a full queue drops them.
const queued = 8192

// relay is a cable of two TUN or TAP devices with the delay that the kernel's
// netem would make, and the place of a middlebox in user space.
type relay struct {
	half    atomic.Int64 // nanoseconds one way
	mu      sync.Mutex
	filters map[int]Filter
	next    int
	left    *os.File
	right   *os.File
	wg      sync.WaitGroup
}

// Filter looks at one packet under way and tells whether it is to be lost.
// It is called from several goroutines, one call at a time.
type Filter func(pkt []byte) (drop bool)

type late struct {
	due time.Time
	pkt []byte
}

// kind is what a device carries: IP packets or Ethernet frames.
type kind uint16

const (
	packets kind = unix.IFF_TUN
	frames  kind = unix.IFF_TAP
)

func newRelay(k kind, rtt time.Duration, a *Node, devA string, b *Node, devB string) (*relay, error) {
	r := &relay{filters: map[int]Filter{}}
	r.half.Store(int64(rtt / 2))
	var err error
	if r.left, err = a.device(k, devA); err != nil {
		return nil, err
	}
	if r.right, err = b.device(k, devB); err != nil {
		r.left.Close()
		return nil, err
	}
	r.carry(r.left, r.right)
	r.carry(r.right, r.left)
	return r, nil
}

// device makes a device in the node whose other side is the file; it is up and
// has no packet information header. The descriptor must be attached before the
// poller sees it.
func (n *Node) device(k kind, dev string) (f *os.File, err error) {
	err = n.Do(func() error {
		fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err != nil {
			return fmt.Errorf("opening /dev/net/tun: %w", notAllowed(err))
		}
		req, err := unix.NewIfreq(dev)
		if err != nil {
			return errors.Join(err, unix.Close(fd))
		}
		req.SetUint16(uint16(k) | unix.IFF_NO_PI)
		if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
			return errors.Join(fmt.Errorf("making device %s: %w", dev, err), unix.Close(fd))
		}
		f = os.NewFile(uintptr(fd), dev)
		return n.up(dev)
	})
	return f, err
}

// carry moves packets from one device to the other until the first is closed.
func (r *relay) carry(from, to *os.File) {
	way := make(chan late, queued)
	r.wg.Go(func() {
		defer close(way)
		r.read(from, way)
	})
	r.wg.Go(func() {
		for p := range way {
			rest(time.Until(p.due))
			_, _ = to.Write(p.pkt) // a device that is down loses what it is given
		}
	})
}

func (r *relay) read(from *os.File, way chan<- late) {
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if errors.Is(err, unix.EBADFD) || errors.Is(err, unix.EIO) {
			rest(time.Millisecond) // device down for now
			continue
		}
		if err != nil {
			return
		}
		if r.drop(buf[:n]) {
			continue
		}
		select {
		case way <- late{time.Now().Add(time.Duration(r.half.Load())), append([]byte(nil), buf[:n]...)}:
		default:
		}
	}
}

func (r *relay) drop(pkt []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	lost := false
	for _, f := range r.filters {
		lost = f(pkt) || lost
	}
	return lost
}

func (r *relay) filter(f Filter) (remove func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	id := r.next
	r.filters[id] = f
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.filters, id)
	}
}

// rest sleeps in the kernel: the run-time's own timers are a millisecond
// coarse, which is too much at a round trip of one.
func rest(d time.Duration) {
	for d > 0 {
		ts := unix.NsecToTimespec(int64(d))
		var left unix.Timespec
		if err := unix.Nanosleep(&ts, &left); err == nil {
			return
		}
		d = time.Duration(left.Nano())
	}
}

func (r *relay) close() {
	r.left.Close()
	r.right.Close()
	r.wg.Wait()
}
