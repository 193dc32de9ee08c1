//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"faultline/platform/linux/netlab"
)

// huntNames are faults of names as they meet on odd machines.
func huntNames() []story {
	late := 600 * time.Millisecond
	own := func(s *scene) netip.Addr { return s.DNS.Addrs[0] }
	return []story{
		twin("dns.overridden", "hosts file serves, names are late, and DNS gives a dead address", any4, func(s *scene) string {
			s.LateNames(late)
			s.Hosts(fmt.Sprintf("%v %s", s.Server.V4, s.Name))
			s.DNS.Set(s.Name, dead(s))
			return s.web()
		}),
		fault("dns.overridden", "hosts file names a dead address, and names are late", any4, func(s *scene) string {
			s.LateNames(late)
			s.Hosts(fmt.Sprintf("%v %s", dead(s), s.Name))
			return s.web()
		}),
		fault("dns.overridden", "hosts file names a host that refuses by an alias at the end, and names are late", any4, func(s *scene) string {
			s.LateNames(late)
			s.Hosts(fmt.Sprintf("%v\tother.example x %s", s.Resolver.V4, s.Name))
			return s.web()
		}),
		twin("dns.overridden", "hosts file names a dead address, and DNS is asked first", any4, func(s *scene) string {
			s.NSSwitch("hosts: dns files\n")
			s.Hosts(fmt.Sprintf("%v %s", dead(s), s.Name))
			return s.web()
		}),
		twin("dns.overridden", "hosts file names a dead address, and is not looked into", any4, func(s *scene) string {
			s.NSSwitch("hosts: dns\n")
			s.Hosts(fmt.Sprintf("%v %s", dead(s), s.Name))
			return s.web()
		}),
		fault("dns.no-such-name", "hosts file has it, nsswitch asks DNS alone, which denies", any4, func(s *scene) string {
			s.NSSwitch("hosts: dns\n")
			s.Hosts(fmt.Sprintf("%v %s", s.Server.V4, s.Name))
			s.DNS.Forget(s.Name)
			return s.web()
		}),
		fault("dns.overridden", "hosts file has a dead address first, and the right one second is IPv6", dual, func(s *scene) string {
			s.Hosts(fmt.Sprintf("%v %s", dead(s), s.Name))
			return s.web()
		}),
		fault("dns.overridden", "hosts file dead, names servers mute", any4, func(s *scene) string {
			s.Hosts(fmt.Sprintf("%v %s", dead(s), s.Name))
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			return s.web()
		}).or("neighbour.silent", "tcp.no-reply"),
		twin("dns.slow", "names are late by 0.6 s", any4, func(s *scene) string { s.LateNames(late); return s.web() }),
		fault("dns.no-such-name", "no such name, and names are late", any4, func(s *scene) string {
			s.LateNames(late)
			s.DNS.Forget(s.Name)
			return s.web()
		}),
		fault("dns.search-domain", "a wildcard of the search domain, and names are late", any4, func(s *scene) string {
			s.LateNames(late)
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test\noptions ndots:5\n", own(s)))
			s.DNS.Set(s.Name+".lab.test", dead(s))
			return s.web()
		}),
		fault("dns.wrong-answer", "first server gives a dead address, and names are late", any4, func(s *scene) string {
			s.LateNames(late)
			beside(s)
			s.DNS.Set(s.Name, dead(s))
			return s.web()
		}),
		twin("dns.no-such-name", "upper case name", any4, func(s *scene) string { s.web(); return s.named(strings.ToUpper(s.Name)) }),
		fault("dns.no-resolver", "resolv.conf is empty", any4, func(s *scene) string {
			s.ResolvConf("")
			return s.web()
		}),
		fault("dns.no-resolver", "resolv.conf with CRLF", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("# c\r\nnameserver %v\r\noptions timeout:1\r\n", own(s)))
			return s.web()
		}),
		twin("dns.no-resolver", "resolv.conf without end of line, tabs, and a comment behind", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("; c\nnameserver\t%v # ours", own(s)))
			return s.web()
		}),
		twin("dns.search-domain", "search list with a dead zone's SERVFAIL before", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test\noptions ndots:5\n", own(s)))
			s.DNS.BehaveFor(s.Name+".lab.test", netlab.Manner{Mode: netlab.ServFail})
			return s.web()
		}),
		fault("dns.search-domain", "a wildcard answers loopback", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test\noptions ndots:5\n", own(s)))
			s.DNS.Set(s.Name+".lab.test", localMasq)
			return s.web()
		}),
		fault("dns.no-such-name", "a name server that denies the root too", any4,
			behaving(netlab.Manner{Mode: netlab.NoSuchName})).kept(),
		fault("dns.no-such-name", "single label that the search list does not complete", any4, func(s *scene) string {
			s.ResolvConf(fmt.Sprintf("nameserver %v\nsearch lab.test corp.test\n", own(s)))
			s.web()
			return s.named("intranet")
		}),
		fault("dns.no-such-name", "single label without a search list", any4, func(s *scene) string {
			s.web()
			return s.named("intranet")
		}).or("dns.search-domain"),
		fault("dns.no-such-name", "name within local that nobody knows", any4, func(s *scene) string {
			s.NSSwitch("hosts: files dns\n")
			s.web()
			return s.named("printer.local")
		}),
		twin("dns.no-such-name", "name within local that DNS knows", any4, func(s *scene) string {
			s.NSSwitch("hosts: files dns\n")
			s.DNS.Set("printer.local", s.Server.V4)
			s.web()
			return s.named("printer.local")
		}),
		twin("dns.no-such-name", "international name", any4, func(s *scene) string {
			s.DNS.Set("xn--bcher-kva.test", s.Server.V4)
			s.web()
			return s.named("bücher.test")
		}),
		twin("dns.no-such-name", "a name with an underscore that exists", any4, func(s *scene) string {
			s.DNS.Set("my_host.test", s.Server.V4)
			s.web()
			return s.named("my_host.test")
		}),
		twin("dns.no-address", "five aliases", any4, func(s *scene) string {
			at := s.Name
			for i := range 5 {
				s.DNS.Alias(fmt.Sprintf("c%d.test", i), at)
				at = fmt.Sprintf("c%d.test", i)
			}
			s.web()
			return s.named(at)
		}),
		fault("tcp.some-addresses", "round robin with a dead member of two", any4, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, dead(s))
			return s.web()
		}),
		fault("ipv6.broken", "IPv4 served, IPv6 of the name is nobody's", dual, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, netip.MustParseAddr("64:ff9b::192.0.2.33"))
			return s.web()
		}),
		twin("dns.resolver-silent", "six name servers, all live", any4, func(s *scene) string {
			all := []netip.Addr{own(s)}
			for range 5 {
				all = append(all, s.AddResolver().Addrs[0])
			}
			s.allow(all...)
			s.Resolvers(all...)
			return s.web()
		}),
		fault("dns.resolver-silent", "first server's port is closed, only one", any4, func(s *scene) string {
			s.DNS.Stop()
			return s.web()
		}),
		twin("dns.resolver-silent", "first server's port is closed, second answers", any4, func(s *scene) string {
			beside(s)
			s.DNS.Stop()
			return s.web()
		}, "ok", "dns.first-resolver-dead"),
		fault("dns.filtered", "a private sink address, and the second server knows better", any4, func(s *scene) string {
			beside(s)
			s.DNS.Set(s.Name, netip.MustParseAddr("127.0.0.2"))
			return s.web()
		}),
		fault("dns.filtered", "only the AAAA is blocked away, the A is unspecified", dual, func(s *scene) string {
			s.DNS.Set(s.Name, nowhere4)
			return s.web()
		}),
		twin("dns.resolver-silent", "the server lets the first of each two queries drop", any4, behaving(netlab.Manner{DropFirst: 1}), "ok", "dns.slow"),
		twin("dns.filtered", "hosts file maps it to loopback, where a program listens", any4, func(s *scene) string {
			s.Hosts("127.0.0.1 " + s.Name)
			return fmt.Sprintf("http://%s:%d/", s.Name, s.local(localMasq, answer))
		}),
		fault("dns.udp-blocked", "UDP is rejected with port unreachable by a rule", any4, func(s *scene) string {
			s.NFT(s.Resolver, "chain c { type filter hook input priority 0; udp dport 53 reject; }")
			return s.web()
		}),
		fault("dns.resolver-silent", "both servers mute", any4, func(s *scene) string {
			beside(s).Behave(netlab.Manner{Mode: netlab.Mute})
			s.DNS.Behave(netlab.Manner{Mode: netlab.Mute})
			return s.web()
		}),
		fault("dns.server-failure", "first SERVFAIL, second mute", any4, func(s *scene) string {
			beside(s).Behave(netlab.Manner{Mode: netlab.Mute})
			s.DNS.Behave(netlab.Manner{Mode: netlab.ServFail})
			return s.web()
		}).or("dns.resolver-silent"),
		fault("dns.no-such-name", "first NXDOMAIN, second REFUSED", any4, func(s *scene) string {
			beside(s).Behave(netlab.Manner{Mode: netlab.Refused})
			s.DNS.Behave(netlab.Manner{Mode: netlab.NoSuchName})
			return s.web()
		}),
		twin("dns.no-resolver", "resolv.conf readable to root alone", any4, func(s *scene) string {
			s.mode("resolv.conf", 0o600)
			s.web()
			return s.httpAt(s.Server.V4)
		}),
	}
}

// mode changes who may read a file of the client.
func (s *scene) mode(name string, to os.FileMode) {
	s.t.Helper()
	if err := os.Chmod(s.Path(name), to); err != nil {
		s.t.Fatal(err)
	}
}
