package linux

import "strings"

// wantedSettings are those that change which way packets take, by their path
// below /proc/sys.
var wantedSettings = []string{
	"net/ipv4/ip_forward", "net/ipv4/fib_multipath_hash_policy", "net/ipv4/fwmark_reflect",
	"net/ipv4/tcp_fwmark_accept", "net/ipv6/conf/all/forwarding", "net/ipv6/conf/all/disable_ipv6",
}

// wantedOfLink are the settings of each adapter, below net/ipv4/conf/<adapter>.
var wantedOfLink = []string{"rp_filter", "src_valid_mark", "ignore_routes_with_linkdown", "arp_filter"}

const (
	// A machine with many containers has thousands of adapters.
	maxSettingLinks = 256
	maxSetting      = 64
)

// settingName is what sysctl(8) calls a path below /proc/sys.
func settingName(path string) string { return strings.ReplaceAll(path, "/", ".") }

// decodeSetting reads the value of one setting: one line, its columns parted by
// single blanks.
func decodeSetting(b []byte) string {
	value := strings.Join(strings.Fields(string(b[:min(len(b), maxSetting)])), " ")
	return strings.ToValidUTF8(value, "")
}
