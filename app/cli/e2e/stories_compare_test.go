//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"

	"faultline/platform/linux/netlab"
)

// besides are states in which another host, or an earlier run, tells more.
func besides() []story {
	beyond := netlab.Options{Family: netlab.V4, Resolver: netlab.BehindRouter}
	control := func(s *scene) []string { return []string{"--control", s.Resolver.V4.String()} }
	return []story{
		fault("tcp.no-reply", "dead server, and a host beyond the gateway answers", beyond, func(s *scene) string {
			s.DropAll(last(s), s.Server.V4)
			return s.httpAt(s.Server.V4)
		}).with(control).kept(),
		fault("path.silent", "everything dark behind a router, a named host as well", netlab.Options{Family: netlab.V4, Hops: 3, Resolver: netlab.OnLAN}, func(s *scene) string {
			s.NFT(s.Routers[1], "chain c { type filter hook forward priority 0; drop; }")
			s.allow(netip.MustParseAddr("203.0.113.250"))
			return s.httpAt(s.Server.V4)
		}).with(func(*scene) []string { return []string{"--control", "203.0.113.250"} }).or("gateway.no-upstream", "tcp.no-reply"),
		twin("tcp.no-reply", "healthy, and a host to compare with that is dead", beyond, func(s *scene) string {
			s.NFT(s.Resolver, "chain c { type filter hook input priority 0; meta l4proto { tcp, icmp } drop; }")
			return s.web()
		}).with(control),
		fault("tcp.filtered", "worked before the name got another address", pinging(netlab.Options{Family: netlab.V4, Resolver: netlab.BehindRouter}), func(s *scene) string {
			url := s.web()
			s.before(url)
			s.DNS.Set(s.Name, s.Resolver.V4)
			s.Drop(s.Resolver, s.Port)
			return url
		}).noting("changed").kept(),
		// A network is known by its gateway's MAC, which a run learns that needs the gateway.
		fault("vpn.not-connected", "worked before through a VPN that is gone", netlab.Options{Family: netlab.V4, Resolver: netlab.BehindRouter}, func(s *scene) string {
			url := s.web()
			u, _ := s.VPN()
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", u.Router.String(), "dev", u.Dev)
			s.before(url)
			s.ip("link", "set", u.Dev, "down")
			s.NFT(s.Routers[0], fmt.Sprintf("chain c { type filter hook forward priority 0; ip daddr %v iifname %q drop; }", s.Server.V4, s.Routers[0].Dev))
			return url
		}).kept().calmly(),
		twin("vpn.not-connected", "worked before through a VPN that is gone, and works without it", any4, func(s *scene) string {
			url := s.web()
			u, _ := s.VPN()
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", u.Router.String(), "dev", u.Dev)
			s.before(url)
			s.ip("link", "set", u.Dev, "down")
			return url
		}).calmly(),
		fault("firewall.local-out", "own filter drops the port, and is traced", any4, ruled(
			`chain c { type filter hook output priority 0; tcp dport %[1]d drop; }`)).with(tracing).rooted().kept(),
		twin("firewall.local-out", "the server drops the port, and the own filter is traced", any4, func(s *scene) string {
			s.rules(`chain c { type filter hook output priority 0; tcp dport 1 drop; }`)
			s.Drop(s.Server, s.Port)
			return s.web()
		}, "tcp.filtered").with(tracing).rooted(),
		twin("tcp.filtered", "worked before as now", any4, func(s *scene) string {
			url := s.web()
			s.before(url)
			return url
		}),
	}
}

// tracing lets the program have its packets traced.
func tracing(*scene) []string { return []string{"--trace"} }

// before runs the program while all is well, so that it can be compared with
// what comes.
func (s *scene) before(target string) {
	s.t.Helper()
	for _, user := range []int{netlab.Root, netlab.Nobody} {
		if out, err := s.CommandOn(s.t.Context(), s.Client, user, program, "check", "--quiet", target).CombinedOutput(); err != nil {
			s.t.Fatalf("a first run as %s: %v: %s", who(user), err, out)
		}
	}
}
