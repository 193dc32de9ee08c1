package text

// verdictsFar: verdicts about the way, the far machine and its port.
var verdictsFar = map[string]string{
	"verdict.ipv6.broken":              "{host} can be reached over IPv4 ({working}) and not over IPv6 ({failing}). Programs that try IPv6 first wait or fail.",
	"verdict.path.rejected.itself":     "An answer in the name of {address} says that the connection cannot be passed on: it is handed to another machine (port forwarding, address translation), and that one cannot be reached.",
	"verdict.path.rejected":            "The router {router} answers that it cannot reach {address}.",
	"verdict.path.loop.ttl":            "What this computer sends to {address} expires on the way, at {router}: {address} is {hops} hops away, and the setting of this computer (TTL, hop limit) allows fewer.",
	"verdict.path.loop":                "The way to {address} seems to run in a circle: packets are passed on until they expire, last at {router}.",
	"verdict.tcp.rejected":             "The router {router} turns the connection to {target} away and says so.",
	"verdict.tcp.rejected.itself":      "{host} itself turns the connection away and says so: a rule on it forbids port {port}.",
	"verdict.tcp.rejected.itself.bare": "{host} itself turns the connection away and says so: a rule on it forbids the ports that were tried ({ports}).",
	"verdict.tcp.refused":              "{host} is up and refuses connections on port {port}: no program listens there, or its own firewall turns them away.",
	"verdict.tcp.refused.bare":         "{host} is up and refuses connections on the ports that were tried ({ports}): no program listens there, or its own firewall turns them away.",
	"verdict.tcp.refused-on-path":      "The connection to {target} is refused, and the refusal does not fit {host}: the signs point to something before it that answers in its name.",
	"verdict.tcp.filtered":             "{host} is up, but nothing comes back from port {port}. Something in front of that port drops the request in silence.",
	"verdict.tcp.filtered.bare":        "{host} is up, but nothing comes back from the ports that were tried ({ports}). Something in front of them drops the request in silence.",
	"verdict.tcp.no-reply":             "No answer came from {host} on port {port} within {seconds}. From here it cannot be told whether {host} is off or something on the way drops the request.",
	"verdict.tcp.no-reply.bare":        "No answer came from {host} on the ports that were tried ({ports}) within {seconds}. From here it cannot be told whether {host} is off or something on the way drops the request.",
	"verdict.tcp.some-addresses":       "{host} has several addresses, and not all of them work: {working} {working|answers|answer}, {failing} {failing|does|do} not. Whether a program works depends on which one it gets.",
	"verdict.tcp.answered-on-path":     "Something before {host} accepts every connection, even on port {improbable}, where nothing should listen. That a port opens says nothing about {host}.",
}
