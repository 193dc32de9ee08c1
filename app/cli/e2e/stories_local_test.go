//go:build e2e && linux

package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"faultline/diag"
	"faultline/platform/linux/netlab"
)

var loopback6 = netip.IPv6Loopback()

// listens opens a listener on the client in the words of package net: "tcp6"
// on :: leaves IPv4 alone, "tcp" does not. Several may share a port.
func (s *scene) listens(network string, at netip.AddrPort) net.Listener {
	s.t.Helper()
	return s.opens(network, at, func(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
}

// opens opens a listener on the client whose socket is set up before it is bound.
func (s *scene) opens(network string, at netip.AddrPort, set func(fd int) error) net.Listener {
	s.t.Helper()
	conf := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if e := c.Control(func(fd uintptr) { err = set(int(fd)) }); e != nil {
			return e
		}
		return err
	}}
	var l net.Listener
	err := s.Client.Do(func() (err error) {
		l, err = conf.Listen(context.Background(), network, at.String())
		return err
	})
	if err != nil {
		s.t.Fatalf("listening on %v: %v", at, err)
	}
	s.t.Cleanup(func() { l.Close() })
	return l
}

// answers serves what a listener accepts.
func (s *scene) answers(network string, at netip.AddrPort) {
	s.t.Helper()
	serve(s.listens(network, at), answer)
}

// here names the drawn port of an address of the client.
func (s *scene) here(a netip.Addr) netip.AddrPort { return netip.AddrPortFrom(a, s.Port) }

// takes keeps ports of the client busy with listeners nobody asks for.
func (s *scene) takes(low, high uint16) {
	s.t.Helper()
	for p := int(low); p <= int(high); p++ {
		s.listens("tcp", netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(p)))
	}
}

// lettingGo opens connections from the client and closes them from there.
func (s *scene) lettingGo(to netip.AddrPort, n int) {
	s.t.Helper()
	for _, c := range s.Connect(s.Client, to, n) {
		c.Close()
	}
}

// few is a range of ports that nothing of the lab uses.
func (s *scene) few(n int) (low, high uint16) {
	low = 33000 + uint16(s.Seed%20000)
	return low, low + uint16(n) - 1
}

// dropSome lets a node lose some of the SYNs to the drawn port.
func (s *scene) dropSome(n *netlab.Node, which string) {
	s.NFT(n, fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d tcp flags & (syn|ack) == syn %s drop; }", s.Port, which))
}

// limits lets the server turn away connections to the drawn port by a rule.
func (s *scene) limits(rule string) {
	s.NFT(s.Server, fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d ct state new %s; }", s.Port, rule))
}

