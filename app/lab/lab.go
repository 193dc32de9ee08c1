// Package lab makes services on loopback that are broken in a known way: for
// practice, and for the demonstration that is built in.
//
// It listens on loopback only, and never touches the system.
package lab

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"faultline/diag/catalog"
)

// Service is a running service with one fault.
type Service struct {
	URL  string       // where it is
	Code catalog.Code // the verdict that is right
	http *http.Server
	done chan struct{}
}

// PlainHTTP starts a web service that speaks HTTP where its address promises
// HTTPS, as after a proxy in front of it has gone.
func PlainHTTP() (*Service, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	s := &Service{
		URL:  "https://127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port),
		Code: "tls.not-tls", done: make(chan struct{}),
		http: &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: 5 * time.Second},
	}
	go func() {
		defer close(s.done)
		s.http.Serve(l)
	}()
	return s, nil
}

// Close stops the service and waits until it has.
func (s *Service) Close() {
	s.http.Close()
	<-s.done
}
