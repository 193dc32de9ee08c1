//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"
	"strings"

	"faultline/platform/linux/netlab"
)

var (
	localStub = netip.MustParseAddr("127.0.0.53")
	localMasq = netip.MustParseAddr("127.0.0.1")
	nowhere4  = netip.IPv4Unspecified()
)

// beside gives the client a second name server behind the first.
func beside(s *scene) *netlab.DNS {
	second := s.AddResolver()
	s.Resolvers(s.DNS.Addrs[0], second.Addrs[0])
	s.allow(second.Addrs...)
	return second
}

// dead is an address of the client's network that nobody has.
func dead(s *scene) netip.Addr {
	a := s.FreeAddr(s.Client.Addrs(netlab.AnyFamily)[0])
	s.allow(a)
	return a
}

// stub puts a resolver on the client at an address, behind which are the named ones.
func stub(s *scene, at netip.Addr) *netlab.DNS {
	d := s.LocalDNS(at)
	s.Resolvers(at)
	s.Upstream(s.DNS.Addrs[0])
	return d
}

// labels are the first one of the server's name, and the rest.
func labels(s *scene) (label, rest string) {
	label, rest, _ = strings.Cut(s.Name, ".")
	return label, rest
}

// linkLocal gives a node a link-local address, which it returns with its adapter.
func linkLocal(s *scene, n *netlab.Node) netip.Addr {
	a := netip.MustParseAddr("fe80::53")
	s.on(n, "ip", "address", "add", a.String()+"/64", "dev", n.Dev, "nodad")
	return a.WithZone(n.Dev)
}

func (s *scene) named(name string) string { return fmt.Sprintf("http://%s:%d/", name, s.Port) }

