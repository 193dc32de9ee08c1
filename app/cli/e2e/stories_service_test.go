//go:build e2e && linux

package e2e

import (
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"faultline/platform/linux/netlab"
)

func secured(t netlab.TLS) func(s *scene) string {
	return func(s *scene) string { return s.secure(t) }
}

// sessions are faults of TLS.
func sessions() []story {
	of := func(c netlab.Certificate) func(s *scene) string { return secured(netlab.TLS{Cert: c}) }
	shake := func(h netlab.Handshake) func(s *scene) string { return secured(netlab.TLS{Handshake: h}) }
	return []story{
		fault("tls.expired", "certificate expired", anyF, of(netlab.Expired)),
		fault("tls.expired", "authority expired", anyF, of(netlab.ExpiredAuthority)),
		twin("tls.expired", "certificate valid", anyF, of(netlab.Valid)),
		fault("tls.not-yet-valid", "certificate of the future", anyF, of(netlab.NotYetValid)),
		twin("tls.not-yet-valid", "certificate valid, literal target", any4, func(s *scene) string {
			s.secure(netlab.TLS{})
			return "https://" + s.at(s.Server.V4) + "/"
		}),
		fault("tls.wrong-name", "certificate of another name", anyF, of(netlab.WrongName)),
		twin("tls.wrong-name", "certificate of many names", anyF, func(s *scene) string {
			return s.secure(netlab.TLS{Names: []string{"other.example", s.Name}})
		}),
		fault("tls.untrusted", "certificate signed by itself", anyF, of(netlab.SelfSigned)),
		fault("tls.untrusted", "authority that nobody knows", anyF, of(netlab.Untrusted)),
		twin("tls.untrusted", "root sent as well", anyF, of(netlab.RootSent)),
		fault("tls.incomplete-chain", "intermediate not sent", anyF, of(netlab.NoIntermediate)),
		twin("tls.incomplete-chain", "intermediate sent", anyF, of(netlab.Valid)),
		fault("tls.stalled", "handshake never ends", anyF, shake(netlab.Stalls)),
		fault("tls.stalled", "handshake ends within the certificate", anyF, shake(netlab.StallsMidFlight)),
		twin("tls.stalled", "handshake succeeds, then silence", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.SilentAfter, TLS: &netlab.TLS{}})
			return s.URL("https")
		}, "service.silent"),
		fault("tls.reset", "reset on ClientHello", anyF, shake(netlab.ResetsOnHello)),
		twin("tls.reset", "closed on ClientHello", anyF, shake(netlab.ClosesOnHello), "service.closes"),
		fault("tls.not-tls", "plain answer to ClientHello", anyF, shake(netlab.AnswersPlain)),
		fault("tls.not-tls", "garbage answer to ClientHello", anyF, shake(netlab.AnswersGarbage)),
		fault("tls.not-tls", "web server without TLS", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.SSH})
			return s.URL("https")
		}),
		twin("tls.not-tls", "web server without TLS asked in plain", anyF, func(s *scene) string { return s.web() }),
		fault("tls.alert", "handshake failure", anyF, shake(netlab.Alerts)),
		fault("tls.alert", "name not known", anyF, shake(netlab.AlertsName)),
		twin("tls.alert", "certificate asked for and not demanded", anyF, of(netlab.Valid)),
		fault("tls.version", "no version in common", anyF, func(s *scene) string {
			s.speak(s.Server, func(c net.Conn) {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = c.Write([]byte{21, 3, 1, 0, 2, 2, 70}) // RFC 8446 §6.2: protocol_version
			})
			return s.URL("https")
		}),
		twin("tls.version", "only TLS 1.2", anyF, secured(netlab.TLS{Max: tls.VersionTLS12})),
		fault("tls.client-certificate", "client certificate demanded", anyF, secured(netlab.TLS{ClientCert: true})),
		fault("tls.client-certificate", "client certificate demanded, TLS 1.2", anyF, secured(netlab.TLS{ClientCert: true, Max: tls.VersionTLS12})),
		twin("tls.client-certificate", "no client certificate demanded, TLS 1.2", anyF, secured(netlab.TLS{Max: tls.VersionTLS12})),
	}
}

func serving(v netlab.Service) func(s *scene) string {
	return func(s *scene) string {
		s.Serve(v)
		return s.URL("http")
	}
}

