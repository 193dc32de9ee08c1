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
