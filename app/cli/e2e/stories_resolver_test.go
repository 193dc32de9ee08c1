//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"faultline/platform/linux/netlab"
)

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
