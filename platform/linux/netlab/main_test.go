//go:build linux

package netlab

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// roleEnv turns the test binary into a program that a test runs elsewhere.
const roleEnv = "NETLAB_TEST_ROLE"

func TestMain(m *testing.M) {
	Main()
	switch os.Getenv(roleEnv) {
	case "fetch":
		os.Exit(fetch(os.Args[1]))
	case "hold":
		hold()
	}
	os.Exit(m.Run())
}

// fetch is a client such as an ordinary program would be: own resolver, own
// trust store, a clock for the connection.
func fetch(url string) int {
	var dialed time.Duration
	d := &net.Dialer{Timeout: 5 * time.Second}
	c := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			start := time.Now()
			conn, err := d.DialContext(ctx, network, addr)
			dialed = time.Since(start)
			return conn, err
		}}}
	r, err := c.Get(url)
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	fmt.Printf("uid=%d status=%d body=%s dialed=%d err=%v caps=%s\n", os.Getuid(), r.StatusCode, body, dialed.Microseconds(), err, caps())
	return 0
}

func caps() string {
	raw, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(raw), "CapEff:\t")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// hold makes a world and keeps it until it is killed.
func hold() {
	w := New(&holder{}, 5, Options{Hops: 1})
	cmd := w.Command(context.Background(), Root, "sleep", "600")
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	fmt.Println(w.lease.World, cmd.Process.Pid)
	select {}
}

// holder stands in for a test; what it registers never runs.
type holder struct{}

func (*holder) Helper()                   {}
func (*holder) Logf(string, ...any)       {}
func (*holder) Cleanup(func())            {}
func (*holder) Skipf(s string, a ...any)  { panic(fmt.Sprintf(s, a...)) }
func (*holder) Fatalf(s string, a ...any) { panic(fmt.Sprintf(s, a...)) }
