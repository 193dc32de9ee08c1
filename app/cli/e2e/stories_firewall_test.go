//go:build e2e && linux

package e2e

import (
	"fmt"
	"slices"

	"faultline/platform/linux/netlab"
)

// filters are faults of this machine's own packet filter, and filters that are
// healthy.
func filters() []story {
	return slices.Concat(filtersOut(), filtersIn(), filtersOfPrograms(), filtersOdd(), filtersHealthy())
}

// rules puts chains into the client's filter, with the drawn port as %[1]d, the
// server's addresses as %[2]s and %[3]s.
func (s *scene) rules(script string) {
	s.t.Helper()
	s.NFT(s.Client, fmt.Sprintf(script+"\n#%[1]d%[2]v%[3]v%[4]s\n", s.Port, s.Server.V4, s.Server.V6, s.Client.Dev))
}

// ruled is a scene with rules and the healthy service.
func ruled(script string) func(s *scene) string {
	return func(s *scene) string {
		url := s.web()
		s.rules(script)
		return url
	}
}

func legacy(args ...string) func(s *scene) string {
	return func(s *scene) string {
		url := s.web()
		filled := slices.Clone(args)
		for i, a := range filled {
			if a == "PORT" {
				filled[i] = fmt.Sprint(s.Port)
			}
		}
		s.on(s.Client, filled[0], filled[1:]...)
		return url
	}
}

func filtersOut() []story {
	out := func(name string, o netlab.Options, set func(s *scene) string) story {
		return fault("firewall.local-out", name, o, set)
	}
	return []story{
		out("own policy drops what is not allowed", any4, ruled(`chain c { type filter hook output priority 0; policy drop;
			ct state established,related accept; oif lo accept; udp dport 53 accept; tcp dport { 22, 53 } accept; meta l4proto { icmp, ipv6-icmp } accept; }`)),
		out("own filter drops a set of addresses", any4, ruled(`set bad { type ipv4_addr; flags interval; auto-merge; elements = { %[2]v, 203.0.113.0/24 }; }
			chain c { type filter hook output priority 0; ip daddr @bad counter drop; }`)),
		out("own filter drops in a chain that is jumped to", anyF, ruled(`chain deep { tcp dport %[1]d counter drop; }
			chain c { type filter hook output priority 0; policy accept; tcp dport 1-65535 jump deep; }`)),
		out("own filter drops before connections are known", any4, ruled(`chain c { type filter hook output priority -300; tcp dport %[1]d drop; }`)),
		out("own filter drops after routing", any4, ruled(`chain c { type filter hook postrouting priority 0; tcp dport %[1]d counter drop; }`)),
		out("own filter drops what a user sends", any4, ruled(`chain c { type filter hook output priority 0; meta skuid { 0, 65534 } tcp dport %[1]d drop; }`)),
		out("own filter rejects with a code of ICMP", six, ruled(`chain c { type filter hook output priority 0; tcp dport %[1]d reject with icmpx admin-prohibited; }`)),
		out("own filter drops at the device", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "nft", "add", "table", "netdev", "d")
			s.on(s.Client, "nft", "add chain netdev d c { type filter hook egress device "+s.Client.Dev+" priority 0; }")
			s.on(s.Client, "nft", fmt.Sprintf("add rule netdev d c tcp dport %d drop", s.Port))
			return url
		}),
		out("iptables drops the port", any4, legacy("iptables-nft", "-A", "OUTPUT", "-p", "tcp", "-m", "multiport", "--dports", "PORT", "-m", "conntrack", "--ctstate", "NEW", "-j", "DROP")).kept().rooted(),
		out("iptables resets the port", any4, legacy("iptables-nft", "-A", "OUTPUT", "-p", "tcp", "--dport", "PORT", "-j", "REJECT", "--reject-with", "tcp-reset")),
		out("older iptables drops the port", any4, legacy("iptables-legacy", "-A", "OUTPUT", "-p", "tcp", "--dport", "PORT", "-j", "DROP")),
		out("older iptables drops the port, IPv6", six, legacy("ip6tables-legacy", "-A", "OUTPUT", "-p", "tcp", "--dport", "PORT", "-j", "DROP")),
		out("older iptables drops in the raw table", any4, legacy("iptables-legacy", "-t", "raw", "-A", "OUTPUT", "-p", "tcp", "--dport", "PORT", "-j", "DROP")),
		out("ufw denies the port", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "iptables-nft", "-N", "ufw-user-output")
			s.on(s.Client, "iptables-nft", "-A", "OUTPUT", "-j", "ufw-user-output")
			s.on(s.Client, "iptables-nft", "-A", "ufw-user-output", "-p", "tcp", "--dport", fmt.Sprint(s.Port), "-j", "DROP")
			return url
		}),
	}
}

