package portable

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"

	"faultline/platform"
)

// handshake records what the peer shows and enforces nothing.
func (c *conversation) handshake() error {
	facts := &platform.TLSFacts{}
	c.talk.TLS = facts
	conn := tls.Client(c.raw, c.tlsConfig(facts))
	rest := c.raw.limit
	c.raw.limit = handshakeLimit
	// Not HandshakeContext: it would close the connection from a goroutine
	// that nobody waits for. The deadline of the connection does the same.
	err := conn.Handshake()
	state := conn.ConnectionState()
	facts.Version, facts.ALPN = versionName(state.Version), printable(state.NegotiatedProtocol, 64)
	if state.CipherSuite != 0 {
		facts.Cipher = tls.CipherSuiteName(state.CipherSuite)
	}
	if err != nil {
		return c.noTLS(facts, err)
	}
	// Records, tickets and padding may take more than what they carry.
	c.raw.limit = c.raw.received + 2*rest + handshakeLimit
	c.rw, c.asked = conn, time.Now()
	return nil
}

func (c *conversation) tlsConfig(facts *platform.TLSFacts) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // recorded by judgeChain, so that a bad certificate is a fact and no end
		ServerName:         bareName(c.ask.TLS.ServerName),
		NextProtos:         c.nextProtos(),
		MinVersion:         tls.VersionTLS10,
		MaxVersion:         tls.VersionTLS13,
		CipherSuites:       ciphers(),
		// Some servers ask for a client certificate only when they know the
		// path, by a second handshake of TLS 1.2.
		Renegotiation: tls.RenegotiateOnceAsClient,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			facts.ClientCertificate = true
			return &tls.Certificate{}, nil // none: RFC 8446 §4.4.2 allows an empty list
		},
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if c.chain = parseChain(raw); len(c.chain) > 0 {
				c.verified = verifyBeside(c.chain, c.roots)
			}
			return nil
		},
	}
}

func (c *conversation) nextProtos() []string {
	if len(c.ask.TLS.ALPN) == 0 && c.ask.HTTP != nil {
		return []string{"http/1.1"}
	}
	return c.ask.TLS.ALPN
}

// ciphers adds the key exchange by RSA, which browsers still offer and Go no
// longer does, so that old servers show more than an alert.
func ciphers() []uint16 {
	ids := []uint16{
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	}
	for _, suite := range tls.CipherSuites() {
		ids = append(ids, suite.ID)
	}
	return ids
}

func versionName(v uint16) string {
	if v == 0 {
		return ""
	}
	return tls.VersionName(v)
}

// noTLS notes a peer that speaks something else, and what it said.
func (c *conversation) noTLS(facts *platform.TLSFacts, err error) error {
	var header tls.RecordHeaderError
	if first := errors.As(err, &header) && header.Conn != nil; !first && startsTLS(c.raw.first) {
		return err
	}
	facts.NotTLS, c.talk.First = true, c.raw.first
	if networkError(err) {
		return err
	}
	return malformed("the peer does not speak TLS")
}

// networkError reports whether err came from the socket: crypto/tls uses the
// type of such errors for its alerts, too.
func networkError(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op != "remote error" && op.Op != "local error"
}

// startsTLS reports whether b may be the start of a record of a server's
// handshake: an alert or a handshake, with the major version 3 (RFC 8446 §5.1).
// Nothing received may become anything.
func startsTLS(b []byte) bool {
	const alert, handshake = 21, 22
	if len(b) == 0 {
		return true
	}
	return (b[0] == alert || b[0] == handshake) && (len(b) == 1 || b[1] == 3)
}

// bareName takes what a certificate cannot hold off a name: the final dot
// (RFC 6066 §3) and the zone of an address.
func bareName(name string) string {
	if zone := strings.IndexByte(name, '%'); zone >= 0 && strings.Contains(name, ":") {
		name = name[:zone]
	}
	return strings.TrimSuffix(name, ".")
}
