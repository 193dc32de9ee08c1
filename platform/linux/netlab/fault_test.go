//go:build linux

package netlab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// reach connects from the client to the server and says what came of it:
// "open", "silent" or the name of the error.
func reach(w *World, to netip.Addr, patience time.Duration) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := w.Client.Dial(ctx, "tcp", netip.AddrPortFrom(to, w.Port))
	var no syscall.Errno
	switch {
	case err == nil:
		c.Close()
		return "open"
	case errors.As(err, &no):
		return no.Error()
	case os.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return "silent"
	}
	return err.Error()
}

type undo = func()

func rejecting(how Rejection) func(*World) undo {
	return func(w *World) undo { return w.Reject(w.Routers[0], w.Port, how) }
}

func routing(kind RejectKind) func(*World) undo {
	return func(w *World) undo { return w.RejectRoute(w.Client, w.Server.V4, kind) }
}

func TestFaultsShowAndHeal(t *testing.T) {
	t.Parallel()
	faults := []struct {
		name  string
		fault func(*World) undo
		want  string
	}{
		{"link disabled", (*World).DisableLink, syscall.ENETUNREACH.Error()},
		{"cable pulled", (*World).PullCable, "silent"},
		{"no address", func(w *World) undo { return w.RemoveAddress(AnyFamily) }, syscall.ENETUNREACH.Error()},
		{"no default route", func(w *World) undo { return w.RemoveDefaultRoute(AnyFamily) }, syscall.ENETUNREACH.Error()},
		{"route to a dead neighbor", func(w *World) undo { _, u := w.StaleRoute(w.Server.V4); return u }, "silent"},
		{"blackhole", routing(Blackhole), syscall.EINVAL.Error()},
		{"unreachable", routing(Unreachable), syscall.EHOSTUNREACH.Error()},
		{"prohibit", routing(Prohibit), syscall.EACCES.Error()},
		{"throw", routing(Throw), syscall.ENETUNREACH.Error()},
		{"silent gateway", (*World).SilenceGateway, "silent"},
		{"router resets", rejecting(WithReset), syscall.ECONNREFUSED.Error()},
		{"router: port", rejecting(PortUnreachable), syscall.ECONNREFUSED.Error()},
		{"router: network", rejecting(NetUnreachable), syscall.ENETUNREACH.Error()},
		{"router: host", rejecting(HostUnreachable), syscall.EHOSTUNREACH.Error()},
		{"router: admin", rejecting(AdminProhibited), syscall.EHOSTUNREACH.Error()},
		{"router: network prohibited", rejecting(NetProhibited), syscall.ENETUNREACH.Error()},
		{"router: host prohibited", rejecting(HostProhibited), syscall.EHOSTUNREACH.Error()},
		{"router: protocol", rejecting(ProtoUnreachable), syscall.ENOPROTOOPT.Error()},
		{"router drops", func(w *World) undo { return w.Drop(w.Routers[0], w.Port) }, "silent"},
		{"server drops", func(w *World) undo { return w.Drop(w.Server, w.Port) }, "silent"},
		{"client drops", func(w *World) undo { return w.Drop(w.Client, w.Port) }, "silent"},
		{"all to the server dropped", func(w *World) undo { return w.DropAll(w.Routers[0], w.Server.V4) }, "silent"},
		{"all lost on the way", func(w *World) undo { return w.Lose(1) }, "silent"},
		{"ping dropped", func(w *World) undo { return w.DropPing(w.Server) }, "open"},
		{"all to the server rejected", func(w *World) undo { return w.RejectAll(w.Routers[0], w.Server.V4, AdminProhibited) }, syscall.EHOSTUNREACH.Error()},
		{"router without a word", func(w *World) undo {
			reject, mute := w.Reject(w.Routers[0], w.Port, NetUnreachable), w.MuteICMP(w.Routers[0])
			return func() { reject(); mute() }
		}, "silent"},
		{"big packets lost", func(w *World) undo { return w.LoseBig(1000) }, "open"},
		{"IPv6 dropped", (*World).BreakV6, "open"},
	}
	for _, seed := range []uint64{21, 22} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := New(t, seed, Options{Family: Dual, Ping: Yes})
			w.Serve(Service{})
			for _, tt := range faults {
				heal := tt.fault(w)
				if got := reach(w, w.Server.V4, patienceFor(tt.want)); got != tt.want {
					t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
				}
				heal()
				for _, to := range w.Server.Addrs(AnyFamily) {
					if got := reach(w, to, 10*time.Second); got != "open" {
						t.Fatalf("%s healed: %v got %q, want open", tt.name, to, got)
					}
				}
			}
		})
	}
}

