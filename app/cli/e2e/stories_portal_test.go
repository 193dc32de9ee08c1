//go:build e2e && linux

package e2e

import (
	"fmt"

	"faultline/platform/linux/netlab"
)

// beyond has the resolver behind a router, so that the way to it is the way to
// the server.
func beyond(o netlab.Options) netlab.Options { o.Resolver = netlab.BehindRouter; return o }

func redirect(to string) netlab.Service {
	return netlab.Service{Status: 302, Header: map[string]string{"Location": to}}
}

// login is the page of a portal.
var login = netlab.Service{Header: map[string]string{"Content-Type": "text/html"},
	Text: "<html><head><title>Hotspot login</title></head><body>Accept the terms to go on.</body></html>"}

// blockedPage is the page of a filter.
var blockedPage = netlab.Service{Status: 403, Text: "<html><head><title>Web Page Blocked</title></head><body>Category: games. FortiGuard</body></html>"}

// portals are states in which another answers in place of the server.
func portals() []story {
	everybody := func(s netlab.Service, set func(s *scene) string) func(*scene) string {
		return func(sc *scene) string {
			sc.Portal(map[uint16]netlab.Service{sc.Port: s, 80: s})
			return set(sc)
		}
	}
	plain := func(s *scene) string { return s.web() }
	other := netlab.TLS{Cert: netlab.SelfSigned, Names: []string{"login.portal.example"}}
	return []story{
		fault("portal.captive", "everybody's page redirects", beyond(any4), everybody(redirect("http://login.elsewhere.example/start?u=1"), plain)),
		fault("portal.captive", "redirect to a portal, resolver on the LAN", any4, everybody(redirect("https://captive.hotel.example/"), plain)),
		fault("portal.captive", "redirect into the own network", any4, func(s *scene) string {
			return everybody(redirect("http://"+s.Routers[0].V4.String()+":8080/"), plain)(s)
		}),
		fault("portal.captive", "login page for everybody", anyF, everybody(login, plain)).kept(),
		fault("portal.captive", "network authentication required", anyF, everybody(netlab.Service{Status: 511, Text: "no"}, plain)),
		fault("portal.captive", "certificate of the portal, plain page redirects", any4, func(s *scene) string {
			s.Portal(map[uint16]netlab.Service{s.Port: {TLS: &other}, 80: redirect("https://login.portal.example/")})
			return s.URL("https")
		}),
		fault("portal.captive", "everybody has the portal's certificate", beyond(any4), func(s *scene) string {
			s.Portal(map[uint16]netlab.Service{s.Port: {TLS: &netlab.TLS{Names: []string{"gate.example"}}}})
			return s.URL("https")
		}),
		fault("portal.captive", "TLS dropped, plain redirects", beyond(any4), func(s *scene) string {
			s.Portal(map[uint16]netlab.Service{80: redirect("http://start.elsewhere.example/")})
			s.Drop(s.Routers[0], s.Port)
			return s.URL("https")
		}).kept(),
		fault("portal.captive", "SSH rejected, plain is a login page", any4, func(s *scene) string {
			s.Portal(map[uint16]netlab.Service{80: login})
			s.Reject(s.Routers[0], 22, netlab.AdminProhibited)
			return "ssh://" + s.Name
		}),
		twin("portal.captive", "own filter drops all TCP to the server", any4, func(s *scene) string {
			s.NFT(s.Client, fmt.Sprintf("chain c { type filter hook output priority 0; ip daddr %v meta l4proto tcp drop; }", s.Server.V4))
			return s.secure(netlab.TLS{})
		}, "firewall.local-out"),
		twin("portal.captive", "TLS dropped, the server's plain page leads to it", any4, func(s *scene) string {
			s.Serve(netlab.Service{Port: 80, Status: 301, Header: map[string]string{"Location": "https://" + s.Name + "/"}})
			s.Drop(s.Server, s.Port)
			return s.URL("https")
		}, "tcp.filtered"),
		fault("portal.captive", "every name leads to the gateway", any4, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Routers[0], Status: 302, Header: map[string]string{"Location": "http://start.elsewhere.example/"}})
			s.DNS.Set(s.Name, s.Routers[0].V4)
			s.DNS.Set("*", s.Routers[0].V4)
			return s.URL("http")
		}),
		fault("portal.captive", "every name leads to the gateway, TLS", any4, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Routers[0], TLS: &netlab.TLS{Cert: netlab.SelfSigned, Names: []string{"gate.example"}}})
			s.DNS.Set(s.Name, s.Routers[0].V4)
			s.DNS.Set("*", s.Routers[0].V4)
			return s.URL("https")
		}),
		twin("portal.captive", "the gateway's own page, by its name", any4, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Routers[0], Status: 302, Header: map[string]string{"Location": "http://start.elsewhere.example/"}})
			s.DNS.Set(s.Name, s.Routers[0].V4)
			return s.URL("http")
		}),
		twin("portal.captive", "the server redirects to another host", beyond(anyF), serving(redirect("https://elsewhere.example/"))),
		twin("portal.captive", "the server redirects to itself with TLS", anyF, func(s *scene) string {
			s.Serve(redirect("https://" + s.Name + "/"))
			return s.URL("http")
		}),
		twin("portal.captive", "the server redirects to www", anyF, func(s *scene) string {
			s.Serve(redirect("http://www." + s.Name + "/"))
			return s.URL("http")
		}),
		twin("portal.captive", "only the server's certificate is another's", beyond(any4), secured(netlab.TLS{Cert: netlab.WrongName}), "tls.wrong-name"),
		twin("portal.captive", "the server's own page of sign-in", anyF, serving(netlab.Service{Text: "<title>Sign in</title>"})),
		twin("portal.captive", "no content", anyF, serving(netlab.Service{Status: 204})),
		fault("web.blocked", "page of a filter for this server", beyond(any4), func(s *scene) string {
			s.web()
			s.PortalFor(s.Port, blockedPage)
			return s.URL("http")
		}),
		fault("web.blocked", "reset for this name only, plain", any4, func(s *scene) string {
			s.speak(s.Server, netlab.Naming(s.Name, s.Paged(netlab.Service{})))
			return s.URL("http")
		}),
		fault("web.blocked", "redirect to a filter", any4, func(s *scene) string {
			s.web()
			s.PortalFor(s.Port, redirect("http://blockpage.isp.example/?url=x"))
			return s.URL("http")
		}),
		twin("portal.captive", "the server redirects to a portal of its owner", anyF, serving(redirect("https://portal.owner.example/"))),
		twin("portal.captive", "the server redirects to its own captive name", anyF, func(s *scene) string {
			s.Serve(redirect("http://captive." + s.Name + "/"))
			return s.URL("http")
		}),
		twin("web.blocked", "the server's own rule blocks", anyF, serving(netlab.Service{Status: 403, Text: "<title>Sorry</title>You have been blocked"}), "service.denied"),
		twin("portal.captive", "a page about hotspots, with its own certificate", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Text: "<title>Hotspot login made easy</title>", TLS: &netlab.TLS{}})
			return s.URL("https")
		}),
		twin("web.blocked", "a shop for filters", anyF, serving(netlab.Service{Text: "<title>FortiGuard Labs</title>Web filter, category: security. Attacks are blocked by us."})),
		twin("web.blocked", "the server says no", anyF, serving(netlab.Service{Status: 403, Text: "<title>403 Forbidden</title>Forbidden"}), "service.denied"),
		twin("web.blocked", "a page that speaks of blocking", anyF, serving(netlab.Service{Text: "<title>News</title>The road is closed"})),
		twin("web.blocked", "reset whatever the name, plain", any4, serving(netlab.Service{Does: netlab.Resets}), "service.resets"),
		fault("tls.reset", "reset for this name only", any4, func(s *scene) string {
			s.speak(s.Server, netlab.Naming(s.Name, s.Secured(netlab.TLS{})))
			return s.URL("https")
		}).kept(),
		fault("tls.intercepted", "everybody's certificates come from one issuer", beyond(any4), func(s *scene) string {
			s.Serve(netlab.Service{TLS: &netlab.TLS{}})
			s.Portal(map[uint16]netlab.Service{s.Port: {TLS: &netlab.TLS{Cert: netlab.Untrusted}}})
			return s.URL("https")
		}),
		fault("tls.intercepted", "issuer is a product that inspects", anyF, func(s *scene) string {
			return s.secure(netlab.TLS{By: s.NewAuthority("Zscaler Intermediate Root CA")})
		}).kept(),
		fault("tls.intercepted", "issuer is a product that inspects, through a proxy", any4, func(s *scene) string {
			s.proxy(netlab.Proxy{})
			return s.secure(netlab.TLS{By: s.NewAuthority("FortiGate CA")})
		}),
		twin("tls.intercepted", "inspection is trusted", anyF, func(s *scene) string {
			a := s.NewAuthority("Netskope")
			s.Trust(a)
			return s.secure(netlab.TLS{By: a})
		}).kept(),
		twin("tls.intercepted", "private authority, trusted", anyF, func(s *scene) string {
			a := s.NewAuthority("Acme Private")
			s.Trust(a)
			return s.secure(netlab.TLS{By: a})
		}),
		twin("tls.wrong-name", "another's certificate, and a plain page that leads there", any4, func(s *scene) string {
			s.Serve(redirect("https://new.example/"))
			s.Serve(netlab.Service{Port: 80, Status: 301, Header: map[string]string{"Location": "https://new.example/"}})
			s.Serve(netlab.Service{Port: 443, TLS: &netlab.TLS{Names: []string{"new.example"}}})
			return "https://" + s.Name + "/"
		}, "tls.wrong-name"),
		twin("tls.intercepted", "only the server's issuer is unknown", beyond(any4), secured(netlab.TLS{Cert: netlab.Untrusted}), "tls.untrusted", "tls.incomplete-chain"),
		twin("proxy.auth", "the server answers 407", any4, serving(netlab.Service{Status: 407}), "proxy.auth"),
	}
}
