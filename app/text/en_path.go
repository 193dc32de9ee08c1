package text

// pathWords: where the way to the target ends, and what it carries.
var pathWords = map[string]string{
	"verdict.gateway.no-upstream": "The gateway {gateway} answers, and nothing beyond it does: neither {host} nor {others}. The connection of this network to the outside is down, or the gateway passes nothing on.",
	"verdict.path.silent":         "The way to {host} goes dark after the router {router}, and the way to {others} does so at the same place. What is down lies behind that router.",
	"verdict.path.host-absent":    "The router {router} does not find {address} in its network, while {other} behind the same router answers. The machine is off, or it has moved.",

	"verdict.mtu.black-hole":         "Large packets vanish on the way between this computer and {host}, and nothing says so: small ones pass, and so does the same conversation held in small ones. At most {mtu} bytes come through, {full} are sent.",
	"verdict.mtu.black-hole.unsized": "Large packets vanish on the way between this computer and {host}, and nothing says so: the conversation hangs as it is, and goes on when it is held in small packets.",
	"callout.mtu.black-hole":         "Large packets vanish on the way",
	"step.mtu.try":                   "Set the MTU of this computer's adapter to {mtu} for now, and try again.",
	"step.mtu.try.unsized":           "Set the MTU of this computer's adapter to 1280 for now, and try again.",
	"step.mtu.repair":                "Let the messages pass that say a packet is too big (ICMP), or limit the segment size (MSS) where the way narrows.",

	"check.mtu.path":         "Size of packets",
	"check.mtu.path.passes":  "full-sized packets pass ({full} bytes)",
	"check.mtu.path.told":    "a router says that at most {mtu} bytes fit",
	"check.mtu.path.hole":    "full-sized packets vanish; the largest that came back: {largest} bytes",
	"check.mtu.path.echoes":  "large echo requests stay unanswered, and full-sized segments pass",
	"check.mtu.path.there":   "full-sized packets reach it ({full} bytes)",
	"check.mtu.path.alike":   "a conversation in small packets fares no better",
	"check.mtu.path.unknown": "nothing answers that would tell",
	"check.mtu.talk":         "Conversation in small packets",
	"check.mtu.talk.hole":    "goes on in small packets, hangs in full-sized ones",
	"check.mtu.talk.passes":  "full-sized segments pass ({full} bytes)",
	"check.mtu.talk.alike":   "fares no better",
	"check.mtu.talk.unknown": "could not be compared",
	"skip.sizes-known":       "The size of packets was tested already.",

	"verdict.quality.loss":    "Packets to {host} get lost: {lost} of {n} test packets did not come back, and connections had to send again {repeats} times. Between {low} % and {high} % are lost.",
	"verdict.quality.latency": "{host} answers, and every answer takes {rtt} (the middle of {n} tests). More than {limit} is felt in every click and call.",
	"verdict.quality.jitter":  "{host} answers, and the delay varies: eight of ten answers lie {spread} apart, around {rtt} ({n} tests). More than {limit} is heard and seen in calls.",
	"callout.quality.loss":    "Packets get lost",
	"callout.quality.latency": "Answers take {rtt}",
	"callout.quality.jitter":  "The delay varies by {spread}",
	"step.quality.cable":      "Try the same over a cable, and with large transfers in this network stopped.",
	"step.quality.where":      "Measure loss and delay hop by hop to {host}, and look for the first hop from which on all show it.",

	"check.quality.echoes":        "Loss and delay",
	"check.quality.echoes.none":   "nothing had to be sent again in {n} connections; loss below {percent} % might not have shown",
	"check.quality.echoes.silent": "echo requests are not answered",
	"check.quality.echoes.loss":   "{lost} of {of} test packets did not come back",
	"check.quality.echoes.all":    "all {of} test packets came back, usually after {rtt}",

	"callout.gateway.no-upstream": "Nothing beyond the gateway answers",
	"callout.path.silent":         "Dark after {router}",
	"callout.path.host-absent":    "Not found by {router}",

	"step.uplink.others": "See whether other devices in this network reach the Internet, and whether the box of the provider shows a fault.",
	"step.uplink.repair": "Check the connection behind the gateway {gateway}: the line, the provider's box, and whether the gateway passes packets on.",
	"step.dark.behind":   "Check the link and the next router behind {router}.",
	"step.host.power":    "Check that {address} is switched on and connected, and that its address is still the right one.",

	"check.path.trace":           "The way to the target",
	"check.path.trace.reached":   "{address} answers; routers on the way: {hops}",
	"check.path.trace.dark":      "dark after {router}; routers on the way: {hops}",
	"check.path.trace.loop":      "runs in a circle: {hops}",
	"check.path.trace.stopped":   "turned away; routers on the way: {hops}",
	"check.path.trace.none":      "no router on the way to {address} shows itself",
	"check.path.servers":         "The way to the name servers",
	"check.path.servers.reached": "{address} answers; routers on the way: {hops}",
	"check.path.servers.dark":    "dark after {router}; routers on the way: {hops}",
	"check.path.servers.loop":    "runs in a circle: {hops}",
	"check.path.servers.stopped": "turned away; routers on the way: {hops}",
	"check.path.servers.none":    "no router on the way to {address} shows itself",

	"rejected.controls.dark.yes": "Other addresses beyond the gateway are silent too.",
}
