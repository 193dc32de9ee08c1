//go:build e2e && linux

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform/linux/netlab"
)

// filtersOfKinds are faults and twins in the words that filters are written in.
func filtersOfKinds() []story {
	out := func(name string, o netlab.Options, script string) story {
		return fault("firewall.local-out", name, o, ruled(script))
	}
	healthy := func(name string, o netlab.Options, script string) story {
		return twin("firewall.local-out", name, o, ruled(script))
	}
	in := func(name string, o netlab.Options, script string) story {
		return fault("firewall.local-in", name, o, ruled(script)).blindly("tcp.no-reply", "tcp.filtered")
	}
	return []story{
		out("verdict map by port drops", any4, `chain c { type filter hook output priority 0; tcp dport vmap { 22 : accept, %[1]d : drop, 4000 : accept }; }`),
		out("concatenation of address and port drops", any4, `set bad { type ipv4_addr . inet_service; elements = { %[2]v . %[1]d }; }
			chain c { type filter hook output priority 0; ip daddr . tcp dport @bad drop; }`),
		out("verdict map jumps to a chain that rejects", any4, `chain no { reject with icmpx port-unreachable; }
			chain c { type filter hook output priority 0; tcp dport vmap { %[1]d : jump no }; }`),
		out("allow list of ports in a set, policy drop", anyF, `set good { type inet_service; elements = { 22, 53, 853 }; }
			chain c { type filter hook output priority 0; policy drop; ct state vmap { established : accept, related : accept, invalid : drop }; oif lo accept; udp dport @good accept; tcp dport @good accept; meta l4proto { icmp, ipv6-icmp } accept; }`),
		out("owner uid not in the list", any4, `chain c { type filter hook output priority 0; meta skuid != { 4711, 4712 } tcp dport %[1]d drop; }`),
		out("mark set earlier and dropped later", any4, `chain m { type route hook output priority -150; tcp dport %[1]d meta mark set 0x66; }
			chain c { type filter hook output priority 0; meta mark 0x66 drop; }`),
		out("tcp flags syn dropped", any4, `chain c { type filter hook output priority 0; tcp flags & (fin|syn|rst|ack) == syn ip daddr %[2]v drop; }`),
		out("ct state new dropped", anyF, `chain c { type filter hook output priority 0; oif lo accept; udp dport 53 accept; meta l4proto tcp ct state new tcp dport != 53 drop; }`),
		out("goto chain drops after a return", any4, `chain deep { ip daddr 203.0.113.4 return; drop; }
			chain c { type filter hook output priority 0; tcp dport %[1]d goto deep; }`),
		out("DNS dropped", anyF, `chain c { type filter hook output priority 0; meta l4proto { tcp, udp } th dport 53 drop; }`),
		out("DNS rejected", anyF, `chain c { type filter hook output priority 0; meta l4proto { tcp, udp } th dport 53 reject; }`),
		out("the device named", any4, `chain c { type filter hook output priority 0; oifname "%[4]s" tcp dport %[1]d drop; }`),
		out("two filters at once", any4, `chain a { type filter hook output priority 0; tcp dport %[1]d accept; }
			chain b { type filter hook output priority 10; tcp dport %[1]d drop; }`),
		out("redirect to a dead port", any4, `chain c { type nat hook output priority -100; tcp dport %[1]d redirect to :9; }`).or("listener.none", "tcp.refused", "tcp.refused-on-path", "proxy.dead"),
		in("prerouting raw set", any4, `set bad { type ipv4_addr; elements = { %[2]v }; }
			chain c { type filter hook prerouting priority raw; ip saddr @bad meta l4proto tcp drop; }`),
		in("IPv6 answers dropped", six, `chain c { type filter hook input priority 0; ip6 saddr %[3]v tcp flags & (syn|ack) == (syn|ack) drop; }`),
		fault("firewall.local-in", "ingress device drops", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "nft", "add", "table", "netdev", "d")
			s.on(s.Client, "nft", "add chain netdev d c { type filter hook ingress device "+s.Client.Dev+" priority 0; }")
			s.on(s.Client, "nft", fmt.Sprintf("add rule netdev d c tcp sport %d drop", s.Port))
			return url
		}).blindly("tcp.no-reply", "tcp.filtered"),
		fault("firewall.local-in", "request to a local service dropped at loopback", anyF, func(s *scene) string {
			s.answers("tcp", s.here(loopback))
			s.NFT(s.Client, fmt.Sprintf("chain c { type filter hook input priority 0; iif lo tcp dport %d drop; }", s.Port))
			return url("http", loopback, s.Port)
		}),
		healthy("owner rule for another user", anyF, `chain c { type filter hook output priority 0; meta skuid 4711 drop; meta skgid 4711 reject; }`),
		healthy("only ICMP dropped", any4, `chain c { type filter hook output priority 0; meta l4proto { icmp } drop; }
			chain i { type filter hook input priority 0; meta l4proto { icmp } drop; }`),
		healthy("another address in a set", anyF, `set bad { type ipv4_addr; flags interval; elements = { 192.88.99.0/24, 240.0.0.0/5 }; }
			chain c { type filter hook output priority 0; ip daddr @bad drop; }`),
		healthy("vmap drops other ports", anyF, `chain c { type filter hook output priority 0; tcp dport vmap { 1 : drop, 2-9 : drop }; }`),
		healthy("invalid dropped and syn-proxy-like limits", anyF, `chain c { type filter hook input priority 0; ct state invalid drop; tcp flags & (fin|syn|rst|ack) == syn limit rate over 100/second drop; }`),
		healthy("filter of the other family", any4, `chain c { type filter hook output priority 0; policy accept; meta nfproto ipv6 drop; }`),
		twin("firewall.local-out", "ip6 policy drop, IPv4 target", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "ip6tables-nft", "-P", "OUTPUT", "DROP")
			s.on(s.Client, "ip6tables-nft", "-P", "INPUT", "DROP")
			return url
		}),
		fault("ipv6.broken", "ip6tables reject only", dual, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "ip6tables-nft", "-A", "OUTPUT", "-p", "tcp", "--dport", fmt.Sprint(s.Port), "-j", "REJECT")
			return url
		}).or("firewall.local-out"),
		fault("firewall.local-out", "firewalld-like chains reject", any4, ruled(`
			chain filter_OUT_POLICIES { reject with icmpx admin-prohibited; }
			chain filter_OUTPUT { type filter hook output priority 10; policy accept; ct state { established, related } accept; oifname "lo" accept; ip daddr %[2]v jump filter_OUT_POLICIES; }`)),
		fault("firewall.local-out", "ufw-like default deny outgoing", any4, func(s *scene) string {
			url := s.web()
			for _, a := range [][]string{{"-N", "ufw-before-output"}, {"-N", "ufw-user-output"}, {"-A", "OUTPUT", "-j", "ufw-before-output"},
				{"-A", "ufw-before-output", "-o", "lo", "-j", "ACCEPT"}, {"-A", "ufw-before-output", "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"},
				{"-A", "ufw-before-output", "-j", "ufw-user-output"}, {"-A", "ufw-user-output", "-p", "udp", "--dport", "53", "-j", "ACCEPT"}, {"-P", "OUTPUT", "DROP"}} {
				s.on(s.Client, "iptables-legacy", a...)
			}
			return url
		}),
		fault("agent.blocks", "own killswitch beside ufw", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "nft", "add", "table", "inet", "nordvpn")
			s.on(s.Client, "nft", "add chain inet nordvpn out { type filter hook output priority 0; policy drop; }")
			s.on(s.Client, "nft", "add rule inet nordvpn out oif lo accept")
			s.on(s.Client, "nft", "add rule inet nordvpn out udp dport 53 accept")
			return url
		}).blindly("firewall.local-out").or("firewall.local-out"),
	}
}

