//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"

	"faultline/platform/linux/netlab"
)

// byName are faults of the ways that keep the name servers silent too, or that
// only some programs meet.
func byName() []story {
	return []story{
		fault("vpn.tunnel-dead", "everything goes into a dead VPN, by name", behind(any4), func(s *scene) string {
			u, filter := s.VPN()
			s.demote("700")
			s.ip("route", "add", "0.0.0.0/1", "via", u.Router.String(), "dev", u.Dev)
			s.ip("route", "add", "128.0.0.0/1", "via", u.Router.String(), "dev", u.Dev)
			filter(func([]byte) bool { return true })
			s.allow(u.Router)
			return s.web()
		}).kept(),
		fault("vpn.tunnel-dead", "only the VPN leads to the target, and it is dead", any4, func(s *scene) string {
			u := s.DeadTunnel()
			a := s.stranger()
			s.ip("route", "add", netip.PrefixFrom(a, 24).Masked().String(), "dev", u.Dev)
			s.allow(a)
			return s.httpAt(a)
		}),
		fault("vpn.tunnel-dead", "everything of IPv6 goes into a dead VPN", six, func(s *scene) string {
			s.web()
			u := s.DeadTunnel()
			s.ip("-6", "route", "add", "2000::/3", "dev", u.Dev)
			s.ip("-6", "route", "add", "fc00::/7", "dev", u.Dev)
			return s.httpAt(s.Server.V6)
		}).or("route.unexpected"), // to unique local addresses the route is one of many
		fault("ipv6.broken", "a VPN swallows IPv6 alone", dual, func(s *scene) string {
			u := s.DeadTunnel()
			s.ip("-6", "route", "add", "2000::/3", "dev", u.Dev)
			s.ip("-6", "route", "add", "fc00::/7", "dev", u.Dev)
			return s.web()
		}),
		twin("ipv6.broken", "a VPN that carries IPv6", dual, func(s *scene) string {
			u, _ := s.VPN()
			s.ip("-6", "route", "add", s.Server.V6.String()+"/128", "via", u.Router6.String(), "dev", u.Dev)
			s.allow(u.Router6)
			return s.web()
		}),
		fault("route.reverse-path", "answers come in by a strict adapter, by name", behind(any4), func(s *scene) string {
			s.asymmetric("1")
			return s.web()
		}).kept(),
		fault("vpn.not-connected", "the target's network is the VPN's, and its adapter is off", any4, func(s *scene) string {
			s.ip("tuntap", "add", "vpn7", "mode", "tun")
			s.ip("addr", "add", fmt.Sprintf("%v/24", s.Near(s.Server.V4, 24)), "dev", "vpn7")
			s.DropAll(last(s), s.Server.V4)
			s.web()
			return s.httpAt(s.Server.V4)
		}).calmly(),
		fault("route.unexpected", "a rule for some users sends into a VPN", any4, func(s *scene) string {
			u := s.DeadTunnel()
			s.ip("route", "add", "default", "dev", u.Dev, "table", "77")
			s.ip("rule", "add", "uidrange", "0-70000", "to", s.Server.V4.String(), "lookup", "77")
			return s.web()
		}),
		twin("route.unexpected", "a rule for other users sends into a VPN", any4, func(s *scene) string {
			u := s.DeadTunnel()
			s.ip("route", "add", "default", "dev", u.Dev, "table", "77")
			s.ip("rule", "add", "uidrange", "4000-4001", "lookup", "77")
			return s.web()
		}),
		fault("route.stale-host-route", "a leftover route to a host that is no router", onLAN(any4), func(s *scene) string {
			s.web()
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", s.Resolver.V4.String(), "dev", s.Client.Dev)
			s.NFT(s.Resolver, "chain c { type filter hook forward priority 0; policy drop; }")
			return s.httpAt(s.Server.V4)
		}),
		twin("route.stale-host-route", "a bypass of the VPN that works", any4, func(s *scene) string {
			u := s.DeadTunnel()
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", s.Gateway(netlab.V4).String())
			s.ip("route", "add", s.Resolver.V4.String()+"/32", "via", s.Gateway(netlab.V4).String())
			s.full(u.Dev, "halves")
			return s.web()
		}).calmly(),
	}
}
