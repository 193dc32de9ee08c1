package windows

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
)

// onWine skips a test by the name of what Wine lacks.
func onWine(t *testing.T, lack string) {
	t.Helper()
	if underWine() {
		t.Skip("Wine: " + lack)
	}
}

// tcpPeer accepts connections and keeps them.
func tcpPeer(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func closedTCP(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// TestOverIPv6: over IPv6 a connection, a refusal and the table are told alike.
func TestOverIPv6(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr).AddrPort()
	d, err := dialer{}.TCP(t.Context(), platform.DialAsk{To: at})
	if err != nil || d.Ended != platform.DialOpen || d.Local.Addr() != at.Addr() {
		t.Errorf("open: got %+v, %v", d, err)
	}
	got, err := sockets{}.Listeners(t.Context(), platform.ListenersAsk{Ports: []uint16{at.Port()}})
	if err != nil || len(got.Listeners) != 1 || got.Listeners[0].At != at {
		t.Errorf("got %+v, %v want the listener on %v", got, err, at)
	}
	l.Close()
	if d, err = (dialer{}).TCP(t.Context(), platform.DialAsk{To: at}); err != nil || d.Ended != platform.DialRefused {
		t.Errorf("closed: got %+v, %v", d, err)
	}
	if r, err := (datagrams{}).Send(t.Context(), platform.DatagramAsk{To: at}); !errors.Is(err, platform.ErrUnreachablePort) {
		t.Errorf("datagram: got %+v, %v want %v", r, err, platform.ErrUnreachablePort)
	}
}

// udpPeer is a socket of Winsock itself: the runtime's needs what Wine lacks.
func udpPeer(t *testing.T, answers bool) netip.AddrPort {
	t.Helper()
	s, err := newSocket(loopback4, windows.SOCK_DGRAM, windows.IPPROTO_UDP)
	if err != nil {
		t.Fatal(err)
	}
	if err := windows.Bind(s, &windows.SockaddrInet4{Addr: loopback4.As4()}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { windows.Closesocket(s); <-done })
	at := local(s)
	if !answers {
		close(done)
		return at
	}
	go func() {
		defer close(done)
		b := make([]byte, 1500)
		for {
			n, from, err := windows.Recvfrom(s, b, 0)
			if err != nil || windows.Sendto(s, b[:n], 0, from) != nil {
				return
			}
		}
	}()
	return at
}

func endsIn(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestDial(t *testing.T) {
	open := tcpPeer(t)
	d, err := dialer{}.TCP(t.Context(), platform.DialAsk{To: open, SYNs: 2})
	if err != nil || d.Ended != platform.DialOpen || d.Sent != 1 || d.Waited <= 0 || !d.Local.Addr().IsLoopback() {
		t.Errorf("open: got %+v, %v", d, err)
	}
	d, err = dialer{}.TCP(t.Context(), platform.DialAsk{To: closedTCP(t), SYNs: 3})
	if err != nil || d.Ended != platform.DialRefused {
		t.Errorf("closed: got %+v, %v", d, err)
	}
	d, err = dialer{}.TCP(t.Context(), platform.DialAsk{To: open, From: netip.MustParseAddr("192.0.2.1")})
	if err != nil || d.Ended != platform.DialLocal || !errors.Is(d.Problem, platform.ErrNoLocalAddress) || d.Sent != 0 {
		t.Errorf("from an address that is not ours: got %+v, %v", d, err)
	}
	d, err = dialer{}.TCP(t.Context(), platform.DialAsk{To: open, LocalPort: open.Port(), From: open.Addr()})
	if err != nil || d.Ended != platform.DialLocal || !errors.Is(d.Problem, platform.ErrBusy) && !errors.Is(d.Problem, platform.ErrPermission) {
		t.Errorf("from a port that is taken: got %+v, %v", d, err)
	}
	if _, err = (dialer{}).TCP(t.Context(), platform.DialAsk{To: open, Min: 1}); !errors.Is(err, platform.ErrUnsupported) {
		t.Errorf("with a least TTL: got %v", err)
	}
	began := time.Now()
	d, err = dialer{}.TCP(t.Context(), platform.DialAsk{To: open, Hold: 300 * time.Millisecond})
	if err != nil || d.Ended != platform.DialOpen || time.Since(began) < 300*time.Millisecond || d.Waited > 250*time.Millisecond {
		t.Errorf("held: got %+v, %v after %v", d, err, time.Since(began))
	}
}

func TestDialTCPInfo(t *testing.T) {
	onWine(t, "SIO_TCP_INFO is missing")
	d, err := dialer{}.TCP(t.Context(), platform.DialAsk{To: tcpPeer(t)})
	if err != nil || d.TCP == nil || d.TCP.MSS <= 0 {
		t.Errorf("got %+v, %v want what the stack tells", d, err)
	}
}

func TestEcho(t *testing.T) {
	for _, size := range []int{0, 1, 8, 1400} {
		r, err := echo{}.Send(t.Context(), platform.EchoAsk{To: loopback4, Size: size, Seq: size})
		if err != nil || !r.Answered || r.ICMP != nil || r.Waited <= 0 || r.TTL <= 0 {
			t.Errorf("%d bytes: got %+v, %v", size, r, err)
		}
	}
	if r, err := (echo{}).Send(t.Context(), platform.EchoAsk{}); err == nil {
		t.Errorf("to nobody: got %+v", r)
	}
}

func TestEcho6(t *testing.T) {
	onWine(t, "Icmp6CreateFile fails")
	r, err := echo{}.Send(t.Context(), platform.EchoAsk{To: netip.IPv6Loopback()})
	if err != nil || !r.Answered {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestEcho6Missing: what Wine lacks is told as missing.
func TestEcho6Missing(t *testing.T) {
	if !underWine() {
		t.Skip("Windows has echo over IPv6")
	}
	if _, err := (echo{}).Send(t.Context(), platform.EchoAsk{To: netip.IPv6Loopback()}); !errors.Is(err, platform.ErrUnsupported) {
		t.Errorf("got %v want %v", err, platform.ErrUnsupported)
	}
}

func TestDatagrams(t *testing.T) {
	r, err := datagrams{}.Send(t.Context(), platform.DatagramAsk{To: udpPeer(t, true)})
	if err != nil || !r.Answered {
		t.Errorf("answered: got %+v, %v", r, err)
	}
	r, err = datagrams{}.Send(endsIn(t, 200*time.Millisecond), platform.DatagramAsk{To: udpPeer(t, false)})
	if err != nil || r.Answered || r.Waited < 150*time.Millisecond {
		t.Errorf("silent: got %+v, %v", r, err)
	}
	r, err = datagrams{}.Send(t.Context(), platform.DatagramAsk{To: closedTCP(t)})
	if !errors.Is(err, platform.ErrUnreachablePort) {
		t.Errorf("closed: got %+v, %v want %v", r, err, platform.ErrUnreachablePort)
	}
	if _, err = (datagrams{}).Send(t.Context(), platform.DatagramAsk{To: closedTCP(t), TTL: 1}); !errors.Is(err, platform.ErrUnsupported) {
		t.Errorf("with a TTL: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if r, err = (datagrams{}).Send(ctx, platform.DatagramAsk{To: udpPeer(t, false)}); !errors.Is(err, platform.ErrCanceled) || r.Waited > time.Second {
		t.Errorf("canceled: got %+v, %v", r, err)
	}
}

// TestDialUDP: a deadline that is moved while a read waits counts for it.
func TestDialUDP(t *testing.T) {
	c, err := DialUDP(udpPeer(t, true))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, 16)
	time.AfterFunc(100*time.Millisecond, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })
	if n, err := c.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d, %v want %v", n, err, os.ErrDeadlineExceeded)
	}
	_ = c.SetReadDeadline(time.Time{})
	if c.RemoteAddr().String() == "" {
		t.Error("got no far address")
	}
	if n, err := c.Write([]byte("asked")); n != 5 || err != nil {
		t.Fatalf("got %d, %v want 5 bytes sent", n, err)
	}
	if n, err := c.Read(b); string(b[:n]) != "asked" || err != nil {
		t.Errorf("got %q, %v", b[:n], err)
	}
	if a := c.LocalAddr().(*net.UDPAddr).AddrPort(); !a.Addr().IsLoopback() || a.Port() == 0 {
		t.Errorf("got local address %v", a)
	}
}

func TestListeners(t *testing.T) {
	open, closed := tcpPeer(t), closedTCP(t)
	got, err := sockets{}.Listeners(t.Context(), platform.ListenersAsk{Ports: []uint16{open.Port(), closed.Port()}})
	if err != nil || len(got.Listeners) != 1 || got.Listeners[0].At != open {
		t.Fatalf("got %+v, %v want the one on %v", got, err, open)
	}
	notFaked(t, "sockets.listeners", "owners")
	l := got.Listeners[0]
	if l.Hidden || len(l.Owners) != 1 || l.Owners[0].PID != os.Getpid() || l.Owners[0].Name == "" {
		t.Errorf("got %+v want it to be ours", l)
	}
}

func TestPorts(t *testing.T) {
	got, err := sockets{}.Ports(t.Context(), platform.PortsAsk{To: tcpPeer(t)})
	if err != nil || got.Low != defaultLow || got.High != defaultHigh || !got.Assumed || got.Toward > got.Taken {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestFiles(t *testing.T) {
	onWine(t, "GetProcessHandleCount counts nothing")
	got, err := sockets{}.Files(t.Context(), platform.Reading{})
	if err != nil || got.Own <= 0 || got.Own >= got.OwnLimit {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestCounters: a refused connection is an attempt that failed, and a reset.
func TestCounters(t *testing.T) {
	read := func() map[string]uint64 {
		f, err := counters{}.Read(t.Context(), platform.Reading{})
		if err != nil {
			t.Fatal(err)
		}
		return f.Values
	}
	before := read()
	if d, err := (dialer{}).TCP(t.Context(), platform.DialAsk{To: closedTCP(t)}); err != nil || d.Ended != platform.DialRefused {
		t.Fatalf("got %+v, %v want refused", d, err)
	}
	after := read()
	for _, name := range []string{"Tcp.AttemptFails", "Tcp.OutRsts"} {
		if after[name] <= before[name] {
			t.Errorf("%s: got %d after %d", name, after[name], before[name])
		}
	}
	if _, has := after["Ip.OutDiscards"]; !has {
		t.Error("got no Ip.OutDiscards")
	}
}

func TestClockAndSettings(t *testing.T) {
	c, err := clock{}.Now(t.Context(), platform.Reading{})
	if err != nil || c.Synced != platform.Unknown || time.Since(c.Wall).Abs() > time.Minute || c.Source == "" {
		t.Errorf("got %+v, %v", c, err)
	}
	if s, err := (settings{}).Read(t.Context(), platform.Reading{}); err != nil {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestTransportRows(t *testing.T) {
	for _, m := range transportRows() {
		if m.Tried == "" || m.Via == "" || m.State == "" {
			t.Errorf("got %+v", m)
		}
	}
}
