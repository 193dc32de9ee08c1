package portable

import (
	"bytes"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"time"

	"faultline/platform"
)

// SignIn is one sign-in of this session, step by step.
type SignIn interface {
	// Next answers what the proxy said; nil begins.
	Next(challenge []byte) ([]byte, error)
	Close()
}

const (
	// signInLegs bounds how often the proxy is answered: Kerberos needs one
	// (RFC 4559 §4.2), NTLM two, a negotiation between them one more.
	signInLegs = 4
	// maxRefusal bounds the page that comes with 407.
	maxRefusal = 64 << 10
)

// signIn asks for the target with the session's sign-in.
func (c *conversation) signIn(q platform.ProxySignIn) error {
	h, given, err := c.legs(q, c.sendCONNECT)
	if err != nil {
		return err
	}
	c.talk.Proxy.SignedIn = given
	return c.connected(h)
}

// requestSigned has the proxy forward a request with the session's sign-in. The
// head of what comes is read again by who reads the reply.
func (c *conversation) requestSigned(q platform.ProxySignIn) error {
	var ahead []byte
	_, given, err := c.legs(q, func(field string) (h head, err error) {
		c.raw.first = nil
		if _, err := c.rw.Write(requestWith(c.absolute(*c.ask.HTTP), field)); err != nil {
			return h, err
		}
		c.asked = time.Now()
		if ahead, err = readProxyHead(c.raw); err != nil {
			return h, err
		}
		return parseHead(ahead), nil
	})
	c.signedIn, c.rw = given, &replay{ReadWriteCloser: c.rw, ahead: ahead}
	return err
}

// legs says what the session has to say, step by step, on one connection: what
// NTLM answers to holds for that one alone. given is the scheme, where all was
// said before the last reply.
func (c *conversation) legs(q platform.ProxySignIn, send func(field string) (head, error)) (h head, given string, err error) {
	session, err := c.sys.SignIn(q)
	if err != nil {
		return h, "", err
	}
	defer session.Close()
	var challenge []byte
	for range signInLegs {
		word, err := session.Next(challenge)
		if err != nil {
			return h, "", err
		}
		h, err = send("Proxy-Authorization: " + q.Scheme + " " + base64.StdEncoding.EncodeToString(word) + "\r\n")
		if err != nil {
			return h, "", err
		}
		if challenge = h.challenge(q.Scheme); h.facts.Status != 407 || challenge == nil {
			if greets(word) {
				return h, "", nil
			}
			return h, q.Scheme, nil
		}
		if err := c.passPage(h); err != nil {
			return h, "", err
		}
	}
	return h, "", other("the sign-in to the proxy has no end")
}

// greets reports whether a word says no more than that NTLM is spoken, the
// NEGOTIATE_MESSAGE of MS-NLMP §2.2.1.1: nobody can be refused for it.
func greets(word []byte) bool { return bytes.Contains(word, []byte("NTLMSSP\x00\x01")) }

// challenge is what a proxy asks within a scheme; nil where it only names it,
// and so takes no more of what was said (RFC 4559 §5).
func (h head) challenge(scheme string) []byte {
	for _, value := range h.challenges {
		name, words, _ := strings.Cut(value, " ")
		if !strings.EqualFold(name, scheme) {
			continue
		}
		if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(words)); err == nil && len(b) > 0 {
			return b
		}
	}
	return nil
}

// passPage skips the page of a refusal, so that its connection can go on.
func (c *conversation) passPage(h head) error {
	if !c.tunnels() && h.bodyless(c.ask.HTTP.Method) && !h.closes {
		return nil
	}
	if n := h.facts.Length; h.closes || h.chunked || n < 0 || n > maxRefusal {
		return other("the proxy ends the connection before the sign-in is done")
	}
	c.raw.limit += h.facts.Length
	_, err := io.CopyN(io.Discard, c.raw, h.facts.Length)
	return err
}

// sessionSchemes are those that take what a session holds, the better first.
var sessionSchemes = []string{"negotiate", "ntlm"}

// preferred is the scheme that a program of the user would take: the session's
// before one that needs a password, else the first.
func preferred(offered []string) string {
	for _, s := range sessionSchemes {
		if i := slices.IndexFunc(offered, func(o string) bool { return strings.EqualFold(o, s) }); i >= 0 {
			return offered[i]
		}
	}
	for _, o := range offered {
		if o != "" {
			return o
		}
	}
	return ""
}

// schemes are those of one field, which may name several (RFC 9110 §11.6.1):
// what begins with a parameter belongs to the scheme before it.
func schemes(value string) (all []string) {
	quoted := false
	parts := strings.FieldsFunc(value, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
	for i, part := range parts {
		word := scheme(strings.TrimSpace(part))
		if i == 0 || word != "" && !strings.Contains(word, "=") {
			all = append(all, word)
		}
	}
	return all
}