func filtersIn() []story {
	in := func(name string, o netlab.Options, set func(s *scene) string) story {
		return fault("firewall.local-in", name, o, set)
	}
	return []story{
		in("own policy drops every answer", any4, ruled(`chain c { type filter hook input priority 0; policy drop; iif lo accept; udp sport 53 accept; meta l4proto { icmp, ipv6-icmp } accept; }`)).
			blindly("tcp.no-reply", "tcp.filtered"),
		in("own filter drops the answers of the port", anyF, ruled(`chain c { type filter hook input priority 0; tcp sport %[1]d counter drop; }`)).
			blindly("tcp.no-reply", "tcp.filtered").kept().rooted(),
		in("own filter drops the answers early", any4, ruled(`chain c { type filter hook prerouting priority -300; tcp sport %[1]d drop; }`)).
			blindly("tcp.no-reply", "tcp.filtered"),
		in("older iptables drops the answers", any4, legacy("iptables-legacy", "-A", "INPUT", "-p", "tcp", "--sport", "PORT", "-j", "DROP")).
			blindly("tcp.no-reply", "tcp.filtered"),
		in("own filter drops what is asked of this machine", any4, func(s *scene) string {
			port := s.local(s.mine(), answer)
			s.NFT(s.Client, fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d counter drop; }", port))
			return url("http", s.mine(), port)
		}),
		in("own filter drops answers of the name server", any4, ruled(`chain c { type filter hook input priority 0; udp sport 53 drop; tcp sport 53 drop; }`)).
			blindly("dns.resolver-silent"),
		twin("firewall.local-in", "own policy drops, but not what belongs to a connection", any4, ruled(
			`chain c { type filter hook input priority 0; policy drop; ct state established,related accept; iif lo accept; }`)),
		twin("firewall.local-in", "own policy would drop every answer, and none comes", any4, func(s *scene) string {
			s.web()
			s.DropAll(last(s), s.Server.V4)
			s.rules(`chain c { type filter hook input priority 0; policy drop; iif lo accept; udp sport 53 accept; }`)
			return s.httpAt(s.Server.V4)
		}, "tcp.no-reply", "firewall.local-in").blindly("gateway.silent"), // whose answers it drops
		twin("firewall.local-in", "own filter is strict, and the server drops the port", any4, func(s *scene) string {
			url := s.web()
			s.Drop(s.Server, s.Port)
			s.rules(`chain c { type filter hook input priority 0; policy drop; ct state established,related accept; iif lo accept; }`)
			return url
		}, "tcp.filtered", "tcp.no-reply"),
	}
}

