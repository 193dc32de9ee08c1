//go:build e2e && linux

package e2e

import (
	"fmt"
	"net"
	"net/netip"

	"faultline/diag/catalog"
	"faultline/platform/linux/netlab"
)

// FreeV6 is a documentation address that no world routes to.
func (s *scene) FreeV6() netip.Addr { return netip.MustParseAddr("2001:db8:ffff::7") }

// answer is a small web server for one connection.
func answer(c net.Conn) {
	if _, err := c.Read(make([]byte, 4096)); err == nil {
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
	}
}

// silent are faults in which nothing comes back.
func silent() []story {
	return []story{
		fault("tcp.filtered", "server drops the port", any4, func(s *scene) string {
			s.Drop(s.Server, s.Port)
			return s.web()
		}),
		fault("tcp.filtered", "server drops the port, IPv6 only", six, func(s *scene) string {
			s.Drop(s.Server, s.Port)
			return s.web()
		}),
		fault("tcp.filtered", "accept queue full", any4, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.FullBacklog})
			return s.URL("http")
		}),
		fault("tcp.filtered", "server answers ping and nothing else", pinging(any4), func(s *scene) string {
			s.NFT(s.Server, "chain c { type filter hook input priority 0; meta l4proto { tcp, udp } drop; }")
			return s.web()
		}).kept(),
		fault("tcp.filtered", "server answers UDP and nothing else", any4, func(s *scene) string {
			s.NFT(s.Server, "chain c { type filter hook input priority 0; ip protocol icmp drop; meta l4proto tcp drop; }")
			return s.web()
		}).kept(),
		twin("tcp.filtered", "server drops another port", any4, func(s *scene) string {
			s.Drop(s.Server, s.FreePort())
			return s.web()
		}),
		fault("tcp.no-reply", "everything to the server dropped", any4, func(s *scene) string {
			s.DropAll(last(s), s.Server.V4)
			return s.web()
		}),
		twin("tcp.no-reply", "only TCP to the server dropped", any4, func(s *scene) string {
			s.NFT(last(s), fmt.Sprintf("chain c { type filter hook forward priority 0; ip daddr %v meta l4proto tcp drop; }", s.Server.V4))
			return s.web()
		}, "tcp.filtered"),
		fault("ipv6.broken", "IPv6 dropped behind the gateway", dual, func(s *scene) string {
			s.BreakV6()
			return s.web()
		}),
		twin("ipv6.broken", "IPv6 dropped behind the gateway, and none here", any4, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, s.FreeV6())
			return s.web()
		}),
		twin("ipv6.broken", "IPv6 only", six, func(s *scene) string { return s.web() }),
		twin("ipv6.broken", "IPv4 dropped, IPv6 works", dual, func(s *scene) string {
			s.DropAll(last(s), s.Server.V4)
			return s.web()
		}, "tcp.some-addresses"),
		fault("firewall.local-out", "own filter drops the port", any4, func(s *scene) string {
			s.Drop(s.Client, s.Port)
			return s.web()
		}),
		fault("firewall.local-out", "own filter rejects the port", any4, func(s *scene) string {
			s.Reject(s.Client, s.Port, netlab.AdminProhibited)
			return s.web()
		}),
		fault("firewall.local-out", "own filter resets the port", any4, func(s *scene) string {
			s.NFT(s.Client, fmt.Sprintf("chain c { type filter hook output priority 0; tcp dport %d reject with tcp reset; }", s.Port))
			return s.web()
		}).or("tcp.refused", "tcp.refused-on-path"),
		fault("firewall.local-out", "own filter drops queries", any4, func(s *scene) string {
			s.NFT(s.Client, "chain c { type filter hook output priority 0; udp dport 53 drop; tcp dport 53 drop; }")
			return s.web()
		}),
		twin("firewall.local-out", "own filter drops another port", any4, func(s *scene) string {
			s.Drop(s.Client, s.FreePort())
			return s.web()
		}),
		twin("firewall.local-out", "the server's filter drops the port", any4, func(s *scene) string {
			s.Drop(s.Server, s.Port)
			return s.web()
		}, "tcp.filtered"),
	}
}

