//go:build linux

package netlab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Behavior is what a service does with a connection, inside TLS if it has it.
type Behavior int

// Behaviors of a service.
const (
	HTTP          Behavior = iota // answers each request, closes when asked to
	Silent                        // accepts, never reads and never writes
	SilentAfter                   // reads the request, then says nothing
	Closes                        // reads the request, then closes
	ClosesAtOnce                  // closes without reading
	Resets                        // reads the request, then resets
	ResetsAtOnce                  // resets without reading
	EndlessHeader                 // a response header without end
	EndlessBody                   // a body without end
	EndlessBanner                 // one line without end, before any request
	Banner                        // the service's Text, then silence
	SSH                           // an SSH identification (RFC 4253 §4.2)
	NotHTTP                       // answers the request with bytes of no protocol
	HalfBody                      // announces more than it sends, then closes
	FullBacklog                   // nobody accepts and the queue is full
)

// Service is one TCP service of a world.
type Service struct {
	On     *Node  // zero: the server
	Port   uint16 // zero: the drawn port
	Only   Family // V4 or V6: not on the other family's addresses
	Does   Behavior
	Delay  time.Duration     // before the first byte of an answer
	Status int               // zero: 200
	Header map[string]string // of the answer
	Text   string            // body or banner
	TLS    *TLS
}

// Serving is a service that runs.
type Serving struct {
	Port     uint16
	w        *World
	accepted atomic.Int64
	requests atomic.Int64
	once     sync.Once
	ends     []func() error
}

// Accepted counts the connections that the service took.
func (s *Serving) Accepted() int { return int(s.accepted.Load()) }

// Requests counts the HTTP requests that the service read whole.
func (s *Serving) Requests() int { return int(s.requests.Load()) }

// Close stops listening: the port refuses from now on.
func (s *Serving) Close() {
	s.once.Do(func() {
		for _, end := range s.ends {
			_ = end() // closed by now either way
		}
	})
}

// Serve starts a service on every address of its node.
func (w *World) Serve(s Service) *Serving {
	w.t.Helper()
	if s.On == nil {
		s.On = w.Server
	}
	if s.Port == 0 {
		s.Port = w.Port
	}
	run := &Serving{Port: s.Port, w: w}
	defer w.onClose(run.Close)
	handle := w.handler(s, run)
	for _, a := range s.On.Addrs(s.Only) {
		at := netip.AddrPortFrom(a, s.Port)
		if s.Does == FullBacklog {
			w.must(run.fill(s.On, at))
			continue
		}
		l, err := s.On.Listen(at)
		w.must(err)
		run.ends = append(run.ends, l.Close)
		w.wg.Go(func() { w.accept(l, handle) })
	}
	return run
}

// accept serves each connection until it or the world ends.
func (w *World) accept(l net.Listener, handle func(net.Conn)) {
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			if !wait(w.ctx, 10*time.Millisecond) {
				return
			}
			continue
		}
		w.wg.Go(func() {
			defer c.Close()
			done := make(chan struct{})
			defer close(done)
			go func() {
				select {
				case <-w.ctx.Done():
					c.Close()
				case <-done:
				}
			}()
			handle(c)
		})
	}
}

func (w *World) handler(s Service, run *Serving) func(net.Conn) {
	secure := func(c net.Conn) net.Conn { return c }
	if s.TLS != nil {
		secure = w.secure(*s.TLS)
	}
	return func(c net.Conn) {
		run.accepted.Add(1)
		if inner := secure(c); inner != nil {
			s.serve(run, inner, c)
		}
	}
}

// serve does what the service does; raw is the TCP connection below c.
func (s Service) serve(run *Serving, c, raw net.Conn) {
	switch s.Does {
	case Silent:
		<-run.w.ctx.Done()
	case ClosesAtOnce:
	case ResetsAtOnce:
		reset(raw)
	case EndlessBanner:
		pour(c, []byte(strings.Repeat("x", 1<<14)))
	case Banner:
		s.say(run, c, s.Text)
	case SSH:
		s.say(run, c, "SSH-2.0-OpenSSH_9.6\r\n")
	default:
		s.converse(run, c, raw)
	}
}

// say writes a banner and then only listens.
func (s Service) say(run *Serving, c net.Conn, text string) {
	if wait(run.w.ctx, s.Delay) {
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c)
	}
}

// converse reads requests and treats each.
func (s Service) converse(run *Serving, c, raw net.Conn) {
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		run.requests.Add(1)
		if !wait(run.w.ctx, s.Delay) {
			return
		}
		if !s.answer(run, c, raw, req) {
			return
		}
	}
}

// answer treats one request and tells whether the connection goes on.
func (s Service) answer(run *Serving, c, raw net.Conn, req *http.Request) bool {
	switch s.Does {
	case SilentAfter:
		<-run.w.ctx.Done()
	case Resets:
		reset(raw)
	case EndlessHeader:
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		pour(c, []byte(strings.Repeat("X-Filler: "+strings.Repeat("y", 100)+"\r\n", 100)))
	case EndlessBody:
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		pour(c, []byte(strings.Repeat("z", 1<<14)))
	case NotHTTP:
		_, _ = c.Write([]byte{0x00, 0x01, 0xfe, 0xff, 'n', 'o', 0x00, 0x0a})
	case HalfBody:
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
	case HTTP:
		_, err := io.WriteString(c, s.response(req))
		return err == nil && !req.Close
	}
	return false
}

func (s Service) response(req *http.Request) string {
	status := orInt(s.Status, http.StatusOK)
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", status, http.StatusText(status), len(s.Text))
	if _, own := s.Header["Date"]; !own {
		fmt.Fprintf(&b, "Date: %s\r\n", time.Now().UTC().Format(http.TimeFormat))
	}
	names := make([]string, 0, len(s.Header))
	for name := range s.Header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\r\n", name, s.Header[name])
	}
	b.WriteString("\r\n")
	if req.Method != http.MethodHead {
		b.WriteString(s.Text)
	}
	return b.String()
}

// reset closes with a RST: a linger time of zero throws away what is unsent
// (net/ipv4/tcp.c, tcp_close).
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}

// pour writes until the other side has had enough.
func pour(c net.Conn, chunk []byte) {
	for {
		if _, err := c.Write(chunk); err != nil {
			return
		}
	}
}

// fill listens without accepting and fills the queue from the node itself.
// Linux drops SYNs when more than the backlog wait (net/ipv4/tcp_input.c,
// tcp_conn_request).
func (s *Serving) fill(n *Node, at netip.AddrPort) error {
	return n.Do(func() error {
		family, addr := sockaddr(at)
		l, err := s.socket(family)
		if err != nil {
			return err
		}
		if err := errors.Join(unix.SetsockoptInt(l, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1), unix.Bind(l, addr), unix.Listen(l, 0)); err != nil {
			return fmt.Errorf("listening on %v: %w", at, err)
		}
		for range 4 {
			c, err := s.socket(family)
			if err != nil {
				return err
			}
			if err := unix.Connect(c, addr); err != nil && !errors.Is(err, unix.EINPROGRESS) {
				return fmt.Errorf("filling the queue of %v: %w", at, err)
			}
		}
		return nil
	})
}

func (s *Serving) socket(family int) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("opening a socket: %w", err)
	}
	s.ends = append(s.ends, func() error { return unix.Close(fd) })
	return fd, nil
}

func sockaddr(at netip.AddrPort) (family int, addr unix.Sockaddr) {
	if at.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()}
}
