//go:build e2e && linux

package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"faultline/platform/linux/netlab"
)

// attachBridge makes a bridge like a container engine's whose network holds an
// address; with a member it has a signal.
func (s *scene) attachBridge(a netip.Addr, bits int, member bool) (dev string) {
	dev = "br-lab"
	s.ip("link", "add", dev, "type", "bridge")
	s.ip("addr", "add", fmt.Sprintf("%v/%d", s.Near(a, bits), bits), "dev", dev, "nodad")
	s.ip("link", "set", dev, "up")
	if member {
		s.ip("link", "add", "vp0", "type", "veth", "peer", "name", "vp1")
		s.ip("link", "set", "vp0", "master", dev, "up")
		s.ip("link", "set", "vp1", "up")
	}
	return dev
}

// demote gives the client's own default route a metric, so that another can be
// preferred.
func (s *scene) demote(metric string) {
	s.ip("route", "del", "default")
	s.ip("route", "add", "default", "via", s.Gateway(netlab.V4).String(), "dev", s.Client.Dev, "metric", metric)
}

// stranger is an address of a network that nobody is in.
func (s *scene) stranger() netip.Addr { return s.Near(s.FreeNet(26).Addr(), 26) }

// ipOn runs iproute2 on a node.
func (s *scene) ipOn(n *netlab.Node, args ...string) { s.t.Helper(); s.on(n, "ip", args...) }

// onLAN lets the resolver be on the client's own network.
func onLAN(o netlab.Options) netlab.Options { o.Resolver = netlab.OnLAN; return o }

func behind(o netlab.Options) netlab.Options { o.Resolver = netlab.BehindRouter; return o }

// overlapping are networks here that have the target's addresses.
func overlapping() []story {
	return []story{
		fault("route.overlap", "a container network has the target's addresses", any4, func(s *scene) string {
			s.web()
			s.attachBridge(s.Server.V4, 24, true)
			return s.httpAt(s.Server.V4)
		}),
		fault("route.overlap", "a container network without containers", any4, func(s *scene) string {
			s.web()
			s.attachBridge(s.Server.V4, 23, false)
			return s.httpAt(s.Server.V4)
		}).kept(),
		fault("route.overlap", "a container network, by name", onLAN(any4), func(s *scene) string {
			s.attachBridge(s.Server.V4, 24, true)
			return s.web()
		}),
		fault("route.overlap", "a second adapter in the target's network, IPv6", dual, func(s *scene) string {
			s.web()
			u := s.DeadUplink()
			s.ip("addr", "add", fmt.Sprintf("%v/64", s.Near(s.Server.V6, 64)), "dev", u.Dev, "nodad")
			return s.httpAt(s.Server.V6)
		}),
		fault("route.overlap", "a leftover tunnel has the target's addresses", any4, func(s *scene) string {
			s.web()
			u := s.DeadTunnel()
			s.ip("addr", "add", fmt.Sprintf("%v/24", s.Near(s.Server.V4, 24)), "dev", u.Dev)
			return s.httpAt(s.Server.V4)
		}),
		twin("route.overlap", "a container network beside the target's", any4, func(s *scene) string {
			s.attachBridge(s.stranger(), 26, true)
			return s.web()
		}),
		twin("route.overlap", "a container network and an exact route around it", any4, func(s *scene) string {
			s.attachBridge(s.Server.V4, 24, true)
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", s.Gateway(netlab.V4).String())
			if r := s.Resolver.V4; netip.PrefixFrom(s.Server.V4, 24).Masked().Contains(r) {
				s.ip("route", "add", r.String()+"/32", "via", s.Gateway(netlab.V4).String())
			}
			return s.web()
		}),
		twin("route.overlap", "a container that is stopped", any4, func(s *scene) string {
			a := s.stranger()
			s.attachBridge(a, 26, true)
			s.allow(a)
			return s.httpAt(a)
		}, "neighbour.silent"),
	}
}

