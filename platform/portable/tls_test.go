package portable

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

func TestTLSChain(t *testing.T) {
	private := newAuthority("Private Root", nil)
	between := newAuthority("Between", &private)
	roots := x509.NewCertPool()
	roots.AddCert(private.cert)
	alone := leaf(nil, -1, 1)
	yes, no := platform.Yes, platform.No
	tests := []struct {
		name       string
		cert       tls.Certificate
		roots      *x509.CertPool // nil: the system's
		server     string
		matches    platform.Tri
		trusted    platform.Tri
		incomplete bool
		sent       int
	}{
		{"trusted by pool", leaf(&between, -1, 1).with(between), roots, "test.example", yes, yes, false, 2},
		{"trusted by system", leaf(&systemRoot, -1, 1).with(), nil, "test.example", yes, yes, false, 1},
		{"expired", leaf(&between, -3, -2).with(between), roots, "test.example", yes, yes, false, 2},
		{"expired, older than its authority", leaf(&between, -400000, -2).with(between), roots, "test.example", yes, yes, false, 2},
		{"expired, older than its unknown authority", leaf(&private, -400000, -2).with(private), nil, "test.example", yes, no, false, 2},
		{"not yet valid", leaf(&between, 2, 3).with(between), roots, "test.example", yes, yes, false, 2},
		{"wrong name", leaf(&between, -1, 1).with(between), roots, "other.example", no, yes, false, 2},
		{"final dot", leaf(&between, -1, 1).with(between), roots, "test.example.", yes, yes, false, 2},
		{"address", leaf(&between, -1, 1).with(between), roots, "127.0.0.1", yes, yes, false, 2},
		{"wrong address", leaf(&between, -1, 1).with(between), roots, "127.0.0.2", no, yes, false, 2},
		{"no name asked", leaf(&between, -1, 1).with(between), roots, "", platform.Unknown, yes, false, 2},
		{"self-signed", alone.with(), roots, "test.example", yes, no, false, 1},
		{"no intermediate", leaf(&between, -1, 1).with(), roots, "test.example", yes, no, true, 1},
		{"unknown root sent", leaf(&private, -1, 1).with(private), nil, "test.example", yes, no, false, 2},
		{"unknown root not sent", leaf(&private, -1, 1).with(), nil, "test.example", yes, no, true, 1},
		{"root trusted and sent", leaf(&private, -1, 1).with(private), roots, "test.example", yes, yes, false, 2},
		{"chain in odd order", leaf(&between, -1, 1).with(private, between), roots, "test.example", yes, yes, false, 3},
		{"stranger in chain", leaf(&between, -1, 1).with(systemRoot), roots, "test.example", yes, no, true, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.roots == nil {
				needSystemRoots(t)
			}
			to := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{tt.cert}}, okReply)
			got := talk(t, talker{roots: tt.roots}, patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{ServerName: tt.server}, HTTP: get})
			f := got.TLS
			if f.NameMatches != tt.matches || f.Trusted != tt.trusted || f.Incomplete != tt.incomplete || len(f.Chain) != tt.sent {
				t.Errorf("got matches %v trusted %v (%v) incomplete %v sent %d, want %v %v %v %d",
					f.NameMatches, f.Trusted, f.Why, f.Incomplete, len(f.Chain), tt.matches, tt.trusted, tt.incomplete, tt.sent)
			}
			if (f.Why != nil) != (f.Trusted == no) {
				t.Errorf("got why %v beside trusted %v", f.Why, f.Trusted)
			}
			if got.HTTP == nil || got.HTTP.Status != 200 || f.Version != "TLS 1.3" || f.Cipher == "" {
				t.Errorf("got HTTP %+v version %q cipher %q, want an answer over TLS 1.3", got.HTTP, f.Version, f.Cipher)
			}
		})
	}
}

