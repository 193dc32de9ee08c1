//go:build linux

package netlab

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// ProxyBehavior is what a proxy does with a request.
type ProxyBehavior int

// Behaviors of a proxy.
const (
	Proxies         ProxyBehavior = iota // tunnels and forwards
	ProxyWantsLogin                      // 407
	ProxyDenies                          // 403
	ProxyMute                            // reads the request, then says nothing
	ProxyCloses                          // reads the request, then closes
	ProxyUnreaching                      // 502 for whatever is asked
	ProxyMuteTarget                      // says nothing of targets, and answers for itself
)

// Proxy is an HTTP or SOCKS 5 proxy of a world.
type Proxy struct {
	On    *Node // zero: the resolver's machine
	Does  ProxyBehavior
	SOCKS bool
	Login string // the scheme that 407 asks for; zero: Basic
}

// ServeProxy starts a proxy and returns where the client finds it.
func (w *World) ServeProxy(p Proxy) netip.AddrPort {
	w.t.Helper()
	if p.On == nil {
		p.On = w.Resolver
	}
	at := p.On.Addrs(V4)
	if w.plan.family == V6 {
		at = p.On.Addrs(V6)
	}
	l, err := p.On.Listen(netip.AddrPortFrom(at[0], 0))
	w.must(err)
	w.onClose(func() { l.Close() })
	serve := func(c net.Conn) { w.proxyHTTP(p, c) }
	if p.SOCKS {
		serve = func(c net.Conn) { w.proxySOCKS(p, c) }
	}
	w.wg.Go(func() { w.accept(l, serve) })
	return netip.MustParseAddrPort(l.Addr().String())
}

func (w *World) proxyHTTP(p Proxy, c net.Conn) {
	in := bufio.NewReader(c)
	req, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	if refuse := w.proxyRefuses(p, c, req); refuse {
		return
	}
	host, port := req.URL.Hostname(), req.URL.Port()
	if port == "" {
		port = "80"
	}
	out, err := w.dialFrom(p.On, host, port)
	if err != nil {
		_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
		return
	}
	defer out.Close()
	if req.Method == http.MethodConnect {
		_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	} else {
		req.RequestURI, req.Close = "", true
		_ = req.Write(out)
	}
	w.pipe(c, in, out)
}

// proxyRefuses treats a request by itself where the proxy does so.
func (w *World) proxyRefuses(p Proxy, c net.Conn, req *http.Request) bool {
	say := func(text string) { _, _ = io.WriteString(c, "HTTP/1.1 "+text+"\r\nContent-Length: 0\r\n\r\n") }
	own := req.Method != http.MethodConnect && req.URL.Host == ""
	switch {
	case own && p.Does != ProxyMute && p.Does != ProxyCloses:
		say("400 Bad Request")
	case p.Does == ProxyWantsLogin:
		login := p.Login
		if login == "" {
			login = `Basic realm="lab"`
		}
		say("407 Proxy Authentication Required\r\nProxy-Authenticate: " + login)
	case p.Does == ProxyDenies:
		say("403 Forbidden")
	case p.Does == ProxyUnreaching:
		say("502 Bad Gateway")
	case p.Does == ProxyMute, p.Does == ProxyMuteTarget:
		<-w.ctx.Done()
	case p.Does != ProxyCloses:
		return false
	}
	return true
}

// dialFrom connects from a node; the proxy knows the world's own name.
func (w *World) dialFrom(n *Node, host, port string) (net.Conn, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("reading port %q: %w", port, err)
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		a = w.Server.Addrs(AnyFamily)[0]
	}
	return n.Dial(w.ctx, "tcp", netip.AddrPortFrom(a, uint16(number)))
}

// pipe copies both ways until both have ended.
func (w *World) pipe(c net.Conn, in io.Reader, out net.Conn) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(out, in)
		if t, ok := out.(*net.TCPConn); ok {
			_ = t.CloseWrite()
		}
	}()
	_, _ = io.Copy(c, out)
	c.Close()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

func (w *World) proxySOCKS(p Proxy, c net.Conn) {
	var b [262]byte
	if _, err := io.ReadFull(c, b[:2]); err != nil {
		return
	}
	if _, err := io.ReadFull(c, b[:b[1]]); err != nil {
		return
	}
	if p.Does == ProxyWantsLogin {
		_, _ = c.Write([]byte{5, 0xff})
		return
	}
	_, _ = c.Write([]byte{5, 0})
	host, port, err := readSOCKS(c)
	if err != nil {
		return
	}
	if p.Does == ProxyDenies {
		_, _ = c.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	out, err := w.dialFrom(p.On, host, port)
	if err != nil {
		_, _ = c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	defer out.Close()
	_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	w.pipe(c, c, out)
}

// readSOCKS reads a request of RFC 1928 §4.
func readSOCKS(c net.Conn) (host, port string, err error) {
	var b [262]byte
	if _, err := io.ReadFull(c, b[:4]); err != nil {
		return "", "", err
	}
	n := map[byte]int{1: 4, 4: 16}[b[3]]
	if n == 0 {
		if _, err := io.ReadFull(c, b[:1]); err != nil {
			return "", "", err
		}
		n = int(b[0])
	}
	named := b[3] == 3
	if _, err := io.ReadFull(c, b[:n+2]); err != nil {
		return "", "", err
	}
	host = string(b[:n])
	if a, ok := netip.AddrFromSlice(b[:n]); ok && !named && (n == 4 || n == 16) {
		host = a.String()
	}
	return host, strconv.Itoa(int(binary.BigEndian.Uint16(b[n : n+2]))), nil
}

// Setenv sets a variable of the programs that Command starts from now on.
func (w *World) Setenv(name, value string) { w.env = append(w.env, name+"="+value) }

// Environment sets the whole text of the client's /etc/environment, where the
// machine has that file.
func (w *World) Environment(text string) {
	w.t.Helper()
	w.must(w.write("environment", text))
}

// KDE gives the client's users the proxy settings of a KDE desktop.
func (w *World) KDE(settings string) {
	w.t.Helper()
	for _, user := range []int{Root, Nobody} {
		home, err := w.home(user)
		w.must(err)
		dir := filepath.Join(home, ".config")
		w.must(os.MkdirAll(dir, 0o755))
		w.must(os.WriteFile(filepath.Join(dir, "kioslaverc"), []byte("[Proxy Settings]\n"+settings), 0o644))
	}
	w.Setenv("XDG_CURRENT_DESKTOP", "KDE")
}