// preferring are two ways out of which the wrong one is preferred.
func preferring() []story {
	return []story{
		fault("route.better-unused", "the preferred adapter has no router", behind(any4), func(s *scene) string {
			u := s.DeadUplink()
			s.demote("700")
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "metric", "50")
			s.allow(u.Router)
			s.web()
			return s.httpAt(s.Server.V4)
		}),
		fault("route.better-unused", "the preferred router forwards nothing", behind(any4), func(s *scene) string {
			u := s.Uplink()
			s.demote("700")
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "metric", "50")
			s.NFT(s.Routers[0], fmt.Sprintf(`chain c { type filter hook forward priority 0; iifname %q drop; }`, u.Far))
			s.allow(u.Router)
			s.web()
			return s.httpAt(s.Server.V4)
		}).kept(),
		fault("route.better-unused", "the preferred router forwards nothing, by name", behind(any4), func(s *scene) string {
			u := s.Uplink()
			s.demote("700")
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "metric", "50")
			s.NFT(s.Routers[0], fmt.Sprintf(`chain c { type filter hook prerouting priority 0; iifname %q ip daddr != %v drop; }`, u.Far, u.Router))
			s.allow(u.Router)
			return s.web()
		}).kept(),
		twin("route.better-unused", "two ways out, and the preferred one works", any4, func(s *scene) string {
			u := s.DeadUplink()
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "metric", "700")
			return s.web()
		}),
		twin("route.better-unused", "the second adapter is preferred and works", any4, func(s *scene) string {
			u := s.Uplink()
			s.demote("700")
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "metric", "50")
			s.allow(u.Router)
			return s.web()
		}),
		twin("route.better-unused", "two ways out, and the server is dead", any4, func(s *scene) string {
			u := s.Uplink()
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "metric", "700")
			s.DropAll(last(s), s.Server.V4)
			s.allow(u.Router)
			s.web()
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply").calmly(),
		twin("route.better-unused", "a default route with two next hops", any4, func(s *scene) string {
			u := s.Uplink()
			s.ip("route", "del", "default")
			s.ip("route", "add", "default", "nexthop", "via", s.Gateway(netlab.V4).String(), "dev", s.Client.Dev, "nexthop", "via", u.Router.String(), "dev", u.Dev)
			s.allow(u.Router)
			return s.web()
		}),
	}
}

// policed are ways that a policy rule or a VPN chose.
func policed() []story {
	return []story{
		fault("route.unexpected", "a rule sends the target by another adapter", any4, func(s *scene) string {
			s.web()
			u := s.DeadUplink()
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "table", "77")
			s.ip("rule", "add", "to", s.Server.V4.String(), "lookup", "77")
			s.allow(u.Router)
			return s.httpAt(s.Server.V4)
		}),
		fault("route.unexpected", "a rule sends the target into a VPN", any4, func(s *scene) string {
			u := s.DeadTunnel()
			s.ip("route", "add", "default", "dev", u.Dev, "table", "77")
			s.ip("rule", "add", "to", s.Server.V4.String(), "lookup", "77")
			return s.web()
		}).kept(),
		fault("route.unexpected", "a VPN took the target's network", any4, func(s *scene) string {
			s.web()
			u, _ := s.VPN()
			s.ip("route", "add", netip.PrefixFrom(s.Server.V4, 20).Masked().String(), "via", u.Router.String(), "dev", u.Dev)
			s.NFT(s.Routers[0], fmt.Sprintf(`chain c { type filter hook forward priority 0; iifname %q drop; }`, u.Far))
			s.allow(u.Router)
			return s.httpAt(s.Server.V4)
		}),
		fault("route.unexpected", "a rule by source sends to a router that is not there", any4, func(s *scene) string {
			s.web()
			s.ip("route", "add", "default", "via", s.FreeAddr(s.Client.V4).String(), "dev", s.Client.Dev, "table", "77")
			s.ip("rule", "add", "from", s.Client.V4.String(), "to", s.Server.V4.String(), "lookup", "77")
			s.allowLAN()
			return s.httpAt(s.Server.V4)
		}),
		twin("route.unexpected", "routing by source that works", any4, func(s *scene) string {
			u := s.Uplink()
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "table", "77")
			s.ip("rule", "add", "from", u.Client.String(), "lookup", "77")
			s.allow(u.Router)
			return s.web()
		}),
		twin("route.unexpected", "a rule sends the target by another adapter, and it works", any4, func(s *scene) string {
			u := s.Uplink()
			s.ip("route", "add", "default", "via", u.Router.String(), "dev", u.Dev, "table", "77")
			s.ip("rule", "add", "to", s.Server.V4.String(), "lookup", "77")
			s.allow(u.Router)
			return s.web()
		}),
		fault("route.stale-host-route", "a leftover route to a router that is gone", any4, func(s *scene) string {
			s.web()
			via, _ := s.StaleRoute(s.Server.V4)
			_ = via
			s.allowLAN()
			return s.httpAt(s.Server.V4)
		}),
		fault("route.stale-host-route", "a leftover route by another adapter", any4, func(s *scene) string {
			s.web()
			u := s.DeadUplink()
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", u.Router.String(), "dev", u.Dev)
			s.allow(u.Router)
			return s.httpAt(s.Server.V4)
		}).kept(),
		fault("route.stale-host-route", "a leftover route by another adapter, IPv6", dual, func(s *scene) string {
			s.web()
			u := s.Uplink()
			s.ip("-6", "route", "add", s.Server.V6.String()+"/128", "via", u.Router6.String(), "dev", u.Dev)
			s.NFT(s.Routers[0], fmt.Sprintf(`chain c { type filter hook forward priority 0; iifname %q drop; }`, u.Far))
			s.allow(u.Router6)
			return s.httpAt(s.Server.V6)
		}),
		fault("route.stale-host-route", "a leftover route to a router that forwards nothing", any4, func(s *scene) string {
			u := s.Uplink()
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", u.Router.String(), "dev", u.Dev)
			s.NFT(s.Routers[0], fmt.Sprintf(`chain c { type filter hook forward priority 0; iifname %q drop; }`, u.Far))
			s.allow(u.Router)
			return s.web()
		}),
		twin("route.stale-host-route", "a route for the target alone that works", any4, func(s *scene) string {
			u := s.Uplink()
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", u.Router.String(), "dev", u.Dev)
			s.allow(u.Router)
			return s.web()
		}),
		twin("route.stale-host-route", "a leftover route for another host", any4, func(s *scene) string {
			s.StaleRoute(s.stranger())
			return s.web()
		}),
		twin("route.stale-host-route", "a route for the target alone, and the server is dead", any4, func(s *scene) string {
			u := s.Uplink()
			s.ip("route", "add", s.Server.V4.String()+"/32", "via", u.Router.String(), "dev", u.Dev)
			s.DropAll(last(s), s.Server.V4)
			s.allow(u.Router)
			s.web()
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply"),
	}
}

