package linux

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"faultline/platform"
)

// TestListenersAgainstSS compares what is read with what ss says.
func TestListenersAgainstSS(t *testing.T) {
	if _, err := exec.LookPath("ss"); err != nil {
		t.Skip("needs ss")
	}
	for _, at := range []struct{ network, address string }{{"tcp4", "127.0.0.1:0"}, {"tcp", "[::]:0"}, {"tcp6", "[::]:0"}} {
		l, err := net.Listen(at.network, at.address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		port := netip.MustParseAddrPort(l.Addr().String()).Port()
		got, err := sockets{}.Listeners(t.Context(), platform.ListenersAsk{Ports: []uint16{port}})
		if err != nil || len(got.Listeners) != 1 {
			t.Fatalf("got %+v, %v want one listener", got, err)
		}
		one := got.Listeners[0]
		if len(one.Owners) != 1 || one.Owners[0].PID != os.Getpid() || one.Owners[0].Files < 3 || one.Owners[0].FileLimit == 0 {
			t.Errorf("got owners %+v want this process", one.Owners)
		}
		out, err := exec.Command("ss", "-Htlne", "sport", "=", ":"+strings.TrimPrefix(l.Addr().String()[strings.LastIndex(l.Addr().String(), ":"):], ":")).Output()
		if err != nil {
			t.Fatal(err)
		}
		if only := strings.Contains(string(out), "v6only:1"); one.At.Addr().Is6() && (one.V6Only == platform.Yes) != only {
			t.Errorf("%s: got v6only %v, ss says %s", at.network, one.V6Only, out)
		}
		local4 := netip.MustParseAddr("127.0.0.1")
		if got, want := one.Accepts(local4), platform.TriOf(at.network != "tcp6"); got != want {
			t.Errorf("%s: accepts IPv4: got %v want %v", at.network, got, want)
		}
		l.Close() // the next may be given the same port of another family
	}
}

// TestHeldConnections tells those that a program has taken from those that
// wait for it.
func TestHeldConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := netip.MustParseAddrPort(l.Addr().String())
	for i := range 4 {
		c, err := net.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		if i < 3 {
			taken, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer taken.Close()
		}
		c.Close()
	}
	got, err := sockets{}.Listeners(t.Context(), platform.ListenersAsk{Ports: []uint16{at.Port()}})
	if err != nil || len(got.Listeners) != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if one := got.Listeners[0]; one.Queue != 1 || one.Full() || len(one.Owners) != 1 || one.Owners[0].CloseWait != 3 {
		t.Errorf("got %+v want one waiting, three kept", one)
	}
	for _, s := range got.Served {
		if s.State == platform.CloseWait && (s.N != 4 || s.Held != 3) {
			t.Errorf("got %+v want four, three of them held", s)
		}
	}
}
