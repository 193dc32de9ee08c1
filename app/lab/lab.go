// Package lab makes services on loopback that are broken in a known way: for
// practice, and for the demonstration that is built in.
//
// It listens on loopback only, and never touches the system.
package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Service is a running service with one fault.
type Service struct {
	URL   string   // where it is
	Codes []string // the verdicts of which each is right
	http  *http.Server
	done  chan struct{}
}

// ExpiredCertificate starts a web service whose certificate ended two days
// before now.
func ExpiredCertificate(now time.Time) (*Service, error) {
	certificate, err := selfSigned(now.AddDate(0, 0, -90), now.AddDate(0, 0, -2))
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	s := &Service{
		URL: "https://127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port),
		// Nobody vouches for the certificate either: that is nearer to the
		// reader than its dates.
		Codes: []string{"tls.expired", "tls.untrusted"}, done: make(chan struct{}),
		http: &http.Server{
			Handler: http.NotFoundHandler(), ReadHeaderTimeout: 5 * time.Second,
			ErrorLog:  log.New(io.Discard, "", 0), // a client that refuses the certificate is the point
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		},
	}
	go func() {
		defer close(s.done)
		s.http.ServeTLS(l, "", "")
	}()
	return s, nil
}

// Close stops the service and waits until it has.
func (s *Service) Close() {
	s.http.Close()
	<-s.done
}

// selfSigned makes a certificate for loopback that is valid in that time.
func selfSigned(from, until time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Faultline practice service"},
		NotBefore: from, NotAfter: until, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