// allowLAN lets everybody of the client's network be asked for: a neighbor that
// is not there has no name in the world.
func (s *scene) allowLAN() {
	table, err := s.CommandOn(s.t.Context(), s.Client, netlab.Root, "ip", "-o", "route", "show", "table", "all").Output()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, line := range strings.Split(string(table), "\n") {
		var to string
		if _, after, ok := strings.Cut(line, " via "); ok {
			to, _, _ = strings.Cut(after, " ")
		}
		if a, err := netip.ParseAddr(to); err == nil {
			s.allow(a)
		}
	}
}

// asymmetric lets the server's answers come in by a second adapter.
func (s *scene) asymmetric(filter string) netlab.Uplink {
	u := s.Uplink()
	s.Sysctl(s.Client, "ipv4/conf/"+u.Dev+"/rp_filter", filter)
	s.ipOn(s.Routers[0], "route", "add", s.Client.V4.String()+"/32", "via", u.Client.String(), "dev", u.Far)
	s.allow(u.Router)
	return u
}

// answersBack are replies that this machine drops itself.
func answersBack() []story {
	return []story{
		fault("route.reverse-path", "answers come in by a strict adapter", onLAN(any4), func(s *scene) string {
			s.web()
			s.asymmetric("1")
			return s.httpAt(s.Server.V4)
		}),
		fault("route.reverse-path", "answers come in by a strict adapter, no port open", onLAN(any4), func(s *scene) string {
			s.asymmetric("1")
			return s.httpAt(s.Server.V4)
		}),
		twin("route.reverse-path", "answers come in by a loose adapter", onLAN(any4), func(s *scene) string {
			s.asymmetric("2")
			return s.web()
		}),
		twin("route.reverse-path", "a strict adapter, and the ways are the same", any4, func(s *scene) string {
			u := s.Uplink()
			s.Sysctl(s.Client, "ipv4/conf/"+u.Dev+"/rp_filter", "1")
			return s.web()
		}),
		twin("route.reverse-path", "a strict adapter drops others' packets, and the server is dead", onLAN(any4), func(s *scene) string {
			s.web()
			u := s.Uplink()
			s.Sysctl(s.Client, "ipv4/conf/"+u.Dev+"/rp_filter", "1")
			s.DropAll(last(s), s.Server.V4)
			s.knocking(u)
			s.allow(u.Router)
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply"),
	}
}

// knocking sends packets to the client, all the time, from an address that it
// would not answer by that adapter.
func (s *scene) knocking(u netlab.Uplink) {
	from := s.stranger()
	s.ipOn(s.Routers[0], "addr", "add", from.String()+"/32", "dev", "lo")
	c, err := s.Routers[0].ListenPacket(netip.AddrPortFrom(from, 0))
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.t.Cleanup(func() { stop(); c.Close() })
	go func() {
		for ctx.Err() == nil {
			_, _ = c.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(netip.AddrPortFrom(u.Client, 9)))
			time.Sleep(40 * time.Millisecond)
		}
	}()
}
