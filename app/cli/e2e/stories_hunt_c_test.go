//go:build e2e && linux

package e2e

import (
	"fmt"
	"strings"

	"faultline/platform/linux/netlab"
)

// further are states of the way and of the port that mix what others have alone.
func further() []story {
	open := func(s *scene, policy string) string {
		s.web()
		s.NFT(s.Routers[0], fmt.Sprintf("chain c { type filter hook forward priority 0; ip daddr %v tcp dport != { 80, 443, %d } %s; }", s.Server.V4, s.Port, policy))
		return s.httpAt(s.Server.V4)
	}
	return []story{
		twin("tcp.rejected", "further: a gateway lets the port through and rejects the rest", any4, func(s *scene) string {
			return open(s, "reject with icmp admin-prohibited")
		}),
		twin("tcp.refused-on-path", "further: a gateway lets the port through and resets the rest", any4, func(s *scene) string {
			return open(s, "reject with tcp reset")
		}),
		fault("tcp.rejected", "further: the server itself prohibits", any4, func(s *scene) string {
			s.web()
			s.Reject(s.Server, s.Port, netlab.AdminProhibited)
			return s.httpAt(s.Server.V4)
		}),
		fault("path.loop", "further: two routers send it to each other, IPv6", hops(3, six), func(s *scene) string {
			s.web()
			s.on(s.Routers[1], "ip", "-6", "route", "replace", s.Server.V6.String()+"/128", "via", s.left6(1))
			return s.httpAt(s.Server.V6)
		}),
		twin("gateway.no-upstream", "further: dead server, and dead name servers elsewhere", hops(3, any4), func(s *scene) string {
			s.web()
			s.beyond(1, netlab.V4)
			s.NFT(s.Routers[2], "chain c { type filter hook input priority 0; drop; }")
			s.NFT(s.Server, "chain c { type filter hook input priority 0; drop; }")
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply"),
		twin("tcp.flaky", "further: a server that sends SYN cookies to everybody", any4, func(s *scene) string {
			s.on(s.Server, "sysctl", "-qw", "net.ipv4.tcp_syncookies=2")
			return s.web()
		}),
		fault("tcp.some-addresses", "further: two of three serve, the third is a router", any4, func(s *scene) string {
			s.web()
			s.Serve(netlab.Service{On: s.Resolver})
			s.DNS.Set(s.Name, s.Server.V4, s.Resolver.V4, last(s).V4)
			return s.URL("http")
		}),
		fault("mtu.black-hole", "further: nothing above 1280 passes, large page", any4, func(s *scene) string {
			s.LoseBig(1280)
			return s.bigPage()
		}),
	}
}

// left6 is left in IPv6.
func (s *scene) left6(i int) string {
	out, err := s.CommandOn(s.t.Context(), s.Routers[i], netlab.Root, "ip", "-6", "route", "get", s.Client.V6.String()).Output()
	if err != nil {
		s.t.Fatalf("asking for the way back: %v", err)
	}
	_, after, _ := strings.Cut(string(out), " via ")
	via, _, ok := strings.Cut(after, " ")
	if !ok {
		s.t.Fatalf("no gateway in %q", out)
	}
	return via
}