// comparing are faults that show where several sources of names are compared.
func comparing() []story {
	return []story{
		fault("dns.tcp-blocked", "long answer, and TCP is dropped", anyF, func(s *scene) string {
			s.DNS.Behave(netlab.Manner{Mode: netlab.Truncate})
			s.NFT(s.Resolver, "chain c { type filter hook input priority 0; tcp dport 53 drop; }")
			return s.web()
		}),
		fault("dns.tcp-blocked", "long answer, and the server does not serve TCP", anyF, func(s *scene) string {
			s.DNS.Behave(netlab.Manner{Mode: netlab.Truncate, NoTCP: true})
			return s.web()
		}),
		fault("dns.tcp-blocked", "half an answer, and TCP is rejected", any4, func(s *scene) string {
			s.DNS.Behave(netlab.Manner{Mode: netlab.TruncatePart})
			s.NFT(s.Resolver, "chain c { type filter hook input priority 0; tcp dport 53 reject with icmpx admin-prohibited; }")
			return s.web()
		}),
		twin("dns.tcp-blocked", "long answer, over TCP it comes", anyF, behaving(netlab.Manner{Mode: netlab.Truncate})),
		twin("dns.tcp-blocked", "long answer, TCP is dropped, second server answers", any4, func(s *scene) string {
			second := beside(s)
			s.DNS.Behave(netlab.Manner{Mode: netlab.Truncate, NoTCP: true})
			_ = second
			return s.web()
		}),

		fault("dns.search-domain", "a wildcard of the search domain", anyF, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test\noptions ndots:5\n", s.DNS.Addrs[len(s.DNS.Addrs)-1]))
			s.DNS.Set(s.Name+".lab.test", dead(s))
			return s.web()
		}),
		twin("dns.search-domain", "lookups in the search domain stay silent, and are given up", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test\noptions ndots:9 timeout:1 attempts:1\n", s.DNS.Addrs[0]))
			s.DNS.BehaveFor(s.Name+".lab.test", netlab.Manner{Mode: netlab.Mute})
			return s.web()
		}, "dns.slow"),
		fault("dns.search-domain", "the search domain's host refuses", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch a.test lab.test\noptions ndots:5\n", s.DNS.Addrs[0]))
			s.DNS.Set(s.Name+".lab.test", s.Resolver.V4)
			return s.web()
		}),
		fault("dns.search-domain", "the first of two search domains holds a dead host of the name", any4, func(s *scene) string {
			label, rest := labels(s)
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test %s\n", s.DNS.Addrs[0], rest))
			s.DNS.Set(label+".lab.test", dead(s))
			s.web()
			return s.named(label)
		}),
		twin("dns.search-domain", "a short name that the search domain completes", any4, func(s *scene) string {
			label, rest := labels(s)
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch %s\n", s.DNS.Addrs[0], rest))
			s.web()
			return s.named(label)
		}),
		twin("dns.search-domain", "a wildcard of the search domain, and a name with dots enough", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test\n", s.DNS.Addrs[0]))
			s.DNS.Set(s.Name+".lab.test", dead(s))
			return s.web()
		}),
		twin("dns.search-domain", "a wildcard of the search domain that serves", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test\noptions ndots:5\n", s.DNS.Addrs[0]))
			s.DNS.Set(s.Name+".lab.test", s.Server.V4)
			s.DNS.Set(s.Name, dead(s))
			return s.web()
		}),

		fault("dns.split-view", "the first name server does not know an internal name", anyF, func(s *scene) string {
			beside(s)
			s.DNS.Forget(s.Name)
			return s.web()
		}),
		fault("dns.split-view", "a local resolver asks the wrong one of two", any4, func(s *scene) string {
			second := s.AddResolver()
			s.allow(second.Addrs...)
			d := stub(s, localStub)
			d.Forget(s.Name)
			s.DNS.Forget(s.Name)
			_, rest := labels(s)
			s.LinkServers(7, "~"+rest, second.Addrs[0])
			return s.web()
		}),
		twin("dns.split-view", "no name server knows the name", anyF, func(s *scene) string {
			beside(s).Forget(s.Name)
			s.DNS.Forget(s.Name)
			return s.web()
		}, "dns.no-such-name"),
		twin("dns.split-view", "the second name server does not know the name", any4, func(s *scene) string {
			beside(s).Forget(s.Name)
			return s.web()
		}),
		twin("dns.split-view", "the address that the second knows fails too", any4, func(s *scene) string {
			beside(s).Set(s.Name, dead(s))
			s.DNS.Forget(s.Name)
			return s.web()
		}, "dns.no-such-name"),

		fault("dns.stale-cache", "a local resolver keeps an old address", any4, func(s *scene) string {
			stub(s, localMasq).Set(s.Name, dead(s))
			return s.web()
		}),
		fault("dns.stale-cache", "systemd-resolved keeps an old address that refuses", any4, func(s *scene) string {
			stub(s, localStub).Set(s.Name, s.Resolver.V4)
			return s.web()
		}),
		fault("dns.stale-cache", "a local resolver keeps that there is no such name", any4, func(s *scene) string {
			stub(s, localMasq).Forget(s.Name)
			return s.web()
		}),
		twin("dns.stale-cache", "a local resolver keeps an old address that still serves", any4, func(s *scene) string {
			stub(s, localMasq)
			s.DNS.Set(s.Name, dead(s))
			return s.web()
		}),
		twin("dns.stale-cache", "a local resolver is up to date, and the server is off", any4, func(s *scene) string {
			stub(s, localStub)
			a := dead(s)
			s.DNS.Set(s.Name, a)
			d := s.LocalDNS(netip.MustParseAddr("127.0.0.54"))
			d.Set(s.Name, a)
			s.Resolvers(netip.MustParseAddr("127.0.0.54"))
			return s.web()
		}, "neighbour.silent"),

		fault("dns.filtered", "blocked, says the name server", anyF, behaving(netlab.Manner{Mode: netlab.NoSuchName, Extended: 15})),
		fault("dns.filtered", "censored, says the name server, without address", any4, behaving(netlab.Manner{Mode: netlab.NoData, Extended: 16})),
		fault("dns.filtered", "refused as filtered, for the one name", any4, func(s *scene) string {
			s.DNS.BehaveFor(s.Name, netlab.Manner{Mode: netlab.Refused, Extended: 17})
			return s.web()
		}),
		fault("dns.filtered", "the unspecified address", anyF, func(s *scene) string {
			s.DNS.Set(s.Name, nowhere4, netip.IPv6Unspecified())
			return s.web()
		}),
		fault("dns.filtered", "the loopback address", any4, func(s *scene) string {
			s.DNS.Set(s.Name, localMasq)
			return s.web()
		}),
		fault("dns.filtered", "the unspecified address, second name server knows it", any4, func(s *scene) string {
			beside(s)
			s.DNS.Set(s.Name, nowhere4)
			return s.web()
		}),
		twin("dns.filtered", "the loopback address, and a program listens there", any4, func(s *scene) string {
			s.DNS.Set(s.Name, localMasq)
			port := s.local(localMasq, answer)
			return fmt.Sprintf("http://%s:%d/", s.Name, port)
		}),
		twin("dns.filtered", "localhost, and nothing listens", any4, func(s *scene) string {
			return s.named("localhost")
		}, "listener.none"),
		twin("dns.filtered", "an extended error of another kind", any4, func(s *scene) string {
			s.DNS.BehaveFor(s.Name, netlab.Manner{Mode: netlab.ServFail, Extended: 22})
			return s.web()
		}, "dns.server-failure"),
		twin("dns.filtered", "a stale answer, says the name server", any4, behaving(netlab.Manner{Extended: 3})),

		fault("dns.rebind-filtered", "private addresses are withheld", any4, func(s *scene) string {
			beside(s)
			s.DNS.Set(s.Name)
			return s.web()
		}),
		twin("dns.rebind-filtered", "private addresses are withheld by the second", any4, func(s *scene) string {
			beside(s).Set(s.Name)
			return s.web()
		}),
		twin("dns.rebind-filtered", "no name server gives an address", any4, func(s *scene) string {
			beside(s).Set(s.Name)
			s.DNS.Set(s.Name)
			return s.web()
		}, "dns.no-address"),

		fault("dns.wrong-answer", "the first name server gives a dead address", any4, func(s *scene) string {
			beside(s)
			s.DNS.Set(s.Name, dead(s))
			return s.web()
		}),
		fault("dns.wrong-answer", "the first name server gives a host that refuses", any4, func(s *scene) string {
			beside(s)
			s.DNS.Set(s.Name, s.Routers[0].V4)
			return s.web()
		}),
		fault("dns.filtered", "the name server's own address, second name server knows it", any4, func(s *scene) string {
			beside(s)
			s.DNS.Set(s.Name, s.DNS.Addrs[0])
			return s.web()
		}),
		fault("dns.wrong-answer", "the first name server gives a host with another certificate", any4, func(s *scene) string {
			beside(s)
			s.DNS.Set(s.Name, s.Routers[0].V4)
			s.Serve(netlab.Service{On: s.Routers[0], TLS: &netlab.TLS{Names: []string{"other.example"}}})
			return s.secure(netlab.TLS{})
		}),
		twin("dns.wrong-answer", "name servers disagree, and both addresses serve", any4, func(s *scene) string {
			beside(s)
			s.DNS.Set(s.Name, s.Resolver.V4)
			s.Serve(netlab.Service{On: s.Resolver})
			s.Serve(netlab.Service{})
			return s.URL("http")
		}),
		twin("dns.wrong-answer", "name servers disagree, and neither address serves", any4, func(s *scene) string {
			beside(s).Set(s.Name, s.Routers[0].V4)
			s.DNS.Set(s.Name, s.Resolver.V4)
			return s.URL("http")
		}, "tcp.refused"),
	}
}
