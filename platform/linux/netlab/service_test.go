//go:build linux

package netlab

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// exchange connects, shakes hands when asked to, sends a request and tells in
// one word what came back.
func exchange(w *World, s Service, patience time.Duration) string {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	c, err := w.Client.Dial(ctx, "tcp", netip.AddrPortFrom(w.Server.V4, w.Port))
	if err != nil {
		return outcome(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err.Error()
	}
	if s.TLS != nil {
		t := tls.Client(c, &tls.Config{ServerName: w.Name, RootCAs: w.CA.Pool()})
		if err := t.Handshake(); err != nil {
			return outcome(err)
		}
		c = t
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		return outcome(err)
	}
	return firstWord(c, s)
}

// firstWord looks at most at 128 KiB of what may be endless; a banner is one
// line, after which nothing ever comes.
func firstWord(c net.Conn, s Service) string {
	in := bufio.NewReaderSize(c, 1<<17)
	if s.Does == Banner || s.Does == SSH {
		line, err := in.ReadString('\n')
		return line + fmt.Sprint(err)
	}
	b, err := in.Peek(1 << 17)
	switch {
	case err == nil:
		return "endless"
	case len(b) > 0:
		line, _, _ := strings.Cut(string(b), "\r\n")
		return line
	}
	return outcome(err)
}

func outcome(err error) string {
	var unknown *tls.CertificateVerificationError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case os.IsTimeout(err):
		return "silent"
	case errors.As(err, &unknown):
		_, after, _ := strings.Cut(unknown.Err.Error(), "x509: ")
		return after
	}
	return err.Error()
}

func TestServicesDoWhatTheySay(t *testing.T) {
	t.Parallel()
	services := []struct {
		name string
		s    Service
		want string // how the answer begins
	}{
		{"http", Service{Text: "x"}, "HTTP/1.1 200 OK"},
		{"status", Service{Status: 503}, "HTTP/1.1 503 Service Unavailable"},
		{"slow, in time", Service{Delay: 100 * time.Millisecond}, "HTTP/1.1 200 OK"},
		{"slow, too late", Service{Delay: 5 * time.Second}, "silent"},
		{"silent", Service{Does: Silent}, "silent"},
		{"silent after the request", Service{Does: SilentAfter}, "silent"},
		{"closes", Service{Does: Closes}, "closed"},
		{"resets", Service{Does: Resets}, "reset"},
		{"resets at once", Service{Does: ResetsAtOnce}, "reset"},
		{"endless header", Service{Does: EndlessHeader}, "endless"},
		{"endless body", Service{Does: EndlessBody}, "endless"},
		{"endless banner", Service{Does: EndlessBanner}, "endless"},
		{"banner", Service{Does: Banner, Text: "220 hello\r\n"}, "220 hello"},
		{"ssh", Service{Does: SSH}, "SSH-2.0-"},
		{"no HTTP", Service{Does: NotHTTP}, "\x00\x01"},
		{"half a body", Service{Does: HalfBody}, "HTTP/1.1 200 OK"},
		{"tls", Service{TLS: &TLS{}}, "HTTP/1.1 200 OK"},
		{"tls then silence", Service{TLS: &TLS{}, Does: SilentAfter}, "silent"},
		{"tls then reset", Service{TLS: &TLS{}, Does: Resets}, "reset"},
		{"root sent", Service{TLS: &TLS{Cert: RootSent}}, "HTTP/1.1 200 OK"},
		{"expired", Service{TLS: &TLS{Cert: Expired}}, "certificate has expired"},
		{"not yet valid", Service{TLS: &TLS{Cert: NotYetValid}}, "certificate has expired or is not yet valid"},
		{"expired authority", Service{TLS: &TLS{Cert: ExpiredAuthority}}, "certificate has expired"},
		{"wrong name", Service{TLS: &TLS{Cert: WrongName}}, "certificate is valid for other."},
		{"self-signed", Service{TLS: &TLS{Cert: SelfSigned}}, "certificate signed by unknown"},
		{"no intermediate", Service{TLS: &TLS{Cert: NoIntermediate}}, "certificate signed by unknown"},
		{"untrusted", Service{TLS: &TLS{Cert: Untrusted}}, "certificate signed by unknown"},
		{"endless chain", Service{TLS: &TLS{Cert: EndlessChain}}, "tls: handshake message of length"},
		{"endless hello", Service{TLS: &TLS{Handshake: EndlessHello}}, "tls: handshake message of length"},
		{"client certificate", Service{TLS: &TLS{ClientCert: true}}, "remote error: tls: certificate required"},
		{"stalls", Service{TLS: &TLS{Handshake: Stalls}}, "silent"},
		{"stalls in mid-flight", Service{TLS: &TLS{Handshake: StallsMidFlight}}, "silent"},
		{"resets on hello", Service{TLS: &TLS{Handshake: ResetsOnHello}}, "reset"},
		{"closes on hello", Service{TLS: &TLS{Handshake: ClosesOnHello}}, "closed"},
		{"plain HTTP", Service{TLS: &TLS{Handshake: AnswersPlain}}, "tls: first record does not look like a TLS handshake"},
		{"alert", Service{TLS: &TLS{Handshake: Alerts}}, "remote error: tls: handshake failure"},
		{"alert about the name", Service{TLS: &TLS{Handshake: AlertsName}}, "remote error: tls: unrecognized name"},
		{"garbage", Service{TLS: &TLS{Handshake: AnswersGarbage}}, "tls: first record does not look like a TLS handshake"},
		{"only old TLS", Service{TLS: &TLS{Max: tls.VersionTLS11, Min: tls.VersionTLS10}}, "remote error: tls: protocol version not supported"},
		{"full backlog", Service{Does: FullBacklog}, "silent"},
	}
	for _, seed := range []uint64{31, 32} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := New(t, seed, Options{})
			for _, tt := range services {
				run := w.Serve(tt.s)
				if got := exchange(w, tt.s, patienceFor(tt.want)); !strings.HasPrefix(got, tt.want) {
					t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
				}
				run.Close()
				if got := exchange(w, Service{}, 10*time.Second); got != "refused" {
					t.Fatalf("%s closed: got %q, want refused", tt.name, got)
				}
			}
		})
	}
}

