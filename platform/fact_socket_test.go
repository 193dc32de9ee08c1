package platform

import (
	"net/netip"
	"testing"
)

func TestListenerAccepts(t *testing.T) {
	for _, c := range []struct {
		name, at, to string
		only         Tri
		link         int
		want         Tri
	}{
		{"the same address", "192.0.2.1", "192.0.2.1", Unknown, 0, Yes},
		{"another address", "192.0.2.2", "192.0.2.1", Unknown, 0, No},
		{"loopback for the own address", "127.0.0.1", "192.0.2.1", Unknown, 0, No},
		{"every address", "0.0.0.0", "192.0.2.1", Unknown, 0, Yes},
		{"every IPv4 address for IPv6", "0.0.0.0", "2001:db8::1", Unknown, 0, No},
		{"both families", "::", "192.0.2.1", No, 0, Yes},
		{"IPv6 only for IPv4", "::", "192.0.2.1", Yes, 0, No},
		{"IPv6 only", "::", "2001:db8::1", Yes, 0, Yes},
		{"not known", "::", "192.0.2.1", Unknown, 0, Unknown},
		{"one adapter", "0.0.0.0", "192.0.2.1", Unknown, 3, Unknown},
		{"a zone", "fe80::1", "fe80::1%eth0", Unknown, 0, Yes},
		{"IPv4 in IPv6", "::ffff:192.0.2.1", "192.0.2.1", Yes, 0, Yes},
	} {
		l := Listener{At: netip.AddrPortFrom(netip.MustParseAddr(c.at), 80), V6Only: c.only, Link: c.link}
		if got := l.Accepts(netip.MustParseAddr(c.to)); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}
