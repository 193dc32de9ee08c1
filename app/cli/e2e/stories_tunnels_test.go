//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"

	"faultline/platform/linux/netlab"
)

// rejecting are rules and routes that turn packets away.
func rejecting() []story {
	all := []story{
		fault("route.rejected", "a rule prohibits, by source", any4, func(s *scene) string {
			s.web()
			s.ip("rule", "add", "from", s.Client.V4.String(), "to", s.Server.V4.String(), "prohibit")
			return s.httpAt(s.Server.V4)
		}),
		fault("route.rejected", "a rule prohibits every user", any4, func(s *scene) string {
			s.ip("rule", "add", "to", s.Server.V4.String(), "uidrange", "0-70000", "prohibit")
			return s.web()
		}),
		fault("route.rejected", "a rule leads to a table that rejects", any4, func(s *scene) string {
			s.ip("route", "add", "unreachable", "default", "table", "77")
			s.ip("rule", "add", "to", s.Server.V4.String(), "lookup", "77")
			return s.web()
		}),
		fault("route.rejected", "a rule prohibits, IPv6", six, func(s *scene) string {
			s.ip("-6", "rule", "add", "to", s.Server.V6.String(), "prohibit")
			return s.web()
		}),
		fault("route.rejected", "an IPv6 route rejects", six, func(s *scene) string {
			s.RejectRoute(s.Client, s.Server.V6, netlab.Unreachable)
			return s.web()
		}),
		twin("route.rejected", "a rule prohibits another network", any4, func(s *scene) string {
			s.ip("rule", "add", "to", s.FreeNet(26).String(), "prohibit")
			return s.web()
		}),
		twin("route.rejected", "a rule prohibits marked packets and another user", any4, func(s *scene) string {
			s.ip("rule", "add", "fwmark", "7", "prohibit")
			s.ip("rule", "add", "uidrange", "4000-4001", "prohibit")
			return s.web()
		}),
		twin("route.rejected", "an unreachable default route of less preference", any4, func(s *scene) string {
			s.ip("route", "add", "unreachable", "default", "metric", "4000")
			return s.web()
		}),
		fault("gateway.none", "a default route in a table for marked packets only", any4, func(s *scene) string {
			s.web()
			s.ip("route", "add", "default", "via", s.Gateway(netlab.V4).String(), "dev", s.Client.Dev, "table", "77")
			s.ip("rule", "add", "fwmark", "7", "lookup", "77")
			s.RemoveDefaultRoute(netlab.V4)
			return s.httpAt(s.Server.V4)
		}).calmly(),
		twin("gateway.none", "a default route in another table alone", any4, func(s *scene) string {
			s.ip("route", "add", "default", "via", s.Gateway(netlab.V4).String(), "dev", s.Client.Dev, "table", "77")
			s.ip("rule", "add", "lookup", "77", "priority", "40000")
			s.RemoveDefaultRoute(netlab.V4)
			return s.web()
		}).calmly(),
	}
	for _, kind := range []string{"blackhole", "unreachable", "prohibit"} {
		all = append(all, fault("route.rejected", "a rule says "+kind, any4, func(s *scene) string {
			s.ip("rule", "add", "to", s.Server.V4.String(), kind)
			return s.web()
		}).kept())
	}
	return all
}

// full sends everything into an adapter, as VPN programs do.
func (s *scene) full(dev string, how string) {
	switch how {
	case "halves":
		s.ip("route", "add", "0.0.0.0/1", "dev", dev)
		s.ip("route", "add", "128.0.0.0/1", "dev", dev)
	case "table":
		s.ip("route", "add", "default", "dev", dev, "table", "51820")
		s.ip("rule", "add", "not", "fwmark", "51820", "lookup", "51820")
		s.ip("rule", "add", "lookup", "main", "suppress_prefixlength", "0")
	default:
		s.ip("route", "add", "default", "dev", dev, "metric", "0")
	}
}

// tunneling are VPNs.
func tunneling() []story {
	all := []story{
		fault("vpn.tunnel-dead", "the VPN's far end is silent, only the target's network in it", behind(any4), func(s *scene) string {
			s.web()
			u, filter := s.VPN()
			s.ip("route", "add", netip.PrefixFrom(s.Server.V4, 20).Masked().String(), "via", u.Router.String(), "dev", u.Dev)
			filter(func([]byte) bool { return true })
			s.allow(u.Router)
			return s.httpAt(s.Server.V4)
		}).kept(),
		twin("vpn.tunnel-dead", "a VPN that carries only another network", any4, func(s *scene) string {
			u := s.DeadTunnel()
			s.ip("route", "add", s.FreeNet(26).String(), "dev", u.Dev)
			return s.web()
		}),
		twin("vpn.tunnel-dead", "a VPN that works, and the server is dead", any4, func(s *scene) string {
			u, _ := s.VPN()
			s.ip("route", "add", netip.PrefixFrom(s.Server.V4, 20).Masked().String(), "via", u.Router.String(), "dev", u.Dev)
			s.DropAll(last(s), s.Server.V4)
			s.allow(u.Router)
			s.web()
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply").calmly(),
		fault("vpn.not-connected", "the VPN's adapter is down and holds the target's network", any4, func(s *scene) string {
			s.ip("tuntap", "add", "vpn7", "mode", "tun")
			a := s.stranger()
			s.ip("addr", "add", fmt.Sprintf("%v/26", s.Near(a, 26)), "dev", "vpn7")
			s.allow(a)
			return s.httpAt(a)
		}).calmly(),
		fault("vpn.not-connected", "no program is behind the VPN's adapter", any4, func(s *scene) string {
			s.ip("tuntap", "add", "vpn7", "mode", "tun")
			a := s.stranger()
			s.ip("addr", "add", fmt.Sprintf("%v/26", s.Near(a, 26)), "dev", "vpn7")
			s.ip("link", "set", "vpn7", "up")
			s.allow(a)
			return s.httpAt(a)
		}).kept(),
		twin("vpn.not-connected", "a VPN's adapter that is down and not needed", any4, func(s *scene) string {
			s.ip("tuntap", "add", "vpn7", "mode", "tun")
			s.ip("addr", "add", fmt.Sprintf("%v/26", s.stranger()), "dev", "vpn7")
			return s.web()
		}),
		twin("vpn.not-connected", "a tunnel that was never set up, and the server is dead", any4, func(s *scene) string {
			s.ip("tuntap", "add", "vpn7", "mode", "tun")
			s.DropAll(last(s), s.Server.V4)
			s.web()
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply").calmly(),
		fault("dns.resolver-silent", "name server behind a VPN mute", behind(any4), func(s *scene) string {
			u, _ := s.VPN()
			s.ip("route", "add", s.Resolver.V4.String()+"/32", "via", u.Router.String(), "dev", u.Dev)
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			s.allow(u.Router)
			return s.web()
		}),
	}
	for _, how := range []string{"default", "halves", "table"} {
		all = append(all,
			fault("vpn.tunnel-dead", "everything goes into a dead VPN, "+how, behind(any4), func(s *scene) string {
				s.web()
				u := s.DeadTunnel()
				s.demote("700")
				s.full(u.Dev, how)
				return s.httpAt(s.Server.V4)
			}),
			twin("vpn.tunnel-dead", "everything goes into a VPN that works, "+how, any4, func(s *scene) string {
				u, _ := s.VPN()
				s.demote("700")
				s.full(u.Dev, how)
				s.allow(u.Router)
				return s.web()
			}))
	}
	return all
}