// own are faults of programs on this machine, and of what it has left.
func own() []story {
	everywhere := netip.IPv6Unspecified()
	return []story{
		fault("listener.wrong-address", "listens on loopback only", any4, func(s *scene) string {
			s.answers("tcp", s.here(loopback))
			return url("http", s.mine(), s.Port)
		}),
		fault("listener.wrong-address", "listens on the own address only", any4, func(s *scene) string {
			s.answers("tcp", s.here(s.mine()))
			return url("http", loopback, s.Port)
		}),
		fault("listener.wrong-address", "listens on IPv4 only", anyF, func(s *scene) string {
			s.answers("tcp4", s.here(netip.IPv4Unspecified()))
			return url("http", loopback6, s.Port)
		}),
		fault("listener.wrong-address", "listens on IPv6 only", anyF, func(s *scene) string {
			s.answers("tcp6", s.here(everywhere))
			return url("http", loopback, s.Port)
		}),
		fault("listener.wrong-address", "listens on loopback only, own IPv6 address", dual, func(s *scene) string {
			s.answers("tcp", s.here(loopback6))
			s.answers("tcp", s.here(loopback))
			return url("http", s.Client.V6, s.Port)
		}),
		twin("listener.wrong-address", "listens on both families at once", anyF, func(s *scene) string {
			s.answers("tcp", s.here(everywhere))
			return url("http", loopback, s.Port)
		}),
		twin("listener.wrong-address", "listens on the address that is asked", any4, func(s *scene) string {
			s.answers("tcp", s.here(s.mine()))
			return url("http", s.mine(), s.Port)
		}),
		twin("listener.wrong-address", "two programs, one on loopback", any4, func(s *scene) string {
			s.listens("tcp", s.here(loopback))
			s.answers("tcp", s.here(s.mine()))
			return url("http", s.mine(), s.Port)
		}),
		twin("listener.wrong-address", "a name for both loopback addresses, one listens", anyF, func(s *scene) string {
			s.Hosts("127.0.0.1 "+s.Name, "::1 "+s.Name)
			s.answers("tcp4", s.here(loopback))
			return s.URL("http")
		}).kept(),
		fault("listener.wrong-address", "a name for this machine, and the program on loopback", any4, func(s *scene) string {
			s.Hosts(s.mine().String() + " " + s.Name)
			s.answers("tcp", s.here(loopback))
			return s.URL("http")
		}).or("dns.overridden"),
		twin("listener.wrong-address", "another port listens on loopback", any4, func(s *scene) string {
			s.answers("tcp", netip.AddrPortFrom(loopback, s.FreePort()))
			return url("http", s.mine(), s.Port)
		}, "listener.none"),

		fault("listener.backlog-full", "nobody accepts", any4, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Client, Does: netlab.FullBacklog})
			return url("http", s.mine(), s.Port)
		}),
		fault("listener.backlog-full", "nobody accepts, IPv6", dual, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Client, Does: netlab.FullBacklog})
			return url("http", s.Client.V6, s.Port)
		}),
		twin("listener.backlog-full", "another port has a full queue", any4, func(s *scene) string {
			s.Serve(netlab.Service{On: s.Client, Does: netlab.FullBacklog, Port: s.FreePort()})
			s.answers("tcp", s.here(s.mine()))
			return url("http", s.mine(), s.Port)
		}),
		twin("listener.backlog-full", "several listeners share the port", any4, func(s *scene) string {
			for range 3 {
				s.answers("tcp", s.here(s.mine()))
			}
			return url("http", s.mine(), s.Port)
		}),
		twin("listener.backlog-full", "a service that is slow to accept", any4, func(s *scene) string {
			l := s.listens("tcp", s.here(loopback))
			go func() {
				for {
					time.Sleep(300 * time.Millisecond)
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() { defer c.Close(); answer(c) }()
				}
			}()
			return url("http", loopback, s.Port)
		}),

		fault("tcp.limited", "six connections at once", any4, func(s *scene) string {
			s.limits("ct count over 6 reject with tcp reset")
			return s.web()
		}).thoroughly(),
		fault("tcp.limited", "few connections a second", any4, func(s *scene) string {
			s.limits("limit rate over 3/second burst 6 packets drop")
			return s.web()
		}).thoroughly(),
		twin("tcp.limited", "no limit", anyF, func(s *scene) string { return s.web() }).thoroughly(),
		twin("tcp.limited", "a limit far away", any4, func(s *scene) string {
			s.limits("ct count over 60 drop")
			return s.web()
		}).thoroughly(),
		twin("tcp.limited", "a limit that nobody asked to meet", any4, func(s *scene) string {
			s.limits("ct count over 6 reject with tcp reset")
			return s.web()
		}),
		fault("tcp.refused-on-path", "a router resets, and the server ignores ping", netlab.Options{Family: netlab.V4, Hops: 3, RTT: 30 * time.Millisecond}, func(s *scene) string {
			s.web()
			s.DropPing(s.Server)
			s.Reject(s.Routers[0], s.Port, netlab.WithReset)
			return s.httpAt(s.Server.V4)
		}).or("tcp.refused").kept(),
		twin("tcp.refused-on-path", "the server refuses, and ignores ping", netlab.Options{Family: netlab.V4, Hops: 3, RTT: 30 * time.Millisecond}, func(s *scene) string {
			s.DropPing(s.Server)
			return s.httpAt(s.Server.V4)
		}, "tcp.refused"),
		twin("tcp.refused-on-path", "a near server refuses, and ignores ping", netlab.Options{Family: netlab.V4, Hops: 1, RTT: -1}, func(s *scene) string {
			s.DropPing(s.Server)
			return s.httpAt(s.Server.V4)
		}, "tcp.refused"),
		fault("tcp.some-addresses", "one of five addresses serves", hops(3, any4), func(s *scene) string {
			s.DNS.Set(s.Name, s.Routers[2].V4, s.Server.V4, s.Resolver.V4, s.Routers[1].V4, s.Routers[0].V4)
			return s.web()
		}),
		fault("tcp.some-addresses", "one of two serves in each family", dual, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, s.Resolver.V4, s.Server.V6, s.Resolver.V6)
			return s.web()
		}),
		fault("tcp.some-addresses", "one of three drops", hops(2, any4), func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, s.Resolver.V4, s.Routers[1].V4)
			s.Serve(netlab.Service{On: s.Resolver})
			s.NFT(s.Routers[1], fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d drop; }", s.Port))
			return s.web()
		}),
		twin("tcp.some-addresses", "four addresses serve", dual, func(s *scene) string {
			s.DNS.Set(s.Name, s.Server.V4, s.Resolver.V4, s.Server.V6, s.Resolver.V6)
			s.Serve(netlab.Service{On: s.Resolver})
			return s.web()
		}),
		fault("tcp.flaky", "every second SYN dropped, IPv6", six, func(s *scene) string {
			s.dropSome(s.Server, "numgen inc mod 2 == 0")
			return s.web()
		}),
		fault("tcp.flaky", "one of two machines behind the address is down", pinging(any4), func(s *scene) string {
			s.dropSome(s.Server, "jhash tcp sport mod 2 == 0")
			return s.web()
		}).or(diag.OK, "tcp.filtered"), // when every attempt, or none, meets the dead one
		fault("tcp.flaky", "half of the SYNs dropped", any4, func(s *scene) string {
			s.dropSome(s.Server, "numgen random mod 2 == 0")
			return s.web()
		}).or(diag.OK),
		twin("tcp.flaky", "the first SYN dropped", any4, func(s *scene) string {
			s.NFT(s.Server, fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d tcp flags & (syn|ack) == syn quota until 70 bytes drop; }", s.Port))
			return s.web()
		}),
		twin("tcp.flaky", "a far server", netlab.Options{Family: netlab.V4, RTT: 500 * time.Millisecond}, func(s *scene) string { return s.web() }),
		fault("local.ports-exhausted", "every port has a listener", any4, func(s *scene) string {
			low, high := s.few(6)
			s.takes(low, high)
			s.PortRange(s.Client, low, high)
			return s.web()
		}).calmly(),
		fault("local.ports-exhausted", "every port is connected to the target", any4, func(s *scene) string {
			s.speak(s.Server, func(c net.Conn) { answer(c); time.Sleep(time.Minute) })
			s.PortRange(s.Client, 41000, 41009)
			s.Connect(s.Client, netip.AddrPortFrom(s.Server.V4, s.Port), 10)
			return s.httpAt(s.Server.V4)
		}).calmly(),
		fault("local.ports-exhausted", "every port has a listener, IPv6", dual, func(s *scene) string {
			low, high := s.few(5)
			s.takes(low, high)
			s.PortRange(s.Client, low, high)
			s.web()
			return s.httpAt(s.Server.V6)
		}).calmly(),
		twin("local.ports-exhausted", "a tiny range with room", any4, func(s *scene) string {
			low, high := s.few(40)
			s.takes(low, high-15)
			s.PortRange(s.Client, low, high)
			return s.web()
		}).calmly(),
		twin("local.ports-exhausted", "every port is connected to another host", any4, func(s *scene) string {
			s.accept(s.Resolver, netip.AddrPortFrom(s.Resolver.V4, s.Port), func(net.Conn) { time.Sleep(time.Minute) })
			s.web()
			s.PortRange(s.Client, 41000, 41009)
			s.Connect(s.Client, netip.AddrPortFrom(s.Resolver.V4, s.Port), 10)
			return s.httpAt(s.Server.V4)
		}).calmly(),
		twin("local.ports-exhausted", "thousands of connections wait for their end", anyF, func(s *scene) string {
			at := netip.AddrPortFrom(loopback, s.local(loopback, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }))
			s.lettingGo(at, 3000)
			return s.web()
		}),

		fault("local.files-exhausted", "the user's own service has no descriptor left", any4, func(s *scene) string {
			at := s.here(loopback)
			s.hoards(netlab.Nobody, at, 20, 1000)
			s.Connect(s.Client, at, 40)
			return url("http", loopback, s.Port)
		}),
		fault("local.files-exhausted", "the local service has no descriptor left", any4, func(s *scene) string {
			at := s.here(loopback)
			s.hoards(netlab.Root, at, 20, 1000)
			s.Connect(s.Client, at, 40)
			return url("http", loopback, s.Port)
		}).blindly("service.silent"),
		fault("local.files-exhausted", "this program may open next to nothing", any4, func(s *scene) string {
			s.LimitFiles(7)
			return s.web()
		}).or(diag.OK), // it gets by when it opens one thing after the other
		fault("local.files-exhausted", "this program may open little, literal target", any4, func(s *scene) string {
			s.web()
			s.LimitFiles(7)
			return s.httpAt(s.Server.V4)
		}).or(diag.OK),
		twin("local.files-exhausted", "this program may open few files", any4, func(s *scene) string {
			s.LimitFiles(128)
			return s.web()
		}),
		fault("local.close-wait-leak", "the local service keeps what was closed", any4, func(s *scene) string {
			at := s.here(loopback)
			s.hoards(netlab.Nobody, at, 50, 1000)
			s.lettingGo(at, 60)
			return url("http", loopback, s.Port)
		}),
		fault("local.close-wait-leak", "the local service keeps what was closed, and takes no more", anyF, func(s *scene) string {
			at := s.here(loopback6)
			s.hoards(netlab.Root, at, 0, 30)
			s.lettingGo(at, 30)
			return url("http", loopback6, s.Port)
		}),
		fault("local.close-wait-leak", "a program here keeps what the server closed", any4, func(s *scene) string {
			low, high := s.few(24)
			s.speak(s.Server, func(net.Conn) {})
			s.PortRange(s.Client, low, high)
			s.Connect(s.Client, netip.AddrPortFrom(s.Server.V4, s.Port), 24)
			return s.httpAt(s.Server.V4)
		}).calmly(),
		twin("local.close-wait-leak", "another program keeps what was closed", any4, func(s *scene) string {
			at := netip.AddrPortFrom(loopback, s.FreePort())
			s.hoards(netlab.Root, at, 0, 100)
			s.lettingGo(at, 60)
			return s.web()
		}),
		twin("local.close-wait-leak", "another local service keeps what was closed", any4, func(s *scene) string {
			at := netip.AddrPortFrom(loopback, s.FreePort())
			s.hoards(netlab.Root, at, 0, 100)
			s.lettingGo(at, 60)
			s.answers("tcp", s.here(loopback))
			return url("http", loopback, s.Port)
		}),
	}
}