// patienceFor is short when the answer must not come, and long when it must:
// then nobody waits for it in vain.
func patienceFor(want string) time.Duration {
	if want == "silent" {
		return 300 * time.Millisecond
	}
	return 10 * time.Second
}

// ask looks the world's name up at a resolver, over UDP with one retry or over
// TCP, as Go's own resolver does.
func ask(w *World, server netip.Addr, network string, patience time.Duration) string {
	r := &net.Resolver{PreferGo: true}
	r.Dial = func(ctx context.Context, asked, _ string) (net.Conn, error) {
		if network == "udp" {
			return w.Client.Dial(ctx, asked, netip.AddrPortFrom(server, 53))
		}
		return w.Client.Dial(ctx, network, netip.AddrPortFrom(server, 53))
	}
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	addrs, err := r.LookupNetIP(ctx, "ip4", w.Name)
	var no *net.DNSError
	switch {
	case err == nil:
		return addrs[0].Unmap().String()
	case errors.As(err, &no) && no.IsNotFound:
		return "no such name"
	case errors.As(err, &no) && no.IsTimeout, os.IsTimeout(err):
		return "silent"
	}
	return outcome(err)
}

func TestResolverModes(t *testing.T) {
	t.Parallel()
	w := New(t, 33, Options{Family: V4})
	right := w.Server.V4.String()
	tests := []struct {
		name     string
		m        Manner
		udp, tcp string
	}{
		{"answers", Manner{}, right, right},
		{"mute", Manner{Mode: Mute}, "silent", "silent"},
		{"no such name", Manner{Mode: NoSuchName}, "no such name", "no such name"},
		{"no data", Manner{Mode: NoData}, "no such name", "no such name"},
		{"server failure", Manner{Mode: ServFail}, "server misbehaving", "server misbehaving"},
		{"refused", Manner{Mode: Refused}, "server misbehaving", "server misbehaving"},
		{"garbage", Manner{Mode: Garbage}, "silent", "cannot unmarshal DNS message"},
		{"endless", Manner{Mode: Endless}, "silent", "cannot unmarshal DNS message"},
		{"slow, in time", Manner{Delay: 50 * time.Millisecond}, right, right},
		{"slow, too late", Manner{Delay: 5 * time.Second}, "silent", "silent"},
		{"drops first", Manner{DropFirst: 1}, "silent", right},
		{"no TCP", Manner{NoTCP: true}, right, "refused"},
		{"truncates", Manner{Mode: Truncate}, right, right},
	}
	for _, tt := range tests {
		w.DNS.Behave(tt.m)
		if got := ask(w, w.DNS.Addrs[0], "udp", patienceFor(tt.udp)); !strings.Contains(got, tt.udp) {
			t.Errorf("%s over UDP: got %q, want %q", tt.name, got, tt.udp)
		}
		if got := ask(w, w.DNS.Addrs[0], "tcp", patienceFor(tt.tcp)); !strings.Contains(got, tt.tcp) {
			t.Errorf("%s over TCP: got %q, want %q", tt.name, got, tt.tcp)
		}
	}
}

