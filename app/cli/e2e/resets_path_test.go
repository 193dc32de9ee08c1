//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// talks answers a request with data that takes a while.
func talks(c *net.TCPConn) {
	c.Read(make([]byte, 4096))
	for range 6 {
		c.Write([]byte(strings.Repeat("y", 500)))
		pause(40 * time.Millisecond)
	}
	pause(300 * time.Millisecond)
}

// resetClient forges the answer to a request: a reset that seems to be the server's.
func (l *resetLab) resetClient(p passing, ttl byte) {
	l.forge(p.to, p.from, p.ack, p.seq+uint32(len(p.payload)), rstFlag|ackFlag, ttl)
}

// resetServer forges a reset that seems to be the client's.
func (l *resetLab) resetServer(p passing, ttl byte) {
	l.forge(p.from, p.to, p.seq, p.ack, rstFlag|ackFlag, ttl)
}

// asks makes the client ask once and wait.
func (l *resetLab) asks() {
	l.withClient(func(c *net.TCPConn) { ask(c); pause(400 * time.Millisecond) })
}

// echoes is what the other end may tell of a reset that was forged to its peer.
var echoes = []string{"reset.after-close", "reset.stale", "reset.unknown", "reset.app-abort", "path.silent", ""}

// pathStories break on the way.
func pathStories() []resetStory {
	injected := []string{"reset.injected"}
	return []resetStory{
		{"forged, with the server's own TTL", injected, echoes, func(l *resetLab) {
			l.serve(talks)
			l.whenAsked(false, func(p passing) { l.resetClient(p, byte(l.Server.TTL-2)) })
			l.asks()
		}},
		{"forged, one hop off", injected, echoes, func(l *resetLab) {
			l.serve(talks)
			l.whenAsked(false, func(p passing) { l.resetClient(p, byte(l.Server.TTL-3)) })
			l.asks()
		}},
		{"forged, an odd TTL, the request dropped", injected, echoes, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); talks(c) })
			n := 0
			l.Filter(func(pkt []byte) bool {
				p, ok := passingOf(pkt)
				if !ok || p.to != l.at || len(p.payload) == 0 {
					return false
				}
				if n++; n == 2 {
					l.resetClient(p, 250)
				}
				return n >= 2
			})
			l.withClient(func(c *net.TCPConn) { ask(c); ask(c); pause(300 * time.Millisecond) })
		}},
		{"forged to the server only", echoes, injected, func(l *resetLab) {
			l.serve(talks)
			l.whenAsked(true, func(p passing) { l.resetServer(p, 201) })
			l.asks()
		}},
		{"forged in the middle of data, to both", injected, injected, func(l *resetLab) {
			l.serve(talks)
			n := 0
			l.Filter(func(pkt []byte) bool {
				p, ok := passingOf(pkt)
				if ok && p.from == l.at && len(p.payload) > 0 {
					if n++; n == 3 {
						l.forge(p.from, p.to, p.seq, p.ack, rstFlag, 230)
						l.forge(p.to, p.from, p.ack, 0, rstFlag, 230)
					}
				}
				return n >= 3 && len(p.payload) > 0
			})
			l.asks()
		}},
		{"forged before the server's answer", injected, []string{"reset.handshake-abandoned"}, func(l *resetLab) {
			l.serve(answerOne)
			done := false
			l.Filter(func(pkt []byte) bool {
				p, ok := passingOf(pkt)
				if ok && p.to == l.at && p.flags == synFlag && !done {
					done = true
					l.forge(p.to, p.from, 0, p.seq+1, rstFlag|ackFlag, 200)
				}
				return false
			})
			l.dial()
			pause(200 * time.Millisecond)
		}},
		{"one name is cut", []string{"reset.blocked-content", "reset.injected"}, append([]string{"reset.injected"}, echoes...), func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(300 * time.Millisecond) })
			l.Filter(func(pkt []byte) bool {
				p, ok := passingOf(pkt)
				if !ok || !strings.Contains(string(p.payload), "blocked.example") {
					return false
				}
				l.resetClient(p, 199)
				l.resetServer(p, 199)
				return true
			})
			for i := range 6 {
				l.withClient(func(c *net.TCPConn) {
					fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s.example\r\n\r\n", []string{"open", "blocked"}[i%2])
					c.SetReadDeadline(time.Now().Add(time.Second))
					c.Read(make([]byte, 4096))
				})
			}
		}},
		{"a router rejects a new connection", []string{"reset.refused-on-path", "reset.no-listener"}, []string{""}, func(l *resetLab) {
			l.serve(answerOne)
			l.asks()
			l.NFT(l.Routers[0], fmt.Sprintf("chain c { type filter hook forward priority 0; tcp dport %d reject with tcp reset; }", l.at.Port()+1))
			l.at = netip.AddrPortFrom(l.at.Addr(), l.at.Port()+1)
			l.dial()
		}},
		{"the client's filter rejects", []string{""}, nil, func(l *resetLab) {
			l.serve(answerOne)
			l.NFT(l.Client, fmt.Sprintf("chain c { type filter hook output priority 0; tcp dport %d reject with tcp reset; }", l.at.Port()))
			l.dial()
		}},
		{"an abort through an address translator", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.NFT(l.Routers[0], "chain c { type nat hook postrouting priority 100; masquerade; }")
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(100 * time.Millisecond); hardClose(c) })
			l.asks()
		}},
		{"a healthy exchange on a lossy way", []string{"", "quality.loss"}, nil, func(l *resetLab) {
			l.Lose(0.03)
			l.serve(func(c *net.TCPConn) { answerOne(c); c.Write(make([]byte, 50000)); c.Close() })
			l.withClient(func(c *net.TCPConn) {
				request(c)
				c.SetReadDeadline(time.Now().Add(8 * time.Second))
				for b := make([]byte, 4096); ; {
					if _, err := c.Read(b); err != nil {
						break
					}
				}
				c.Close()
				pause(500 * time.Millisecond)
			})
		}},
		{"a reset that the way lost", []string{"", "path.silent", "reset.stale", "reset.gave-up"}, []string{"reset.app-abort"}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(200 * time.Millisecond); hardClose(c); pause(time.Second) })
			l.Filter(func(pkt []byte) bool {
				p, ok := passingOf(pkt)
				return ok && p.from == l.at && p.flags&(rstFlag|ackFlag) == rstFlag|ackFlag
			})
			l.withClient(func(c *net.TCPConn) { ask(c); pause(400 * time.Millisecond); ask(c) })
		}},
	}
}
