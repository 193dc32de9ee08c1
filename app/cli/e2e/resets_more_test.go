//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listenOnly opens a listener that nobody accepts from.
func (l *resetLab) listenOnly() net.Listener {
	at, err := l.Server.Listen(netip.AddrPortFrom(l.Server.V4, 0))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { at.Close() })
	l.at = netip.MustParseAddrPort(at.Addr().String())
	return at
}

// control does something with the socket of a connection.
func (l *resetLab) control(c syscall.Conn, do func(fd int) error) {
	raw, err := c.SyscallConn()
	if err != nil {
		l.t.Error(err)
		return
	}
	raw.Control(func(fd uintptr) { err = do(int(fd)) })
	if err != nil {
		l.t.Errorf("controlling a socket: %v", err)
	}
}

// forget closes a connection of a node without a word, as a reboot does.
func (l *resetLab) forget(c *net.TCPConn) {
	l.control(c, func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_REPAIR, 1) })
	c.Close()
}

// dialFrom connects from a port of the client.
func (l *resetLab) dialFrom(port int) *net.TCPConn {
	var c net.Conn
	err := l.Client.Do(func() (err error) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: l.Client.V4.AsSlice(), Port: port}, Timeout: 4 * time.Second}
		c, err = d.Dial("tcp4", l.at.String())
		return err
	})
	if err != nil {
		return nil
	}
	l.t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// request sends a request without waiting for its answer.