// TestPortsAreFreeAtOnce opens again what was closed while other tests start
// programs.
func TestPortsAreFreeAtOnce(t *testing.T) {
	t.Parallel()
	w := New(t, 34, Options{})
	ctx, cancel := context.WithCancel(w.ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() {
		for ctx.Err() == nil {
			_ = exec.Command("true").Run()
		}
	})
	for i := range 300 {
		w.DNS.Behave(Manner{NoTCP: i%2 == 0})
		w.Serve(Service{}).Close()
	}
}

func TestResolverFaults(t *testing.T) {
	w := New(t, 34, Options{Family: V4})
	first, second := w.DNS.Addrs[0], w.AddResolver().Addrs[0]
	right := w.Server.V4.String()
	heal := w.DNS.Stop()
	if got := ask(w, first, "udp", patienceFor("answer")); !strings.Contains(got, "refused") {
		t.Errorf("stopped resolver: got %q, want refused", got)
	}
	if got := ask(w, second, "udp", patienceFor("answer")); got != right {
		t.Errorf("second resolver beside the stopped one: got %q, want %s", got, right)
	}
	heal()
	heal = w.BlackholeResolver()
	if got := ask(w, first, "udp", patienceFor("silent")); got != "silent" {
		t.Errorf("black hole: got %q, want silent", got)
	}
	heal()
	w.DNS.BehaveFor(w.Name, Manner{Mode: ServFail})
	if got := ask(w, first, "udp", patienceFor("answer")); got == right {
		t.Errorf("failure for one name: got %q", got)
	}
	if w.DNS.Asked() == 0 {
		t.Error("the resolver counts no query")
	}
}

func TestClientSeesItsOwnFiles(t *testing.T) {
	w := New(t, 35, Options{Family: V4})
	other := label(w.plan.pool.rng) + ".test"
	w.Hosts(w.Server.V4.String() + " " + other)
	for name, want := range map[string]string{w.Name: w.Server.V4.String(), other: w.Server.V4.String(), "x." + other: ""} {
		out, _ := w.Command(t.Context(), Nobody, "getent", "ahostsv4", name).Output()
		if got, _, _ := strings.Cut(string(out), " "); got != want {
			t.Errorf("getent %s got %q, want %q", name, got, want)
		}
	}
	out, err := w.Command(t.Context(), Nobody, "ls", "/sys/class/net").Output()
	if err != nil || !strings.Contains(string(out), w.Client.Dev) {
		t.Errorf("adapters in sysfs: got %q, %v, want %s among them", out, err, w.Client.Dev)
	}
}
