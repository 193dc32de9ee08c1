//go:build e2e && linux

package e2e

import (
	"net/netip"

	"faultline/platform/linux/netlab"
)

// throughPlainHost gives the client a machine of its LAN as the gateway that
// forwards nothing, and returns the address of that machine.
func (s *scene) throughPlainHost() netip.Addr {
	plain := s.FreeAddr(s.Client.V4)
	s.Stranger("plain", plain)
	s.allow(plain)
	s.ip("route", "replace", "default", "via", plain.String(), "dev", s.Client.Dev)
	return plain
}

// greets has the client send to a neighbor, so that its table holds it.
func (s *scene) greets(a netip.Addr) {
	s.on(s.Client, "ping", "-c", "1", "-W", "2", a.String())
}

// gateways are faults of a gateway beside which another router stands.
func gateways() []story {
	return []story{
		fault("gateway.not-forwarding", "the gateway is a machine that forwards nothing", hops(3, any4), func(s *scene) string {
			s.web()
			s.beyond(0, netlab.V4)
			s.greets(s.Gateway(netlab.V4))
			s.throughPlainHost()
			return s.httpAt(s.Server.V4)
		}).rooted().kept().blindly("gateway.no-upstream"),
		fault("gateway.not-forwarding", "the gateway is a machine that forwards nothing, by name", hops(3, any4), func(s *scene) string {
			url := s.web()
			s.beyond(0, netlab.V4)
			s.greets(s.Gateway(netlab.V4))
			s.throughPlainHost()
			return url
		}).rooted().kept().blindly("gateway.no-upstream"),
		fault("gateway.not-forwarding", "the gateway is a machine that forwards nothing, and there is one name server", hops(3, any4), func(s *scene) string {
			url := s.web()
			s.Resolvers(s.DNS.Addrs[0])
			s.beyond(0, netlab.V4)
			s.greets(s.Gateway(netlab.V4))
			s.throughPlainHost()
			return url
		}).rooted().kept().blindly("gateway.no-upstream", "dns.resolver-silent"),
		twin("gateway.not-forwarding", "one name server is dead, and a neighbor forwards nothing", hops(3, any4), func(s *scene) string {
			url := s.web()
			s.Resolvers(s.DNS.Addrs[0])
			s.BlackholeResolver()
			plain := s.FreeAddr(s.Client.V4)
			s.Stranger("plain", plain)
			s.greets(plain)
			s.allow(plain)
			return url
		}, "dns.resolver-silent"),
		twin("gateway.not-forwarding", "the gateway forwards nothing, and the router beside it has no upstream", hops(3, any4), func(s *scene) string {
			s.web()
			s.beyond(0, netlab.V4)
			s.greets(s.Gateway(netlab.V4))
			s.throughPlainHost()
			s.passesNothing(0)
			return s.httpAt(s.Server.V4)
		}, "gateway.no-upstream"),
		twin("gateway.not-forwarding", "a neighbor that forwards nothing beside a good gateway", any4, func(s *scene) string {
			plain := s.FreeAddr(s.Client.V4)
			s.Stranger("plain", plain)
			s.greets(plain)
			return s.web()
		}),
	}
}
