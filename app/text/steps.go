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

	"link.no-adapter":             {you("adapter.look"), desk("adapter.driver"), again},
	"link.disabled":               {you("adapter.enable"), desk("adapter.policy"), again},
	"link.no-carrier":             {you("cable"), party("switch-port"), again},
	"address.none":                {reconnect, desk("dhcp.client"), again},
	"address.link-local-only":     {reconnect, ticket, party("dhcp.server"), again},
	"address.link-local-only.off": {you("address.dhcp-on"), ticket, desk("address.by-hand"), again},
	"ipv6.unavailable":            {you("ipv6.elsewhere"), desk("ipv6.provide"), again},
	"gateway.none":                {you("vpn.connect"), reconnect, desk("gateway.setting"), again},
	"address.none.port":           {again, party("bridge.address")},
	"gateway.none.direct":         {you("route.look"), desk("gateway.setting"), again},
	"gateway.silent.held":         {you("neighbor.look"), party("neighbor.entry"), again},
	"gateway.silent.unasked":      {again, party("arp.on")},
	"neighbour.silent.held":       {you("neighbor.look"), party("neighbor.entry"), again},
	"neighbour.silent.unasked":    {again, party("arp.on")},
	"path.loop.ttl":               {again, party("ttl.setting")},
	"gateway.silent":              {reconnect, you("others"), party("gateway.check"), again},
	"neighbour.silent":            {you("host.awake"), party("host.address"), ticketFar, again},
	"route.rejected":              {ticket, desk("route.who"), again},
	"firewall.local-out":          {elevated, ticket, desk("firewall.allow"), again},
	"listener.none":               {you("program.start"), party("program.settings"), again},

	"dns.no-resolver":          {reconnect, desk("dns.set"), again},
	"dns.resolver-silent":      {you("dns.vpn"), ticket, party("dns.servers"), again},
	"dns.resolver-silent.rule": {you("dns.vpn"), desk("dns.rule"), ticket, again},
	"dns.no-such-name":         {you("dns.spelling"), you("dns.internal"), party("dns.record")},
	"dns.no-such-name.parent":  {you("dns.spelling"), you("dns.internal"), ticket},
	"dns.no-such-name.root":    {you("dns.spelling"), you("dns.internal"), desk("dns.root"), again},
	"dns.no-address":           {you("dns.spelling"), ticket, party("dns.address-record"), again},
	"dns.server-failure":       {later, ticket, party("dns.log")},
	"dns.refused":              {you("dns.internal"), ticket, party("dns.allow"), again},
	"dns.udp-blocked":          {ticket, party("dns.udp"), again},
	"dns.first-resolver-dead":  {ticket, party("dns.first"), again},
	"dns.slow.encrypted":       {you("dns.encryption"), ticket, party("dns.https"), again},
	"dns.slow":                 {later, ticket, party("dns.load")},
	"dns.overridden":           {you("hosts.look"), desk("hosts.correct"), again},

	"ipv6.broken":          {you("ipv4.meanwhile"), ticket, party("ipv6.repair"), again},
	"path.rejected.itself": {ticket, party("forwarding.target"), again},
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

	"link.loopback-down":           {you("loopback.up"), desk("loopback.who"), again},
	"link.unstable":                {you("cable"), party("switch-port"), during},
	"link.unstable.duplex":         {you("cable"), desk("link.speed"), again},
	"link.errors":                  {you("cable"), party("switch-port"), again},
	"wifi.not-joined":              {you("wifi.on"), desk("adapter.policy"), again},
	"wifi.not-joined.unjoined":     {you("wifi.join"), desk("wifi.profile"), again},
	"wifi.auth-failed":             {you("sign-in.again"), ticket, party("sign-in.account"), again},
	"wifi.weak":                    {you("wifi.nearer"), party("wifi.coverage"), again},
	"address.duplicate":            {ticket, party("address.other"), reconnect, again},
	"address.dhcp-refused":         {reconnect, ticket, party("dhcp.pool"), again},
	"address.gateway-off-subnet":   {reconnect, desk("mask.correct"), again},
	"address.rogue-router":         {ticket, party("router.find"), again},
	"local.saturated":              {you("traffic.stop"), desk("traffic.who"), again},
	"route.overlap":                {you("overlap.leave"), ticket, desk("overlap.renumber"), again},
	"route.better-unused":          {you("better.switch"), ticket, desk("better.metric"), again},
	"route.unexpected":             {you("vpn.disconnect"), ticket, desk("route.policy"), again},
	"route.stale-host-route":       {ticket, desk("route.stale"), again},
	"route.reverse-path":           {you("reverse.disconnect"), ticket, desk("reverse.loose"), again},
	"vpn.not-connected":            {you("vpn.join"), ticket, party("vpn.client"), again},
	"vpn.tunnel-dead":              {you("vpn.reconnect"), ticket, party("vpn.far"), again},
	"firewall.local-out.rule":      {ticket, desk("firewall.rule"), again},
	"firewall.local-out.unseen":    {ticket, desk("firewall.other"), again},
	"firewall.local-out.namesrule": {ticket, desk("firewall.rule"), again},
	"firewall.local-in":            {elevated, ticket, desk("firewall.replies"), again},
	"firewall.local-in.rule":       {ticket, desk("firewall.rule"), desk("firewall.replies"), again},
	"firewall.local-in.namesrule":  {ticket, desk("firewall.rule"), desk("firewall.replies"), again},
	"agent.blocks":                 {you("agent.ask"), ticket, desk("agent.allow"), again},
	"local.os-blocked":             {elevated, ticket, desk("os.allow"), again},
	"proxy.dead":                   {you("proxy.setting"), ticket, desk("proxy.service"), again},
	"proxy.auth":                   {you("proxy.sign-in"), ticket, desk("proxy.account"), again},
	"proxy.auth-refused":           {you("proxy.session"), ticket, desk("proxy.account"), again},
	"proxy.denied":                 {ticket, party("proxy.policy"), again},
	"proxy.required":               {you("proxy.use"), ticket, desk("proxy.settings"), again},
	"proxy.script-unreachable":     {ticket, party("proxy.script"), again},
	"portal.captive":               {you("portal.sign-in"), again, ticket},
	"web.blocked":                  {elsewhere, ticket, party("filter.allow"), again},
	"tls.intercepted":              {you("certificate.hold"), ticket, desk("inspection.trust"), party("inspection.except")},
	"service.slow":                 {later, ticketFar, party("service.load")},
	"service.not-reading":          {later, ticketFar, party("service.reads"), party("service.log")},
	"service.error.protocol":       {you("port.protocol"), ticketFar, party("listen")},
	"service.error.unreadable":     {you("port.expected"), ticketFar, party("service.log")},
	"service.error.said":           {later, ticketFar, party("service.limits")},
	"gateway.not-forwarding":       {ticket, party("gateway.which"), again},
	"gateway.no-upstream":          {you("uplink.others"), ticket, party("uplink.repair"), again},
	"mtu.black-hole":               {you("mtu.try"), ticket, party("mtu.repair"), again},
	"path.silent":                  {elsewhere, ticket, party("dark.behind"), again},
	"path.host-absent":             {ticketFar, party("host.power"), again},
	"listener.wrong-address":       {you("address.listens"), party("program.bind"), again},
	"listener.backlog-full":        {you("program.restart"), party("program.hangs"), again},
	"tcp.flaky":                    {again, ticketFar, party("machines.compare")},
	"local.ports-exhausted":        {you("connections.close"), desk("ports.who"), again},
	"local.files-exhausted":        {you("program.restart"), desk("files.limit"), again},
	"local.close-wait-leak":        {you("program.restart"), ticket, desk("program.leak"), again},
	"dns.no-resolver.order":        {ticket, desk("dns.order"), again},
	"dns.tcp-blocked":              {ticket, party("dns.tcp"), again},
	"dns.search-domain":            {you("dns.dot"), ticket, desk("dns.suffix"), again},
	"dns.split-view":               {reconnect, ticket, party("dns.ask-right"), again},
	"dns.stale-cache":              {you("dns.flush"), again, desk("dns.lifetime")},
	"dns.filtered":                 {you("dns.filter.other"), ticket, party("dns.filter.allow"), again},
	"dns.rebind-filtered":          {ticket, party("dns.rebind.allow"), again},
	"dns.wrong-answer":             {ticket, party("dns.correct"), again},
	"tcp.limited":                  {you("connections.few"), ticketFar, party("connections.limit")},
	"quality.loss":                 {you("quality.cable"), ticket, party("quality.where"), again},
	"quality.latency":              {you("quality.cable"), ticket, party("quality.where"), again},
	"quality.jitter":               {you("quality.cable"), ticket, party("quality.where"), again},
}

// plan is the list of steps for a verdict.
func plan(v diag.Verdict) []step {
	for _, key := range keys(string(v.Code), shape(v), false) {
		for _, all := range []map[string][]step{plans, capturePlans} {
			if p, ok := all[key]; ok {
				return p
			}
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
