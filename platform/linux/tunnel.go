package linux

import (
	"net/netip"

	"faultline/platform"
)

// endAttributes are where a kind of tunnel keeps its outer ends
// (linux/if_tunnel.h: IFLA_IPTUN_*, IFLA_GRE_*, IFLA_VTI_*).
var endAttributes = map[string]struct{ local, remote uint16 }{
	"ipip": {2, 3}, "sit": {2, 3}, "ip6tnl": {2, 3},
	"gre": {6, 7}, "ip6gre": {6, 7}, "vti": {4, 5}, "vti6": {4, 5},
}

// ends reads the outer ends of a tunnel and how many packets passed it.
func ends(kind string, data, stats []byte) *platform.Ends {
	e := &platform.Ends{}
	if at, known := endAttributes[kind]; known {
		for t, v := range attributes(data) {
			switch t {
			case at.local:
				e.Local = outer(v)
			case at.remote:
				e.Remote = outer(v)
			}
		}
	}
	if len(stats) >= 16 { // rx_packets, tx_packets
		e.Received, e.Sent = packets(stats), packets(stats[8:])
	}
	return e
}

// outer is the address of an end; one that is not set is any.
func outer(b []byte) netip.Addr {
	if a := address(b); !a.IsUnspecified() {
		return a
	}
	return netip.Addr{}
}

func packets(b []byte) int { return int(min(host.Uint64(b), 1<<53)) }
