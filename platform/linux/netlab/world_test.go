//go:build linux

package netlab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func fetchFrom(t *testing.T, w *World, user int, url string) string {
	t.Helper()
	cmd := w.Command(t.Context(), user, os.Args[0], url)
	cmd.Env = append(cmd.Env, roleEnv+"=fetch")
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatalf("running the client: %v", err)
	}
	return string(out)
}

func TestWorldCarriesNamesAndTLS(t *testing.T) {
	worlds := []struct {
		name string
		seed uint64
		o    Options
	}{
		{"short, resolver on the LAN", 1, Options{Hops: 1, Resolver: OnLAN, RTT: 10 * time.Millisecond, Family: V4}},
		{"long, resolver beyond", 2, Options{Hops: 4, Resolver: BehindRouter, RTT: 30 * time.Millisecond, Family: Dual}},
		{"client with IPv6 only", 3, Options{Family: V6}},
		{"drawn", 4, Options{}},
		{"drawn again", 5, Options{}},
	}
	for _, tt := range worlds {
		t.Run(tt.name, func(t *testing.T) {
			w := New(t, tt.seed, tt.o)
			w.Serve(Service{TLS: &TLS{}, Text: "here"})
			for _, user := range []int{Root, Nobody} {
				got := fetchFrom(t, w, user, w.URL("https"))
				if want := fmt.Sprintf("uid=%d status=200 body=here", user); !strings.HasPrefix(got, want) {
					t.Errorf("as user %d got %q, want %q first", user, got, want)
				}
				if noCaps := strings.Contains(got, "caps=0000000000000000"); noCaps != (user != Root) {
					t.Errorf("as user %d got %q: no capability is %v", user, got, noCaps)
				}
			}
		})
	}
}

func TestPing(t *testing.T) {
	for _, ping := range []Choice{Yes, No} {
		t.Run(fmt.Sprint(ping), func(t *testing.T) {
			w := New(t, 6, Options{Family: Dual, Ping: ping})
			for _, to := range w.Server.Addrs(AnyFamily) {
				if err := pingFrom(w.Client, to); (err == nil) != (ping == Yes) {
					t.Errorf("ping to %v with ping sockets %v: got %v", to, ping, err)
				}
			}
		})
	}
}

func TestDelayIsAtLeastTheRoundTrip(t *testing.T) {
	for _, rtt := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond} {
		t.Run(rtt.String(), func(t *testing.T) {
			w := New(t, 8, Options{RTT: rtt})
			w.Serve(Service{})
			start := time.Now()
			c, err := w.Client.Dial(t.Context(), "tcp", netip.AddrPortFrom(w.Server.V4, w.Port))
			took := time.Since(start)
			if err != nil {
				t.Fatalf("connecting: %v", err)
			}
			c.Close()
			if took < rtt {
				t.Errorf("connecting took %v, want at least %v", took, rtt)
			}
			t.Logf("asked %v, took %v", rtt, took)
		})
	}
}

func TestSameSeedSameWorld(t *testing.T) {
	a, b, c := draw(11, Options{}), draw(11, Options{}), draw(12, Options{})
	if got, want := fmt.Sprintf("%v %+v", &a, a.segments), fmt.Sprintf("%v %+v", &b, b.segments); got != want {
		t.Errorf("seed 11 drawn twice: got %s, want %s", got, want)
	}
	if fmt.Sprint(&a) == fmt.Sprint(&c) {
		t.Errorf("seeds 11 and 12 give the same world: %v", &a)
	}
}

