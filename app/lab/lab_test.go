package lab

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestExpiredCertificate(t *testing.T) {
	now := time.Now()
	s, err := ExpiredCertificate(now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := strings.TrimPrefix(s.URL, "https://")
	conn, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	leaf := conn.ConnectionState().PeerCertificates[0]
	if !leaf.NotAfter.Before(now) {
		t.Errorf("certificate: got valid until %v, want ended before %v", leaf.NotAfter, now)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "127.0.0.1", CurrentTime: now})
	var invalid x509.CertificateInvalidError
	if !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("verifying: got %v, want expired and nothing else", err)
	}
}

func TestCloseEndsTheService(t *testing.T) {
	s, err := ExpiredCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if conn, err := tls.Dial("tcp", strings.TrimPrefix(s.URL, "https://"), &tls.Config{InsecureSkipVerify: true}); err == nil {
		conn.Close()
		t.Error("after Close: got a connection, want none")
	}
}