// services are faults of the service itself.
func services() []story {
	status := func(n int) func(s *scene) string { return serving(netlab.Service{Status: n, Text: "no"}) }
	return []story{
		fault("service.silent", "takes the request and says nothing", anyF, serving(netlab.Service{Does: netlab.SilentAfter})),
		fault("service.silent", "accepts and says nothing", anyF, serving(netlab.Service{Does: netlab.Silent})),
		twin("service.silent", "answers after 2.5 s", netlab.Options{RTT: 20 * time.Millisecond}, serving(netlab.Service{Delay: 2500 * time.Millisecond}), "service.slow"),
		fault("service.closes", "closes after the request", anyF, serving(netlab.Service{Does: netlab.Closes})),
		fault("service.closes", "closes at once", anyF, serving(netlab.Service{Does: netlab.ClosesAtOnce})).or("service.resets"),
		twin("service.closes", "closes after its answer", anyF, serving(netlab.Service{Header: map[string]string{"Connection": "close"}})),
		fault("service.resets", "resets after the request", anyF, serving(netlab.Service{Does: netlab.Resets})),
		fault("service.resets", "resets at once", anyF, serving(netlab.Service{Does: netlab.ResetsAtOnce})),
		twin("service.resets", "answers half of what it announced", anyF, serving(netlab.Service{Does: netlab.HalfBody})),
		fault("service.error", "status 500", anyF, status(500)),
		twin("service.error", "status 404", anyF, status(404)),
		fault("service.denied", "status 401", anyF, status(401)),
		fault("service.denied", "status 403", anyF, status(403)),
		fault("service.denied", "status 429", anyF, status(429)),
		twin("service.denied", "status 302", anyF, serving(netlab.Service{Status: 302, Header: map[string]string{"Location": "/login"}})),
		twin("service.denied", "status 403 on / when another page was asked", anyF, func(s *scene) string {
			return serving(netlab.Service{Status: 403})(s) + "app/page?q=1"
		}),
		fault("service.upstream-down", "status 502", anyF, status(502)),
		fault("service.upstream-down", "status 503", anyF, status(503)),
		fault("service.upstream-down", "status 504", anyF, status(504)),
		twin("service.upstream-down", "status 501", anyF, status(501), "service.error"),
	}
}

// healthy are odd states in which nothing is wrong.
func healthy() []story {
	return []story{
		twin("icmp.filtered", "server ignores ping", pinging(anyF), func(s *scene) string {
			s.DropPing(s.Server)
			return s.web()
		}),
		twin("icmp.filtered", "everybody ignores ping", anyF, func(s *scene) string {
			for _, n := range append(s.Routers, s.Server, s.Resolver) {
				s.MuteICMP(n)
			}
			return s.web()
		}),
		twin("ok", "IPv6 literal", dual, func(s *scene) string {
			s.web()
			return s.httpAt(s.Server.V6)
		}),
		twin("ok", "bare address with a web service", any4, func(s *scene) string {
			s.Serve(netlab.Service{Port: 80})
			return s.Server.V4.String()
		}),
		twin("ok", "bare name, secure web only", any4, func(s *scene) string {
			s.Serve(netlab.Service{Port: 443, TLS: &netlab.TLS{}})
			return s.Name
		}),
		twin("ok", "bare host that drops the web and answers SSH", any4, func(s *scene) string {
			s.Serve(netlab.Service{Port: 22, Does: netlab.SSH})
			s.NFT(s.Server, "chain c { type filter hook input priority 0; tcp dport { 80, 443 } drop; }")
			return s.Name
		}).kept(),
		twin("ok", "SSH", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.SSH})
			return fmt.Sprintf("ssh://%s:%d", s.Name, s.Port)
		}),
		twin("ok", "a banner on an unknown port", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.Banner, Text: "220 ready\r\n"})
			return s.Target()
		}),
		twin("ok", "redirect", anyF, serving(netlab.Service{Status: 301, Header: map[string]string{"Location": "https://elsewhere.example/"}})),
		twin("ok", "300 ms away", netlab.Options{RTT: 300 * time.Millisecond}, secured(netlab.TLS{})),
		twin("ok", "a name server that needs TCP", anyF, behaving(netlab.Manner{Mode: netlab.Truncate})).or("inconclusive"),
	}
}

// hostile are peers that misbehave; what matters is that an end is found.
func hostile() []story {
	return []story{
		twin("ok", "a body without end", anyF, serving(netlab.Service{Does: netlab.EndlessBody})),
		twin("service.silent", "a header without end", anyF, serving(netlab.Service{Does: netlab.EndlessHeader}), "service.error"),
		twin("service.silent", "a banner without end", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.EndlessBanner})
			return s.Target()
		}),
		twin("service.silent", "bytes that are no HTTP", anyF, serving(netlab.Service{Does: netlab.NotHTTP}), "service.error"),
		twin("tls.stalled", "a handshake without end", anyF, secured(netlab.TLS{Handshake: netlab.EndlessHello}), "tls.not-tls", "tls.stalled", "inconclusive"),
		twin("tls.stalled", "a chain of two thousand certificates", anyF, secured(netlab.TLS{Cert: netlab.EndlessChain}), "ok", "tls.not-tls", "inconclusive"),
	}
}