func TestFaultsMissWhatTheyDoNotMean(t *testing.T) {
	w := New(t, 23, Options{Family: Dual, Ping: Yes})
	w.Serve(Service{})
	heal := w.DropPing(w.Server)
	if err := pingFrom(w.Client, w.Routers[0].V4); err != nil {
		t.Errorf("ping to the gateway while the server drops pings: %v", err)
	}
	heal()
	w.BreakV6()
	if got := reach(w, w.Server.V6, 400*time.Millisecond); got != "silent" {
		t.Errorf("over broken IPv6 got %q, want silent", got)
	}
	if got := reach(w, netip.AddrFrom4([4]byte{240, 0, 0, 1}), time.Second); got == "open" {
		t.Errorf("an address that nobody has is open")
	}
}

func TestPulledCableHasNoCarrier(t *testing.T) {
	for _, where := range []Place{OnLAN, BehindRouter} {
		w := New(t, 24, Options{Resolver: where})
		w.PullCable()
		l, err := w.Client.link(w.Client.Dev)
		if err != nil {
			t.Fatal(err)
		}
		const lowerUp = 0x10000
		if got := l.Attrs().RawFlags; got&syscall.IFF_UP == 0 || got&lowerUp != 0 {
			t.Errorf("resolver at %d: flags %#x, want up without carrier", where, got)
		}
	}
}

func TestClutterChangesNothing(t *testing.T) {
	for _, family := range []Family{V4, Dual, V6} {
		t.Run(fmt.Sprint(family), func(t *testing.T) {
			w := New(t, 25, Options{Family: family})
			w.Serve(Service{})
			before, err := w.Client.nl.RouteList(nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			w.Clutter(25)
			after, err := w.Client.nl.RouteList(nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(after) - len(before); n < 50 || n > 520 {
				t.Errorf("got %d routes more, want 50 to 520", n)
			}
			for _, to := range w.Client.Addrs(AnyFamily) {
				target := w.Server.V4
				if to.Is6() {
					target = w.Server.V6
				}
				if got := reach(w, target, 5*time.Second); got != "open" {
					t.Errorf("%v through the clutter: got %q, want open", target, got)
				}
			}
		})
	}
}

func TestRelayCarriesThousands(t *testing.T) {
	w := New(t, 26, Options{RTT: 10 * time.Millisecond, Family: V4})
	in, err := w.Server.ListenPacket(netip.AddrPortFrom(w.Server.V4, w.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := w.Client.Dial(t.Context(), "udp", netip.AddrPortFrom(w.Server.V4, w.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	const burst, bursts = 100, 40 // what a socket's receive buffer holds for sure
	start := time.Now()
	for range bursts {
		sendAndCount(t, out, in, burst)
	}
	t.Logf("%d packets in %v", burst*bursts, time.Since(start))
}

// sendAndCount sends n packets at once and waits for all of them.
func sendAndCount(t *testing.T, out net.Conn, in net.PacketConn, n int) {
	t.Helper()
	for range n {
		if _, err := out.Write(make([]byte, 200)); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 500)
	for i := range n {
		if _, _, err := in.ReadFrom(buf); err != nil {
			t.Fatalf("packet %d of %d: %v", i, n, err)
		}
	}
}

func TestBigPacketsVanish(t *testing.T) {
	w := New(t, 27, Options{Family: V4})
	s := Service{Text: strings.Repeat("x", 5000)}
	w.Serve(s)
	w.LoseBig(600)
	if got := exchange(w, s, patienceFor("silent")); got != "silent" {
		t.Errorf("a page of big packets: got %q, want silent", got)
	}
	w.Serve(Service{Port: w.Port + 1, Text: "small"})
	w.Port++
	if got, want := exchange(w, Service{}, patienceFor("answer")), "HTTP/1.1 200 OK"; got != want {
		t.Errorf("a small page: got %q, want %q", got, want)
	}
}

func TestICMPLimitIsOnRequest(t *testing.T) {
	w := New(t, 28, Options{Family: V4})
	w.Reject(w.Routers[0], w.Port, NetUnreachable)
	rejected := func(patience time.Duration) (n int) {
		for range 12 {
			if reach(w, w.Server.V4, patience) != "silent" {
				n++
			}
		}
		return n
	}
	if got := rejected(patienceFor("answer")); got != 12 {
		t.Errorf("without a limit got %d rejections of 12", got)
	}
	w.LimitICMP(w.Routers[0])
	if got := rejected(150 * time.Millisecond); got == 12 {
		t.Errorf("with the limit got all %d rejections", got)
	}
}
