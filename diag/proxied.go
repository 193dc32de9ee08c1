package diag

import (
	"slices"

	"faultline/diag/catalog"
)

// ofServers are faults of the name servers, whatever is looked up: the proxy
// itself, too, while no address of it is known.
var ofServers = []catalog.Code{"dns.no-resolver", "dns.resolver-silent", "dns.udp-blocked"}

func proxiedOnly(ways []Way) bool {
	return len(ways) > 0 && !slices.ContainsFunc(ways, func(w Way) bool { return w.Via == "" })
}
