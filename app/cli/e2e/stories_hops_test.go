//go:build e2e && linux

package e2e

import (
	"faultline/platform/linux/netlab"
)

// marking has the client's rules mark what is meant for the service, and a rule of
// routing send what is marked elsewhere.
func (s *scene) marking(route ...string) {
	s.ip("rule", "add", "fwmark", "7", "lookup", "77")
	s.ip(append([]string{"route", "add"}, append(route, "table", "77")...)...)
	s.rules("chain c { type route hook output priority -150; tcp dport %[1]d meta mark set 7; }")
}

// nextHops are routes whose next hop is chosen in an unusual way.
func nextHops() []story {
	gate := func(s *scene) string { return s.Gateway(netlab.V4).String() }
	return []story{
		fault("firewall.local-out", "own rules mark it, and what is marked is prohibited", any4, func(s *scene) string {
			s.web()
			s.marking("prohibit", "default")
			return s.httpAt(s.Server.V4)
		}).or("route.rejected"),
		fault("route.unexpected", "own rules mark it, and what is marked goes to nobody", any4, func(s *scene) string {
			s.web()
			off := s.FreeAddr(s.Client.V4)
			s.allow(off)
			s.marking("default", "via", off.String(), "dev", s.Client.Dev)
			return s.httpAt(s.Server.V4)
		}).or("tcp.no-reply", "tcp.filtered", "firewall.local-out", "path.host-absent", "inconclusive"),
		twin("firewall.local-out", "own rules mark it, and what is marked goes the right way", any4, func(s *scene) string {
			url := s.web()
			s.marking("default", "via", gate(s), "dev", s.Client.Dev)
			return url
		}),
		fault("ipv6.unavailable", "the adapter's MTU is too small for IPv6", six, func(s *scene) string {
			s.web()
			s.ip("link", "set", s.Client.Dev, "mtu", "1200")
			return s.httpAt(s.Server.V6)
		}).or("address.none", "gateway.none"),
		twin("mtu.black-hole", "the adapter would take packets of 9000 bytes", anyF, func(s *scene) string {
			url := s.secure(netlab.TLS{})
			s.ip("link", "set", s.Client.Dev, "mtu", "9000")
			return url
		}),
		fault("gateway.silent", "one of two next hops is nobody", any4, func(s *scene) string {
			s.web()
			off := s.FreeAddr(s.Client.V4)
			s.allow(off)
			s.ip("route", "replace", "default", "nexthop", "via", gate(s), "dev", s.Client.Dev, "nexthop", "via", off.String(), "dev", s.Client.Dev)
			return s.httpAt(s.Server.V4)
		}).or("ok"), // by the one that is there
		twin("gateway.silent", "a next hop by its number", any4, func(s *scene) string {
			url := s.web()
			s.numbered(gate(s))
			return url
		}),
		fault("gateway.silent", "a next hop by its number, and nobody is there", any4, func(s *scene) string {
			s.web()
			off := s.FreeAddr(s.Client.V4)
			s.allow(off)
			s.numbered(off.String())
			return s.httpAt(s.Server.V4)
		}).or("address.gateway-off-subnet"),
		twin("gateway.none", "IPv4 by a router with an IPv6 address", dual, func(s *scene) string {
			url := s.web()
			s.ip("route", "replace", "default", "via", "inet6", s.Gateway(netlab.V6).String(), "dev", s.Client.Dev)
			return url
		}),
		fault("tcp.no-reply", "IPv4 by a router with an IPv6 address, and the server is dead", dual, func(s *scene) string {
			s.web()
			s.ip("route", "replace", "default", "via", "inet6", s.Gateway(netlab.V6).String(), "dev", s.Client.Dev)
			s.DropAll(last(s), s.Server.V4)
			return s.httpAt(s.Server.V4)
		}).or("path.silent"),
	}
}

// numbered has the default route name its next hop by a number (ip-nexthop(8)).
func (s *scene) numbered(via string) {
	s.ip("nexthop", "add", "id", "9", "via", via, "dev", s.Client.Dev)
	s.ip("route", "replace", "default", "nhid", "9")
	s.Sysctl(s.Client, "ipv4/nexthop_compat_mode", "0")
}
