//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"faultline/app"
	"faultline/platform/linux/netlab"
)

// resetStory is a connection that real stacks break, captured at both ends.
type resetStory struct {
	name   string
	client []string // the codes that the client's capture may lead to; "" for none
	server []string // those of the server's; nil: as the client's
	play   func(l *resetLab)
}

// resetLab is one network with a capture at each end.
type resetLab struct {
	*scene
	at netip.AddrPort
}

// serve accepts connections and hands them to talk, which owns them.
func (l *resetLab) serve(talk func(*net.TCPConn)) {
	at, err := l.Server.Listen(netip.AddrPortFrom(l.Server.V4, 0))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { at.Close() })
	l.at = netip.MustParseAddrPort(at.Addr().String())
	go func() {
		for {
			c, err := at.Accept()
			if err != nil {
				return
			}
			go func() {
				talk(c.(*net.TCPConn))
				runtime.KeepAlive(c) // a connection that nobody holds is closed
			}()
		}
	}()
}

func (l *resetLab) dial() *net.TCPConn {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	c, err := l.Client.Dial(ctx, "tcp4", l.at)
	if err != nil {
		return nil
	}
	l.t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// answerOne reads a request and answers it.
func answerOne(c *net.TCPConn) {
	b := make([]byte, 4096)
	if n, _ := c.Read(b); n > 0 {
		c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"))
	}
}

// ask sends a request and reads the answer.
func ask(c *net.TCPConn) {
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	c.Read(make([]byte, 4096))
}

func pause(d time.Duration) { time.Sleep(d) }

// forge sends a TCP packet from a router with both addresses made up.
func (l *resetLab) forge(from, to netip.AddrPort, seq, ack uint32, flags byte, ttl byte) {
	l.forgeAt(l.Routers[0], resetPacket(from, to, seq, ack, flags, ttl), to)
}

// forgeAt sends a packet as it is from a node.
func (l *resetLab) forgeAt(n *netlab.Node, pkt []byte, to netip.AddrPort) {
	err := n.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Sendto(fd, pkt, 0, &unix.SockaddrInet4{Addr: to.Addr().As4()})
	})
	if err != nil {
		l.t.Errorf("forging: %v", err)
	}
}

// resetPacket is an IPv4 packet with a TCP header.
func resetPacket(from, to netip.AddrPort, seq, ack uint32, flags, ttl byte) []byte {
	b := make([]byte, 40)
	b[0], b[3], b[8], b[9] = 0x45, 40, ttl, 6
	src, dst := from.Addr().As4(), to.Addr().As4()
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	put16 := func(at int, v uint16) { b[at], b[at+1] = byte(v>>8), byte(v) }
	put32 := func(at int, v uint32) { put16(at, uint16(v>>16)); put16(at+2, uint16(v)) }
	put16(20, from.Port())
	put16(22, to.Port())
	put32(24, seq)
	put32(28, ack)
	b[32], b[33] = 0x50, flags
	sum := uint32(6 + 20)
	for i := 12; i < 40; i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	put16(36, ^uint16(sum))
	return b
}

// passing is a TCP packet on its way through the relay.
type passing struct {
	from, to netip.AddrPort
	seq, ack uint32
	flags    byte
	payload  []byte
}

func passingOf(pkt []byte) (p passing, ok bool) {
	if len(pkt) < 40 || pkt[0]>>4 != 4 || pkt[9] != 6 {
		return p, false
	}
	head := int(pkt[0]&15) * 4
	t := pkt[head:]
	u32 := func(b []byte) uint32 { return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]) }
	p.from = netip.AddrPortFrom(netip.AddrFrom4([4]byte(pkt[12:16])), uint16(t[0])<<8|uint16(t[1]))
	p.to = netip.AddrPortFrom(netip.AddrFrom4([4]byte(pkt[16:20])), uint16(t[2])<<8|uint16(t[3]))
	p.seq, p.ack, p.flags = u32(t[4:]), u32(t[8:]), t[13]
	p.payload = t[int(t[12]>>4)*4:]
	return p, true
}

// whenAsked does something once, when the first request of a connection passes.
func (l *resetLab) whenAsked(drop bool, do func(p passing)) {
	done := false
	l.Filter(func(pkt []byte) bool {
		p, ok := passingOf(pkt)
		if !ok || p.to != l.at || len(p.payload) == 0 {
			return false
		}
		if !done {
			done = true
			do(p)
		}
		return drop
	})
}

const (
	synFlag = 2
	rstFlag = 4
	ackFlag = 16
)

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
	for i, want := range [][]string{s.client, s.server, either} {
		stop[i]()
		file := filepath.Join(dir, places[i]+".pcap")
		s.expect(t, places[i], analyzed(t, file, places[i]), want)
		s.unsure(t, places[i], analyzed(t, file, ""), either)
	}
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

// keptDir is a folder that stays for whoever looks into a failure.
func keptDir(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), "faultline-e2e-failed", strings.ReplaceAll(name, " ", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !t.Failed() {
			os.RemoveAll(dir)
		}
	})
	return dir
}

// capture records what passes a node's adapter until it is stopped.
func capture(t *testing.T, w *netlab.World, n *netlab.Node, file string) (stop func()) {
	t.Helper()
	cmd := w.CommandOn(context.Background(), n, 0, "/usr/bin/tcpdump", "-Z", "root", "-U", "--immediate-mode", "-n", "-i", n.Dev, "-w", file, "tcp or icmp")
	told, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewReader(told).ReadString('\n') // it listens
	return func() {
		cmd.Process.Signal(unix.SIGTERM)
		cmd.Wait()
	}
}

type analysis struct{ app.Report }

// code is what was told, "" where no fault and no reset was.
func (a analysis) code() string {
	if c := string(a.Verdict.Code); c != "reset.none" {
		return c
	}
	return ""
}

func analyzed(t *testing.T, file, vantage string) (a analysis) {
	t.Helper()
	var told bytes.Buffer
	args := []string{"analyze", "--json"}
	if vantage != "" {
		args = append(args, "--vantage", vantage)
	}
	cmd := exec.Command(program, append(args, file)...)
	cmd.Stderr = &told
	out, err := cmd.Output()
	if strings.Contains(told.String(), "holds no packets") {
		return a
	}
	if err := json.Unmarshal(out, &a.Report); err != nil {
		t.Fatalf("%s: %v\n%s", file, err, out)
	}
	_ = err // the exit code tells of a fault
	return a
}
