package scene

import (
	"faultline/app"
	"faultline/diag/catalog"
)

// Shape is how a joint tells what is wrong in it.
type Shape int

// The shapes: the line slips, is odd, or is not known.
const (
	Slips Shape = iota
	Odd
	NotKnown
)

// Break is where a verdict is drawn: in the joint before a node, with the red
// node. The message callout.<code> names what stopped it there.
type Break struct {
	Before app.Place
	Red    app.Place
	Shape  Shape
}

// The places where exchanges stop. The break sits where the exchange stops, the
// red node is the one that is spoken of; who has to act is said by a pill.
var (
	inComputer  = Break{Before: app.AtAdapter, Red: app.AtComputer}
	toGateway   = Break{Before: app.AtGateway, Red: app.AtGateway}
	noRoute     = Break{Before: app.AtGateway, Red: app.AtComputer}
	atAdapter   = Break{Before: app.AtGateway, Red: app.AtAdapter}
	atNames     = Break{Before: app.AtNames, Red: app.AtNames}
	onTheWay    = Break{Before: app.AtServer, Red: app.AtNetwork}
	beforeHost  = Break{Before: app.AtServer, Red: app.AtServer}
	atService   = Break{Before: app.AtService, Red: app.AtService}
	atPort      = Break{Before: app.AtService, Red: app.AtServer}
	ownClock    = Break{Before: app.AtService, Red: app.AtComputer}
	ownNames    = Break{Before: app.AtNames, Red: app.AtComputer}
	slowNames   = Break{Before: app.AtNames, Shape: Odd}
	oddNetwork  = Break{Before: app.AtServer, Shape: Odd}
	oddAdapter  = Break{Before: app.AtGateway, Shape: Odd}
	oddService  = Break{Before: app.AtService, Shape: Odd}
	unknownHere = Break{Shape: NotKnown}
)

// breaks says where each code is drawn. Every code that the engine can give is
// here; a test compares.
var breaks = map[catalog.Code]Break{
	"link.disabled":           inComputer,
	"link.no-adapter":         inComputer,
	"link.loopback-down":      inComputer,
	"link.unstable":           oddAdapter,
	"link.errors":             oddAdapter,
	"wifi.not-joined":         atAdapter,
	"wifi.auth-failed":        atAdapter,
	"wifi.weak":               oddAdapter,
	"address.duplicate":       atAdapter,
	"address.dhcp-refused":    atAdapter,
	"address.rogue-router":    toGateway,
	"local.saturated":         oddAdapter,
	"link.no-carrier":         atAdapter,
	"address.none":            inComputer,
	"address.link-local-only": inComputer,

	"address.gateway-off-subnet": noRoute,

	"ipv6.unavailable":       inComputer,
	"firewall.local-out":     inComputer,
	"gateway.none":           noRoute,
	"gateway.silent":         toGateway,
	"route.rejected":         noRoute,
	"neighbour.silent":       beforeHost,
	"route.overlap":          noRoute,
	"route.better-unused":    noRoute,
	"route.unexpected":       noRoute,
	"route.stale-host-route": noRoute,
	"route.reverse-path":     inComputer,
	"vpn.not-connected":      noRoute,
	"vpn.tunnel-dead":        onTheWay,
	"firewall.local-in":      inComputer,
	"agent.blocks":           inComputer,
	"local.os-blocked":       inComputer,

	"dns.no-resolver":         atNames,
	"dns.resolver-silent":     atNames,
	"dns.no-such-name":        atNames,
	"dns.no-address":          atNames,
	"dns.server-failure":      atNames,
	"dns.refused":             atNames,
	"dns.udp-blocked":         atNames,
	"dns.first-resolver-dead": slowNames,
	"dns.slow":                slowNames,
	"dns.overridden":          ownNames,
	"dns.tcp-blocked":         atNames,
	"dns.filtered":            atNames,
	"dns.rebind-filtered":     atNames,
	"dns.wrong-answer":        atNames,
	"dns.search-domain":       ownNames,
	"dns.split-view":          ownNames,
	"dns.stale-cache":         ownNames,

	"ipv6.broken":            oddNetwork,
	"gateway.no-upstream":    onTheWay,
	"gateway.not-forwarding": onTheWay,
	"path.loop":              onTheWay,
	"mtu.black-hole":         onTheWay,
	"quality.loss":           oddNetwork,
	"quality.latency":        oddNetwork,
	"quality.jitter":         oddNetwork,
	"path.silent":            onTheWay,
	"path.host-absent":       beforeHost,
	"path.rejected":          onTheWay,
	"tcp.no-reply":           onTheWay,
	"tcp.rejected":           onTheWay,
	"tcp.refused-on-path":    onTheWay,
	"tcp.answered-on-path":   onTheWay,
	"tcp.some-addresses":     oddNetwork,

	"tcp.filtered":  atPort,
	"tcp.refused":   atService,
	"listener.none": atService,

	"tcp.flaky":              oddNetwork,
	"tcp.limited":            oddNetwork,
	"listener.wrong-address": atService,
	"listener.backlog-full":  atService,
	"local.ports-exhausted":  inComputer,
	"local.files-exhausted":  inComputer,
	"local.close-wait-leak":  inComputer,

	"tls.alert":              atService,
	"tls.client-certificate": atService,
	"tls.expired":            atService,
	"tls.incomplete-chain":   atService,
	"tls.not-tls":            atService,
	"tls.not-yet-valid":      atService,
	"tls.reset":              onTheWay,
	"tls.stalled":            atService,
	"tls.untrusted":          atService,
	"tls.version":            atService,
	"tls.wrong-clock":        ownClock,
	"tls.wrong-name":         atService,

	"service.closes":        atService,
	"service.denied":        atService,
	"service.error":         atService,
	"service.resets":        atService,
	"service.silent":        atService,
	"service.upstream-down": atService,
	"service.not-reading":   atService,
	"service.slow":          oddService,

	"proxy.dead":               {Before: app.AtServer, Red: app.AtComputer},
	"proxy.auth":               onTheWay,
	"proxy.auth-refused":       onTheWay,
	"proxy.denied":             onTheWay,
	"proxy.required":           onTheWay,
	"proxy.script-unreachable": oddNetwork,
	"portal.captive":           onTheWay,
	"web.blocked":              onTheWay,
	"tls.intercepted":          onTheWay,

	"inconclusive": unknownHere,
}

// BreakOf returns where a code is drawn; false for one that breaks nothing.
func BreakOf(c catalog.Code) (Break, bool) {
	b, ok := breaks[c]
	return b, ok
}
