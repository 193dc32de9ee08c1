package text

import (
	"faultline/diag"
	"faultline/diag/catalog"
)

// step is one line of a plan: the message step.<key>, who does it, and what
// the program can do about it.
type step struct{ key, who, action string }

// theParty stands for the party of the verdict, which is computed from facts.
const theParty = "party"

// The steps that many plans share.
var (
	again     = step{"again", You, CheckAgain}
	during    = step{"again.during", You, CheckAgain}
	later     = step{"again.later", You, CheckAgain}
	elevated  = step{"again.elevated", You, CheckElevated}
	ticket    = step{"ticket", You, CopyTicket}
	ticketFar = step{"ticket.far", You, CopyTicket}
	elsewhere = step{"elsewhere", You, ""}
	reconnect = step{"reconnect", You, ""}
)

func you(key string) step   { return step{key, You, ""} }
func desk(key string) step  { return step{key, Helpdesk, ""} }
func party(key string) step { return step{key, theParty, ""} }

// plans are the steps of each code, or of one shape of it, in order. The first
// is something that the reader can do now.
var plans = map[string][]step{
	"ok":                     {you("program"), during},
	"ok.refused":             {you("name-port"), you("program"), during},
	"inconclusive":           {again, ticket},
	"inconclusive.untested":  {you("untested"), ticket},
	"inconclusive.recovered": {during, ticket},

	"link.no-adapter":         {you("adapter.look"), desk("adapter.driver"), again},
	"link.disabled":           {you("adapter.enable"), desk("adapter.policy"), again},
	"link.no-carrier":         {you("cable"), party("switch-port"), again},
	"address.none":            {reconnect, desk("dhcp.client"), again},
	"address.link-local-only": {reconnect, ticket, party("dhcp.server"), again},
	"ipv6.unavailable":        {you("ipv6.elsewhere"), desk("ipv6.provide"), again},
	"gateway.none":            {you("vpn.connect"), reconnect, desk("gateway.setting"), again},
	"gateway.silent":          {reconnect, you("others"), party("gateway.check"), again},
	"neighbour.silent":        {you("host.awake"), party("host.address"), ticketFar, again},
	"route.rejected":          {ticket, desk("route.who"), again},
	"firewall.local-out":      {elevated, ticket, desk("firewall.allow"), again},
	"listener.none":           {you("program.start"), party("program.settings"), again},

	"dns.no-resolver":         {reconnect, desk("dns.set"), again},
	"dns.resolver-silent":     {you("dns.vpn"), ticket, party("dns.servers"), again},
	"dns.no-such-name":        {you("dns.spelling"), you("dns.internal"), party("dns.record")},
	"dns.no-address":          {you("dns.spelling"), ticket, party("dns.address-record"), again},
	"dns.server-failure":      {later, ticket, party("dns.log")},
	"dns.refused":             {you("dns.internal"), ticket, party("dns.allow"), again},
	"dns.udp-blocked":         {ticket, party("dns.udp"), again},
	"dns.first-resolver-dead": {ticket, party("dns.first"), again},
	"dns.slow":                {later, ticket, party("dns.load")},
	"dns.overridden":          {you("hosts.look"), desk("hosts.correct"), again},

	"ipv6.broken":          {you("ipv4.meanwhile"), ticket, party("ipv6.repair"), again},
	"path.rejected":        {ticket, party("router.route"), again},
	"path.loop":            {ticket, party("router.loop"), again},
	"tcp.rejected":         {ticket, party("router.rule"), again},
	"tcp.refused":          {you("port.right"), ticketFar, party("listen"), party("host.firewall")},
	"tcp.refused-on-path":  {elsewhere, ticket, party("way.firewall"), desk("host.arrives")},
	"tcp.filtered":         {elsewhere, ticketFar, party("way.firewall"), party("host.arrives")},
	"tcp.no-reply":         {you("host.runs"), elsewhere, desk("path"), party("host.arrives")},
	"tcp.some-addresses":   {again, ticketFar, party("addresses.repair")},
	"tcp.answered-on-path": {elsewhere, ticket, party("answerer.find")},

	"tls.expired":            {ticketFar, party("certificate.renew"), again},
	"tls.not-yet-valid":      {ticketFar, party("certificate.dates"), again},
	"tls.wrong-clock":        {you("clock.set"), desk("clock.source"), again},
	"tls.wrong-name":         {you("certificate.names"), ticketFar, party("certificate.name"), again},
	"tls.untrusted":          {you("certificate.hold"), ticket, desk("certificate.trust"), party("certificate.trusted")},
	"tls.incomplete-chain":   {ticketFar, party("certificate.chain"), again},
	"tls.stalled":            {elsewhere, ticketFar, party("tls.front"), again},
	"tls.reset":              {elsewhere, ticket, party("tls.names"), again},
	"tls.not-tls":            {you("tls.plain"), ticketFar, party("tls.settings"), again},
	"tls.alert":              {ticketFar, party("tls.settings"), again},
	"tls.version":            {ticketFar, party("tls.versions"), you("tls.update"), again},
	"tls.client-certificate": {you("client-certificate.choose"), ticket, desk("client-certificate.issue"), again},

	"service.silent":        {later, ticketFar, party("service.hangs"), party("service.log")},
	"service.closes":        {later, ticketFar, party("service.log"), party("service.allowed")},
	"service.resets":        {you("reset.watch"), ticketFar, party("service.log")},
	"service.error":         {later, ticketFar, party("service.log")},
	"service.denied":        {you("access"), ticketFar, party("access.grant")},
	"service.upstream-down": {later, ticketFar, party("service.behind")},

	"gateway.no-upstream": {you("uplink.others"), ticket, party("uplink.repair"), again},
	"mtu.black-hole":      {you("mtu.try"), ticket, party("mtu.repair"), again},
	"quality.loss":        {you("quality.cable"), ticket, party("quality.where"), again},
	"quality.latency":     {you("quality.cable"), ticket, party("quality.where"), again},
	"quality.jitter":      {you("quality.cable"), ticket, party("quality.where"), again},
	"path.silent":         {elsewhere, ticket, party("dark.behind"), again},
	"path.host-absent":    {ticketFar, party("host.power"), again},
}

// plan is the list of steps for a verdict.
func plan(v diag.Verdict) []step {
	for _, key := range keys(string(v.Code), shape(v), false) {
		if p, ok := plans[key]; ok {
			return p
		}
	}
	return []step{again, ticket}
}

// does is what the program can do for a step; for one that repeats what an
// alternative needs, it depends on the need: rules are read as administrator.
func (s step) does(v diag.Verdict) string {
	if s.key == "untested" && v.Untested[0].Need == catalog.NeedLocalFirewall {
		return CheckElevated
	}
	return s.action
}
