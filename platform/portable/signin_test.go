package portable

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"faultline/platform"
)

// words says one after the other, and fails where it has no more.
type words struct {
	say    []string
	heard  []string
	closed bool
}

func (w *words) Next(challenge []byte) ([]byte, error) {
	w.heard = append(w.heard, string(challenge))
	if len(w.say) == 0 {
		return nil, errors.New("no ticket")
	}
	word := w.say[0]
	w.say = w.say[1:]
	return []byte(word), nil
}

func (w *words) Close() { w.closed = true }

// proxyAsking answers each CONNECT with the next text, and notes what was given.
func proxyAsking(given chan<- string, replies ...string) func(net.Conn) {
	return func(c net.Conn) {
		defer close(given)
		in := textproto.NewReader(bufio.NewReader(c))
		for _, reply := range replies {
			if _, err := in.ReadLine(); err != nil {
				return
			}
			h, err := in.ReadMIMEHeader()
			if err != nil {
				return
			}
			given <- h.Get("Proxy-Authorization")
			io.WriteString(c, reply)
		}
		io.Copy(io.Discard, c)
	}
}

func TestSignIn(t *testing.T) {
	const (
		greeting = "NTLMSSP\x00\x01"
		opens    = "HTTP/1.1 200 OK\r\n\r\nhello\n"
		refuses  = "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\nContent-Length: 2\r\n\r\nno"
		asks     = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"a, b\"\r\nProxy-Authenticate: Negotiate Y2hhbGxlbmdl\r\nContent-Length: 2\r\n\r\nno"
		ends     = "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate Y2hhbGxlbmdl\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"
	)
	for name, tt := range map[string]struct {
		say, replies []string
		want         platform.ProxyReply
		first        string
		heard        int
	}{
		"a ticket is taken":            {[]string{"ticket"}, []string{opens}, platform.ProxyReply{Status: 200, SignedIn: "Negotiate"}, "hello\n", 1},
		"a ticket is refused":          {[]string{"ticket"}, []string{refuses}, platform.ProxyReply{Status: 407, Auth: "Negotiate", SignedIn: "Negotiate"}, "", 1},
		"a challenge is answered":      {[]string{greeting, "answer"}, []string{asks, opens}, platform.ProxyReply{Status: 200, SignedIn: "Negotiate"}, "hello\n", 2},
		"an answer is refused":         {[]string{greeting, "answer"}, []string{asks, refuses}, platform.ProxyReply{Status: 407, Auth: "Negotiate", SignedIn: "Negotiate"}, "", 2},
		"a greeting is not heard":      {[]string{greeting}, []string{refuses}, platform.ProxyReply{Status: 407, Auth: "Negotiate"}, "", 1},
		"no answer to the challenge":   {[]string{greeting}, []string{asks}, platform.ProxyReply{Status: 407, Auth: "Negotiate"}, "", 2},
		"no ticket":                    {nil, nil, platform.ProxyReply{}, "", 1},
		"the proxy ends too early":     {[]string{greeting, "answer"}, []string{ends}, platform.ProxyReply{Status: 407, Auth: "Negotiate"}, "", 1},
		"the proxy asks without end":   {slices.Repeat([]string{greeting}, 9), slices.Repeat([]string{asks}, 4), platform.ProxyReply{Status: 407, Auth: "Negotiate"}, "", 4},
		"signed in, and not let there": {[]string{"ticket"}, []string{"HTTP/1.1 403 No\r\n\r\n"}, platform.ProxyReply{Status: 403, SignedIn: "Negotiate"}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			given, session := make(chan string, 9), &words{say: tt.say}
			to := serveOnce(t, proxyAsking(given, tt.replies...))
			talker := TalkerWith(System{SignIn: func(q platform.ProxySignIn) (SignIn, error) {
				if q.Host != "proxy.example" || q.Scheme != "Negotiate" {
					t.Errorf("got %+v want what was asked for", q)
				}
				return session, nil
			}})
			got, err := talker.Talk(t.Context(), signing(to.Port(), platform.ProxyConnect))
			if err != nil || got.Proxy == nil || *got.Proxy != tt.want || string(got.First) != tt.first {
				t.Fatalf("got %+v, %q, %v want %+v, %q", got.Proxy, got.First, err, tt.want, tt.first)
			}
			if len(session.heard) != tt.heard || !session.closed {
				t.Errorf("got %q, closed %v want %d steps, closed", session.heard, session.closed, tt.heard)
			}
			for _, h := range session.heard[1:] {
				if h != "challenge" {
					t.Errorf("got %q want the challenge", h)
				}
			}
		})
	}
}

func signing(port uint16, how string) platform.TalkAsk {
	return platform.TalkAsk{To: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), Proxy: &platform.ProxyHop{How: how, Host: "a.example", Port: 22,
		SignIn: &platform.ProxySignIn{Scheme: "Negotiate", Host: "proxy.example"}}}
}