func request(c *net.TCPConn) { fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n") }

// hardClose resets a connection.
func hardClose(c *net.TCPConn) { c.SetLinger(0); c.Close() }

// withClient plays the part of the client, where it can connect.
func (l *resetLab) withClient(do func(c *net.TCPConn)) {
	if c := l.dial(); c != nil {
		do(c)
	}
}

// endStories break at the ends: stacks, programs and the filters on them.
func endStories() []resetStory {
	return []resetStory{
		{"v6, a closed port", []string{"reset.no-listener"}, nil, func(l *resetLab) {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			l.Client.Dial(ctx, "tcp6", netip.AddrPortFrom(l.Server.V6, l.FreePort()))
		}},
		{"the listener dies before it accepts", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			at := l.listenOnly()
			l.withClient(func(*net.TCPConn) { pause(100 * time.Millisecond); at.Close(); pause(200 * time.Millisecond) })
		}},
		{"a full queue", []string{"path.silent"}, []string{"reset.backlog-full", "path.silent"}, func(l *resetLab) { l.crowd() }},
		{"the administrator kills the connection", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(2 * time.Second) })
			l.withClient(func(c *net.TCPConn) {
				ask(c)
				l.kill()
				pause(200 * time.Millisecond)
			})
		}},
		{"the server forgets, data comes", []string{"reset.stale"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(200 * time.Millisecond); l.forget(c) })
			l.withClient(func(c *net.TCPConn) { ask(c); pause(400 * time.Millisecond); ask(c) })
		}},
		{"the client forgets, the answer comes", []string{"reset.stale"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				c.Read(make([]byte, 4096))
				pause(600 * time.Millisecond)
				c.Write(make([]byte, 700))
			})
			l.withClient(func(c *net.TCPConn) {
				request(c)
				pause(200 * time.Millisecond)
				l.forget(c)
				pause(700 * time.Millisecond)
			})
		}},
		{"the client rebooted and takes the port again", []string{"reset.stale", "reset.handshake-abandoned"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(5 * time.Second) })
			if c := l.dialFrom(41234); c != nil {
				ask(c)
				l.forget(c)
				pause(200 * time.Millisecond)
				if c := l.dialFrom(41234); c != nil {
					ask(c)
				}
			}
		}},
		{"the client closes while it connects", []string{"reset.handshake-abandoned"}, nil, func(l *resetLab) {
			l.serve(answerOne)
			l.Client.Do(func() error {
				fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
				if err == nil {
					unix.Connect(fd, &unix.SockaddrInet4{Port: int(l.at.Port()), Addr: l.at.Addr().As4()})
					unix.Close(fd)
				}
				return err
			})
			pause(200 * time.Millisecond)
		}},
		{"a scan with raw packets", []string{"reset.handshake-abandoned"}, nil, func(l *resetLab) {
			l.serve(answerOne)
			l.forgeAt(l.Client, resetPacket(netip.AddrPortFrom(l.Client.V4, 40999), l.at, 12345, 0, synFlag, 64), l.at)
			pause(200 * time.Millisecond)
		}},
		{"a scan of closed ports and an open one", []string{"reset.no-listener"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); c.Close() })
			l.withClient(func(c *net.TCPConn) { ask(c); c.Close() })
			for range 5 {
				l.at = netip.AddrPortFrom(l.Server.V4, l.FreePort())
				l.dial()
			}
		}},
		{"the user timeout runs out", []string{"path.silent"}, []string{"", "path.silent"}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(8 * time.Second) })
			l.withClient(func(c *net.TCPConn) {
				ask(c)
				l.control(c, func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 3000) })
				l.DropAll(l.Routers[0], l.Server.V4)
				request(c)
				pause(6 * time.Second)
			})
		}},
		{"data is lost, then the client aborts", []string{"reset.keepalive"}, []string{"", "path.silent"}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(8 * time.Second) })
			l.withClient(func(c *net.TCPConn) {
				ask(c)
				l.DropAll(l.Routers[0], l.Server.V4)
				request(c)
				pause(5 * time.Second)
				hardClose(c)
			})
		}},
		{"the client does not read, then aborts", []string{"reset.app-abort", "service.not-reading"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { c.Read(make([]byte, 4096)); c.Write(make([]byte, 30<<20)) })
			l.withClient(func(c *net.TCPConn) { c.SetReadBuffer(8192); request(c); pause(6 * time.Second); c.Close() })
		}},
		{"the client breaks a download off", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { c.Read(make([]byte, 4096)); c.Write(make([]byte, 4<<20)) })
			l.withClient(func(c *net.TCPConn) { request(c); c.Read(make([]byte, 4096)); pause(100 * time.Millisecond); c.Close() })
		}},
		{"the client closes in the middle of a download", []string{"reset.after-close", "reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				c.Read(make([]byte, 4096))
				for range 20 {
					c.Write(make([]byte, 1000))
					pause(20 * time.Millisecond)
				}
			})
			l.withClient(func(c *net.TCPConn) { request(c); c.Read(make([]byte, 4096)); c.Close(); pause(200 * time.Millisecond) })
		}},
		{"an alert, then a reset", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				c.Read(make([]byte, 4096))
				c.Write([]byte("\x15\x03\x03\x00\x02\x02\x28"))
				pause(50 * time.Millisecond)
				hardClose(c)
			})
			l.withClient(func(c *net.TCPConn) { ask(c); pause(200 * time.Millisecond) })
		}},
		{"the server's filter resets what was open", []string{"reset.stale", "reset.unknown"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(3 * time.Second) })
			l.withClient(func(c *net.TCPConn) {
				ask(c)
				l.NFT(l.Server, fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d reject with tcp reset; }", l.at.Port()))
				ask(c)
			})
		}},
		{"both ends abort", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(200 * time.Millisecond); hardClose(c) })
			l.withClient(func(c *net.TCPConn) { ask(c); pause(190 * time.Millisecond); hardClose(c) })
		}},
		{"a front end cuts what is idle", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(3 * time.Second); hardClose(c) })
			l.withClient(func(c *net.TCPConn) { ask(c); pause(3500 * time.Millisecond) })
		}},
		{"the server closes, and hears of it late", []string{"reset.after-close", "reset.keepalive-race", "reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); c.Close() })
			l.withClient(func(c *net.TCPConn) { ask(c); pause(time.Second); ask(c); pause(100 * time.Millisecond) })
		}},
		{"a half close is healthy", []string{"", "reset.after-close"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				answerOne(c)
				c.Read(make([]byte, 10))
				c.Write([]byte(strings.Repeat("z", 3000)))
				c.Close()
			})
			l.withClient(func(c *net.TCPConn) {
				ask(c)
				c.CloseWrite()
				c.SetReadDeadline(time.Now().Add(time.Second))
				for b := make([]byte, 4096); ; {
					if _, err := c.Read(b); err != nil {
						break
					}
				}
				c.Close()
			})
		}},
		{"many connections end with a reset after the close", []string{"reset.after-close"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); c.Close() })
			for range 8 {
				l.withClient(func(c *net.TCPConn) { ask(c); pause(60 * time.Millisecond); hardClose(c) })
			}
		}},
		{"simultaneous open", []string{""}, nil, func(l *resetLab) {
			l.at = netip.AddrPortFrom(l.Server.V4, 42001)
			l.meet()
		}},
	}
}

// crowd connects at once more often than the queue of a listener holds.
func (l *resetLab) crowd() {
	l.Sysctl(l.Server, "core/somaxconn", "1")
	l.listenOnly()
	for range 6 {
		go l.withClient(func(c *net.TCPConn) { request(c) })
	}
	pause(4 * time.Second)
}

// kill destroys the server's sockets, as an administrator does.
func (l *resetLab) kill() {
	err := l.Server.Do(func() error {
		out, err := exec.Command("/usr/bin/ss", "-K", "-t", "state", "established", "sport", "=", fmt.Sprintf(":%d", l.at.Port())).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
	if err != nil {
		l.t.Errorf("killing: %v", err)
	}
}

// meet connects both ends to each other at the same time.
func (l *resetLab) meet() {
	client := netip.AddrPortFrom(l.Client.V4, 42002)
	open := func(from, to netip.AddrPort, do func(func() error) error) {
		var c net.Conn
		do(func() (err error) {
			c, err = (&net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(from), Timeout: 2 * time.Second}).Dial("tcp4", to.String())
			return err
		})
		if c != nil {
			c.Write([]byte("hello"))
			pause(200 * time.Millisecond)
			c.Read(make([]byte, 10))
			c.Close()
		}
	}
	done := make(chan bool)
	go func() { open(l.at, client, l.Server.Do); close(done) }()
	open(client, l.at, l.Client.Do)
	<-done
}
