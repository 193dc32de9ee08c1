//go:build e2e && linux

package e2e

import (
	"fmt"
	"net"
	"net/netip"

	"faultline/platform/linux/netlab"
)

// passesNothing lets a router answer for itself and pass nothing on.
func (s *scene) passesNothing(i int) {
	s.NFT(s.Routers[i], "chain c { type filter hook forward priority 0; counter drop; }")
}

// beyond makes addresses of the routers behind router i the name servers; they
// serve none, and the way there passes router i.
func (s *scene) beyond(i int, f netlab.Family) {
	var all []netip.Addr
	for _, r := range s.Routers[i+1:] {
		all = append(all, r.Addrs(f)...)
	}
	s.Resolvers(all...)
}

// nobodyBeside is a free address in the network of a node.
func (s *scene) nobodyBeside(n *netlab.Node, f netlab.Family) netip.Addr {
	var free netip.Addr
	err := n.Do(func() error {
		d, err := net.InterfaceByName(n.Dev)
		if err != nil {
			return err
		}
		addrs, err := d.Addrs()
		for _, a := range addrs {
			p := netip.MustParsePrefix(a.String())
			if p.Addr().Is4() != (f == netlab.V4) || p.Addr().IsLinkLocalUnicast() {
				continue
			}
			for free = p.Masked().Addr().Next(); free == p.Addr() || s.taken(free); free = free.Next() {
			}
		}
		return err
	})
	if err != nil || !free.IsValid() {
		s.t.Fatalf("looking for a free address beside %s: %v", n.Name, err)
	}
	return free
}

// taken reports whether a router has an address.
func (s *scene) taken(a netip.Addr) bool {
	for _, r := range s.Routers {
		var has bool
		_ = r.Do(func() error {
			addrs, err := net.InterfaceAddrs()
			for _, x := range addrs {
				has = has || netip.MustParsePrefix(x.String()).Addr() == a
			}
			return err
		})
		if has {
			return true
		}
	}
	return false
}

var behindGate = netlab.Options{Family: netlab.V4, Resolver: netlab.BehindRouter}

