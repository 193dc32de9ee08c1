//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/platform/linux/netlab"
)

// resetStories are the commonest breaks, and what resembles them.
func resetStories() []resetStory {
	return []resetStory{
		{"a closed port", []string{"reset.no-listener"}, nil, func(l *resetLab) {
			l.at = netip.AddrPortFrom(l.Server.V4, l.FreePort())
			l.dial()
		}},
		{"the server's filter resets", []string{"reset.no-listener"}, nil, func(l *resetLab) {
			l.serve(answerOne)
			l.NFT(l.Server, fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d reject with tcp reset; }", l.at.Port()))
			l.dial()
		}},
		{"nobody answers", []string{"tcp.no-reply"}, []string{"", "tcp.no-reply"}, func(l *resetLab) {
			l.serve(answerOne)
			l.DropAll(l.Routers[0], l.Server.V4)
			l.dial()
		}},
		{"a router prohibits", []string{"tcp.rejected"}, []string{"", "tcp.no-reply"}, func(l *resetLab) {
			l.serve(answerOne)
			l.RejectAll(l.Routers[0], l.Server.V4, netlab.AdminProhibited)
			l.dial()
		}},
		{"a healthy exchange", []string{""}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); c.Close() })
			if c := l.dial(); c != nil {
				ask(c)
				pause(100 * time.Millisecond)
				c.Close()
			}
		}},
		{"the server closes with the request unread", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { pause(200 * time.Millisecond); c.Close() })
			if c := l.dial(); c != nil {
				ask(c)
			}
		}},
		{"the server aborts after its answer", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(100 * time.Millisecond); c.SetLinger(0); c.Close() })
			if c := l.dial(); c != nil {
				ask(c)
				pause(300 * time.Millisecond)
			}
		}},
		{"the server aborts at once", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { c.SetLinger(0); c.Close() })
			l.dial()
			pause(200 * time.Millisecond)
		}},
		{"the client aborts", []string{"reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(time.Second) })
			if c := l.dial(); c != nil {
				ask(c)
				c.SetLinger(0)
				c.Close()
			}
		}},
		{"the client gives up", []string{"reset.gave-up"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { pause(10 * time.Second) })
			if c := l.dial(); c != nil {
				ask(c)
				c.SetLinger(0)
				c.Close()
			}
		}},
		{"the client closed, the answer comes late", []string{"reset.after-close", "reset.app-abort"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { pause(300 * time.Millisecond); answerOne(c); pause(200 * time.Millisecond) })
			if c := l.dial(); c != nil {
				fmt.Fprintf(c, "GET / HTTP/1.1\r\n\r\n")
				c.Close()
				pause(700 * time.Millisecond)
			}
		}},
		{"both close, and more comes", []string{"reset.after-close"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				answerOne(c)
				pause(500 * time.Millisecond)
				c.Write([]byte("x"))
				pause(100 * time.Millisecond)
				c.Close()
			})
			if c := l.dial(); c != nil {
				ask(c)
				c.Close()
				pause(900 * time.Millisecond)
			}
		}},
		{"a request crosses the server's close", []string{"reset.keepalive-race"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(300 * time.Millisecond); c.Close() })
			if c := l.dial(); c != nil {
				ask(c)
				pause(310 * time.Millisecond) // the FIN is on its way
				ask(c)
				pause(200 * time.Millisecond)
			}
		}},
		{"a router forgets, and rejects what it does not know", []string{"reset.stale", "reset.injected"}, []string{"", "path.silent"}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(3 * time.Second) })
			if c := l.dial(); c != nil {
				ask(c)
				l.NFT(l.Routers[0], fmt.Sprintf("chain c { type filter hook forward priority 0; tcp dport %d reject with tcp reset; }", l.at.Port()))
				ask(c)
				pause(300 * time.Millisecond)
			}
		}},
		{"a forged reset to the client, the server goes on", []string{"reset.injected"}, []string{"reset.after-close", "reset.stale", "reset.unknown", "reset.app-abort", ""}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				b := make([]byte, 4096)
				c.Read(b)
				for range 5 {
					c.Write([]byte(strings.Repeat("y", 500)))
					pause(30 * time.Millisecond)
				}
			})
			l.whenAsked(false, func(p passing) { l.forge(p.to, p.from, p.ack, p.seq+uint32(len(p.payload)), rstFlag|ackFlag, 200) })
			if c := l.dial(); c != nil {
				ask(c)
				pause(500 * time.Millisecond)
			}
		}},
		{"forged resets to both, the request never arrives", []string{"reset.injected"}, []string{"reset.injected", "reset.app-abort", "reset.unknown", "reset.stale"}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(time.Second) })
			l.whenAsked(true, func(p passing) {
				l.forge(p.to, p.from, p.ack, p.seq+uint32(len(p.payload)), rstFlag|ackFlag, 200)
				l.forge(p.from, p.to, p.seq, p.ack, rstFlag|ackFlag, 200)
			})
			if c := l.dial(); c != nil {
				ask(c)
				pause(500 * time.Millisecond)
			}
		}},
		{"a climbing burst of forged resets", []string{"reset.injected"}, []string{"reset.after-close", "reset.stale", "reset.unknown", "reset.app-abort", ""}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(time.Second) })
			l.whenAsked(false, func(p passing) {
				for _, more := range []uint32{0, 1460, 4380} {
					l.forge(p.to, p.from, p.ack+more, p.seq+uint32(len(p.payload)), rstFlag|ackFlag, 57)
				}
			})
			if c := l.dial(); c != nil {
				ask(c)
				pause(300 * time.Millisecond)
			}
		}},
		{"a forged reset outside the window", []string{"reset.ignored"}, []string{""}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(200 * time.Millisecond); c.Close() })
			l.whenAsked(false, func(p passing) { l.forge(p.to, p.from, p.ack+0x40000000, 0, rstFlag, 57) })
			if c := l.dial(); c != nil {
				ask(c)
				pause(400 * time.Millisecond)
				c.Close()
			}
		}},
		{"a forged reset in the window, challenged", []string{"reset.ignored", "reset.injected"}, []string{""}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(200 * time.Millisecond); c.Close() })
			l.whenAsked(false, func(p passing) { l.forge(p.to, p.from, p.ack+300, 0, rstFlag, 57) })
			if c := l.dial(); c != nil {
				ask(c)
				pause(400 * time.Millisecond)
				c.Close()
			}
		}},
		{"keep-alive probes go unanswered", []string{"reset.keepalive"}, []string{"", "path.silent"}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) { answerOne(c); pause(20 * time.Second) })
			if c := l.dial(); c != nil {
				ask(c)
				c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 3})
				l.DropAll(l.Routers[0], l.Server.V4)
				pause(6 * time.Second)
			}
		}},
		{"large packets vanish", []string{"mtu.black-hole", ""}, []string{"mtu.black-hole"}, func(l *resetLab) {
			l.LoseBig(1000)
			l.serve(func(c *net.TCPConn) {
				c.Read(make([]byte, 4096))
				c.Write([]byte(strings.Repeat("z", 20000)))
				pause(8 * time.Second)
			})
			if c := l.dial(); c != nil {
				ask(c)
				pause(5 * time.Second)
			}
		}},
		{"the client does not read", []string{"service.not-reading"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				c.Read(make([]byte, 4096))
				c.SetWriteDeadline(time.Now().Add(9 * time.Second))
				c.Write(make([]byte, 30<<20))
			})
			if c := l.dial(); c != nil {
				c.SetReadBuffer(8192)
				fmt.Fprintf(c, "GET / HTTP/1.1\r\n\r\n")
				pause(8 * time.Second)
			}
		}},
		{"everything dropped in the middle of data", []string{"path.silent", ""}, []string{"path.silent"}, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				c.Read(make([]byte, 4096))
				for range 40 {
					c.Write([]byte(strings.Repeat("z", 300)))
					pause(20 * time.Millisecond)
				}
				pause(8 * time.Second)
			})
			if c := l.dial(); c != nil {
				fmt.Fprintf(c, "GET / HTTP/1.1\r\n\r\n")
				pause(200 * time.Millisecond)
				l.DropAll(l.Routers[0], l.Client.V4)
				pause(5 * time.Second)
			}
		}},
		{"the server's half of the handshake is lost", []string{"tcp.no-reply"}, []string{"tcp.no-final-ack"}, func(l *resetLab) {
			l.serve(answerOne)
			l.Filter(func(pkt []byte) bool { p, ok := passingOf(pkt); return ok && p.from == l.at })
			l.dial()
			pause(time.Second)
		}},
		{"an answer that is cut short", []string{"reset.cut-short"}, nil, func(l *resetLab) {
			l.serve(func(c *net.TCPConn) {
				c.Read(make([]byte, 4096))
				c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhello"))
				c.Close()
			})
			if c := l.dial(); c != nil {
				ask(c)
				pause(100 * time.Millisecond)
				c.Close()
				pause(100 * time.Millisecond)
			}
		}},
	}
}

