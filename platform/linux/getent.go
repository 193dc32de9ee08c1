package linux

import (
	"net/netip"
	"slices"
	"strings"

	"faultline/platform"
)

const (
	maxName      = 255 // RFC 1035 §2.3.4
	maxAddresses = 256
)

// decodeAhosts reads what "getent ahosts" prints: an address, a socket type
// and, in the first line, the canonical name. An address comes once for each
// socket type.
func decodeAhosts(b []byte) platform.NameAnswer {
	var a platform.NameAnswer
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(f[0])
		if err != nil || len(a.Addresses) == maxAddresses {
			continue
		}
		if len(f) > 2 && a.Canonical == "" {
			a.Canonical = f[2]
		}
		if !slices.Contains(a.Addresses, addr.Unmap()) {
			a.Addresses = append(a.Addresses, addr.Unmap())
		}
	}
	return a
}

// askable says that a name may stand as an argument: it is no option and
// holds nothing that could be taken for two.
func askable(name string) bool {
	if name == "" || len(name) > maxName || name[0] == '-' {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f })
}
