//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

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

// odd are name servers and settings of other kinds.
func odd() []story {
	return []story{
		fault("dns.server-failure", "signatures do not hold", anyF, behaving(netlab.Manner{Mode: netlab.Bogus})),
		fault("dns.server-failure", "the name server only refers to others", anyF, behaving(netlab.Manner{Mode: netlab.Lame})),
		fault("dns.server-failure", "a code that belongs elsewhere", any4, behaving(netlab.Manner{Mode: netlab.OtherCode})),
		twin("dns.server-failure", "silent to EDNS", anyF, behaving(netlab.Manner{Mode: netlab.NoEDNS})),
		twin("dns.server-failure", "rejects EDNS", anyF, behaving(netlab.Manner{Mode: netlab.FormErrEDNS})),
		twin("dns.first-resolver-dead", "first of two silent to EDNS", any4, two(netlab.Manner{Mode: netlab.NoEDNS})),
		fault("dns.slow", "silent to questions for IPv6 addresses", any4, behaving(netlab.Manner{Mode: netlab.MuteAAAA})),
		twin("dns.server-failure", "fails on questions for IPv6 addresses", any4, behaving(netlab.Manner{Mode: netlab.FailAAAA})),
		twin("dns.no-such-name", "denies the name to questions for IPv6 addresses", any4, behaving(netlab.Manner{Mode: netlab.DenyAAAA})),
		fault("dns.split-view", "a local resolver denies what a server of another domain's gives", any4, func(s *scene) string {
			stub(s, localStub).Forget(s.Name)
			_, rest := labels(s)
			s.LinkServers(7, "~"+rest, s.DNS.Addrs[0])
			return s.web()
		}),
		fault("dns.no-such-name", "a local resolver denies, and so does all that it asks", any4, func(s *scene) string {
			other := s.AddResolver() // for other domains alone: it must not be asked
			stub(s, localStub).Forget(s.Name)
			s.DNS.Forget(s.Name)
			s.LinkServers(7, "~other.test", other.Addrs[0])
			return s.web()
		}),
		fault("dns.no-address", "an alias of a name without address", anyF, func(s *scene) string {
			s.DNS.Set(s.Name)
			s.DNS.Alias("x"+s.Name, s.Name)
			s.web()
			return s.named("x" + s.Name)
		}),
		fault("dns.no-such-name", "an alias of a name that does not exist", anyF, func(s *scene) string {
			s.DNS.Alias("x"+s.Name, "y"+s.Name)
			s.web()
			return s.named("x" + s.Name)
		}),
		fault("dns.no-such-name", "a sibling that does not exist", any4, func(s *scene) string {
			_, rest := labels(s)
			s.web()
			return s.named("missing." + rest)
		}),
		twin("dns.no-such-name", "an alias of a name that exists", anyF, func(s *scene) string {
			s.DNS.Alias("x"+s.Name, s.Name)
			s.web()
			return s.named("x" + s.Name)
		}),
		fault("dns.no-address", "aliases in a circle", any4, func(s *scene) string {
			s.DNS.Alias(s.Name, "y"+s.Name)
			s.DNS.Alias("y"+s.Name, s.Name)
			s.DNS.Forget(s.Name)
			s.web()
			return s.URL("http")
		}).or("dns.no-such-name"),
		fault("dns.resolver-silent", "a local resolver that is not running", anyF, func(s *scene) string {
			s.Resolvers(localStub)
			s.Upstream(s.DNS.Addrs[0])
			return s.web()
		}),
		fault("dns.resolver-silent", "a local resolver whose servers are dead", any4, func(s *scene) string {
			stub(s, localStub).Behave(netlab.Manner{Mode: netlab.ServFail})
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			return s.web()
		}),
		fault("dns.resolver-silent", "a silent local resolver whose servers are dead", any4, func(s *scene) string {
			stub(s, localMasq).Behave(netlab.Manner{Mode: netlab.Mute})
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			return s.web()
		}),
		twin("dns.resolver-silent", "a local resolver that works", any4, func(s *scene) string {
			stub(s, localStub)
			return s.web()
		}),
		fault("dns.resolver-silent", "the only live name server is the fourth", any4, func(s *scene) string {
			all := []netip.Addr{}
			for range 3 {
				d := s.AddResolver()
				d.Behave(netlab.Manner{Mode: netlab.Mute})
				all = append(all, d.Addrs[0])
			}
			s.allow(all...)
			s.Resolvers(append(all, s.DNS.Addrs[0])...)
			return s.web()
		}),
		fault("dns.resolver-silent", "the name server's address is nobody's", any4, func(s *scene) string {
			s.Resolvers(dead(s))
			return s.web()
		}),
		fault("dns.resolver-silent", "the name server is slower than this computer waits", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\noptions timeout:1 attempts:1\n", s.DNS.Addrs[0]))
			s.DNS.Behave(netlab.Manner{Delay: 1700 * time.Millisecond})
			return s.web()
		}),
		fault("dns.slow", "name server takes 3.4 s", anyF, behaving(netlab.Manner{Delay: 3400 * time.Millisecond})),
		fault("dns.slow", "first of two name servers takes 3 s", any4, two(netlab.Manner{Delay: 3 * time.Second})),
		twin("dns.resolver-silent", "a name server at a link-local address", netlab.Options{Family: netlab.V6, Resolver: netlab.OnLAN}, func(s *scene) string {
			at := linkLocal(s, s.Resolver)
			s.DNSOn(s.Resolver, at)
			s.ResolvConf(fmt.Sprintf("nameserver %v\n", at.WithZone(s.Client.Dev)))
			return s.web()
		}),
		fault("dns.no-resolver", "nsswitch asks files only", any4, func(s *scene) string {
			s.NSSwitch("hosts: files\n")
			return s.web()
		}),
		twin("dns.no-resolver", "nsswitch with modules that are not there", any4, func(s *scene) string {
			s.NSSwitch("hosts: files mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns myhostname\n")
			return s.web()
		}),
		fault("dns.no-resolver", "resolv.conf is garbage", any4, func(s *scene) string {
			s.ResolvConf("nameserver dns.example\nnameservr 192.0.2.1\n\x00\x01nameserver\n")
			return s.web()
		}),
		twin("dns.no-resolver", "no name server set, and one on this machine", any4, func(s *scene) string {
			s.LocalDNS(localMasq)
			s.ResolvConf("# empty\n")
			return s.web()
		}),
		fault("dns.no-such-name", "no name server set, and one on this machine knows no such name", any4, func(s *scene) string {
			s.LocalDNS(localMasq).Forget(s.Name)
			s.ResolvConf("")
			return s.web()
		}),
		twin("dns.overridden", "hosts file names the unspecified address, and DNS too", any4, func(s *scene) string {
			s.Hosts(fmt.Sprintf("%v %s", s.Server.V4, strings.ToUpper(s.Name)+" other # comment"))
			s.DNS.Set(s.Name, nowhere4)
			return s.web()
		}),
		fault("dns.overridden", "hosts file blocks the name", any4, func(s *scene) string {
			s.Hosts("0.0.0.0 " + s.Name)
			return s.web()
		}),
		fault("dns.overridden", "hosts file sends the name to this machine", any4, func(s *scene) string {
			s.Hosts("127.0.0.1 " + s.Name)
			return s.web()
		}),
		fault("dns.no-such-name", "a name with an underscore", any4, func(s *scene) string {
			s.web()
			return s.named("_x." + s.Name)
		}),
		twin("dns.no-such-name", "a name with the root's dot and an address", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test\noptions ndots:7 rotate single-request edns0\n", s.DNS.Addrs[0]))
			s.web()
			return s.named(s.Name + ".")
		}),
		fault("dns.first-resolver-dead", "name servers take turns, and the second is dead", any4, func(s *scene) string {
			second := s.AddResolver()
			second.Behave(netlab.Manner{Mode: netlab.Mute})
			s.allow(second.Addrs...)
			s.ResolvConf(fmt.Sprintf("nameserver %v\nnameserver %v\noptions rotate timeout:1\n", s.DNS.Addrs[0], second.Addrs[0]))
			return s.web()
		}),
		fault("dns.tcp-blocked", "the system asks over TCP only, and it is dropped", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\noptions use-vc\n", s.DNS.Addrs[0]))
			s.NFT(s.Resolver, "chain c { type filter hook input priority 0; tcp dport 53 drop; }")
			return s.web()
		}),
	}
}
