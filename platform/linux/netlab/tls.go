//go:build linux

package netlab

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
)

// Handshake is how a service treats the start of TLS.
type Handshake int

// Handshakes.
const (
	Shakes          Handshake = iota
	Stalls                    // reads the ClientHello, then says nothing
	ResetsOnHello             // resets when it has read the ClientHello
	ClosesOnHello             // closes when it has read the ClientHello
	AnswersPlain              // answers with an HTTP error in plain text
	Alerts                    // alert handshake_failure (RFC 8446 §6.2)
	AlertsName                // alert unrecognized_name (RFC 6066 §3)
	AnswersGarbage            // bytes that are no TLS record
	EndlessHello              // handshake records without end
	StallsMidFlight           // sends its ServerHello and stops within the certificate
)

// TLS is the security layer of a service.
type TLS struct {
	Cert       Certificate
	By         *Authority // zero: the world's, which the client trusts
	Names      []string   // zero: the world's name and the server's addresses
	ClientCert bool       // demands a certificate of the client
	Handshake  Handshake
	Min, Max   uint16   // versions as in crypto/tls, zero: its defaults
	ALPN       []string // the protocols that it speaks, zero: it does not say
}

// secure returns what puts TLS on a connection; nil means that the
// conversation is over.
func (w *World) secure(t TLS) func(net.Conn) net.Conn {
	w.t.Helper()
	config, err := w.config(t)
	w.must(err)
	return func(c net.Conn) net.Conn {
		if t.Handshake != Shakes && t.Handshake != StallsMidFlight {
			w.refuse(t.Handshake, c)
			return nil
		}
		if t.Handshake == StallsMidFlight {
			c = &stalling{Conn: c, left: 600}
		}
		s := tls.Server(c, config)
		if s.HandshakeContext(w.ctx) != nil {
			return nil
		}
		return s
	}
}

func (w *World) config(t TLS) (*tls.Config, error) {
	names := t.Names
	if names == nil {
		names = []string{w.Name}
		for _, a := range w.Server.Addrs(AnyFamily) {
			names = append(names, a.String())
		}
	}
	by := w.CA
	if t.By != nil {
		by = t.By
	}
	cert, err := by.Issue(t.Cert, names...)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: t.Min, MaxVersion: t.Max, NextProtos: t.ALPN}
	if t.ClientCert {
		c.ClientAuth = tls.RequireAnyClientCert
	}
	return c, nil
}

// refuse ends the conversation in the way asked for.
func (w *World) refuse(how Handshake, c net.Conn) {
	if readRecord(c) != nil {
		return
	}
	switch how {
	case Stalls:
		<-w.ctx.Done()
	case ResetsOnHello:
		reset(c)
	case AnswersPlain:
		_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	case Alerts:
		_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 40})
	case AlertsName:
		_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 112})
	case AnswersGarbage:
		_, _ = c.Write([]byte{0xff, 0x00, 0xff, 0x00, 0x13, 0x37, 0x00, 0x01})
	case EndlessHello:
		pour(c, endless())
	}
}

// endless is one full handshake record of a certificate message that
// announces the largest length there is, 2^24-1 bytes.
func endless() []byte {
	b := append([]byte{22, 3, 3, 0x40, 0x00, 11, 0xff, 0xff, 0xff}, make([]byte, 1<<14-4)...)
	return b
}

// readRecord takes one TLS record, so that closing does not reset because of
// unread data (RFC 1122 §4.2.2.13).
func readRecord(c net.Conn) error {
	var head [5]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint16(head[3:])))
	return err
}

// stalling lets a number of bytes out and swallows what follows.
type stalling struct {
	net.Conn
	left int
}

func (s *stalling) Write(b []byte) (int, error) {
	if n := min(s.left, len(b)); n > 0 {
		s.left -= n
		if _, err := s.Conn.Write(b[:n]); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}
