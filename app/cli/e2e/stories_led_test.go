//go:build e2e && linux

package e2e

import (
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"faultline/platform/linux/netlab"
)

// led are connections that this machine's own rules and settings lead another way
// than the target's name says, or make odd.
func led() []story {
	return []story{
		twin("firewall.local-out", "own rules lead it to another server, whose certificate is for other names", any4, func(s *scene) string {
			url := s.secure(netlab.TLS{})
			s.Serve(netlab.Service{On: s.Routers[0], TLS: &netlab.TLS{Names: []string{"other.example"}}})
			s.rules(fmt.Sprintf("chain c { type nat hook output priority -100; ip daddr %%[2]v tcp dport %%[1]d dnat ip to %v; }", s.Routers[0].V4))
			return url
		}, "tls.wrong-name"),
		twin("firewall.local-out", "own rules lead it to a program here that closes", any4, func(s *scene) string {
			url := s.web()
			port := s.local(loopback, func(net.Conn) {})
			s.rules(fmt.Sprintf("chain c { type nat hook output priority -100; tcp dport %%[1]d redirect to :%d; }", port))
			return url
		}, "service.closes", "firewall.local-out"),
		twin("firewall.local-out", "own rules lead it to a program here that serves", any4, func(s *scene) string {
			url := s.web()
			port := s.local(loopback, answer)
			s.rules(fmt.Sprintf("chain c { type nat hook output priority -100; tcp dport %%[1]d redirect to :%d; }", port))
			return url
		}),
		twin("route.rejected", "a table that throws everything back", any4, func(s *scene) string {
			s.ip("route", "add", "throw", "default", "table", "77")
			s.ip("rule", "add", "priority", "70", "lookup", "77")
			return s.web()
		}),
		fault("gateway.none", "the target's network is thrown back, and nothing catches it", any4, func(s *scene) string {
			s.web()
			s.ip("route", "add", "throw", s.Server.V4.String())
			return s.httpAt(s.Server.V4)
		}).or("route.rejected"),
		twin("service.silent", "SMTP greets after 6.5 s", anyF, speaking("smtp", greets(6500*time.Millisecond, "220 mail.example ESMTP\r\n")), "ok", "service.slow"),
		twin("mtu.black-hole", "own rules clamp segments to 200 bytes", any4, func(s *scene) string {
			url := s.secure(netlab.TLS{})
			s.on(s.Client, "iptables-nft", "-t", "mangle", "-A", "OUTPUT", "-p", "tcp", "--tcp-flags", "SYN,RST", "SYN", "-j", "TCPMSS", "--set-mss", "200")
			return url
		}),
		twin("ipv6.unavailable", "the only IPv6 address is deprecated", six, func(s *scene) string {
			url := s.web()
			s.ip("-6", "addr", "change", prefix6(s), "dev", s.Client.Dev, "preferred_lft", "0")
			return url
		}).calmly(), // another adapter's address would be preferred to it, and nothing find back
		twin("quality.loss", "this machine asks for ECN, and a router drops such SYNs", any4, func(s *scene) string {
			url := s.web()
			s.Sysctl(s.Client, "ipv4/tcp_ecn", "1")
			s.NFT(s.Routers[0], "chain c { type filter hook forward priority 0; tcp flags & (syn|ecn|cwr) == (syn|ecn|cwr) drop; }")
			return url
		}, "ok", "tcp.flaky"),
		twin("service.error", "only POST is taken", anyF, webOf(always("HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n"))),
		twin("service.error", "only WebSocket is spoken", anyF, webOf(always("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"))),
		twin("service.error", "hints come before the answer", anyF, webOf(always("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", fineReply))),
		twin("service.resets", "every other connection is reset", any4, func(s *scene) string {
			var n atomic.Int64
			s.speak(s.Server, func(c net.Conn) {
				if n.Add(1)%2 == 0 {
					_ = c.(*net.TCPConn).SetLinger(0)
					return
				}
				answer(c)
			})
			return s.URL("http")
		}, "ok", "service.resets", "tcp.flaky"),
		fault("service.not-reading", "a proxy of SYNs before a server whose port is dropped", any4, func(s *scene) string {
			s.NFT(s.Server, fmt.Sprintf("chain p { type filter hook prerouting priority -300; tcp dport %d tcp flags syn notrack; }\n"+
				"chain c { type filter hook input priority 0; tcp dport %d ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm; tcp dport %d ct state new drop; }", s.Port, s.Port, s.Port))
			return s.URL("http")
		}).or("service.silent"),
		fault("firewall.local-out", "own rules let one connection a second out", any4,
			ruled("chain c { type filter hook output priority 0; tcp dport %[1]d tcp flags & (syn|ack) == syn limit rate 1/second burst 1 packets accept; tcp dport %[1]d tcp flags & (syn|ack) == syn drop; }")).
			or("ok", "tcp.flaky", "tcp.limited"),
	}
}

// prefix6 is the client's IPv6 address with its prefix.
func prefix6(s *scene) string {
	return fmt.Sprintf("%v/%d", s.Client.V6, s.LANPrefix(netlab.V6).Bits())
}
