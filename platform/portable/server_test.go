package portable

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"faultline/platform"
)

// patience bounds a conversation in which nothing is meant to time out.
const patience = 4 * time.Second

// systemRoot signs what the system's own verifier trusts in these tests.
var systemRoot authority

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "portable")
	if err != nil {
		panic(err)
	}
	systemRoot = newAuthority("System Root", nil)
	file := filepath.Join(dir, "roots.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: systemRoot.cert.Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		panic(err)
	}
	os.Setenv("SSL_CERT_FILE", file)
	os.Setenv("SSL_CERT_DIR", dir+"/none")
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func needSystemRoots(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux does Go take the system's roots from SSL_CERT_FILE")
	}
}

// serve runs handle for each connection to a loopback port; the test waits for
// all of them.
func serve(t *testing.T, handle func(c *net.TCPConn)) netip.AddrPort {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []*net.TCPConn
	all.Go(func() {
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			c.SetDeadline(time.Now().Add(patience))
			all.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.SetDeadline(time.Unix(1, 0))
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// closedPort is a port of loopback at which nothing listens.
func closedPort(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

// hold reads until the peer is gone.
func hold(c net.Conn) { io.Copy(io.Discard, c) }

func readSome(c net.Conn) {
	var b [4096]byte
	c.Read(b[:])
}

func talk(t *testing.T, tk platform.Talker, wait time.Duration, q platform.TalkAsk) platform.Talk {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	got, err := tk.Talk(ctx, q)
	if err != nil {
		t.Fatalf("got error %v, want none", err)
	}
	return got
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serial int64

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func newAuthority(name string, by *authority) authority {
	a := authority{key: newKey()}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-20 * 365 * 24 * time.Hour), NotAfter: time.Now().Add(20 * 365 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = a.sign(template, by)
	return a
}

func (a authority) sign(template *x509.Certificate, by *authority) *x509.Certificate {
	serial++
	template.SerialNumber = big.NewInt(serial)
	parent, key := template, a.key
	if by != nil {
		parent, key = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &a.key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return cert
}

// leaf makes a server's certificate for test.example and 127.0.0.1, valid from
// and to so many hours from now.
func leaf(by *authority, from, to int) authority {
	a := authority{key: newKey()}
	a.cert = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test.example"}, DNSNames: []string{"test.example"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Now().Add(time.Duration(from) * time.Hour), NotAfter: time.Now().Add(time.Duration(to) * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, by)
	return a
}

func (a authority) with(chain ...authority) tls.Certificate {
	c := tls.Certificate{Certificate: [][]byte{a.cert.Raw}, PrivateKey: a.key}
	for _, more := range chain {
		c.Certificate = append(c.Certificate, more.cert.Raw)
	}
	return c
}

// serveTLS answers a request over TLS with reply, then closes.
func serveTLS(t *testing.T, config *tls.Config, reply string) netip.AddrPort {
	t.Helper()
	return serve(t, func(c *net.TCPConn) {
		s := tls.Server(c, config)
		if s.Handshake() != nil {
			// Closing with unread data would reset what was said.
			c.CloseWrite()
			hold(c)
			return
		}
		readSome(s)
		io.WriteString(s, reply)
		s.CloseWrite()
		c.CloseWrite()
		hold(c)
	})
}