func TestTLSPurpose(t *testing.T) {
	private := newAuthority("Private Root", nil)
	roots, strangers := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(private.cert)
	now := time.Now()
	for _, tt := range []struct {
		name  string
		uses  []x509.ExtKeyUsage
		roots *x509.CertPool
		want  bool
	}{
		{"for clients", []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, roots, true},
		{"for clients, authority unknown", []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, strangers, false},
		{"for clients and servers", []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}, roots, false},
		{"for anything", nil, roots, false},
	} {
		cert := issued(t, private, tt.uses)
		if got := opinionOf([]*x509.Certificate{cert}, tt.roots, now).unfit; got != tt.want {
			t.Errorf("%s: got unfit %v want %v", tt.name, got, tt.want)
		}
	}
}

// issued is a certificate of an authority for the uses.
func issued(t *testing.T, by authority, uses []x509.ExtKeyUsage) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(7), DNSNames: []string{"test.example"}, ExtKeyUsage: uses,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestTLSCertificateFacts(t *testing.T) {
	got := certificateFacts(systemRoot.cert)
	if got.Subject != "CN=System Root" || !got.SelfSigned || !got.CA || len(got.SHA256) != 64 {
		t.Errorf("got %+v, want a self-signed authority", got)
	}
	l := leaf(&systemRoot, -1, 1)
	got = certificateFacts(l.cert)
	if want := []string{"test.example", "127.0.0.1"}; !slices.Equal(got.Names, want) || got.SelfSigned || got.CA {
		t.Errorf("got %+v, want names %v, neither self-signed nor authority", got, want)
	}
	l.cert.DNSNames = slices.Repeat([]string{strings.Repeat("a\xff\n", 400)}, 80)
	if got = certificateFacts(l.cert); len(got.Names) != maxNames || got.Names[0] != strings.Repeat("a", 256) {
		t.Errorf("got %d names, first %q, want %d bounded ones", len(got.Names), got.Names[0], maxNames)
	}
}

func TestTLSVersions(t *testing.T) {
	cert := leaf(&systemRoot, -1, 1).with()
	for version, want := range map[uint16]string{
		tls.VersionTLS10: "TLS 1.0", tls.VersionTLS11: "TLS 1.1", tls.VersionTLS12: "TLS 1.2", tls.VersionTLS13: "TLS 1.3",
	} {
		t.Run(want, func(t *testing.T) {
			to := serveTLS(t, &tls.Config{
				Certificates: []tls.Certificate{cert}, MinVersion: version, MaxVersion: version, NextProtos: []string{"http/1.1"},
			}, okReply)
			got := talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{ServerName: "test.example"}, HTTP: get})
			if got.TLS.Version != want || got.TLS.ALPN != "http/1.1" || got.TLS.ClientCertificate {
				t.Errorf("got %+v, want %s with http/1.1 and no client certificate", got.TLS, want)
			}
		})
	}
}

func TestTLSClientCertificate(t *testing.T) {
	tests := []struct {
		name    string
		version uint16
		stage   string
		alert   string
	}{
		// RFC 5246 has no alert of its own for it; §7.4.6 has handshake_failure.
		{"TLS 1.2", tls.VersionTLS12, platform.StageTLS, "handshake_failure"},
		// RFC 8446 §4.4.2.4: after the client has finished its handshake.
		{"TLS 1.3", tls.VersionTLS13, platform.StageReply, "certificate_required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			to := serveTLS(t, &tls.Config{
				Certificates: []tls.Certificate{leaf(&systemRoot, -1, 1).with()}, MaxVersion: tt.version,
				ClientAuth: tls.RequireAnyClientCert,
			}, okReply)
			got := talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{ServerName: "test.example"}, HTTP: get})
			last := got.Stages[len(got.Stages)-1]
			if !got.TLS.ClientCertificate || got.TLS.Alert != tt.alert || last.Name != tt.stage || got.End != platform.EndError {
				t.Errorf("got asked %v alert %q stage %s end %s, want true %q %s error",
					got.TLS.ClientCertificate, got.TLS.Alert, last.Name, got.End, tt.alert, tt.stage)
			}
			if len(got.TLS.Chain) != 1 {
				t.Errorf("got %d certificates beside the alert, want 1", len(got.TLS.Chain))
			}
		})
	}
}