// listeningOddly are listeners in odd places.
func listeningOddly() []story {
	any0 := netip.IPv4Unspecified()
	return []story{
		fault("listener.none", "only UDP on the port", any4, func(s *scene) string {
			c, err := s.Client.ListenPacket(s.here(any0))
			if err != nil {
				s.t.Fatal(err)
			}
			s.t.Cleanup(func() { c.Close() })
			return url("http", loopback, s.Port)
		}),
		fault("listener.none", "another machine listens on the port, this one does not", any4, func(s *scene) string {
			s.accept(s.Server, netip.AddrPortFrom(any0, s.Port), answer)
			return url("http", s.mine(), s.Port)
		}),
		fault("listener.none", "privileged port closed", any4, func(s *scene) string { return url("http", loopback, 81) }),
		fault("listener.none", "own connections to the port of another", any4, func(s *scene) string {
			s.speak(s.Server, func(c net.Conn) { time.Sleep(time.Minute) })
			s.Connect(s.Client, netip.AddrPortFrom(s.Server.V4, s.Port), 3)
			return url("http", s.mine(), s.Port)
		}),
		fault("listener.wrong-address", "other 127 address", any4, func(s *scene) string {
			s.answers("tcp", s.here(netip.MustParseAddr("127.0.0.53")))
			return url("http", loopback, s.Port)
		}),
		fault("listener.none", "name localhost", any4, func(s *scene) string { return fmt.Sprintf("http://localhost:%d/", s.Port) }),
		fault("local.ports-exhausted", "bound sockets take the range", any4, func(s *scene) string {
			low, high := s.few(6)
			for p := int(low); p <= int(high); p++ {
				fd, err := -1, error(nil)
				err = s.Client.Do(func() (err error) { fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); return err })
				if err == nil {
					err = unix.Bind(fd, &unix.SockaddrInet4{Port: p})
				}
				if err != nil {
					s.t.Fatal(err)
				}
				s.t.Cleanup(func() { unix.Close(fd) })
			}
			s.PortRange(s.Client, low, high)
			return s.web()
		}).calmly(),
		fault("local.ports-exhausted", "TIME_WAIT fills a tiny range", any4, func(s *scene) string {
			s.speak(s.Server, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
			s.Sysctl(s.Client, "ipv4/tcp_tw_reuse", "0")
			low, high := s.few(8)
			s.PortRange(s.Client, low, high)
			s.lettingGo(netip.AddrPortFrom(s.Server.V4, s.Port), 8)
			return s.httpAt(s.Server.V4)
		}).calmly(),
	}
}
