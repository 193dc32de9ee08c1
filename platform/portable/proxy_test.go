package portable

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

// serveOnce accepts one connection on loopback and hands it to talk.
func serveOnce(t *testing.T, talk func(c net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		talk(c)
	}()
	return netip.MustParseAddrPort(l.Addr().String())
}

// proxySaying answers the head of a CONNECT with a text, then acts the target.
func proxySaying(reply, then string) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for line := ""; line != "\r\n"; {
			var err error
			if line, err = in.ReadString('\n'); err != nil {
				return
			}
		}
		io.WriteString(c, reply+then)
		io.Copy(io.Discard, c)
	}
}

func TestCONNECT(t *testing.T) {
	for name, tt := range map[string]struct {
		reply, then string
		want        platform.ProxyReply
		first       string
		end         platform.TalkEnd
		last        string
	}{
		"opens": {"HTTP/1.1 200 Connection established\r\n\r\n", "SSH-2.0-x\r\n", platform.ProxyReply{Status: 200}, "SSH-2.0-x\r\n", platform.EndLocal, "reply"},
		"wants credentials": {"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nServer: squid\r\n\r\n", "",
			platform.ProxyReply{Status: 407, Auth: "Basic", Server: "squid"}, "", platform.EndError, "proxy"},
		"denies":      {"HTTP/1.1 403 Forbidden\r\n\r\n", "", platform.ProxyReply{Status: 403}, "", platform.EndError, "proxy"},
		"no proxy":    {"SSH-2.0-x\r\n\r\n", "", platform.ProxyReply{}, "S", platform.EndError, "proxy"},
		"interim 100": {"HTTP/1.1 100 Continue\r\n\r\n", "", platform.ProxyReply{Status: 100}, "", platform.EndError, "proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			to := serveOnce(t, proxySaying(tt.reply, tt.then))
			got, err := Talker().Talk(t.Context(), platform.TalkAsk{To: to, Proxy: &platform.ProxyHop{How: platform.ProxyConnect, Host: "a.example", Port: 22}})
			if err != nil || got.Proxy == nil || *got.Proxy != tt.want {
				t.Fatalf("got %+v, %v want %+v", got.Proxy, err, tt.want)
			}
			if last := got.Stages[len(got.Stages)-1].Name; string(got.First) != tt.first || got.End != tt.end || last != tt.last {
				t.Errorf("got %q, %s at %s want %q, %s at %s", got.First, got.End, last, tt.first, tt.end, tt.last)
			}
		})
	}
}

func TestSOCKS(t *testing.T) {
	for name, tt := range map[string]struct {
		method, reply []byte
		want          platform.ProxyReply
		end           platform.TalkEnd
	}{
		"opens":             {[]byte{5, 0}, append([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "hello\n"...), platform.ProxyReply{SOCKS: 1}, platform.EndLocal},
		"opens, bound name": {[]byte{5, 0}, append([]byte{5, 0, 0, 3, 2, 'h', 'i', 0, 0}, "hello\n"...), platform.ProxyReply{SOCKS: 1}, platform.EndLocal},
		"not allowed":       {[]byte{5, 0}, []byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0}, platform.ProxyReply{SOCKS: 3}, platform.EndError},
		"wants a user":      {[]byte{5, 0xff}, nil, platform.ProxyReply{Auth: "SOCKS"}, platform.EndError},
		"no SOCKS":          {[]byte("HT"), nil, platform.ProxyReply{}, platform.EndError},
	} {
		t.Run(name, func(t *testing.T) {
			to := serveOnce(t, func(c net.Conn) {
				io.ReadFull(c, make([]byte, 3))
				c.Write(tt.method)
				io.ReadFull(c, make([]byte, 4+1+len("a.example")+2))
				c.Write(tt.reply)
				io.Copy(io.Discard, c)
			})
			got, err := Talker().Talk(t.Context(), platform.TalkAsk{To: to, Proxy: &platform.ProxyHop{How: platform.ProxySOCKS5, Host: "a.example", Port: 22}})
			if err != nil || got.Proxy == nil || *got.Proxy != tt.want || got.End != tt.end {
				t.Fatalf("got %+v, %s, %v want %+v, %s", got.Proxy, got.End, err, tt.want, tt.end)
			}
			if tt.end == platform.EndLocal && string(got.First) != "hello\n" {
				t.Errorf("got %q want what the target says", got.First)
			}
		})
	}
}

func TestForwardedRequest(t *testing.T) {
	line := make(chan string, 1)
	to := serveOnce(t, func(c net.Conn) {
		s, _ := bufio.NewReader(c).ReadString('\n')
		line <- s
		io.WriteString(c, "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n")
	})
	got, err := Talker().Talk(t.Context(), platform.TalkAsk{To: to, HTTP: &platform.HTTPAsk{Method: "HEAD", Host: "a.example:81", Path: "/"},
		Proxy: &platform.ProxyHop{How: platform.ProxyForward, Host: "a.example", Port: 81}})
	if err != nil || got.HTTP == nil || got.HTTP.Status != 407 || got.HTTP.ProxyAuth != "Negotiate" {
		t.Fatalf("got %+v, %v want 407", got.HTTP, err)
	}
	if got, want := <-line, "HEAD http://a.example:81/ HTTP/1.1\r\n"; got != want {
		t.Errorf("got %q want %q", got, want)
	}
}

func TestSilentProxy(t *testing.T) {
	to := serveOnce(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	ctx, cancel := withLimit(t.Context(), 150*time.Millisecond)
	defer cancel()
	got, err := Talker().Talk(ctx, platform.TalkAsk{To: to, Proxy: &platform.ProxyHop{How: platform.ProxyConnect, Host: "a.example", Port: 22}})
	if err != nil || got.End != platform.EndTimeout || got.Stages[len(got.Stages)-1].Name != platform.StageProxy {
		t.Errorf("got %+v, %v want a timeout at the proxy", got, err)
	}
}

func TestProxyAsksThatCannotBe(t *testing.T) {
	to := netip.MustParseAddrPort("127.0.0.1:1")
	for _, hop := range []platform.ProxyHop{{}, {How: "ftp", Host: "a", Port: 1}, {How: platform.ProxyConnect, Host: "a\r\nb", Port: 1}, {How: platform.ProxySOCKS5, Host: strings.Repeat("a", 256), Port: 1}} {
		if _, err := Talker().Talk(t.Context(), platform.TalkAsk{To: to, Proxy: &hop}); err == nil {
			t.Errorf("%s: got no error want one", fmt.Sprintf("%.40q", hop.Host))
		}
	}
}

func FuzzReadProxyHead(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\n\r\nrest")
	f.Fuzz(func(t *testing.T, s string) {
		r := strings.NewReader(s)
		b, err := readProxyHead(r)
		if len(b)+r.Len() != len(s) {
			t.Errorf("got %d bytes, %d left of %d", len(b), r.Len(), len(s))
		}
		if err == nil {
			parseHead(b)
		}
	})
}

func TestTitle(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{"", ""},
		{"<html><head><TITLE lang=en>\n Hotspot\n login </TITLE>", "Hotspot login"},
		{"<title>cut off", ""},
		{"<title", ""},
		{"\xff\xfe<title>a\x00b\x1b[31m</title>", "ab[31m"},
	} {
		if got := title([]byte(tt.body)); got != tt.want {
			t.Errorf("%q: got %q want %q", tt.body, got, tt.want)
		}
	}
}

func FuzzTitle(f *testing.F) {
	f.Add([]byte("<title>x</title>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := title(b); len(got) > maxField {
			t.Errorf("got %d bytes", len(got))
		}
	})
}