// wayOut are faults of the way between the gateway and the target.
func wayOut() []story {
	return []story{
		fault("gateway.no-upstream", "the gateway passes nothing on", hops(4, any4), func(s *scene) string {
			s.web()
			s.beyond(0, netlab.V4)
			s.passesNothing(0)
			return s.httpAt(s.Server.V4)
		}),
		fault("gateway.no-upstream", "the gateway passes nothing on, one other host known", hops(2, any4), func(s *scene) string {
			s.web()
			s.beyond(0, netlab.V4)
			s.passesNothing(0)
			return s.httpAt(s.Server.V4)
		}),
		fault("gateway.no-upstream", "the gateway does not forward", hops(3, any4), func(s *scene) string {
			s.web()
			s.beyond(0, netlab.V4)
			s.on(s.Routers[0], "sysctl", "-qw", "net.ipv4.ip_forward=0")
			return s.httpAt(s.Server.V4)
		}),
		fault("gateway.no-upstream", "the gateway passes nothing on, IPv6", hops(4, six), func(s *scene) string {
			s.web()
			s.beyond(0, netlab.V6)
			s.passesNothing(0)
			return s.httpAt(s.Server.V6)
		}),
		fault("gateway.no-upstream", "the gateway passes nothing on, name in the hosts file", hops(4, dual), func(s *scene) string {
			url := s.web()
			s.Hosts(fmt.Sprintf("%v %s", s.Server.V4, s.Name), fmt.Sprintf("%v %s", s.Server.V6, s.Name))
			s.beyond(0, netlab.AnyFamily)
			s.passesNothing(0)
			return url
		}),
		fault("gateway.no-upstream", "the gateway passes nothing on, not even to the name servers", hops(4, any4), func(s *scene) string {
			url := s.web()
			s.beyond(0, netlab.V4)
			s.passesNothing(0)
			return url
		}).or("dns.resolver-silent"), // where the name servers are in one network
		twin("gateway.no-upstream", "only the target is dark behind the gateway", netlab.Options{Family: netlab.V4, Resolver: netlab.BehindRouter}, func(s *scene) string {
			s.web()
			s.DropAll(s.Routers[0], s.Server.V4)
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply"),
		twin("gateway.no-upstream", "a gateway that sends no errors", anyF, func(s *scene) string {
			s.MuteICMP(s.Routers[0])
			return s.web()
		}),
		twin("gateway.no-upstream", "name servers are dead and the target lives", hops(3, any4), func(s *scene) string {
			s.web()
			s.beyond(0, netlab.V4)
			for _, r := range s.Routers[1:] {
				s.NFT(r, "chain c { type filter hook input priority 0; drop; }")
			}
			return s.httpAt(s.Server.V4)
		}),

		fault("path.silent", "dark behind the second router", hops(4, any4), func(s *scene) string {
			s.web()
			s.beyond(1, netlab.V4)
			s.passesNothing(1)
			return s.httpAt(s.Server.V4)
		}),
		fault("path.silent", "dark behind the second router, the first one mute", hops(4, any4), func(s *scene) string {
			s.web()
			s.MuteICMP(s.Routers[0])
			s.beyond(1, netlab.V4)
			s.passesNothing(1)
			return s.httpAt(s.Server.V4)
		}),
		fault("path.silent", "dark behind the second router, errors limited", hops(4, any4), func(s *scene) string {
			s.web()
			s.LimitICMP(s.Routers[0])
			s.LimitICMP(s.Routers[1])
			s.beyond(1, netlab.V4)
			s.passesNothing(1)
			return s.httpAt(s.Server.V4)
		}),
		fault("path.silent", "dark behind the third router, IPv6", hops(4, six), func(s *scene) string {
			s.web()
			s.beyond(2, netlab.V6)
			s.passesNothing(2)
			return s.httpAt(s.Server.V6)
		}),
		twin("path.silent", "only the target is dark behind the second router", hops(4, any4), func(s *scene) string {
			s.web()
			s.beyond(1, netlab.V4)
			s.DropAll(s.Routers[1], s.Server.V4)
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply"),
		twin("path.silent", "routers that show nothing to a trace", hops(4, anyF), func(s *scene) string {
			for _, r := range s.Routers {
				s.MuteICMP(r)
				s.NFT(r, "chain c { type filter hook forward priority 0; udp dport 53 accept; udp sport 53 accept; meta l4proto udp drop; icmp type echo-request drop; icmpv6 type echo-request drop; }")
			}
			return s.web()
		}),

		fault("path.loop", "a circle of which one router is mute", hops(3, any4), func(s *scene) string {
			s.web()
			s.MuteICMP(s.Routers[1])
			s.on(s.Routers[1], "ip", "route", "replace", s.Server.V4.String()+"/32", "via", s.left(1))
			return s.httpAt(s.Server.V4)
		}),
		fault("path.loop", "a circle far from here, errors limited", hops(4, any4), func(s *scene) string {
			s.web()
			s.LimitICMP(s.Routers[1])
			s.LimitICMP(s.Routers[2])
			s.on(s.Routers[2], "ip", "route", "replace", s.Server.V4.String()+"/32", "via", s.left(2))
			return s.httpAt(s.Server.V4)
		}),

		fault("path.host-absent", "the last router does not find the machine", netlab.Options{Hops: 1, Family: netlab.V4, Resolver: netlab.BehindRouter}, func(s *scene) string {
			s.web()
			s.RejectRoute(last(s), s.Server.V4, netlab.Unreachable)
			return s.httpAt(s.Server.V4)
		}),
		fault("path.host-absent", "the machine is off", behindGate, func(s *scene) string {
			a := s.nobodyBeside(s.Resolver, netlab.V4)
			s.allow(a)
			return s.httpAt(a)
		}),
		fault("path.host-absent", "the machine is off, IPv6", netlab.Options{Family: netlab.V6, Resolver: netlab.BehindRouter}, func(s *scene) string {
			a := s.nobodyBeside(s.Resolver, netlab.V6)
			s.allow(a)
			return s.httpAt(a)
		}),
		fault("path.host-absent", "the last router does not find the machine, by name", netlab.Options{Hops: 1, Family: netlab.V4, Resolver: netlab.BehindRouter}, func(s *scene) string {
			url := s.web()
			s.RejectRoute(last(s), s.Server.V4, netlab.Unreachable)
			return url
		}),
		twin("path.host-absent", "a router does not find the machine, and nothing else lies behind it", netlab.Options{Hops: 3, Family: netlab.V4, Resolver: netlab.OnLAN}, func(s *scene) string {
			s.web()
			s.RejectRoute(last(s), s.Server.V4, netlab.Unreachable)
			return s.httpAt(s.Server.V4)
		}, "path.rejected"),
	}
}
