//go:build e2e && linux

package e2e

import (
	"net/netip"
	"time"

	"faultline/platform/linux/netlab"
)

// doubles are two faults at once: the one that stops the user must be told, and
// the other one named beside it where it can be seen.
func doubles() []story {
	deadFirst := func(s *scene) {
		second := s.AddResolver()
		s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
		s.Resolvers(s.DNS.Addrs[0], second.Addrs[0])
		s.allow(second.Addrs...)
	}
	lateNames := func(s *scene) { s.DNS.Behave(netlab.Manner{Delay: 1600 * time.Millisecond}) }
	return []story{
		fault("tcp.filtered", "two faults: port dropped, first name server dead", any4, func(s *scene) string {
			deadFirst(s)
			s.Drop(s.Server, s.Port)
			return s.web()
		}).noting("dns.first-resolver-dead").kept(),
		fault("service.error", "two faults: HTTP 500, first name server dead", any4, func(s *scene) string {
			deadFirst(s)
			s.Serve(netlab.Service{Status: 500})
			return s.URL("http")
		}).noting("dns.first-resolver-dead"),
		fault("service.denied", "two faults: HTTP 403, names late", any4, func(s *scene) string {
			lateNames(s)
			s.Serve(netlab.Service{Status: 403})
			return s.URL("http")
		}).noting("dns.slow"),
		fault("tls.expired", "two faults: certificate expired, names late", any4, func(s *scene) string {
			lateNames(s)
			return s.secure(netlab.TLS{Cert: netlab.Expired})
		}).noting("dns.slow").kept(),
		fault("tls.wrong-name", "two faults: certificate expired and of another name", anyF, func(s *scene) string {
			s.secure(netlab.TLS{Cert: netlab.Expired})
			other := "x" + s.Name
			s.DNS.Set(other, s.Server.Addrs(netlab.AnyFamily)...)
			return "https://" + other + ":" + portText(s.Port) + "/"
		}).noting("tls.expired").kept(),
		fault("firewall.local-out", "two faults: own filter and the server's drop the port", any4, func(s *scene) string {
			s.Drop(s.Client, s.Port)
			s.Drop(s.Server, s.Port)
			return s.web()
		}),
		fault("route.rejected", "two faults: reject route, and nothing listens", any4, func(s *scene) string {
			s.RejectRoute(s.Client, s.Server.V4, netlab.Unreachable)
			return s.URL("http")
		}),
		fault("link.disabled", "two faults: adapter off, name server dead", anyF, func(s *scene) string {
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			url := s.web()
			s.DisableLink()
			return url
		}).calmly(),
		fault("gateway.silent", "two faults: gateway silent, port dropped", any4, func(s *scene) string {
			url := s.web()
			s.Drop(s.Server, s.Port)
			s.SilenceGateway()
			return url
		}),
		fault("dns.resolver-silent", "two faults: name server mute, nothing listens", any4, func(s *scene) string {
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			return s.URL("http")
		}),
		fault("tcp.rejected", "two faults: a router rejects, first name server dead", any4, func(s *scene) string {
			deadFirst(s)
			s.Reject(s.Routers[0], s.Port, netlab.AdminProhibited)
			return s.web()
		}).noting("dns.first-resolver-dead"),
	}
}

func portText(p uint16) string {
	return netip.AddrPortFrom(netip.IPv4Unspecified(), p).String()[len("0.0.0.0:"):]
}
