//go:build linux

package netlab

import (
	"fmt"
	"net"
	"strings"
)

// Portal has the gateway answer in place of everybody out there: connections of
// the client to the ports are led to services of the gateway's own.
func (w *World) Portal(services map[uint16]Service) (undo func()) {
	w.t.Helper()
	var rules strings.Builder
	for port, s := range services {
		s.On, s.Port = w.Routers[0], w.FreePort()
		own := w.Serve(s)
		fmt.Fprintf(&rules, "iifname %q tcp dport %d redirect to :%d; ", w.plan.segments[0].right.dev, port, own.Port)
	}
	return w.NFT(w.Routers[0], "chain c { type nat hook prerouting priority -100; "+rules.String()+"}")
}

// PortalFor is Portal for what goes to the server only.
func (w *World) PortalFor(port uint16, s Service) (undo func()) {
	w.t.Helper()
	s.On, s.Port = w.Routers[0], w.FreePort()
	own := w.Serve(s)
	var rules strings.Builder
	for _, a := range w.Server.Addrs(AnyFamily) {
		fmt.Fprintf(&rules, "iifname %q %s daddr %v tcp dport %d redirect to :%d; ", w.plan.segments[0].right.dev, word(a), a, port, own.Port)
	}
	return w.NFT(w.Routers[0], "chain c { type nat hook prerouting priority -100; "+rules.String()+"}")
}

// Naming treats a connection by the first bytes that it carries: those in which
// the word stands are reset, as a filter of names does, and others get served.
func Naming(word string, serve func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		b := make([]byte, 4096)
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if strings.Contains(string(b[:n]), word) {
			reset(c)
			return
		}
		serve(&ahead{Conn: c, first: b[:n]})
	}
}

// ahead is a connection of which the first bytes have been read.
type ahead struct {
	net.Conn
	first []byte
}

func (a *ahead) Read(b []byte) (int, error) {
	if len(a.first) > 0 {
		n := copy(b, a.first)
		a.first = a.first[n:]
		return n, nil
	}
	return a.Conn.Read(b)
}

// Secured serves TLS on a connection, and one page in it.
func (w *World) Secured(t TLS) func(net.Conn) {
	w.t.Helper()
	secure := w.secure(t)
	s := Service{}
	return func(c net.Conn) {
		if inner := secure(c); inner != nil {
			s.serve(&Serving{w: w}, inner, c)
		}
	}
}

// Paged serves one page of plain HTTP on a connection.
func (w *World) Paged(s Service) func(net.Conn) {
	return func(c net.Conn) { s.serve(&Serving{w: w}, c, c) }
}

// NewAuthority makes an authority that the client does not know.
func (w *World) NewAuthority(name string) *Authority {
	w.t.Helper()
	a, err := newAuthority(name)
	w.must(err)
	return a
}

// Trust has the client trust an authority beside the world's.
func (w *World) Trust(a *Authority) {
	w.t.Helper()
	w.must(w.write("ca.pem", string(w.CA.PEM())+string(a.PEM())))
}