func filtersOfPrograms() []story {
	agent := func(name string, o netlab.Options, set func(s *scene) string) story {
		return fault("agent.blocks", name, o, set).rooted().blindly("firewall.local-out", "firewall.local-in")
	}
	table := func(name, chain string) func(s *scene) string {
		return func(s *scene) string {
			url := s.web()
			s.on(s.Client, "nft", "add", "table", "inet", name)
			s.on(s.Client, "nft", "add chain inet "+name+" "+chain)
			s.on(s.Client, "nft", fmt.Sprintf("add rule inet %s output tcp dport %d counter reject", name, s.Port))
			return url
		}
	}
	return []story{
		agent("a VPN lets nothing out", any4, table("mullvad", "output { type filter hook output priority 0; policy accept; }")),
		agent("a kill switch lets nothing out", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "iptables-nft", "-I", "OUTPUT", "!", "-o", "wg0", "-p", "tcp", "-m", "mark", "!", "--mark", "0xca6c", "-m", "addrtype", "!", "--dst-type", "LOCAL", "-m", "comment", "--comment", "wg-quick(8) rule for wg0", "-j", "DROP")
			return url
		}),
		agent("a program is asked and lets nothing out", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "iptables-nft", "-t", "mangle", "-A", "OUTPUT", "-p", "tcp", "--dport", fmt.Sprint(s.Port), "-m", "comment", "--comment", "opensnitch-connections", "-j", "NFQUEUE", "--queue-num", "0")
			return url
		}).blindly("firewall.local-out", "firewall.local-in", "tcp.filtered", "tcp.no-reply"),
		agent("an address is banned", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "iptables-nft", "-N", "f2b-recidive")
			s.on(s.Client, "iptables-nft", "-A", "INPUT", "-p", "tcp", "-j", "f2b-recidive")
			s.on(s.Client, "iptables-nft", "-A", "f2b-recidive", "-s", s.Server.V4.String(), "-j", "DROP")
			return url
		}).blindly("firewall.local-in", "tcp.no-reply", "tcp.filtered"),
		twin("agent.blocks", "programs with rules about others", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "iptables-nft", "-N", "f2b-sshd")
			s.on(s.Client, "iptables-nft", "-A", "INPUT", "-p", "tcp", "-m", "multiport", "--dports", "22", "-j", "f2b-sshd")
			s.on(s.Client, "iptables-nft", "-A", "f2b-sshd", "-s", "203.0.113.4", "-j", "REJECT")
			s.on(s.Client, "iptables-nft", "-N", "DOCKER-USER")
			s.on(s.Client, "iptables-nft", "-P", "FORWARD", "DROP")
			s.on(s.Client, "iptables-nft", "-A", "FORWARD", "-j", "DOCKER-USER")
			return url
		}),
	}
}

// background runs a program on a node until the test ends.
func (s *scene) background(n *netlab.Node, program string, args ...string) {
	s.t.Helper()
	c := s.CommandOn(s.t.Context(), n, netlab.Root, program, args...)
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
}

// filtersOdd are faults and twins that are easily taken for something else.
func filtersOdd() []story {
	return []story{
		fault("firewall.local-out", "own filter drops the search for neighbors", six, func(s *scene) string {
			s.web()
			s.rules(`chain c { type filter hook output priority 0; policy drop; meta l4proto { tcp, udp } accept; }`)
			s.ip("neigh", "flush", "all")
			return s.httpAt(s.Server.V6)
		}).blindly("gateway.silent"),
		fault("firewall.local-out", "own filter drops IPv4, and there is nothing else", any4, ruled(`chain c { type filter hook output priority 0; oif lo accept; udp dport 53 accept; ip daddr %[2]v counter drop; }`)),
		fault("firewall.local-in", "own filter drops the reset of a closed port", any4, func(s *scene) string {
			s.rules(`chain c { type filter hook input priority 0; policy drop; udp sport 53 accept; iif lo accept; }`)
			return s.URL("http")
		}).blindly("tcp.no-reply", "tcp.filtered", "gateway.silent"), // whose answers are dropped as well
		fault("firewall.local-in", "own filter resets what is asked of this machine", any4, func(s *scene) string {
			port := s.local(s.mine(), answer)
			s.NFT(s.Client, fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d counter reject with tcp reset; }", port))
			return url("http", s.mine(), port)
		}).blindly("tcp.refused"),
		fault("firewall.local-out", "own filter drops what goes to this machine", any4, func(s *scene) string {
			port := s.local(s.mine(), answer)
			s.NFT(s.Client, fmt.Sprintf("chain c { type filter hook output priority 0; tcp dport %d drop; }", port))
			return url("http", s.mine(), port)
		}),
		twin("firewall.local-out", "own filter drops what another user sends", any4, ruled(`chain c { type filter hook output priority 0; meta skuid 65534 tcp dport %[1]d drop; }`)).
			blindly("firewall.local-out"),
		twin("firewall.local-out", "own filter drops IPv6 only", dual, ruled(`chain c { type filter hook output priority 0; meta nfproto ipv6 tcp dport %[1]d counter drop; }`), "ipv6.broken"),
		twin("firewall.local-out", "own filter drops other traffic all the time, and the server drops the port", any4, func(s *scene) string {
			url := s.web()
			s.Drop(s.Server, s.Port)
			s.rules(`chain c { type filter hook output priority 0; ip daddr 203.0.113.9 counter drop; }`)
			s.background(s.Client, "ping", "-i0.15", "203.0.113.9")
			return url
		}, "tcp.filtered").calmly(),
		twin("firewall.local-in", "own filter drops other traffic all the time, and the server drops the port", any4, func(s *scene) string {
			url := s.web()
			s.Drop(s.Server, s.Port)
			s.rules(`chain c { type filter hook input priority 0; icmp type echo-request counter drop; }`)
			s.background(s.Routers[0], "ping", "-i0.1", s.Client.V4.String())
			return url
		}, "tcp.filtered").calmly(),
		twin("firewall.local-in", "own filter drops strangers all the time, and it works", any4, func(s *scene) string {
			url := s.web()
			s.rules(`chain c { type filter hook input priority 0; policy drop; ct state established,related accept; iif lo accept; }`)
			s.background(s.Routers[0], "ping", "-i0.2", s.Client.V4.String())
			return url
		}).calmly(),
	}
}

