//go:build e2e && linux

package e2e

import (
	"fmt"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform/linux/netlab"
)

// far is long enough away that a run is under way when the state changes.
var far = netlab.Options{Family: netlab.V4, RTT: 300 * time.Millisecond, Ping: netlab.Yes}

// changing are states that appear or heal while the program looks. What was and
// what is are both true then, and so is not knowing.
func changing() []story {
	appears := func(code catalog.Code, name string, change func(s *scene)) story {
		return twin(code, "appears: "+name, far, func(s *scene) string { return s.web() }, code, diag.OK, diag.Inconclusive, "tcp.flaky").changing(change)
	}
	heals := func(code catalog.Code, name string, set func(s *scene) func()) story {
		return twin(code, "heals: "+name, far, func(s *scene) string {
			url := s.web()
			s.undo = set(s)
			return url
		}, diag.OK, code, diag.Inconclusive).changing(func(s *scene) { s.undo() })
	}
	return []story{
		appears("link.no-carrier", "cable out", func(s *scene) { s.PullCable() }),
		appears("link.disabled", "adapter off", func(s *scene) { s.DisableLink() }),
		appears("gateway.none", "no default route", func(s *scene) { s.RemoveDefaultRoute(netlab.AnyFamily) }),
		appears("tcp.filtered", "server drops the port", func(s *scene) { s.Drop(s.Server, s.Port) }).or("service.silent"),
		appears("tcp.no-reply", "everything to the server dropped", func(s *scene) { s.DropAll(last(s), s.Server.V4) }).
			or("service.silent", "tcp.filtered"), // it had answered before
		appears("firewall.local-out", "own filter drops the port", func(s *scene) { s.Drop(s.Client, s.Port) }).or("service.silent"),
		appears("tcp.rejected", "a router rejects", func(s *scene) { s.Reject(s.Routers[0], s.Port, netlab.AdminProhibited) }).or("service.silent"),
		heals("link.no-carrier", "cable in again", func(s *scene) func() { return s.PullCable() }).or("dns.resolver-silent", "dns.slow"),
		heals("gateway.none", "default route comes", func(s *scene) func() { return s.RemoveDefaultRoute(netlab.AnyFamily) }),
		heals("gateway.silent", "gateway answers again", func(s *scene) func() { return s.SilenceGateway() }).or("dns.slow"), // its first answer was
		heals("dns.resolver-silent", "name server answers again", func(s *scene) func() { return s.BlackholeResolver() }).or("dns.slow"),
		heals("tcp.filtered", "filter is taken away", func(s *scene) func() { return s.Drop(s.Server, s.Port) }),
		heals("tcp.rejected", "reject is taken away", func(s *scene) func() { return s.Reject(s.Routers[0], s.Port, netlab.AdminProhibited) }),
		heals("tcp.refused", "reset is taken away", func(s *scene) func() {
			return s.NFT(s.Server, fmt.Sprintf("chain c { type filter hook input priority 0; tcp dport %d reject with tcp reset; }", s.Port))
		}),
	}
}
