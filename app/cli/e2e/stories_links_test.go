//go:build e2e && linux

package e2e

import (
	"net"
	"net/netip"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform/linux/netlab"
)

// linking are faults of adapters and addresses beyond the plain ones, and
// machines that look odd and are well.
func linking() []story {
	return []story{
		twin("link.disabled", "a bridge as the main adapter", anyF, func(s *scene) string {
			url := s.web()
			s.OverBridge("br0")
			return url
		}),
		twin("link.disabled", "a macvlan as the main adapter", anyF, func(s *scene) string {
			url := s.web()
			s.OverMacvlan("mac0")
			return url
		}),
		fault("link.disabled", "the adapter below a bridge off", anyF, func(s *scene) string {
			url, below := s.web(), s.Client.Dev
			s.OverBridge("br0")
			s.ip("link", "set", below, "down")
			return url
		}).calmly().kept(),
		fault("link.disabled", "the adapter below a macvlan off", anyF, func(s *scene) string {
			url, below := s.web(), s.Client.Dev
			s.OverMacvlan("mac0")
			s.ip("link", "set", below, "down")
			return url
		}).calmly(),
		fault("link.no-carrier", "cable out below a bridge", anyF, func(s *scene) string {
			url := s.web()
			s.OverBridge("br0")
			s.PullCable()
			return url
		}).calmly(),
		fault("link.disabled", "a bridge off", any4, func(s *scene) string {
			url := s.web()
			s.OverBridge("br0")
			s.ip("link", "set", "br0", "down")
			return url
		}).calmly(),
		fault("address.none", "a bridge without address", any4, func(s *scene) string {
			url := s.web()
			s.OverBridge("br0")
			s.ip("address", "flush", "dev", "br0")
			return url
		}).calmly().kept(),
		fault("gateway.none", "a bridge without default route", any4, func(s *scene) string {
			url := s.web()
			s.OverBridge("br0")
			s.RemoveDefaultRoute(netlab.AnyFamily)
			return url
		}).calmly(),
		fault("gateway.silent", "gateway beyond a bridge answers no ARP", any4, func(s *scene) string {
			url := s.web()
			s.OverBridge("br0")
			s.SilenceGateway()
			return url
		}),
		fault("link.loopback-down", "name server of this machine, loopback down", any4, func(s *scene) string {
			s.Resolvers(netip.MustParseAddr("127.0.0.53"))
			s.allow(netip.MustParseAddr("127.0.0.53"))
			s.ip("link", "set", "lo", "down")
			return s.web()
		}).calmly(),
		fault("link.loopback-down", "a target on this machine, loopback down", any4, func(s *scene) string {
			port := s.local(loopback, answer)
			s.ip("link", "set", "lo", "down")
			return url("http", loopback, port)
		}).calmly(),
		fault("link.loopback-down", "an own address as the target, loopback down", any4, func(s *scene) string {
			a := s.mine()
			port := s.local(a, answer)
			s.ip("link", "set", "lo", "down")
			return url("http", a, port)
		}).calmly(),
		twin("link.loopback-down", "loopback down, and nothing needs it", anyF, func(s *scene) string {
			s.ip("link", "set", "lo", "down")
			return s.web()
		}),
		twin("link.loopback-down", "loopback down, and the server is dead", any4, func(s *scene) string {
			s.ip("link", "set", "lo", "down")
			s.DropAll(last(s), s.Server.V4)
			return s.web()
		}, "tcp.no-reply"),
		twin("link.loopback-down", "name server of this machine dead, loopback up", any4, func(s *scene) string {
			s.Resolvers(netip.MustParseAddr("127.0.0.53"))
			return s.web()
		}, "dns.resolver-silent"),
		fault("address.duplicate", "another machine has this address", any4, func(s *scene) string {
			url := s.web()
			s.Usurp(s.Client.V4)
			return url
		}).rooted().blindly(unseen...),
		fault("address.duplicate", "another machine has this address, literal target", any4, func(s *scene) string {
			s.web()
			s.Usurp(s.Client.V4)
			return s.httpAt(s.Server.V4)
		}).rooted().blindly(unseen...),
		fault("address.duplicate", "IPv6 address found taken", six, func(s *scene) string {
			url := s.web()
			s.Taken()
			return url
		}),
		fault("address.duplicate", "IPv6 address found taken, literal target", six, func(s *scene) string {
			s.web()
			s.Taken()
			return s.httpAt(s.Server.V6)
		}),
		twin("address.duplicate", "an own second adapter on the same switch", any4, func(s *scene) string {
			s.SecondPort("spare0")
			s.DropAll(last(s), s.Server.V4)
			return s.web()
		}, "tcp.no-reply"),
		twin("address.duplicate", "IPv6 address found taken, and IPv4 works", dual, func(s *scene) string {
			url := s.web()
			s.Taken()
			return url
		}).calmly(), // another adapter with IPv6 would be a way of its own
		twin("address.duplicate", "a stranger with another address", any4, func(s *scene) string {
			s.Stranger("other", s.FreeAddr(s.Client.V4))
			s.DropAll(last(s), s.Server.V4)
			return s.web()
		}, "tcp.no-reply"),
		fault("address.gateway-off-subnet", "the prefix is too wide", netlab.Options{Family: netlab.V4, Resolver: netlab.OnLAN, Ping: netlab.Yes}, func(s *scene) string {
			s.web()
			s.WidenPrefix(s.Server.V4)
			return s.httpAt(s.Server.V4)
		}).rooted().blindly("neighbour.silent"),
		twin("address.gateway-off-subnet", "a wide prefix, and nobody at the address", any4, func(s *scene) string {
			a := s.FreeAddr(s.Client.V4)
			s.allow(a)
			return s.httpAt(a)
		}, "neighbour.silent"),
		fault("address.gateway-off-subnet", "another subnet than the gateway's", any4, func(s *scene) string {
			s.web()
			s.WrongSubnet()
			return s.httpAt(s.Server.V4)
		}),
		fault("address.gateway-off-subnet", "another subnet than the gateway's, by name", any4, func(s *scene) string {
			url := s.web()
			s.WrongSubnet()
			return url
		}),
		twin("address.gateway-off-subnet", "an address of its own alone and a gateway beside it", any4, func(s *scene) string {
			s.Alone()
			return s.web()
		}),
		twin("address.gateway-off-subnet", "an address of its own alone, and the server is dead", any4, func(s *scene) string {
			s.Alone()
			s.DropAll(last(s), s.Server.V4)
			return s.web()
		}, "tcp.no-reply"),
		twin("address.gateway-off-subnet", "a gateway beside the prefix that is meant so", any4, func(s *scene) string {
			s.Narrow()
			return s.web()
		}),
		fault("address.rogue-router", "another machine answers for the gateway", any4, func(s *scene) string {
			s.web()
			s.RogueGateway()
			return s.httpAt(s.Server.V4)
		}).rooted().blindly(unseen...),
		fault("address.rogue-router", "another machine answers for the gateway, and a neighbor forwards nothing", any4, func(s *scene) string {
			s.web()
			plain := s.FreeAddr(s.Client.V4)
			s.Stranger("plain", plain)
			s.greets(plain)
			s.allow(plain)
			s.RogueGateway()
			return s.httpAt(s.Server.V4)
		}).rooted().blindly(unseen...),
		twin("address.rogue-router", "the gateway with two adapters, and the server is dead", any4, func(s *scene) string {
			s.TwoPortedGateway()
			s.DropAll(last(s), s.Server.V4)
			return s.web()
		}, "tcp.no-reply"),
		fault("link.unstable", "a signal that comes and goes", any4, func(s *scene) string {
			slowly := lately(1500 * time.Millisecond)
			s.speak(s.Server, func(c net.Conn) { slowly(blinking{c, s}) })
			return s.URL("http")
		}).calmly(),
		twin("link.unstable", "a signal that came and went before", any4, func(s *scene) string {
			for range 5 {
				s.PullCable()()
			}
			s.on(s.Client, "ping", "-c1", "-w9", s.Gateway(netlab.V4).String()) // a switch takes a second to see a port again
			s.speak(s.Server, lately(600*time.Millisecond))
			return s.URL("http")
		}),
		fault("local.saturated", "own traffic fills a limited adapter", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "tc", "qdisc", "add", "dev", s.Client.Dev, "root", "tbf", "rate", "2mbit", "burst", "5kb", "limit", "200kb")
			s.Fill()
			return url
		}),
		fault("local.saturated", "own traffic fills a class", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "tc", "qdisc", "add", "dev", s.Client.Dev, "root", "handle", "1:", "htb", "default", "10")
			s.on(s.Client, "tc", "class", "add", "dev", s.Client.Dev, "parent", "1:", "classid", "1:10", "htb", "rate", "1mbit", "ceil", "1mbit", "burst", "5kb")
			s.Fill()
			return url
		}),
		twin("local.saturated", "a limited adapter that is idle", any4, func(s *scene) string {
			s.on(s.Client, "tc", "qdisc", "add", "dev", s.Client.Dev, "root", "tbf", "rate", "2mbit", "burst", "5kb", "limit", "200kb")
			return s.web()
		}),
		twin("local.saturated", "traffic that the adapter carries with ease", any4, func(s *scene) string {
			url := s.web()
			s.on(s.Client, "tc", "qdisc", "add", "dev", s.Client.Dev, "root", "tbf", "rate", "200mbit", "burst", "100kb", "limit", "200kb")
			return url
		}),
		twin("firewall.local-out", "the broadcast address of this network", any4, func(s *scene) string {
			s.web()
			a := broadcastOf(s.LANPrefix(netlab.V4))
			s.allow(a)
			return s.httpAt(a)
		}, diag.Inconclusive),
	}
}

// broadcastOf is the last address of a network.
func broadcastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

// lately is a small web server that takes its time.
func lately(d time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err == nil {
			time.Sleep(d)
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
		}
	}
}

// blinking takes the signal from the client's adapter once a request is read.
type blinking struct {
	net.Conn
	s *scene
}

func (b blinking) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if err == nil {
		b.s.Blink(3)
	}
	return n, err
}

// unseen is what an ordinary user may be told of what only a packet socket
// shows.
var unseen = []catalog.Code{"dns.resolver-silent", "tcp.no-reply", "gateway.silent", "gateway.no-upstream"}
