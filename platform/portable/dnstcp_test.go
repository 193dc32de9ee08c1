package portable

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"faultline/platform"
)

func framed(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

func TestDNSOverTCP(t *testing.T) {
	ask := func(c net.Conn) *dns.Msg {
		b, _ := readFramed(c)
		q := new(dns.Msg)
		q.Unpack(b)
		return q
	}
	short, long := 100*time.Millisecond, patience
	tests := []struct {
		name   string
		handle func(*net.TCPConn)
		wait   time.Duration
		want   *platform.Problem
	}{
		{"answer", func(c *net.TCPConn) { c.Write(framed(pack(answerTo(ask(c), oneRecord)))) }, long, nil},
		{"byte by byte", func(c *net.TCPConn) {
			for _, b := range framed(pack(answerTo(ask(c), oneRecord))) {
				c.Write([]byte{b})
			}
		}, long, nil},
		{"silence", holdTCP, short, platform.ErrTimeout},
		{"silence after length", func(c *net.TCPConn) { ask(c); c.Write([]byte{0xff, 0xff}); hold(c) }, short, platform.ErrTimeout},
		{"lying length", func(c *net.TCPConn) {
			b := framed(pack(answerTo(ask(c), oneRecord)))
			b[0] = 0xff
			c.Write(b)
			fin(c)
		}, long, platform.ErrMalformed},
		{"no length", func(c *net.TCPConn) { ask(c); c.Write([]byte{0, 0}); fin(c) }, long, platform.ErrMalformed},
		{"half a length", func(c *net.TCPConn) { ask(c); c.Write([]byte{0}); fin(c) }, long, platform.ErrMalformed},
		{"wrong id", func(c *net.TCPConn) { m := answerTo(ask(c)); m.Id++; c.Write(framed(pack(m))); fin(c) }, long, platform.ErrMalformed},
		{"close", func(c *net.TCPConn) { ask(c); fin(c) }, long, &platform.Problem{Code: platform.Other}},
		{"reset", func(c *net.TCPConn) { ask(c); reset(c) }, long, platform.ErrReset},
		{"endless", func(c *net.TCPConn) { ask(c); forever("x")(c) }, long, platform.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := serve(t, tt.handle)
			got, err := exchangeWith(t, tt.wait, platform.DNSAsk{Server: server, Transport: "tcp"})
			if tt.want == nil && err != nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("got error %v, want %v", err, tt.want)
			}
			if got.Sent != 1 || got.Waited <= 0 || err == nil && len(got.Records) != 1 {
				t.Errorf("got %+v, want one attempt", got)
			}
		})
	}
	_, err := exchangeWith(t, long, platform.DNSAsk{Server: closedPort(t), Transport: "tcp"})
	if !errors.Is(err, platform.ErrRefused) {
		t.Errorf("closed port: got %v, want refused", err)
	}
}

func FuzzDNSFramed(f *testing.F) {
	f.Add("\x00\x02hi")
	f.Add("\xff\xffhi")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := readFramed(io.LimitReader(strings.NewReader(s), 1<<17))
		if err == nil && len(b) != int(binary.BigEndian.Uint16([]byte(s))) {
			t.Errorf("got %d bytes, want the length announced", len(b))
		}
	})
}
