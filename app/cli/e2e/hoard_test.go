//go:build e2e && linux

package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// hoardEnv makes this test program a service that keeps every connection.
const hoardEnv = "FAULTLINE_E2E_HOARD"

// hoard listens at an address and keeps what it accepts, at most so many and
// with at most so many files, for as long as it is let live.
func hoard(order string) {
	var at string
	var files, most int
	if _, err := fmt.Sscan(order, &at, &files, &most); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if files > 0 {
		_ = unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(files), Max: uint64(files)}, nil)
	}
	l, err := net.Listen("tcp", at)
	fmt.Println("ready", err)
	var kept []net.Conn
	for len(kept) < most {
		c, err := l.Accept()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		kept = append(kept, c)
	}
	time.Sleep(time.Hour)
	fmt.Println(len(kept), l)
}

// hoards starts such a service of a user on the client.
func (s *scene) hoards(user int, at netip.AddrPort, files, most int) {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := s.CommandOn(s.t.Context(), s.Client, user, self)
	cmd.Env = append(cmd.Env, hoardEnv+"="+at.String()+" "+strconv.Itoa(files)+" "+strconv.Itoa(most))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatalf("starting a service: %v", err)
	}
	s.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready <nil>\n" {
		s.t.Fatalf("the service says %q, %v", line, err)
	}
}
