//go:build e2e && linux

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"faultline/platform/linux/netlab"
)

// useProxy sets the client's programs up for a proxy, for both schemes.
func (s *scene) useProxy(at string) {
	for _, name := range []string{"http_proxy", "https_proxy"} {
		s.Setenv(name, at)
	}
}

// proxy serves a proxy and has the client's programs use it.
func (s *scene) proxy(p netlab.Proxy) netip.AddrPort {
	at := s.ServeProxy(p)
	s.useProxy("http://" + at.String())
	return at
}

// noWayOut has the gateway drop what the client sends to the server.
func (s *scene) noWayOut() {
	var b strings.Builder
	for _, a := range s.Server.Addrs(netlab.AnyFamily) {
		word := "ip"
		if a.Is6() {
			word = "ip6"
		}
		for _, c := range s.Client.Addrs(netlab.AnyFamily) {
			if c.Is6() == a.Is6() {
				fmt.Fprintf(&b, "%s saddr %v %s daddr %v drop; ", word, c, word, a)
			}
		}
	}
	s.NFT(s.Routers[0], "chain c { type filter hook forward priority 0; "+b.String()+"}")
}

// proxies are states of networks with a proxy.
func proxies() []story {
	through := func(p netlab.Proxy, serve func(s *scene) string) func(s *scene) string {
		return func(s *scene) string {
			s.proxy(p)
			return serve(s)
		}
	}
	plain := func(s *scene) string { return s.web() }
	https := secured(netlab.TLS{})
	blocked := func(set func(s *scene) string) func(s *scene) string {
		return func(s *scene) string {
			s.noWayOut()
			return set(s)
		}
	}
	return []story{
		fault("proxy.dead", "proxy refuses", anyF, func(s *scene) string {
			s.useProxy("http://" + netip.AddrPortFrom(s.Resolver.V4, s.FreePort()).String())
			return plain(s)
		}),
		fault("proxy.dead", "proxy refuses, direct blocked, TLS", any4, blocked(func(s *scene) string {
			s.useProxy("http://" + netip.AddrPortFrom(s.Resolver.V4, s.FreePort()).String())
			return https(s)
		})),
		fault("proxy.dead", "proxy on this machine refuses", any4, func(s *scene) string {
			s.useProxy("http://" + netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.FreePort()).String())
			return https(s)
		}),
		fault("proxy.dead", "proxy drops", any4, func(s *scene) string {
			at := s.proxy(netlab.Proxy{})
			s.Drop(s.Resolver, at.Port())
			return https(s)
		}),
		fault("proxy.dead", "proxy of a name that does not exist", any4, func(s *scene) string {
			s.useProxy("http://no-such-proxy.example:3128")
			return https(s)
		}),
		fault("proxy.dead", "proxy says nothing", any4, through(netlab.Proxy{Does: netlab.ProxyMute}, https)),
		fault("proxy.dead", "proxy closes", any4, through(netlab.Proxy{Does: netlab.ProxyCloses}, https)),
		fault("proxy.dead", "no proxy on the port", any4, func(s *scene) string {
			port := s.accept(s.Resolver, netip.AddrPortFrom(s.Resolver.V4, 0), ssh)
			s.useProxy(netip.AddrPortFrom(s.Resolver.V4, port).String())
			return https(s)
		}),
		twin("proxy.dead", "proxy works", anyF, through(netlab.Proxy{}, https)),
		twin("proxy.dead", "proxy works, plain", anyF, through(netlab.Proxy{}, plain)),
		twin("proxy.dead", "proxy works, SOCKS", any4, func(s *scene) string {
			s.Setenv("ALL_PROXY", "socks5h://"+s.ServeProxy(netlab.Proxy{SOCKS: true}).String())
			return https(s)
		}),
		twin("proxy.dead", "dead proxy for another scheme", any4, func(s *scene) string {
			s.Setenv("http_proxy", "http://"+netip.AddrPortFrom(s.Resolver.V4, s.FreePort()).String())
			return https(s)
		}),
		twin("proxy.dead", "dead proxy with an exception for the name", any4, func(s *scene) string {
			s.useProxy("http://" + netip.AddrPortFrom(s.Resolver.V4, s.FreePort()).String())
			s.Setenv("no_proxy", "localhost,."+s.Name[strings.IndexByte(s.Name, '.')+1:])
			return https(s)
		}).kept(),
		twin("proxy.dead", "dead proxy with an exception for the network", any4, func(s *scene) string {
			s.useProxy("http://" + netip.AddrPortFrom(s.Resolver.V4, s.FreePort()).String())
			s.Setenv("NO_PROXY", netip.PrefixFrom(s.Server.V4, 8).Masked().String())
			plain(s)
			return s.httpAt(s.Server.V4)
		}),
		twin("proxy.dead", "dead proxy, another protocol", any4, func(s *scene) string {
			s.useProxy("http://" + netip.AddrPortFrom(s.Resolver.V4, s.FreePort()).String())
			s.Serve(netlab.Service{Does: netlab.SSH})
			return fmt.Sprintf("ssh://%s:%d", s.Name, s.Port)
		}),
		twin("proxy.dead", "gateway to the proxy is silent", beyond(any4), through(netlab.Proxy{}, func(s *scene) string {
			s.SilenceGateway()
			return s.URL("https")
		}), "gateway.silent"),
		twin("proxy.dead", "name server dead, proxy set by name", any4, func(s *scene) string {
			s.useProxy("http://proxy.example:3128")
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			return s.URL("https")
		}, "dns.resolver-silent"),
		twin("proxy.dead", "name server dead, proxy set by address", any4, through(netlab.Proxy{}, func(s *scene) string {
			u := https(s)
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			return u
		})),
		twin("proxy.dead", "adapter is off", any4, through(netlab.Proxy{}, func(s *scene) string {
			s.DisableLink()
			return s.URL("https")
		}), "link.disabled").calmly(),
		twin("proxy.dead", "no route to the proxy", beyond(any4), through(netlab.Proxy{}, func(s *scene) string {
			s.RemoveDefaultRoute(netlab.V4)
			return s.URL("https")
		}), "gateway.none").calmly(),
		twin("proxy.dead", "own filter drops the way to the proxy", any4, func(s *scene) string {
			at := s.proxy(netlab.Proxy{})
			s.Drop(s.Client, at.Port())
			return https(s)
		}, "firewall.local-out", "proxy.dead"),
		fault("proxy.auth", "proxy wants a sign-in, TLS", any4, through(netlab.Proxy{Does: netlab.ProxyWantsLogin}, https)),
		fault("proxy.auth", "proxy wants a sign-in, plain", any4, through(netlab.Proxy{Does: netlab.ProxyWantsLogin}, plain)),
		fault("proxy.auth", "proxy wants the session's credentials", any4, through(netlab.Proxy{Does: netlab.ProxyWantsLogin, Login: "Negotiate"}, blocked(https))),
		fault("proxy.auth", "SOCKS proxy wants a user", any4, func(s *scene) string {
			s.Setenv("https_proxy", "socks5://"+s.ServeProxy(netlab.Proxy{SOCKS: true, Does: netlab.ProxyWantsLogin}).String())
			return https(s)
		}),
		twin("proxy.auth", "credentials are set, and not ours to send", any4, func(s *scene) string {
			s.useProxy("http://user:secret@" + s.ServeProxy(netlab.Proxy{Does: netlab.ProxyWantsLogin}).String())
			return https(s)
		}, "inconclusive"),
		twin("proxy.auth", "the service wants a sign-in", any4, through(netlab.Proxy{}, serving(netlab.Service{Status: 401})), "service.denied"),
		fault("proxy.denied", "proxy denies, TLS", any4, through(netlab.Proxy{Does: netlab.ProxyDenies}, https)),
		fault("proxy.denied", "proxy denies, plain", any4, through(netlab.Proxy{Does: netlab.ProxyDenies}, plain)),
		fault("proxy.denied", "proxy denies, direct blocked", any4, through(netlab.Proxy{Does: netlab.ProxyDenies}, blocked(plain))),
		fault("proxy.denied", "SOCKS proxy denies", any4, func(s *scene) string {
			s.Setenv("https_proxy", "socks5://"+s.ServeProxy(netlab.Proxy{SOCKS: true, Does: netlab.ProxyDenies}).String())
			return https(s)
		}),
		twin("proxy.denied", "the service denies", any4, through(netlab.Proxy{}, serving(netlab.Service{Status: 403})), "service.denied"),
		twin("proxy.denied", "proxy cannot reach the target", any4, through(netlab.Proxy{}, func(s *scene) string { return s.URL("https") }), "service.upstream-down"),
		twin("proxy.denied", "proxy waits for the target in vain", any4, through(netlab.Proxy{Does: netlab.ProxyMuteTarget}, blocked(https)), "service.upstream-down"),
		fault("proxy.required", "host without a scheme, direct dropped", any4, through(netlab.Proxy{}, blocked(func(s *scene) string {
			s.Serve(netlab.Service{Port: 443, TLS: &netlab.TLS{}})
			return s.Name
		}))),
		fault("proxy.required", "port 443, direct rejected", any4, through(netlab.Proxy{}, func(s *scene) string {
			s.Serve(netlab.Service{Port: 443, TLS: &netlab.TLS{}})
			s.NFT(s.Routers[0], fmt.Sprintf("chain c { type filter hook forward priority 0; ip saddr %v tcp dport 443 reject with tcp reset; }", s.Client.V4))
			return s.Name + ":443"
		})),
		fault("proxy.script-unreachable", "the script's server refuses", any4, func(s *scene) string {
			s.KDE(fmt.Sprintf("ProxyType=2\nProxy Config Script=http://%v/proxy.pac\n", netip.AddrPortFrom(s.Resolver.V4, s.FreePort())))
			return https(s)
		}),
		fault("proxy.script-unreachable", "the script's name does not exist", any4, func(s *scene) string {
			s.KDE("ProxyType=2\nProxy Config Script=http://no-such-host.example/proxy.pac\n")
			return plain(s)
		}),
		twin("proxy.script-unreachable", "the script can be fetched", any4, func(s *scene) string {
			script := s.Serve(netlab.Service{On: s.Resolver, Port: s.FreePort(), Text: "function FindProxyForURL(url, host) { return \"DIRECT\"; }"})
			s.KDE(fmt.Sprintf("ProxyType=2\nProxy Config Script=http://%v/proxy.pac\n", netip.AddrPortFrom(s.Resolver.V4, script.Port)))
			return https(s)
		}),
		twin("proxy.script-unreachable", "a script is to be discovered, and there is none", any4, func(s *scene) string {
			s.KDE("ProxyType=3\n")
			return https(s)
		}),
		twin("proxy.dead", "proxy of the desktop works", any4, func(s *scene) string {
			at := s.ServeProxy(netlab.Proxy{})
			s.KDE(fmt.Sprintf("ProxyType=1\nhttpsProxy=http://%v %d\n", at.Addr(), at.Port()))
			return https(s)
		}),
		twin("proxy.required", "direct dropped, program uses the proxy", anyF, through(netlab.Proxy{}, blocked(https))),
		twin("proxy.required", "direct dropped, proxy set for the next login", any4, blocked(func(s *scene) string {
			s.Environment(fmt.Sprintf("https_proxy=\"http://%v\"\n", s.ServeProxy(netlab.Proxy{})))
			return https(s)
		})).kept(),
		twin("proxy.required", "name that only the proxy knows", any4, through(netlab.Proxy{}, func(s *scene) string {
			u := https(s)
			s.DNS.BehaveFor(s.Name, netlab.Manner{Mode: netlab.NoSuchName})
			return u
		})).kept(),
	}
}

// ssh speaks first, as a server of SSH does.
func ssh(c net.Conn) {
	_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n")
	_, _ = io.Copy(io.Discard, c)
}
