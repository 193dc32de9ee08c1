package portable

import (
	"net/netip"
	"slices"
	"strings"
)

const maxHosts = 64 // addresses of one name

// Hosts returns the addresses that a hosts file gives to a name, in the
// order of the file (hosts(5)). Windows reads
// its own alike: bytes, with no thought of an encoding. Of a file in UTF-16 it
// understands no line, and a byte order mark spoils the first one.
func Hosts(b []byte, name string) []netip.Addr {
	name = strings.TrimSuffix(name, ".")
	var all []netip.Addr
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) < 2 || !slices.ContainsFunc(f[1:], func(n string) bool { return strings.EqualFold(n, name) }) {
			continue
		}
		if a, err := netip.ParseAddr(f[0]); err == nil && len(all) < maxHosts && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}
