//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"faultline/platform/linux/netlab"
)

// ownSettings are faults that a setting of this machine makes by itself, whatever
// the network does, and settings that are odd and well.
func ownSettings() []story {
	gate := func(s *scene) string { return s.Gateway(netlab.V4).String() }
	return []story{
		fault("firewall.local-out", "own filter lets the handshake pass and drops large packets", any4, func(s *scene) string {
			s.secure(netlab.TLS{})
			s.rules("chain c { type filter hook output priority 0; meta l4proto tcp meta length > 300 drop; }")
			return s.URL("https")
		}),
		fault("firewall.local-out", "a bridge's own filter drops the port", any4, func(s *scene) string {
			s.web()
			s.OverBridge("br0")
			s.on(s.Client, "nft", "add", "table", "bridge", "f")
			s.on(s.Client, "nft", "add chain bridge f c { type filter hook output priority 0; }")
			s.on(s.Client, "nft", fmt.Sprintf("add rule bridge f c ether type ip ip protocol tcp tcp dport %d drop", s.Port))
			return s.httpAt(s.Server.V4)
		}).blindly("tcp.no-reply", "tcp.filtered"),
		fault("firewall.local-out", "own rules send it in the name of another machine", any4, ruled("chain c { type nat hook postrouting priority 100; meta l4proto tcp snat ip to 198.18.7.9; }")).
			blindly("tcp.no-reply", "tcp.filtered"),
		fault("firewall.local-out", "own rules send it to a machine that is off", onLAN(any4), func(s *scene) string {
			s.web()
			off := s.FreeAddr(s.Client.V4)
			s.allow(off)
			s.rules(fmt.Sprintf("chain c { type nat hook output priority -100; tcp dport %%[1]d dnat ip to %v; }", off))
			return s.httpAt(s.Server.V4)
		}).blindly("path.rejected", "path.host-absent", "tcp.no-reply", "tcp.filtered"),
		fault("firewall.local-in", "answers to ARP are dropped", any4, func(s *scene) string {
			s.web()
			s.on(s.Client, "arptables-nft", "-A", "INPUT", "-s", gate(s), "-j", "DROP")
			s.ip("neigh", "flush", "all")
			return s.httpAt(s.Server.V4)
		}).blindly("gateway.silent"),
		fault("firewall.local-in", "advertisements of neighbors are dropped", six, func(s *scene) string {
			s.web()
			s.rules("chain c { type filter hook input priority 0; icmpv6 type nd-neighbor-advert drop; }")
			s.ip("neigh", "flush", "all")
			return s.httpAt(s.Server.V6)
		}).blindly("gateway.silent"),
		fault("firewall.local-in", "own filter drops resets, and the port is closed", any4, func(s *scene) string {
			s.rules("chain c { type filter hook input priority 0; tcp flags rst drop; }")
			return s.httpAt(s.Server.V4)
		}).blindly("tcp.filtered", "tcp.no-reply"),
		twin("tcp.refused-on-path", "a port that is forwarded to a machine one hop further, and nothing listens there", hops(3, pinging(any4)), func(s *scene) string {
			s.NFT(s.Server, fmt.Sprintf("chain c { type filter hook output priority 0; tcp flags rst ip ttl set %d; }", s.Server.TTL-1))
			return s.httpAt(s.Server.V4)
		}, "tcp.refused"),
		fault("path.rejected", "the gateway says of everything that it has no route, by name", behind(any4), func(s *scene) string {
			s.NFT(s.Routers[0], "chain c { type filter hook forward priority 0; reject with icmp net-unreachable; }")
			return s.web()
		}).or("gateway.no-upstream"),
		twin("firewall.local-out", "own rules send it in the name of another own address", any4, func(s *scene) string {
			url := s.web()
			s.rules("chain c { type nat hook postrouting priority 100; meta l4proto tcp snat ip to " + s.Client.V4.String() + "; }")
			return url
		}),
		fault("gateway.silent", "the gateway's entry is fixed and wrong", any4, func(s *scene) string {
			s.web()
			s.ip("neigh", "replace", gate(s), "lladdr", "02:00:00:00:99:99", "dev", s.Client.Dev, "nud", "permanent")
			return s.httpAt(s.Server.V4)
		}).blindly(unseen...),
		fault("gateway.silent", "an adapter that looks for no neighbor", any4, func(s *scene) string {
			s.web()
			s.ip("link", "set", s.Client.Dev, "arp", "off")
			s.ip("neigh", "flush", "all")
			return s.httpAt(s.Server.V4)
		}).calmly(),
		fault("gateway.silent", "IPv4 by an IPv6 gateway that is not there", dual, func(s *scene) string {
			s.web()
			s.ip("-4", "route", "del", "default")
			s.ip("-4", "route", "add", "default", "via", "inet6", "fe80::dead:1", "dev", s.Client.Dev)
			s.allow(netip.MustParseAddr("fe80::dead:1"))
			return s.httpAt(s.Server.V4)
		}).calmly(),
		twin("gateway.silent", "IPv4 by an IPv6 gateway", dual, func(s *scene) string {
			s.ip("-4", "route", "del", "default")
			s.ip("-4", "route", "add", "default", "via", "inet6", linkLocal(s, s.Routers[0]).WithZone("").String(), "dev", s.Client.Dev)
			return s.web()
		}).calmly(),
		twin("gateway.silent", "the gateway's entry is fixed and right, and it answers no ARP", any4, func(s *scene) string {
			url := s.web()
			out, err := s.CommandOn(s.t.Context(), s.Routers[0], netlab.Root, "ip", "-o", "link", "show", "dev", s.Routers[0].Dev).Output()
			if err != nil {
				s.t.Fatal(err)
			}
			_, mac, _ := strings.Cut(string(out), "link/ether ")
			s.SilenceGateway()
			s.ip("neigh", "replace", gate(s), "lladdr", strings.Fields(mac)[0], "dev", s.Client.Dev, "nud", "permanent")
			return url
		}),
		fault("gateway.none", "a default route that names no gateway", any4, func(s *scene) string {
			s.web()
			s.ip("route", "del", "default")
			s.ip("route", "add", "default", "dev", s.Client.Dev)
			return s.httpAt(s.Server.V4)
		}).calmly(),
		twin("gateway.none", "a default route that names no gateway, and a router that answers for all", any4, func(s *scene) string {
			s.ip("route", "del", "default")
			s.ip("route", "add", "default", "dev", s.Client.Dev)
			s.Sysctl(s.Routers[0], "ipv4/conf/all/proxy_arp", "1")
			s.Sysctl(s.Routers[0], "ipv4/neigh/"+s.Routers[0].Dev+"/proxy_delay", "0")
			return s.web()
		}).calmly(),
		fault("address.none", "the address is left on a bridge's port", any4, func(s *scene) string {
			s.web()
			s.ip("link", "add", "br0", "type", "bridge")
			s.ip("link", "set", "br0", "up")
			s.ip("link", "set", s.Client.Dev, "master", "br0")
			s.ip("neigh", "flush", "all")
			return s.httpAt(s.Server.V4)
		}).calmly(),
		fault("path.loop", "a TTL of this machine that is too small", hops(3, any4), func(s *scene) string {
			s.web()
			s.Sysctl(s.Client, "ipv4/ip_default_ttl", "2")
			return s.httpAt(s.Server.V4)
		}),
		fault("tcp.filtered", "a neighbor that answers ARP and nothing else", onLAN(any4), func(s *scene) string {
			a := s.FreeAddr(s.Client.V4)
			s.NFT(s.Stranger("mute", a), "chain c { type filter hook input priority 0; policy drop; }")
			s.allow(a)
			return s.httpAt(a)
		}).blindly("tcp.no-reply"),
		twin("tcp.filtered", "the gateway answers ARP for a neighbor that is off", onLAN(any4), func(s *scene) string {
			a := s.FreeAddr(s.Client.V4)
			s.Sysctl(s.Routers[0], "ipv4/neigh/"+s.Routers[0].Dev+"/proxy_delay", "0")
			s.Sysctl(s.Routers[0], "ipv4/conf/"+s.Routers[0].Dev+"/proxy_arp_pvlan", "1")
			s.NFT(s.Routers[0], fmt.Sprintf("chain c { type filter hook prerouting priority -300; ip daddr %v drop; }", a))
			s.allow(a)
			return s.httpAt(a)
		}, "tcp.no-reply"),
		fault("local.ports-exhausted", "reserved ports fill the range, by name", any4, func(s *scene) string {
			url := s.web()
			low, high := s.few(6)
			s.PortRange(s.Client, low, high)
			s.Sysctl(s.Client, "ipv4/ip_local_reserved_ports", fmt.Sprintf("%d-%d", low, high))
			return url
		}).calmly(),
		fault("listener.wrong-address", "listens for another adapter", any4, func(s *scene) string {
			s.listensBy("lo", s.here(netip.IPv4Unspecified()))
			return url("http", s.mine(), s.Port)
		}),
		twin("listener.wrong-address", "listens for the adapter that has the address", any4, func(s *scene) string {
			s.listensBy(s.Client.Dev, s.here(netip.IPv4Unspecified()))
			return url("http", s.mine(), s.Port)
		}),
	}
}

// listensBy serves what comes in by one adapter of the client (SO_BINDTODEVICE,
// socket(7)).
func (s *scene) listensBy(dev string, at netip.AddrPort) {
	s.t.Helper()
	serve(s.opens("tcp4", at, func(fd int) error { return unix.BindToDevice(fd, dev) }), answer)
}
