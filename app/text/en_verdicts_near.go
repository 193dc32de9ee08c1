package text

// verdictsNear: verdicts about this computer, its adapter, address, routes and firewall.
var verdictsNear = map[string]string{
	"verdict":                             "What was found: {title}.",
	"verdict.link.no-adapter":             "This computer has no network adapter that can be used.",
	"verdict.link.disabled":               "The network adapter {adapter} is switched off in the system's settings.",
	"verdict.link.no-carrier":             "No signal on {adapter}: the cable is out, or the other end is off.",
	"verdict.address.none.family":         "The network adapter {adapter} has no {family} address, so nothing of that kind can be sent through it.",
	"verdict.address.none":                "The network adapter {adapter} has no IP address, so nothing can be sent through it.",
	"verdict.address.link-local-only.on":  "DHCP is on for {adapter} and no server gave it an address, so it gave itself {address}. The DHCP server may be down or out of addresses, the port may be in the wrong VLAN, or the sign-in to the network (802.1X) may have failed; from here these look the same.",
	"verdict.address.link-local-only.off": "DHCP is off for {adapter}, and its only address is {address}, which leads nowhere beyond its own link. It was set by hand, or the address that was set is used by another machine.",
	"verdict.address.link-local-only":     "{adapter} got no address from the network and gave itself {address}. The address server (DHCP) may be down or out of addresses, the port may be in the wrong VLAN, or the sign-in to the network (802.1X) may have failed; from here these look the same.",
	"verdict.ipv6.unavailable":            "{host} has only IPv6 addresses ({addresses}), and this computer has no IPv6 address that reaches beyond its own network.",
	"verdict.gateway.none":                "This computer has no route to {address}: no gateway is set that leads there.",
	"verdict.route.rejected":              "A route on this computer turns away everything that is sent to {address} ({route}).",
	"verdict.route.rejected.blackhole":    "A route on this computer throws away everything that is sent to {address} ({route}).",
	"verdict.route.rejected.unreachable":  "A route on this computer declares {address} unreachable ({route}).",
	"verdict.route.rejected.prohibit":     "A route on this computer forbids sending to {address} ({route}).",
	"verdict.gateway.silent":              "The gateway {gateway} does not answer. Nothing beyond this network can be reached until it does.",
	"verdict.neighbour.silent":            "{address} belongs to the same network as this computer and does not answer there. It may be off or asleep, or the network may keep the two apart.",
	"verdict.firewall.local-out":          "This computer itself blocks the connection to {target}: a firewall rule or a security program stops it before it leaves. An administrator can see which one.",
	"verdict.firewall.local-out.names":    "This computer itself blocks name lookups at {servers}: a firewall rule or a security program stops them before they leave. An administrator can see which one.",
	"verdict.listener.none":               "No program on this computer listens on port {port}, so there is nothing to connect to at {address}.",
	"verdict.listener.none.bare":          "No program on this computer listens on the ports that were tried ({ports}), so there is nothing to connect to at {address}.",
}