// filtersHealthy are odd filters that let the target pass, or that have nothing to
// do with what is wrong.
func filtersHealthy() []story {
	return []story{
		twin("firewall.local-out", "own filter drops other things", anyF, ruled(`chain loose { tcp dport %[1]d drop; }
			chain c { type filter hook output priority 0; ip daddr 203.0.113.9 drop; meta skuid 4711 drop; tcp dport 1 counter drop; limit rate over 5000/second drop; }
			chain f { type filter hook forward priority 0; policy drop; }`)),
		twin("firewall.local-out", "own policy drops, but not this port", any4, ruled(`chain c { type filter hook output priority 0; policy drop;
			ct state established,related accept; oif lo accept; udp dport 53 accept; tcp dport { 22, 53, %[1]d } log prefix "x" accept; meta l4proto icmp accept; }`)),
		twin("firewall.local-out", "own filter leaves what it would not name", any4, func(s *scene) string {
			url := s.web()
			s.Drop(s.Server, s.Port)
			s.rules(`chain c { type filter hook output priority 0; tcp dport 1 counter drop; limit rate over 5000/second drop; ip6 daddr ::/0 tcp dport %[1]d drop; }`)
			return url
		}, "tcp.filtered"),
		twin("firewall.local-out", "own filter is read, and the port is closed", any4, func(s *scene) string {
			s.rules(`chain c { type filter hook output priority 0; policy drop; ct state established,related accept; udp dport 53 accept; tcp dport %[1]d accept; meta l4proto icmp accept; }`)
			return s.URL("http")
		}, "tcp.refused").kept().rooted(),
		twin("firewall.local-out", "own rules send it to another machine, which refuses", any4, sentTo(func(s *scene) string {
			return fmt.Sprintf("dnat ip to %v:%d", s.Routers[0].V4, s.FreePort())
		}), "tcp.refused").blindly("tcp.refused-on-path").kept().rooted(),
		twin("firewall.local-out", "own rules send it to another port of the server, which refuses", anyF, sentTo(func(s *scene) string {
			return fmt.Sprintf("dnat to :%d", s.FreePort())
		}), "tcp.refused").blindly("tcp.refused-on-path"),
		twin("firewall.local-out", "own rules send it to another machine, which rejects", any4, sentTo(func(s *scene) string {
			port := s.FreePort()
			s.NFT(s.Routers[0], fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d reject; }", port))
			return fmt.Sprintf("dnat ip to %v:%d", s.Routers[0].V4, port)
		}), "tcp.rejected").blindly("tcp.refused-on-path"),
		twin("firewall.local-out", "own rules send it elsewhere, where it works", any4, func(s *scene) string {
			s.Serve(netlab.Service{})
			s.on(s.Client, "iptables-nft", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-d", "203.0.113.80", "--dport", "80", "-j", "DNAT", "--to-destination", s.at(s.Server.V4))
			s.on(s.Client, "iptables-nft", "-A", "OUTPUT", "-p", "tcp", "-d", "203.0.113.80", "-j", "DROP")
			return "http://203.0.113.80/"
		}).calmly(),
	}
}

// sentTo has the client's own rules lead what is meant for the healthy service
// elsewhere.
func sentTo(where func(s *scene) string) func(s *scene) string {
	return func(s *scene) string {
		url := s.web()
		s.rules("chain c { type nat hook output priority -100; tcp dport %[1]d " + where(s) + "; }")
		return url
	}
}
