//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/netip"
	"strings"

	"faultline/platform/linux/netlab"
)

// bigPage is larger than any segment.
func (s *scene) bigPage() string {
	s.Serve(netlab.Service{Text: strings.Repeat("more of the same ", 2000)})
	return s.URL("http")
}

// loseBigTo loses large packets to one address only.
func (s *scene) loseBigTo(size int, to ...netip.Addr) {
	s.Filter(func(pkt []byte) bool {
		if len(pkt) <= size {
			return false
		}
		for _, a := range to {
			if destination(pkt) == a {
				return true
			}
		}
		return false
	})
}

// destination reads the address to which an IP packet goes.
func destination(pkt []byte) netip.Addr {
	switch {
	case len(pkt) >= 20 && pkt[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(pkt[16:20]))
	case len(pkt) >= 40 && pkt[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(pkt[24:40]))
	}
	return netip.Addr{}
}

// narrow sets the MTU of the link before the server on both sides.
func (s *scene) narrow(mtu int) {
	out, err := s.CommandOn(s.t.Context(), last(s), netlab.Root, "ip", "-o", "route", "get", s.Server.V4.String()).Output()
	if err != nil {
		s.t.Fatalf("asking for the link to the server: %v", err)
	}
	var to, dev string
	if _, err := fmt.Sscanf(string(out), "%s dev %s", &to, &dev); err != nil {
		s.t.Fatalf("reading %q: %v", out, err)
	}
	s.on(last(s), "ip", "link", "set", dev, "mtu", fmt.Sprint(mtu))
	s.on(s.Server, "ip", "link", "set", s.Server.Dev, "mtu", fmt.Sprint(mtu))
}

// sizes are stories of packets that are too large for the way.
func sizes() []story {
	return []story{
		fault("mtu.black-hole", "large packets vanish", pinging(any4), func(s *scene) string {
			s.LoseBig(1400)
			return s.secure(netlab.TLS{})
		}),
		fault("mtu.black-hole", "large packets vanish, no ping", any4, func(s *scene) string {
			s.LoseBig(1300)
			s.DropPing(s.Server)
			return s.secure(netlab.TLS{})
		}).blindly("tls.stalled"),
		fault("mtu.black-hole", "large packets vanish, nothing but the port answers", any4, func(s *scene) string {
			s.LoseBig(1300)
			s.NFT(s.Server, "chain c { type filter hook input priority 0; meta l4proto { udp, icmp } drop; }")
			return s.secure(netlab.TLS{})
		}).kept(),
		fault("mtu.black-hole", "large packets vanish, IPv6", six, func(s *scene) string {
			s.LoseBig(1400)
			return s.secure(netlab.TLS{})
		}),
		fault("mtu.black-hole", "large packets to the server vanish", any4, func(s *scene) string {
			s.loseBigTo(1420, s.Server.Addrs(netlab.AnyFamily)...)
			return s.secure(netlab.TLS{})
		}),
		fault("mtu.black-hole", "large packets from the server vanish", any4, func(s *scene) string {
			s.loseBigTo(1420, s.Client.Addrs(netlab.AnyFamily)...)
			return s.secure(netlab.TLS{})
		}),
		fault("mtu.black-hole", "large packets vanish, and the page is large", any4, func(s *scene) string {
			s.LoseBig(1440)
			return s.bigPage()
		}),
		fault("mtu.black-hole", "a few bytes too many", any4, func(s *scene) string {
			s.LoseBig(1492)
			return s.bigPage()
		}),
		twin("mtu.black-hole", "a server that ignores large pings and datagrams", anyF, func(s *scene) string {
			s.NFT(s.Server, "chain c { type filter hook input priority 0; meta l4proto { udp, icmp, ipv6-icmp } meta length > 1000 drop; }")
			return s.bigPage()
		}),
		twin("mtu.black-hole", "a narrow link that says so", anyF, func(s *scene) string {
			s.narrow(1280)
			return s.bigPage()
		}),
		twin("mtu.black-hole", "a hole, and segments that are limited to fit", any4, func(s *scene) string {
			s.LoseBig(1400)
			s.NFT(last(s), "chain c { type filter hook forward priority -150; tcp flags & (syn|rst) == syn tcp option maxseg size set 1300; }")
			return s.secure(netlab.TLS{})
		}),
		twin("mtu.reduced", "a full-sized way", pinging(anyF), func(s *scene) string { return s.bigPage() }),
	}
}