// TestResets lets real stacks break connections, captures both ends, and has
// the program judge each capture.
func TestResets(t *testing.T) {
	for _, s := range slices.Concat(resetStories(), endStories(), pathStories()) {
		if !slices.ContainsFunc(strings.Split(*only, "|"), func(part string) bool { return strings.Contains(s.name, part) }) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			tellReset(t, s)
		})
	}
}

func tellReset(t *testing.T, s resetStory) {
	family := netlab.V4
	if strings.HasPrefix(s.name, "v6") {
		family = netlab.Dual
	}
	w := netlab.New(t, seedOf(s.name, 0), netlab.Options{Family: family, Hops: 2, RTT: 24 * time.Millisecond})
	l := &resetLab{scene: &scene{World: w, t: t}}
	dir := keptDir(t, s.name)
	places := []string{"client", "server", "between"}
	var stop []func()
	for i, n := range []*netlab.Node{l.Client, l.Server, l.Routers[0]} {
		stop = append(stop, capture(t, l.World, n, filepath.Join(dir, places[i]+".pcap")))
	}
	s.play(l)
	pause(300 * time.Millisecond)
	if s.server == nil {
		s.server = s.client
	}
	either := slices.Concat(s.client, s.server)
	for i := range stop {
		stop[i]()
	}
	for i, want := range [][]string{s.client, s.server, either} {
		file := filepath.Join(dir, places[i]+".pcap")
		s.expect(t, places[i], analyzed(t, file, places[i]), want)
		s.unsure(t, places[i], analyzed(t, file, ""), either)
	}
	tellBoth(t, s, [2]string{filepath.Join(dir, "client.pcap"), filepath.Join(dir, "server.pcap")})
}

