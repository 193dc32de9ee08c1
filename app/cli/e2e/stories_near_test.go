//go:build e2e && linux

package e2e

import (
	"net/netip"
	"slices"
	"strings"

	"faultline/platform/linux/netlab"
)

// near are faults of the adapter and its addresses.
func near() []story {
	return []story{
		fault("link.disabled", "adapter off", anyF, func(s *scene) string {
			url := s.web()
			s.DisableLink()
			return url
		}).calmly(),
		fault("link.disabled", "adapter off, literal target", any4, func(s *scene) string {
			s.web()
			s.DisableLink()
			return s.httpAt(s.Server.V4)
		}).calmly(),
		twin("link.disabled", "an unused adapter off", anyF, func(s *scene) string {
			s.ip("link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
			return s.web()
		}),
		fault("link.no-carrier", "cable out", anyF, func(s *scene) string {
			url := s.web()
			s.PullCable()
			return url
		}).calmly(),
		twin("link.no-carrier", "a spare port without cable", anyF, func(s *scene) string {
			s.ip("link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
			s.ip("link", "set", "spare0", "up")
			return s.web()
		}),
		fault("link.no-adapter", "no adapter", anyF, func(s *scene) string {
			url := s.web()
			s.ip("link", "del", s.Client.Dev)
			return url
		}).calmly(),
		twin("link.no-adapter", "no adapter, and a target on this machine", anyF, func(s *scene) string {
			port := s.local(loopback, answer)
			s.ip("link", "del", s.Client.Dev)
			return url("http", loopback, port)
		}).calmly(),
		fault("address.none", "no address", any4, func(s *scene) string {
			url := s.web()
			s.ip("address", "flush", "dev", s.Client.Dev)
			return url
		}).calmly(),
		twin("address.none", "a second adapter without address", anyF, func(s *scene) string {
			s.ip("link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
			s.ip("link", "set", "spare0", "up")
			s.ip("link", "set", "spare1", "up")
			return s.web()
		}),
		fault("address.link-local-only", "only a self-assigned address", any4, func(s *scene) string {
			url := s.web()
			s.RemoveAddress(netlab.AnyFamily)
			s.ip("address", "add", "169.254.17.9/16", "dev", s.Client.Dev)
			return url
		}).calmly(),
		twin("address.link-local-only", "a self-assigned address beside the right one", any4, func(s *scene) string {
			s.ip("address", "add", "169.254.17.9/16", "dev", s.Client.Dev)
			return s.web()
		}),
	}
}

var loopback = netip.MustParseAddr("127.0.0.1")

// routing are faults of the routes and of the next hop.
func routing() []story {
	all := []story{
		fault("gateway.none", "no default route", anyF, func(s *scene) string {
			url := s.web()
			s.RemoveDefaultRoute(netlab.AnyFamily)
			return url
		}).calmly(),
		fault("gateway.none", "no default route, literal target", any4, func(s *scene) string {
			s.web()
			s.RemoveDefaultRoute(netlab.AnyFamily)
			return s.httpAt(s.Server.V4)
		}).calmly(),
		twin("gateway.none", "no default route, and a target on this subnet", any4, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Routers[0]})
			s.RemoveDefaultRoute(netlab.AnyFamily)
			return s.httpAt(s.Routers[0].V4)
		}).calmly(),
		fault("gateway.silent", "gateway answers no ARP", anyF, func(s *scene) string {
			url := s.web()
			s.SilenceGateway()
			return url
		}),
		fault("gateway.silent", "gateway answers no ARP, literal target", any4, func(s *scene) string {
			s.web()
			s.SilenceGateway()
			return s.httpAt(s.Server.V4)
		}),
		fault("gateway.silent", "gateway died a while ago", any4, func(s *scene) string {
			s.web()
			s.on(s.Client, "ping", "-c1", "-W2", s.Gateway(netlab.V4).String())
			s.FilterLAN(func([]byte) bool { return true })
			s.ip("neigh", "change", s.Gateway(netlab.V4).String(), "dev", s.Client.Dev, "nud", "stale")
			return s.httpAt(s.Server.V4)
		}),
		twin("gateway.silent", "gateway ignores ping and UDP to itself", any4, func(s *scene) string {
			s.NFT(s.Routers[0], "chain c { type filter hook input priority 0; ip protocol icmp drop; ip protocol udp drop; }")
			return s.web()
		}),
		twin("gateway.silent", "gateway ignores ping and the server is dead", any4, func(s *scene) string {
			s.NFT(s.Routers[0], "chain c { type filter hook input priority 0; ip protocol icmp drop; ip protocol udp drop; }")
			s.DropAll(last(s), s.Server.V4)
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply").blindly("gateway.silent"), // whose entry stays reachable and unconfirmed
		fault("neighbour.silent", "nobody at an address of this subnet", any4, func(s *scene) string {
			a := s.FreeAddr(s.Client.V4)
			s.allow(a)
			return s.httpAt(a)
		}),
		twin("neighbour.silent", "a host of this subnet that ignores ping", netlab.Options{Family: netlab.V4, Resolver: netlab.OnLAN}, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Resolver})
			s.DropPing(s.Resolver)
			return s.httpAt(s.Resolver.V4)
		}),
		twin("route.rejected", "a reject route for another network", any4, func(s *scene) string {
			s.RejectRoute(s.Client, netip.MustParseAddr("203.0.113.77"), netlab.Unreachable)
			return s.web()
		}),
	}
	for name, kind := range map[string]netlab.RejectKind{"blackhole": netlab.Blackhole, "unreachable": netlab.Unreachable, "prohibit": netlab.Prohibit} {
		all = append(all, fault("route.rejected", name+" route", any4, func(s *scene) string {
			s.RejectRoute(s.Client, s.Server.V4, kind)
			return s.web()
		}))
	}
	slices.SortFunc(all[len(all)-3:], func(a, b story) int { return strings.Compare(a.name, b.name) })
	return all
}

func last(s *scene) *netlab.Node { return s.Routers[len(s.Routers)-1] }
