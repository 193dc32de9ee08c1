package windows

import (
	"errors"
	"net/netip"
	"testing"

	"faultline/platform"
)

// TestSourceOn: packets have an address of the adapter that may be used, of the
// scope of where they go.
func TestSourceOn(t *testing.T) {
	at := func(s string, dad uint32) unicast { return unicast{prefix: netip.MustParsePrefix(s), dad: dad} }
	const preferred = 4
	all := []adapter{
		{index4: 5, index6: 6, unicast: []unicast{at("192.0.2.9/24", dadDuplicate), at("192.0.2.8/24", dadTentative), at("192.0.2.7/24", dadDeprecated),
			at("198.51.100.7/24", preferred), at("fe80::7/64", preferred), at("2001:db8::7/64", preferred)}},
		{index4: 9, unicast: []unicast{at("169.254.1.2/16", preferred)}},
	}
	for _, c := range []struct {
		name string
		link int
		to   string
		want string
		err  error
	}{
		{"preferred before deprecated", 5, "203.0.113.1", "198.51.100.7", nil},
		{"of the same network", 5, "192.0.2.1", "198.51.100.7", nil}, // preferred counts for more
		{"IPv6", 6, "2001:db8:1::1", "2001:db8::7", nil},
		{"of the link", 6, "fe80::1", "fe80::7", nil},
		{"of the link, with its zone", 6, "fe80::1%6", "fe80::7", nil},
		{"self-assigned, to the world", 9, "203.0.113.1", "", platform.ErrNoLocalAddress},
		{"self-assigned, to its like", 9, "169.254.7.7", "169.254.1.2", nil},
		{"without the family", 9, "2001:db8::1", "", platform.ErrNoLocalAddress},
		{"no such adapter", 77, "203.0.113.1", "", platform.ErrNotFound},
	} {
		got, err := sourceOn(all, c.link, netip.MustParseAddr(c.to))
		want, _ := netip.ParseAddr(c.want)
		if got != want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %v, %v want %v, %v", c.name, got, err, want, c.err)
		}
	}
}
