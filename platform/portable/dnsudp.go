package portable

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"faultline/platform"
)

// maxIgnored bounds the datagrams that are read and thrown away in one
// exchange.
const maxIgnored = 10000

// resendAfter counts from the first datagram. Three in a second are what it
// takes to call a server silent rather than one datagram lost.
var resendAfter = [...]time.Duration{300 * time.Millisecond, time.Second}

// datagram is one UDP question under way.
type datagram struct {
	ctx     context.Context
	conn    net.Conn
	forms   []question
	at      *progress
	ignored int
	start   time.Time
	end     time.Time
	buffer  []byte
}

// portless tells a datagram's socket for which no port is left by the name that it
// has elsewhere: Linux says "try again" there (net/ipv4/af_inet.c, inet_autobind).
func portless(err error) error {
	if errors.Is(err, syscall.EAGAIN) {
		return &platform.Problem{Code: platform.NoLocalAddress, Text: err.Error()}
	}
	return err
}

// overUDP uses a connected socket of its own: the kernel then picks a random
// port, drops what other hosts send, and reports ICMP port unreachable.
func (r resolver) overUDP(ctx context.Context, q platform.DNSAsk, forms []question, at *progress) (*dns.Msg, int, error) {
	conn, err := r.dial(q.Server)
	if err != nil {
		return nil, 0, portless(err)
	}
	defer conn.Close()
	defer wakeOnEnd(ctx, conn)()
	end, _ := ctx.Deadline()
	d := datagram{
		ctx: ctx, conn: conn, forms: forms, at: at,
		start: time.Now(), end: end, buffer: make([]byte, 65535),
	}
	m, size, err := d.exchange()
	if hasCode(ctx, err, platform.Reset) {
		// Windows reports ICMP port unreachable as WSAECONNRESET.
		err = &platform.Problem{Code: platform.Refused, Text: err.Error()}
	}
	return m, size, err
}

// wakeOnEnd ends a blocked read or write when the context is canceled. The
// function returned waits for its own goroutine.
func wakeOnEnd(ctx context.Context, conn net.Conn) (stop func()) {
	done := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(done)
		conn.SetDeadline(time.Unix(1, 0))
	})
	return func() {
		if !cancel() {
			<-done
		}
	}
}

func (d *datagram) exchange() (*dns.Msg, int, error) {
	for i := 0; ; i++ {
		if _, err := d.conn.Write(d.forms[min(i, len(d.forms)-1)].wire); err != nil {
			return nil, 0, err
		}
		d.at.sent++
		until := d.end
		if i < len(resendAfter) {
			until = earlier(d.end, d.start.Add(resendAfter[i]))
		}
		m, size, err := d.listen(until)
		last := !until.Before(d.end)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return m, size, err
		}
		if d.ctx.Err() != nil || last {
			return nil, 0, d.silence(err)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// listen returns the first answer to the question, and ignores anything else:
// whoever guesses must not end the exchange (RFC 5452 §9.1).
func (d *datagram) listen(until time.Time) (*dns.Msg, int, error) {
	d.conn.SetReadDeadline(until)
	if d.ctx.Err() != nil { // the context may have ended before the deadline was set
		return nil, 0, os.ErrDeadlineExceeded
	}
	for {
		n, err := d.conn.Read(d.buffer)
		if err != nil {
			return nil, 0, err
		}
		m, err := d.read(d.buffer[:n])
		if err == nil {
			return m, n, nil
		}
		d.ignored++
		if d.ignored >= maxIgnored {
			return nil, 0, err
		}
	}
}

// read returns the answer in b to any form of the question.
func (d *datagram) read(b []byte) (m *dns.Msg, err error) {
	for _, f := range d.forms {
		if m, err = f.read(b); err == nil {
			return m, nil
		}
	}
	return nil, err
}

func (d *datagram) silence(err error) error {
	if d.ignored > 0 && !errors.Is(d.ctx.Err(), context.Canceled) {
		return malformed("only datagrams that are no answer to the question came")
	}
	return err
}