func TestPlansAreSound(t *testing.T) {
	for seed := range uint64(2000) {
		p := draw(seed, Options{})
		used := map[netip.Addr]bool{}
		for _, s := range append(p.segments[:len(p.segments):len(p.segments)], p.stub) {
			for _, e := range []end{s.left, s.right} {
				if !s.v4.Contains(e.v4) || !s.v6.Contains(e.v6) || used[e.v4] || used[e.v6] || len(e.dev) > 12 {
					t.Fatalf("seed %d: end %+v does not fit %+v", seed, e, s)
				}
				used[e.v4], used[e.v6] = true, true
			}
		}
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	var world string
	t.Run("world", func(t *testing.T) {
		w := New(t, 9, Options{})
		w.Clutter(9)
		w.Serve(Service{})
		world = w.lease.World
		if len(remains(world)) < 4 {
			t.Errorf("got %v while the world lives, want its namespaces, lease and folder", remains(world))
		}
	})
	if world != "" && len(remains(world)) > 0 {
		t.Errorf("after the world's end got %v, want nothing", remains(world))
	}
}

func remains(world string) []string {
	spaces, _ := filepath.Glob(filepath.Join(runDir, world+"-*"))
	leases, _ := filepath.Glob(filepath.Join(leaseDir, world+"*"))
	return append(spaces, leases...)
}

func TestNextWorldClearsAwayAfterKill(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"=hold")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var world string
	var sleeper int
	if _, err := fmt.Fscan(bufio.NewReader(out), &world, &sleeper); err != nil {
		t.Fatalf("reading what the holder says: %v", err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if len(remains(world)) == 0 {
		t.Fatalf("the killed holder left nothing of %s: the test shows nothing", world)
	}
	New(t, 10, Options{Hops: 1})
	if left := remains(world); len(left) > 0 {
		t.Errorf("after the next world got %v, want nothing", left)
	}
	if s := started(sleeper); s != "" {
		t.Errorf("process %d of the dead world still runs", sleeper)
	}
}

// dialTTL connects with packets that live for so many hops.
func dialTTL(w *World, to netip.AddrPort, ttl int) error {
	level, option := unix.IPPROTO_IP, unix.IP_TTL
	if to.Addr().Is6() {
		level, option = unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS
	}
	d := net.Dialer{Timeout: 5 * time.Second, Control: func(_, _ string, c syscall.RawConn) (err error) {
		return errors.Join(c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), level, option, ttl) }), err)
	}}
	return w.Client.Do(func() error {
		c, err := d.Dial("tcp", to.String())
		if err == nil {
			c.Close()
		}
		return err
	})
}

func TestHopsAndInitialTTL(t *testing.T) {
	for hops := 1; hops <= 4; hops++ {
		t.Run(fmt.Sprint(hops), func(t *testing.T) {
			w := New(t, uint64(40+hops), Options{Hops: hops, Family: Dual})
			w.Serve(Service{})
			var ttl atomic.Int32
			w.Filter(func(pkt []byte) bool {
				if from, ok := netip.AddrFromSlice(pkt[12:16]); ok && pkt[0]>>4 == 4 && from == w.Server.V4 {
					ttl.Store(int32(pkt[8]))
				}
				return false
			})
			for _, to := range w.Server.Addrs(AnyFamily) {
				at := netip.AddrPortFrom(to, w.Port)
				if err := dialTTL(w, at, hops); !errors.Is(err, syscall.EHOSTUNREACH) {
					t.Errorf("%v with TTL %d: got %v, want a router's time exceeded", at, hops, err)
				}
				if err := dialTTL(w, at, hops+1); err != nil {
					t.Errorf("%v with TTL %d: %v", at, hops+1, err)
				}
			}
			if got, want := int(ttl.Load()), w.Server.TTL-(hops-w.plan.relayAt); got != want {
				t.Errorf("TTL on the relay's link: got %d, want %d", got, want)
			}
		})
	}
}

func TestCommandEndsWithItsWorld(t *testing.T) {
	var pid int
	t.Run("world", func(t *testing.T) {
		w := New(t, 50, Options{Hops: 1})
		cmd := w.Command(context.WithoutCancel(t.Context()), Nobody, "sleep", "600")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pid = cmd.Process.Pid
		go func() { _ = cmd.Wait() }()
		waitFor(t, "the program's namespace", func() bool {
			exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
			return err == nil && !strings.HasSuffix(exe, ".test")
		})
	})
	if pid > 0 && started(pid) != "" {
		t.Errorf("process %d outlives its world", pid)
	}
}

// waitFor waits for a condition of the kernel, which tells nobody.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s took too long", what)
		}
		runtime.Gosched()
	}
}
