//go:build e2e

package e2e

import (
	"fmt"
	"net/netip"
)

// narrower are faults that show at one port, or by one word of a filter, and
// machines that need nothing of what is missing.
func narrower() []story {
	out := func(name, words string) story {
		return fault("firewall.local-out", name, any4, ruled("chain c { type filter hook output priority 0; tcp dport %[1]d reject with "+words+"; }"))
	}
	return []story{
		out("own filter says that the host is unreachable", "icmp host-unreachable"),
		out("own filter says that the network is unreachable", "icmp net-unreachable"),
		out("own filter says that the host is prohibited", "icmp host-prohibited"),
		fault("route.rejected", "a rule prohibits the port", any4, func(s *scene) string {
			url := s.web()
			s.ip("rule", "add", "ipproto", "tcp", "dport", fmt.Sprint(s.Port), "prohibit")
			return url
		}),
		fault("route.rejected", "a rule lets TCP vanish", any4, func(s *scene) string {
			url := s.web()
			s.ip("rule", "add", "ipproto", "tcp", "blackhole")
			return url
		}),
		fault("route.unexpected", "a rule sends the port into a VPN", any4, func(s *scene) string {
			u := s.DeadTunnel()
			url := s.web()
			s.ip("route", "add", "default", "dev", u.Dev, "table", "77")
			s.ip("rule", "add", "ipproto", "tcp", "dport", fmt.Sprint(s.Port), "lookup", "77")
			return url
		}).or("vpn.tunnel-dead", "route.stale-host-route"),
		twin("route.rejected", "a rule prohibits another port", any4, func(s *scene) string {
			url := s.web()
			s.ip("rule", "add", "ipproto", "tcp", "dport", fmt.Sprint(s.FreePort()), "prohibit")
			return url
		}),
		twin("link.no-adapter", "an own address on the loopback adapter alone", anyF, func(s *scene) string {
			s.ip("link", "del", s.Client.Dev)
			s.ip("address", "add", "203.0.113.77/32", "dev", "lo")
			a := netip.MustParseAddr("203.0.113.77")
			return url("http", a, s.local(a, answer))
		}).calmly(),
		fault("address.none", "no address, and a bridge for virtual machines", any4, func(s *scene) string {
			url := s.web()
			s.ip("address", "flush", "dev", s.Client.Dev)
			s.ip("link", "add", "virbr0", "type", "bridge")
			s.ip("address", "add", "192.168.122.1/24", "dev", "virbr0")
			s.ip("link", "add", "vp0", "type", "veth", "peer", "name", "vp1")
			s.ip("link", "set", "vp0", "master", "virbr0")
			for _, name := range []string{"virbr0", "vp0", "vp1"} {
				s.ip("link", "set", name, "up")
			}
			return url
		}).calmly(),
	}
}