// TestSignInNeedsAProxyThatKnowsIt: SOCKS is not asked with it, and no system
// without one is.
func TestSignInNeedsAProxyThatKnowsIt(t *testing.T) {
	if _, err := Talker().Talk(t.Context(), signing(1, platform.ProxyConnect)); !errors.Is(err, platform.ErrUnsupported) {
		t.Errorf("got %v want %v", err, platform.ErrUnsupported)
	}
	sys := System{SignIn: func(platform.ProxySignIn) (SignIn, error) { t.Error("asked for a sign-in"); return nil, nil }}
	for _, how := range []string{platform.ProxyForward, platform.ProxySOCKS5} { // forward: no request to be forwarded
		if _, err := TalkerWith(sys).Talk(t.Context(), signing(1, how)); err == nil {
			t.Errorf("%s: got no error", how)
		}
	}
}

// TestForwardedSignIn: a proxy that forwards is signed in to by the request itself.
func TestForwardedSignIn(t *testing.T) {
	const (
		greeting = "NTLMSSP\x00\x01"
		asks     = "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate Y2hhbGxlbmdl\r\nContent-Length: 2\r\n\r\n"
		refuses  = "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 2\r\n\r\n"
		page     = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: 1.1 proxy\r\n\r\n"
	)
	for _, tt := range []struct {
		name, method string
		say, replies []string
		status       int
		signedIn     string
		end          platform.TalkEnd
	}{
		{"a ticket is taken", "HEAD", []string{"ticket"}, []string{page}, 200, "Negotiate", platform.EndLocal},
		{"a ticket is taken, with a page", "GET", []string{"ticket"}, []string{page + "hello"}, 200, "Negotiate", platform.EndLocal},
		{"a challenge is answered", "HEAD", []string{greeting, "answer"}, []string{asks, page}, 200, "Negotiate", platform.EndLocal},
		{"a challenge with a page is answered", "GET", []string{greeting, "answer"}, []string{asks + "no", page + "hello"}, 200, "Negotiate", platform.EndLocal},
		{"a ticket is refused", "HEAD", []string{"ticket"}, []string{refuses}, 407, "Negotiate", platform.EndLocal},
		{"a greeting is not heard", "HEAD", []string{greeting}, []string{refuses}, 407, "", platform.EndLocal},
		{"no ticket", "HEAD", nil, nil, 0, "", platform.EndError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			given := make(chan string, 9)
			to := serveOnce(t, proxyAsking(given, tt.replies...))
			talker := TalkerWith(System{SignIn: func(platform.ProxySignIn) (SignIn, error) { return &words{say: tt.say}, nil }})
			q := signing(to.Port(), platform.ProxyForward)
			q.HTTP = &platform.HTTPAsk{Method: tt.method, Host: "a.example", Path: "/"}
			got, err := talker.Talk(t.Context(), q)
			if err != nil || got.End != tt.end {
				t.Fatalf("got %+v, %v want %s", got, err, tt.end)
			}
			if tt.status == 0 {
				return
			}
			if got.HTTP == nil || got.HTTP.Status != tt.status || got.HTTP.ProxySignedIn != tt.signedIn || got.Proxy != nil || got.FirstIn <= 0 {
				t.Errorf("got %+v, %+v after %v want %d, signed in %q", got.HTTP, got.Proxy, got.FirstIn, tt.status, tt.signedIn)
			}
		})
	}
}

// TestPreferredScheme: what the session can give counts, wherever it is named.
func TestPreferredScheme(t *testing.T) {
	for fields, want := range map[string]string{
		"Negotiate|NTLM|Basic realm=\"x\"":                 "Negotiate",
		"Basic realm=\"x\"|NTLM":                           "NTLM",
		"Basic realm=\"Negotiate, or not\", charset=\"U\"": "Basic",
		"Digest realm=\"a\", nonce=\"b\", Negotiate":       "Negotiate",
		"Negotiate, Basic realm=\"x\"":                     "Negotiate",
		"Basic|Digest realm=\"x\"":                         "Basic",
		"":                                                 "",
	} {
		lines := []string{"HTTP/1.1 407 No"}
		for _, f := range strings.Split(fields, "|") {
			lines = append(lines, "Proxy-Authenticate: "+f)
		}
		if got := parseHead([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n")).facts.ProxyAuth; got != want {
			t.Errorf("%s: got %q want %q", fields, got, want)
		}
	}
}

func FuzzProxyAuthenticate(f *testing.F) {
	for _, s := range []string{"Negotiate", "Negotiate Y2hhbGxlbmdl", `Basic realm="a, b", NTLM`, `Digest qop="auth`, ",,=", "\"", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		h := parseHead([]byte("HTTP/1.1 407 No\r\nProxy-Authenticate: " + value + "\r\n\r\n"))
		if len(h.facts.ProxyAuth) > 32 || strings.ContainsAny(h.facts.ProxyAuth, "\r\n\x00 ") {
			t.Errorf("got %q want one word", h.facts.ProxyAuth)
		}
		for _, scheme := range sessionSchemes {
			if c := h.challenge(scheme); c != nil && len(c) > len(value) {
				t.Errorf("got %d bytes out of %d", len(c), len(value))
			}
		}
	})
}
