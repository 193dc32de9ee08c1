package lab

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestPlainHTTP(t *testing.T) {
	s, err := PlainHTTP()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := strings.TrimPrefix(s.URL, "https://")
	var notTLS tls.RecordHeaderError
	if _, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true}); !errors.As(err, &notTLS) {
		t.Errorf("handshake: got %v, want an answer that is not TLS", err)
	}
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if r, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || r.StatusCode != http.StatusNotFound {
		t.Errorf("plain request: got %v, %v want HTTP 404", r, err)
	}
}

func TestCloseEndsTheService(t *testing.T) {
	s, err := PlainHTTP()
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "https://")); err == nil {
		conn.Close()
		t.Error("after Close: got a connection, want none")
	}
}
