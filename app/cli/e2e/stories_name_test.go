//go:build e2e && linux

package e2e

import (
	"fmt"
	"time"

	"faultline/platform/linux/netlab"
)

// behaving lets the only resolver behave in a manner.
func behaving(m netlab.Manner) func(s *scene) string {
	return func(s *scene) string {
		s.DNS.Behave(m)
		return s.web()
	}
}

// two gives the client a first resolver with a manner and a second that works.
func two(m netlab.Manner) func(s *scene) string {
	return func(s *scene) string {
		second := s.AddResolver()
		s.DNS.Behave(m)
		s.Resolvers(s.DNS.Addrs[0], second.Addrs[0])
		s.allow(second.Addrs...)
		return s.web()
	}
}

// naming are faults of the names.
func naming() []story {
	hosts := func(before func(s *scene)) func(s *scene) string {
		return func(s *scene) string {
			before(s)
			s.Hosts(fmt.Sprintf("%v %s", s.Server.V4, s.Name))
			return s.web()
		}
	}
	return []story{
		fault("dns.no-resolver", "no name server configured", anyF, func(s *scene) string {
			s.Resolvers()
			return s.web()
		}),
		twin("dns.no-resolver", "no name server, and a literal target", any4, func(s *scene) string {
			s.Resolvers()
			s.web()
			return s.httpAt(s.Server.V4)
		}),
		twin("dns.no-resolver", "no name server, and the name in the hosts file", any4, hosts(func(s *scene) { s.Resolvers() })),
		fault("dns.resolver-silent", "name server mute", anyF, behaving(netlab.Manner{Mode: netlab.Mute})),
		fault("dns.resolver-silent", "name server's host drops queries", anyF, func(s *scene) string {
			s.BlackholeResolver()
			return s.web()
		}),
		twin("dns.resolver-silent", "name server dead, second one answers", anyF, two(netlab.Manner{Mode: netlab.Mute}), "dns.first-resolver-dead"),
		twin("dns.resolver-silent", "name server dead, and the name in the hosts file", any4,
			hosts(func(s *scene) { s.DNS.Behave(netlab.Manner{Mode: netlab.Mute}) })),
		fault("dns.first-resolver-dead", "first of two name servers dead", any4, two(netlab.Manner{Mode: netlab.Mute})),
		twin("dns.first-resolver-dead", "second of two name servers dead", any4, func(s *scene) string {
			second := s.AddResolver()
			second.Behave(netlab.Manner{Mode: netlab.Mute})
			s.Resolvers(s.DNS.Addrs[0], second.Addrs[0])
			s.allow(second.Addrs...)
			return s.web()
		}),
		fault("dns.no-such-name", "a name that does not exist", anyF, func(s *scene) string {
			s.web()
			return fmt.Sprintf("http://%s:%d/", "x"+s.Name, s.Port)
		}),
		twin("dns.no-such-name", "a name without address", anyF, func(s *scene) string {
			s.web()
			s.DNS.Set("x" + s.Name)
			return fmt.Sprintf("http://%s:%d/", "x"+s.Name, s.Port)
		}, "dns.no-address"),
		fault("dns.no-address", "no address record", anyF, func(s *scene) string {
			s.DNS.Set(s.Name)
			return s.web()
		}),
		twin("dns.no-address", "only an IPv6 address, and IPv6 works", dual, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V6)
			return s.web()
		}),
		fault("dns.server-failure", "SERVFAIL", anyF, behaving(netlab.Manner{Mode: netlab.ServFail})),
		fault("dns.server-failure", "SERVFAIL for the one name", anyF, func(s *scene) string {
			s.DNS.BehaveFor(s.Name, netlab.Manner{Mode: netlab.ServFail})
			return s.web()
		}),
		twin("dns.server-failure", "SERVFAIL of the first, second answers", any4, two(netlab.Manner{Mode: netlab.ServFail})),
		fault("dns.refused", "REFUSED", anyF, behaving(netlab.Manner{Mode: netlab.Refused})),
		twin("dns.refused", "REFUSED by the first, second answers", any4, two(netlab.Manner{Mode: netlab.Refused})),
		fault("dns.udp-blocked", "name server answers over TCP only", anyF, func(s *scene) string {
			s.NFT(s.Resolver, "chain c { type filter hook input priority 0; udp dport 53 drop; }")
			return s.web()
		}),
		twin("dns.udp-blocked", "name server answers over UDP only", anyF, func(s *scene) string {
			s.NFT(s.Resolver, "chain c { type filter hook input priority 0; tcp dport 53 drop; }")
			return s.web()
		}),
		fault("dns.slow", "name server takes 1.6 s", anyF, behaving(netlab.Manner{Delay: 1600 * time.Millisecond})),
		twin("dns.slow", "name server takes 0.3 s", anyF, behaving(netlab.Manner{Delay: 300 * time.Millisecond})),
		fault("dns.overridden", "hosts file names a host that refuses", any4, func(s *scene) string {
			s.Hosts(fmt.Sprintf("%v %s", s.Resolver.V4, s.Name))
			return s.web()
		}),
		fault("dns.overridden", "hosts file names a dead address", any4, func(s *scene) string {
			a := s.FreeAddr(s.Client.V4)
			s.allow(a)
			s.Hosts(fmt.Sprintf("%v %s", a, s.Name))
			return s.web()
		}),
		twin("dns.overridden", "hosts file names another host that serves", any4, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Resolver})
			s.Hosts(fmt.Sprintf("%v %s", s.Resolver.V4, s.Name))
			return s.URL("http")
		}),
		twin("dns.overridden", "hosts file and DNS agree, nothing listens", any4, func(s *scene) string {
			s.Hosts(fmt.Sprintf("%v %s", s.Server.V4, s.Name))
			return s.URL("http")
		}, "tcp.refused"),
		fault("dns.server-failure", "answers that are no DNS", anyF, behaving(netlab.Manner{Mode: netlab.Garbage})),
		fault("dns.resolver-silent", "answers to other questions without end", anyF, behaving(netlab.Manner{Mode: netlab.Endless})).or("dns.server-failure"),
		twin("dns.resolver-silent", "first three queries lost", anyF, behaving(netlab.Manner{DropFirst: 3})).or("dns.slow"),
		fault("ipv6.unavailable", "only an IPv6 address, and no IPv6 here", any4, func(s *scene) string {
			s.DNS.Set(s.Name, s.FreeV6())
			return s.web()
		}),
		twin("ipv6.unavailable", "only an IPv6 address, and IPv6 here", six, func(s *scene) string { return s.web() }),
	}
}