// expect wants one of the codes, and nothing proven.
func (s *resetStory) expect(t *testing.T, place string, got analysis, want []string) {
	t.Helper()
	t.Logf("at the %s: %s/%s", place, got.code(), got.Verdict.Confidence)
	if place == "between" {
		s.unsure(t, place, got, want)
		return
	}
	if !slices.Contains(want, got.code()) || got.Verdict.Confidence == "proven" {
		t.Errorf("%s, at the %s: got %s (%s) want %v\n  %s", s.name, place, got.code(), got.Verdict.Confidence, want, got.Verdict.Summary)
	}
}

// unsure wants one of the codes, or nothing that is more than possible: less is
// known where nobody said where the capture was taken, or where it was taken between.
func (s *resetStory) unsure(t *testing.T, place string, got analysis, want []string) {
	t.Helper()
	t.Logf("  not told: %s/%s", got.code(), got.Verdict.Confidence)
	sure := got.Verdict.Confidence == "likely" || got.Verdict.Confidence == "proven"
	if sure && !slices.Contains(want, got.code()) || got.Verdict.Confidence == "proven" {
		t.Errorf("%s, %s, not told where: got %s (%s) want %v\n  %s", s.name, place, got.code(), got.Verdict.Confidence, want, got.Verdict.Summary)
	}
}