func TestTLSAlertNames(t *testing.T) {
	for alert, want := range map[byte]string{40: "handshake_failure", 112: "unrecognized_name", 80: "internal_error", 200: "alert_200"} {
		to := serve(t, say("\x15\x03\x03\x00\x02\x02"+string([]byte{alert}), fin))
		got := talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{}})
		if got.TLS.Alert != want || got.TLS.NotTLS {
			t.Errorf("alert %d: got %q not TLS %v, want %q", alert, got.TLS.Alert, got.TLS.NotTLS, want)
		}
	}
}

func TestTLSNoCommonProtocol(t *testing.T) {
	to := serveTLS(t, &tls.Config{
		Certificates: []tls.Certificate{leaf(&systemRoot, -1, 1).with()}, NextProtos: []string{"h2"},
	}, okReply)
	got := talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{ALPN: []string{"imap"}}})
	if got.TLS.Alert != "no_application_protocol" {
		t.Errorf("got alert %q, want no_application_protocol", got.TLS.Alert)
	}
	got = talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{ALPN: []string{"h2"}}, HTTP: get})
	last := got.Stages[len(got.Stages)-1]
	if got.TLS.ALPN != "h2" || last.Name != platform.StageRequest || got.HTTP != nil {
		t.Errorf("got ALPN %q stage %s, want h2 and no request by HTTP/1.1", got.TLS.ALPN, last.Name)
	}
}

func TestTLSEndlessChain(t *testing.T) {
	cert := leaf(&systemRoot, -1, 1).with()
	for range 50 {
		cert.Certificate = append(cert.Certificate, systemRoot.cert.Raw)
	}
	to := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{cert}}, okReply)
	got := talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{}, HTTP: get})
	if len(got.TLS.Chain) != maxChain || got.HTTP == nil || got.HTTP.Status != 200 {
		t.Errorf("got %d certificates and HTTP %+v, want %d and 200", len(got.TLS.Chain), got.HTTP, maxChain)
	}
	for range 700 {
		cert.Certificate = append(cert.Certificate, systemRoot.cert.Raw)
	}
	to = serveTLS(t, &tls.Config{Certificates: []tls.Certificate{cert}}, okReply)
	got = talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{}, HTTP: get})
	if last := got.Stages[len(got.Stages)-1]; !errors.Is(last.Problem, platform.ErrMalformed) || got.Received > handshakeLimit {
		t.Errorf("got %v after %d bytes, want malformed within %d", last.Problem, got.Received, handshakeLimit)
	}
}

func TestTLSServerName(t *testing.T) {
	for server, want := range map[string]string{"test.example": "test.example", "127.0.0.1": "", "::1": "", "": ""} {
		seen := make(chan string, 1)
		cert := leaf(&systemRoot, -1, 1).with()
		to := serve(t, func(c *net.TCPConn) {
			s := tls.Server(c, &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				seen <- h.ServerName
				return &cert, nil
			}})
			s.Handshake()
			hold(c)
		})
		talk(t, Talker(), patience, platform.TalkAsk{To: to, TLS: &platform.TLSAsk{ServerName: server}, Read: -1})
		if got := <-seen; got != want {
			t.Errorf("asked for %q: got server name %q, want %q", server, got, want)
		}
	}
}

func FuzzChainFacts(f *testing.F) {
	f.Add(systemRoot.cert.Raw, "test.example")
	f.Add(leaf(&systemRoot, -1, 1).cert.Raw, "127.0.0.1")
	f.Add(leaf(nil, -1, 1).cert.Raw, "")
	f.Fuzz(func(t *testing.T, der []byte, name string) {
		chain := parseChain([][]byte{der, systemRoot.cert.Raw})
		c := conversation{ctx: t.Context(), chain: chain, ask: platform.TalkAsk{TLS: &platform.TLSAsk{ServerName: name}}}
		c.talk.TLS = &platform.TLSFacts{}
		if len(chain) > 0 {
			c.verified = verifyBeside(chain, nil)
		}
		c.judgeChain()
		for _, cert := range c.talk.TLS.Chain {
			if len(cert.Subject) > maxCertText || len(cert.Issuer) > maxCertText || len(cert.Names) > maxNames {
				t.Errorf("got unbounded %+v", cert)
			}
		}
		if _, err := json.Marshal(c.talk); err != nil {
			t.Errorf("got facts that are no JSON: %v", err)
		}
	})
}