// answering are faults in which something says no.
func answering() []story {
	all := []story{
		fault("tcp.refused", "nothing listens", anyF, func(s *scene) string { return s.URL("http") }),
		fault("tcp.refused", "nothing listens, literal IPv6", dual, func(s *scene) string { return s.httpAt(s.Server.V6) }),
		twin("tcp.refused", "something listens", anyF, func(s *scene) string { return s.web() }),
		twin("tcp.refused", "bare host with every port closed", anyF, func(s *scene) string { return s.Name }),
		twin("tcp.refused", "bare IPv4 address with every port closed", any4, func(s *scene) string { return s.Server.V4.String() }),
		fault("tcp.refused-on-path", "a router resets", hops(3, pinging(any4)), func(s *scene) string {
			s.web()
			s.Reject(s.Routers[0], s.Port, netlab.WithReset)
			return s.httpAt(s.Server.V4)
		}).or("tcp.refused"), // where the TTLs of both start alike, it cannot be told
		twin("tcp.refused-on-path", "the server's filter resets", hops(3, pinging(any4)), func(s *scene) string {
			s.web()
			s.Reject(s.Server, s.Port, netlab.WithReset)
			return s.httpAt(s.Server.V4)
		}, "tcp.refused"),
		twin("tcp.rejected", "a router rejects another port", any4, func(s *scene) string {
			s.Reject(s.Routers[0], s.FreePort(), netlab.AdminProhibited)
			return s.web()
		}),
		twin("tcp.rejected", "a router drops where it rejected", any4, func(s *scene) string {
			s.Drop(s.Routers[0], s.Port)
			return s.web()
		}, "tcp.filtered"),
		fault("tcp.rejected", "a router rejects IPv6", dual, func(s *scene) string {
			s.Reject(s.Routers[0], s.Port, netlab.AdminProhibited)
			s.web()
			return s.httpAt(s.Server.V6)
		}),
		fault("path.rejected", "a router without route", any4, func(s *scene) string {
			s.web()
			s.RejectRoute(last(s), s.Server.V4, netlab.Throw)
			return s.httpAt(s.Server.V4)
		}),
		fault("path.rejected", "a router without route, IPv6", dual, func(s *scene) string {
			s.web()
			s.RejectAll(last(s), s.Server.V6, netlab.NetUnreachable)
			return s.httpAt(s.Server.V6)
		}),
		fault("path.rejected", "a router says that the host is not there", any4, func(s *scene) string {
			s.web()
			s.RejectRoute(last(s), s.Server.V4, netlab.Unreachable)
			return s.httpAt(s.Server.V4)
		}).or("path.host-absent"), // where the name server lies behind the same router
		twin("path.rejected", "a router without route to another host", any4, func(s *scene) string {
			s.RejectRoute(last(s), netip.MustParseAddr("203.0.113.77"), netlab.Unreachable)
			return s.web()
		}),
		twin("path.rejected", "a router prohibits", any4, func(s *scene) string {
			s.web()
			s.RejectAll(last(s), s.Server.V4, netlab.AdminProhibited)
			return s.httpAt(s.Server.V4)
		}, "tcp.rejected"),
		fault("path.loop", "two routers send it to each other", hops(3, any4), func(s *scene) string {
			s.web()
			s.on(s.Routers[1], "ip", "route", "replace", s.Server.V4.String()+"/32", "via", s.left(1))
			return s.httpAt(s.Server.V4)
		}),
		twin("path.loop", "a detour", hops(3, any4), func(s *scene) string {
			s.on(s.Routers[0], "ip", "route", "replace", s.Server.V4.String()+"/32", "via", s.Routers[1].V4.String())
			s.web()
			return s.httpAt(s.Server.V4)
		}),
		fault("tcp.some-addresses", "one of two addresses refuses", any4, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, s.Resolver.V4)
			return s.web()
		}),
		fault("tcp.some-addresses", "one of two addresses drops", any4, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, s.Resolver.V4)
			s.Drop(s.Resolver, s.Port)
			return s.web()
		}),
		twin("tcp.some-addresses", "both addresses serve", any4, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, s.Resolver.V4)
			s.Serve(netlab.Service{On: s.Resolver})
			return s.web()
		}),
		twin("tcp.some-addresses", "both addresses refuse", any4, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, s.Resolver.V4)
			return s.URL("http")
		}, "tcp.refused"),
		fault("tcp.answered-on-path", "a router opens every port", any4, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Routers[0], Does: netlab.Silent})
			s.NFT(s.Routers[0], fmt.Sprintf("chain c { type nat hook prerouting priority -100; ip daddr %v tcp dport 1-65535 redirect to :%d; }", s.Server.V4, s.Port))
			return s.at(s.Server.V4)
		}),
		twin("tcp.answered-on-path", "a service that says nothing", any4, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.Silent})
			return s.Target()
		}),
		fault("listener.none", "nothing listens on loopback", anyF, func(s *scene) string { return url("http", loopback, s.Port) }),
		fault("listener.none", "nothing listens on the own address", any4, func(s *scene) string { return url("http", s.mine(), s.Port) }),
		twin("listener.none", "something listens on loopback", anyF, func(s *scene) string {
			return url("http", loopback, s.local(loopback, answer))
		}),
	}
	rejections := []struct {
		how  netlab.Rejection
		code catalog.Code
	}{
		{netlab.PortUnreachable, "tcp.rejected"}, {netlab.AdminProhibited, "tcp.rejected"}, {netlab.NetProhibited, "tcp.rejected"},
		{netlab.HostProhibited, "tcp.rejected"}, {netlab.ProtoUnreachable, "tcp.rejected"},
		{netlab.NetUnreachable, "path.rejected"}, {netlab.HostUnreachable, "path.rejected"},
	}
	beside := map[netlab.Rejection]catalog.Code{netlab.HostUnreachable: "path.host-absent"}
	for _, r := range rejections {
		all = append(all, fault(r.code, "a router answers "+string(r.how), any4, func(s *scene) string {
			s.web()
			s.Reject(s.Routers[0], s.Port, r.how)
			return s.httpAt(s.Server.V4)
		}).or(beside[r.how]))
	}
	return all
}

// left is the address of router i+1 (from 0) on the side of the client's
// neighbor, as the next router sees it.
func (s *scene) left(i int) string {
	out, err := s.CommandOn(s.t.Context(), s.Routers[i], netlab.Root, "ip", "-4", "route", "get", s.Client.V4.String()).Output()
	if err != nil {
		s.t.Fatalf("asking for the way back: %v", err)
	}
	var to, via string
	if _, err := fmt.Sscanf(string(out), "%s via %s", &to, &via); err != nil {
		s.t.Fatalf("reading %q: %v", out, err)
	}
	return via
}
