//go:build e2e && linux

package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"faultline/platform/linux/netlab"
)

// besideHead answers HEAD at once and GET after a while.
func besideHead(get time.Duration) func(net.Conn) {
	return requests(func(c net.Conn, r *http.Request) bool {
		if r.Method != http.MethodHead {
			time.Sleep(get)
		}
		_, err := io.WriteString(c, fineReply)
		return err == nil
	})
}

// deadProxy is where the client may reach a machine on which nothing listens.
func (s *scene) deadProxy() string {
	return "http://" + netip.AddrPortFrom(s.Resolver.V4, s.FreePort()).String()
}

// hunted are odd states around proxies, portals, sessions and services.
func hunted() []story {
	https := secured(netlab.TLS{})
	except := func(list func(s *scene) string) func(s *scene) string {
		return func(s *scene) string {
			s.useProxy(s.deadProxy())
			s.Setenv("no_proxy", list(s))
			return https(s)
		}
	}
	ends := func(scheme string, how func(net.Conn)) func(s *scene) string { return speaking(scheme, how) }
	readAndClose := func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }
	readAndReset := func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_ = c.(*net.TCPConn).SetLinger(0)
	}
	plainOn := func(words string) func(s *scene) string {
		return func(s *scene) string { s.speak(s.Server, greets(0, words)); return s.URL("https") }
	}
	out := []story{
		twin("proxy.dead", "HE exception for everything", any4, except(func(*scene) string { return "*" })),
		twin("proxy.dead", "HE exception for the name and port", any4, except(func(s *scene) string { return " foo.example , " + s.Target() })),
		twin("proxy.dead", "HE exception for the suffix without a dot", any4, except(func(s *scene) string { return s.Name[strings.IndexByte(s.Name, '.')+1:] })),
		twin("proxy.dead", "HE exception in capitals", any4, except(func(s *scene) string { return strings.ToUpper(s.Name) })),
		fault("proxy.dead", "HE exception for another port", any4, except(func(s *scene) string { return fmt.Sprintf("%s:%d", s.Name, s.Port+1) })),
		fault("proxy.dead", "HE exception for a longer name", any4, except(func(s *scene) string { return "x" + s.Name })),
		twin("proxy.dead", "HE exception for an IPv6 network", six, func(s *scene) string {
			s.useProxy("http://" + netip.AddrPortFrom(s.Resolver.V6, s.FreePort()).String())
			s.Setenv("no_proxy", netip.PrefixFrom(s.Server.V6, 32).Masked().String())
			https(s)
			return "https://" + s.at(s.Server.V6) + "/"
		}),
		twin("proxy.dead", "HE lower case works, upper case dead", any4, func(s *scene) string {
			s.Setenv("HTTPS_PROXY", s.deadProxy())
			s.Setenv("https_proxy", "http://"+s.ServeProxy(netlab.Proxy{}).String())
			return https(s)
		}),
		twin("proxy.dead", "HE proxy by name with a dead first address", any4, func(s *scene) string {
			at := s.ServeProxy(netlab.Proxy{})
			dead := s.FreeAddr(s.Resolver.V4)
			s.allow(dead)
			s.DNS.Set("proxy.example", dead, at.Addr())
			s.useProxy(fmt.Sprintf("http://proxy.example:%d", at.Port()))
			return https(s)
		}),
		twin("proxy.dead", "HE proxy by name refuses at its first address", any4, func(s *scene) string {
			at := s.ServeProxy(netlab.Proxy{})
			s.DNS.Set("proxy.example", s.Server.V4, at.Addr())
			s.useProxy(fmt.Sprintf("http://proxy.example:%d", at.Port()))
			return https(s)
		}),
		fault("service.upstream-down", "HE proxy answers 502", any4, func(s *scene) string {
			s.proxy(netlab.Proxy{Does: netlab.ProxyUnreaching})
			return https(s)
		}),
		fault("proxy.dead", "HE SOCKS proxy refuses", any4, func(s *scene) string {
			s.Setenv("ALL_PROXY", strings.Replace(s.deadProxy(), "http", "socks5", 1))
			return https(s)
		}),
		fault("service.denied", "HE page of a content network", anyF, serving(netlab.Service{Status: 403, Header: map[string]string{"Server": "cloudflare"},
			Text: "<title>Attention Required! | Cloudflare</title>Sorry, you have been blocked"})),
		fault("service.denied", "HE page of another content network", anyF, serving(netlab.Service{Status: 403, Header: map[string]string{"Server": "AkamaiGHost"},
			Text: "<title>Access Denied</title>You don't have permission to access this on this server."})),
		twin("portal.captive", "HE sign-in on another host", anyF, serving(redirect("https://login.identity.example/authorize?x=1"))),
		twin("portal.captive", "HE redirect to a hotspot shop", anyF, serving(redirect("https://www.hotspot-shop.example/"))),
		fault("tls.wrong-name", "HE wildcard of the names below", anyF, func(s *scene) string {
			return s.secure(netlab.TLS{Names: []string{"*." + s.Name}})
		}),
		twin("tls.wrong-name", "HE wildcard that fits", anyF, func(s *scene) string {
			return s.secure(netlab.TLS{Names: []string{"*" + s.Name[strings.IndexByte(s.Name, '.'):]}})
		}),
		fault("tls.wrong-name", "HE literal, certificate without addresses", any4, func(s *scene) string {
			s.secure(netlab.TLS{Names: []string{s.Name}})
			return "https://" + s.at(s.Server.V4) + "/"
		}),
		fault("tls.version", "HE only TLS 1.0", anyF, secured(netlab.TLS{Min: tls.VersionTLS10, Max: tls.VersionTLS10})),
		fault("tls.version", "HE only TLS 1.1", anyF, secured(netlab.TLS{Min: tls.VersionTLS11, Max: tls.VersionTLS11})),
		fault("tls.not-tls", "HE SMTP", anyF, plainOn("220 mail.example ESMTP\r\n")),
		fault("tls.not-tls", "HE MySQL", anyF, plainOn(packet(mysqlHandshake))),
		twin("service.slow", "HE fast HEAD and slow GET", anyF, webOf(besideHead(4*time.Second))),
		twin("service.slow", "HE fast HEAD and silent GET", anyF, webOf(besideHead(time.Minute))),
		twin("service.error", "HE chunks that are none", anyF, webOf(always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n"))),
		twin("service.closes", "HE closes on the port of PostgreSQL", anyF, atPort(5432, readAndClose), "service.closes"),
		twin("service.closes", "HE closes on the port of Redis", anyF, atPort(6379, readAndClose), "service.closes"),
		fault("service.resets", "HE resets IPv6 only", dual, func(s *scene) string {
			s.Serve(netlab.Service{Only: netlab.V4})
			s.Serve(netlab.Service{Only: netlab.V6, Does: netlab.Resets})
			return s.URL("http")
		}).or("ipv6.broken", "tcp.some-addresses"),
		fault("service.closes", "HE end of mysql", anyF, ends("mysql", turnsAway(""))),
		fault("service.silent", "HE silence of mysql", anyF, ends("mysql", greets(time.Minute, ""))),
		twin("portal.captive", "HE redirect to a shop for networks", anyF, serving(redirect("https://my-wifi-world.example/"))),
		twin("portal.captive", "HE redirect to a site about wireless", any4, serving(redirect("https://blog.wlan-forum.example/"))),
		fault("portal.captive", "HE redirect to a guest network's page", any4, func(s *scene) string {
			s.Portal(map[uint16]netlab.Service{s.Port: redirect("http://guest-wifi.hotel.example/in"), 80: redirect("http://guest-wifi.hotel.example/in")})
			return s.web()
		}),
		fault("tls.expired", "HE expired and for another name", anyF, secured(netlab.TLS{Cert: netlab.Expired, Names: []string{"other.example"}})).or("tls.wrong-name"),
		fault("tls.untrusted", "HE signed by itself for another name", anyF, secured(netlab.TLS{Cert: netlab.SelfSigned, Names: []string{"other.example"}})).or("tls.wrong-name"),
		twin("service.slow", "HE fast HEAD and slow GET, far", netlab.Options{RTT: 100 * time.Millisecond}, webOf(besideHead(4*time.Second))),
	}
	for _, scheme := range []string{"ldap", "rdp", "postgresql", "smb"} {
		out = append(out,
			fault("service.silent", "HE silence of "+scheme, anyF, ends(scheme, greets(time.Minute, ""))),
			fault("service.closes", "HE end of "+scheme, anyF, ends(scheme, readAndClose)),
			fault("service.resets", "HE reset of "+scheme, anyF, ends(scheme, readAndReset)))
	}
	return out
}
