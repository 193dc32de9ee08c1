package linux

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"faultline/platform"
)

// TestLimitSegments: both ends then send no more than was asked for.
func TestLimitSegments(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const mss = 536
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error { return LimitSegments(c, mss) }}
	c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	for who, conn := range map[string]net.Conn{"near": c, "far": far} {
		raw, err := conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		if info := TCPInfo(raw); info == nil || info.MSS == 0 || info.MSS > mss {
			t.Errorf("%s end: got %+v, want segments of at most %d", who, info, mss)
		}
	}
}

// TestDatagramSizes: what does not fit the own link and must not be cut into
// pieces is not sent.
func TestDatagramSizes(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct {
		name  string
		size  int
		df    bool
		there bool
	}{
		{"small", 100, true, true},
		{"full", 1500 - 28, true, true},
		{"larger than the link, in pieces", 3000, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inNamespace(t, l.client, func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				got, err := datagrams{}.Send(ctx, platform.DatagramAsk{To: port(serverIP, 5002), Size: c.size, DF: c.df})
				there := err == nil && got.ICMP != nil && got.ICMP.From == netip.MustParseAddr(serverIP)
				if there != c.there {
					t.Errorf("got %+v, %v, want an answer of the server: %v", got, err, c.there)
				}
			})
		})
	}
	inNamespace(t, l.client, func() {
		_, err := datagrams{}.Send(within(t, time.Second), platform.DatagramAsk{To: port(serverIP, 5002), Size: 3000, DF: true})
		if err == nil {
			t.Error("got no error, want one: it does not fit the own link")
		}
	})
}
