package portable

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"faultline/platform"
)

const (
	maxHead    = 32 << 10
	maxInterim = 8 // 1xx heads before the final one
	maxField   = 100
)

// maxPad keeps a request below what servers take for a head: 8 KiB is the usual
// limit.
const maxPad = 4 << 10

func httpRequest(q platform.HTTPAsk) []byte { return requestWith(q, "Connection: close\r\n") }

// requestWith is a request with fields of its own.
func requestWith(q platform.HTTPAsk, fields string) []byte {
	pad := ""
	if q.Pad > 0 {
		pad = "X-Padding: " + strings.Repeat("0", min(q.Pad, maxPad)) + "\r\n"
	}
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: faultline\r\nAccept: */*\r\n%s%s\r\n",
		q.Method, q.Path, q.Host, pad, fields)
}

// checkTalk rejects what would say something else on the wire than in the ask.
func checkTalk(q platform.TalkAsk) error {
	if !q.To.IsValid() || q.To.Port() == 0 {
		return other("no address to talk to")
	}
	var fields []string
	if q.TLS != nil {
		fields = append(fields, q.TLS.ServerName)
		fields = append(fields, q.TLS.ALPN...)
	}
	if err := checkProxy(q.Proxy); err != nil {
		return err
	}
	if q.Proxy != nil {
		fields = append(fields, q.Proxy.Host)
		if s := q.Proxy.SignIn; s != nil {
			fields = append(fields, s.Scheme, s.Host)
		}
	}
	if h := q.HTTP; h != nil {
		fields = append(fields, h.Method, h.Host, h.Path)
		if h.Method == "" || h.Path == "" || strings.ContainsAny(h.Method+h.Path+h.Host, " \t") {
			return other("the HTTP request has an empty part or a space in it")
		}
	}
	for _, f := range fields {
		if strings.ContainsAny(f, "\r\n\x00") || len(f) > 8<<10 {
			return other("a field of the ask has a line break or NUL in it, or is too long")
		}
	}
	if q.Proxy != nil && q.Proxy.SignIn != nil && q.Proxy.How == platform.ProxyForward && (q.HTTP == nil || q.TLS != nil) {
		return other("a proxy that forwards is signed in to with a request of HTTP in plain")
	}
	if err := checkSpeak(q); err != nil {
		return err
	}
	return checkTLS(q.TLS)
}

// checkTLS holds to the sizes of RFC 6066 §3 and RFC 7301 §3.1.
func checkTLS(q *platform.TLSAsk) error {
	if q == nil {
		return nil
	}
	if len(q.ServerName) > 255 || len(q.ALPN) > 16 {
		return other("the TLS server name or the list of protocols is too long")
	}
	for _, p := range q.ALPN {
		if p == "" || len(p) > 255 {
			return other("a protocol for ALPN is empty or too long")
		}
	}
	return nil
}

// plausible reports whether b is or may become a status line.
func plausible(b []byte) bool {
	const prefix = "HTTP/"
	n := min(len(b), len(prefix))
	return string(b[:n]) == prefix[:n]
}

// headEnd returns where the head that b begins with ends, its empty line
// included, or -1. Bare LF is taken as RFC 9112 §2.2 allows.
func headEnd(b []byte) int {
	crlf, lf := bytes.Index(b, []byte("\n\r\n")), bytes.Index(b, []byte("\n\n"))
	switch {
	case crlf < 0 && lf < 0:
		return -1
	case lf < 0 || crlf >= 0 && crlf < lf:
		return crlf + 3
	}
	return lf + 2
}

// head is what framing needs beside the facts.
type head struct {
	facts      platform.HTTPFacts
	chunked    bool
	closes     bool     // the peer closes after the reply
	challenges []string // values of Proxy-Authenticate
}

// interim reports whether another head follows (RFC 9110 §15.2). After 101 the
// protocol is another one.
func (h head) interim() bool {
	return h.facts.Status >= 100 && h.facts.Status < 200 && h.facts.Status != 101
}

// bodyless reports whether no body follows (RFC 9112 §6.3).
func (h head) bodyless(method string) bool {
	s := h.facts.Status
	return method == "HEAD" || s < 200 || s == 204 || s == 304
}

// parseHead reads a head with its status line. It forgives what clients
// forgive; a head without a status line has Malform.
func parseHead(b []byte) head {
	line, rest, _ := bytes.Cut(b, []byte("\n"))
	h := head{facts: platform.HTTPFacts{Length: -1}}
	if h.facts.Proto, h.facts.Status = statusLine(strings.TrimRight(string(line), "\r")); h.facts.Status == 0 {
		h.facts.Malform = "no status line"
		return h
	}
	lengths := map[string]bool{}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		name, value, ok := strings.Cut(string(line), ":")
		if ok && !strings.ContainsAny(name, " \t") {
			h.field(strings.ToLower(name), strings.TrimSpace(value), lengths)
		}
	}
	if len(lengths) > 1 { // RFC 9112 §6.3: not to be believed
		h.facts.Length = -1
	}
	return h
}

func statusLine(line string) (proto string, status int) {
	proto, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	if len(proto) != len("HTTP/1.1") || !strings.HasPrefix(proto, "HTTP/1.") || !digits(proto[7:]) {
		return "", 0
	}
	if len(code) != 3 || !digits(code) || code[0] == '0' {
		return "", 0
	}
	status, _ = strconv.Atoi(code)
	return proto, status
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// field notes the first value of each field that is a fact.
func (h *head) field(name, value string, lengths map[string]bool) {
	f := &h.facts
	switch name {
	case "date":
		f.Date = httpDate(value)
	case "location":
		f.Location = hostOf(value)
	case "server":
		f.Server = printable(value, maxField)
	case "via":
		f.Via = printable(value, maxField)
	case "transfer-encoding":
		h.chunked = strings.HasSuffix(strings.ToLower(value), "chunked")
	case "content-length":
		lengths[value] = true
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && digits(value) {
			f.Length = n
		}
	case "www-authenticate":
		f.Auth = scheme(value)
	case "connection", "proxy-connection":
		h.closes = h.closes || strings.EqualFold(value, "close")
	case "proxy-authenticate":
		h.challenges = append(h.challenges, value)
		f.ProxyAuth = preferred(append([]string{f.ProxyAuth}, schemes(value)...))
	}
}

// httpDate reads the three forms of RFC 9110 §5.6.7.
func httpDate(value string) time.Time {
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC} {
		if t, err := time.Parse(layout, value); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

func hostOf(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	return printable(u.Hostname(), maxNameText)
}

// scheme returns the first token (RFC 9110 §11.6.1).
func scheme(value string) string {
	word, _, _ := strings.Cut(value, " ")
	return printable(strings.TrimRight(word, ","), 32)
}

// title returns the title of a page, as far as it was read. What looks like one
// in a script or a comment is taken, too.
func title(body []byte) string {
	lower := bytes.Clone(body)
	for i, b := range lower {
		if 'A' <= b && b <= 'Z' {
			lower[i] += 'a' - 'A'
		}
	}
	_, rest, ok := bytes.Cut(lower, []byte("<title"))
	if !ok {
		return ""
	}
	i := bytes.IndexByte(rest, '>')
	if i < 0 {
		return ""
	}
	text := body[len(body)-len(rest)+i+1:]
	end := bytes.IndexByte(text, '<')
	if end < 0 {
		return ""
	}
	return printable(strings.Join(strings.Fields(string(text[:end])), " "), maxField)
}
