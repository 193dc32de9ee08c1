package rule

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// changed compares with the last run in which the target answered on this very
// network (rule C10). What differs is a note: it says where to look first.
var changed = diag.Rule{
	Name:  "changed",
	Reads: append([]diag.Node{check.HistoryLast, check.TCPConnect}, remembered...),
	Tells: []catalog.Code{"changed"},
	Infer: func(v diag.View) (j diag.Judgement) {
		runs, _ := check.HistoryLast.Of(v)
		now := Remember(v)
		i := slices.IndexFunc(runs, func(r platform.GoodRun) bool { return sameNetwork(r, now) })
		if i < 0 {
			return j
		}
		for _, d := range differences(runs[i], now) {
			d["at"] = runs[i].At
			j.Findings = append(j.Findings, diag.Finding{Code: "changed", Args: d, Evidence: []diag.Ref{{Check: "history.last"}}})
		}
		return j
	},
}

func sameNetwork(a, b platform.GoodRun) bool {
	return a.GatewayMAC != "" && a.GatewayMAC == b.GatewayMAC && a.Network == b.Network
}

// differences lists what is not as it was. What is not known now, or was not
// then, is no difference.
func differences(was, now platform.GoodRun) (all []diag.Args) {
	say := func(what, was, now string) {
		if was != "" && now != "" && was != now {
			all = append(all, diag.Args{"what": what, "was": was, "now": now})
		}
	}
	say("servers", joined(was.Servers), joined(now.Servers))
	say("addresses", joined(sorted(was.Addresses)), joined(sorted(now.Addresses)))
	say("gateway", addrText(was.Gateway), addrText(now.Gateway))
	say("adapter", was.Via, now.Via)
	say("mtu", bytesText(was.MTU), bytesText(now.MTU))
	say("pathmtu", bytesText(was.PathMTU), bytesText(now.PathMTU))
	return all
}

// remembered are the checks that Remember looks at.
var remembered = []diag.Node{check.LinksRead, check.RoutesRead, check.RoutesTarget, check.NamesResolvers, check.NamesSystem,
	check.NeighborGateway, check.NeighborTarget}

// Remember sums up what a later fault may be compared with. Target and At are
// the caller's.
func Remember(v diag.View) (r platform.GoodRun) {
	links, _ := check.LinksRead.Of(v)
	if d, ok := defaultRoute(v); ok {
		l, _ := check.LinkByIndex(links, d.Link)
		r.Gateway, r.Adapter, r.MTU, r.Network = d.Gateway, d.LinkName, l.MTU, prefixOf(l, d.Gateway)
		r.GatewayMAC = hardwareOf(v, d.Gateway)
	}
	conf, _ := check.NamesResolvers.Of(v)
	for _, s := range conf.Servers {
		r.Servers = append(r.Servers, s.Addr.Addr())
	}
	sys, _ := check.NamesSystem.Of(v)
	r.Addresses = slices.Clone(sys.Addresses)
	if to, _ := check.RoutesTarget.Of(v); len(to) > 0 && to[0].Problem == nil {
		r.Via = to[0].Route.LinkName
		l, ok := check.LinkByIndex(links, to[0].Route.Link)
		r.Tunnel = ok && check.IsTunnel(l)
	}
	return r
}

// defaultRoute is the way out that an ordinary program's packets take: of the
// main table, IPv4 before IPv6, the smallest metric.
func defaultRoute(v diag.View) (best platform.Route, ok bool) {
	table, _ := check.RoutesRead.Of(v)
	for _, r := range table.Table {
		if r.Table != platform.MainTable || r.Kind != platform.Unicast || r.Down || !r.Dst.IsValid() || r.Dst.Bits() != 0 || !r.Gateway.IsValid() {
			continue
		}
		nearer := r.Dst.Addr().Is4() && best.Dst.Addr().Is6() || r.Dst.Addr().Is4() == best.Dst.Addr().Is4() && r.Metric < best.Metric
		if !ok || nearer {
			best, ok = r, true
		}
	}
	return best, ok
}

// prefixOf is the network of an adapter that a gateway lies in.
func prefixOf(l platform.Link, gateway netip.Addr) netip.Prefix {
	for _, a := range l.Addresses {
		if p := a.Prefix.Masked(); p.Contains(gateway.WithZone("")) {
			return p
		}
	}
	return netip.Prefix{}
}

// hardwareOf is the hardware address of a next hop that was asked for.
func hardwareOf(v diag.View, a netip.Addr) string {
	near, _ := check.NeighborGateway.Of(v)
	far, _ := check.NeighborTarget.Of(v)
	for _, h := range slices.Concat(near, far) {
		if h.Addr == a && h.Neighbor.MAC != "" {
			return h.Neighbor.MAC
		}
	}
	return ""
}

func joined(addrs []netip.Addr) string { return strings.Join(check.Texts(addrs), ", ") }

func sorted(addrs []netip.Addr) []netip.Addr {
	return slices.SortedFunc(slices.Values(addrs), netip.Addr.Compare)
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func bytesText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
