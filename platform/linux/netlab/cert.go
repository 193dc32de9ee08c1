//go:build linux

package netlab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Certificate is what is the matter with a server's certificate.
type Certificate int

// Certificates of a service.
const (
	Valid Certificate = iota
	Expired
	NotYetValid
	WrongName
	SelfSigned
	NoIntermediate   // the server sends its own certificate only
	Untrusted        // issued by an authority that nobody knows
	RootSent         // valid, and the chain holds the root as well
	EndlessChain     // valid, with two thousand certificates that nobody needs
	ExpiredAuthority // the intermediate has expired, the server's own has not
)

const day = 24 * time.Hour

// Authority is a root with one intermediate that issues.
type Authority struct {
	Name  string
	root  *signer
	inter *signer
}

type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(name string) (*Authority, error) {
	a := &Authority{Name: name}
	var err error
	if a.root, err = sign(template(name, true, -365*day, 3650*day), nil); err != nil {
		return nil, err
	}
	a.inter, err = sign(template(name+" Issuing", true, -300*day, 365*day), a.root)
	return a, err
}

// PEM is the root, as the client trusts it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.cert.Raw})
}

// Pool is the root as a verifier takes it.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.root.cert)
	return p
}

// Issue makes a certificate of the kind for the names and IP addresses.
func (a *Authority) Issue(kind Certificate, names ...string) (tls.Certificate, error) {
	from, until := -2*day, 60*day
	switch kind {
	case Expired:
		from, until = -90*day, -3*day
	case NotYetValid:
		from, until = 5*day, 90*day
	case WrongName:
		names = []string{"other." + names[0]}
	}
	by, err := a.issuer(kind)
	if err != nil {
		return tls.Certificate{}, err
	}
	t := template(names[0], false, from, until)
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	leaf, err := sign(t, by)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: a.chain(kind, leaf, by), PrivateKey: leaf.key}, nil
}

// issuer returns who signs a certificate of the kind; nil: it signs itself.
func (a *Authority) issuer(kind Certificate) (*signer, error) {
	switch kind {
	case SelfSigned:
		return nil, nil
	case Untrusted:
		other, err := newAuthority("Other " + a.Name)
		if err != nil {
			return nil, err
		}
		return other.inter, nil
	case ExpiredAuthority:
		return sign(template(a.Name+" Old", true, -300*day, -1*day), a.root)
	}
	return a.inter, nil
}

func (a *Authority) chain(kind Certificate, leaf, by *signer) [][]byte {
	chain := [][]byte{leaf.cert.Raw}
	switch kind {
	case SelfSigned, NoIntermediate:
		return chain
	case RootSent:
		return append(chain, by.cert.Raw, a.root.cert.Raw)
	case EndlessChain:
		for range 2000 {
			chain = append(chain, by.cert.Raw)
		}
	}
	return append(chain, by.cert.Raw)
}

func template(name string, authority bool, from, until time.Duration) *x509.Certificate {
	now := time.Now()
	c := &x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: now.Add(from), NotAfter: now.Add(until),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	if authority {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
		return c
	}
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	return c
}

// sign makes key and certificate; without a signer it signs itself.
func sign(t *x509.Certificate, by *signer) (*signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	if t.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100)); err != nil {
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	parent, parentKey := t, key
	if by != nil {
		parent, parentKey = by.cert, by.key
	}
	raw, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, fmt.Errorf("signing %s: %w", t.Subject.CommonName, err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("reading an own certificate: %w", err)
	}
	return &signer{cert: cert, key: key}, nil
}
