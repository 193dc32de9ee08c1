package portable

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"time"

	"faultline/platform"
)

const (
	maxChain    = 10
	maxNames    = 50
	maxCertText = 256
)

// parseChain reads the certificates as sent. One that cannot be read ends the
// chain: crypto/tls has refused it before.
func parseChain(raw [][]byte) []*x509.Certificate {
	var chain []*x509.Certificate
	for _, der := range raw {
		cert, err := x509.ParseCertificate(der)
		if err != nil || len(chain) == maxChain {
			break
		}
		chain = append(chain, cert)
	}
	return chain
}

// judgeChain fills in what the chain shows and what the verifier says of it.
func (c *conversation) judgeChain() {
	if len(c.chain) == 0 {
		return
	}
	facts := c.talk.TLS
	for _, cert := range c.chain {
		facts.Chain = append(facts.Chain, certificateFacts(cert))
	}
	if name := bareName(c.ask.TLS.ServerName); name != "" {
		facts.NameMatches = platform.TriOf(c.chain[0].VerifyHostname(name) == nil)
	}
	said := c.verified.wait(c.ctx)
	facts.Trusted, facts.Why, facts.Incomplete, facts.Kin = said.trusted, said.why, said.incomplete, said.kin
	facts.Unfit = said.unfit
}

func certificateFacts(cert *x509.Certificate) platform.Certificate {
	sum := sha256.Sum256(cert.Raw)
	return platform.Certificate{
		Subject:    printable(cert.Subject.String(), maxCertText),
		Issuer:     printable(cert.Issuer.String(), maxCertText),
		Names:      namesOf(cert),
		NotBefore:  cert.NotBefore.UTC(),
		NotAfter:   cert.NotAfter.UTC(),
		SelfSigned: selfSigned(cert),
		CA:         cert.BasicConstraintsValid && cert.IsCA,
		SHA256:     hex.EncodeToString(sum[:]),
	}
}

func namesOf(cert *x509.Certificate) []string {
	var names []string
	for _, name := range cert.DNSNames {
		if len(names) < maxNames {
			names = append(names, printable(name, maxCertText))
		}
	}
	for _, ip := range cert.IPAddresses {
		if len(names) < maxNames {
			names = append(names, ip.String())
		}
	}
	return names
}

// selfSigned trusts the names where the algorithm is too old for Go to check.
func selfSigned(cert *x509.Certificate) bool {
	if !bytes.Equal(cert.RawSubject, cert.RawIssuer) {
		return false
	}
	err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
	var old x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &old)
}

// trusted asks the verifier about all but the name and the leaf's dates. Where
// there is no verifier (no roots at all), the answer is unknown.
func trusted(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) (platform.Tri, *platform.Problem) {
	err := verifyFor(x509.ExtKeyUsageServerAuth, chain, roots, at)
	var noRoots x509.SystemRootsError
	switch {
	case err == nil:
		return platform.Yes, nil
	case errors.As(err, &noRoots):
		return platform.Unknown, other(err.Error())
	}
	return platform.No, other(err.Error())
}

// verify asks the verifier about all but the dates of cert: at a time at which
// it is valid, and where that fails at the time that counts, as an authority
// may be younger than a certificate in its name that has run out.
func verify(cert *x509.Certificate, at time.Time, how x509.VerifyOptions) error {
	how.CurrentTime = within(cert, at)
	_, err := cert.Verify(how)
	if err == nil || how.CurrentTime.Equal(at) {
		return err
	}
	dateless := *cert // the signature is over the bytes as sent
	dateless.NotBefore, dateless.NotAfter, how.CurrentTime = at, at, at
	if _, again := dateless.Verify(how); again == nil {
		return nil
	}
	return err
}

// within returns a time at which cert is valid: at itself, or the middle of
// its dates.
func within(cert *x509.Certificate, at time.Time) time.Time {
	if !at.Before(cert.NotBefore) && !at.After(cert.NotAfter) {
		return at
	}
	// Halves apart: a certificate may span more years than a Duration holds.
	from, to := cert.NotBefore.Unix(), cert.NotAfter.Unix()
	return time.Unix(from/2+to/2, 0)
}

// missingIssuer names the issuer at which the path from the leaf ends, when it is
// neither sent nor a root; nil when the path ends otherwise.
func missingIssuer(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) *pkix.Name {
	last := chain[0]
	for range chain {
		if bytes.Equal(last.RawSubject, last.RawIssuer) {
			return nil
		}
		issuer := issuerOf(last, chain)
		if issuer == nil && knownIssuer(last, roots, at) {
			return nil
		}
		if issuer == nil {
			return &last.Issuer
		}
		last = issuer
	}
	return nil // a loop
}

// issuerOf goes by names and, where both name one, by key identifiers: a
// signature that does not fit is another problem than a missing certificate.
func issuerOf(cert *x509.Certificate, chain []*x509.Certificate) *x509.Certificate {
	for _, c := range chain {
		sameKey := len(cert.AuthorityKeyId) == 0 || len(c.SubjectKeyId) == 0 ||
			bytes.Equal(cert.AuthorityKeyId, c.SubjectKeyId)
		if c != cert && sameKey && bytes.Equal(c.RawSubject, cert.RawIssuer) {
			return c
		}
	}
	return nil
}

// knownIssuer leaves it to the verifier to look among the roots, as not every
// system lets its roots be listed.
func knownIssuer(cert *x509.Certificate, roots *x509.CertPool, at time.Time) bool {
	err := verify(cert, at, x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	var unknown x509.UnknownAuthorityError
	return !errors.As(err, &unknown)
}

// verifyFor builds a chain for one purpose.
func verifyFor(use x509.ExtKeyUsage, chain []*x509.Certificate, roots *x509.CertPool, at time.Time) error {
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	return verify(chain[0], at, x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{use}})
}

// trustedOtherwise reports whether only the purpose of the certificate keeps it
// from being trusted.
func trustedOtherwise(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) bool {
	return len(chain[0].ExtKeyUsage)+len(chain[0].UnknownExtKeyUsage) > 0 && verifyFor(x509.ExtKeyUsageAny, chain, roots, at) == nil
}
