package reset

import (
	"net/netip"
	"slices"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// ttls are the TTLs that an address sent with, resets apart.
type ttls struct {
	value, packets int
	mixed          bool
}

func (t *ttls) add(v int) {
	t.mixed = t.mixed || t.packets > 0 && v != t.value
	t.value = v
	t.packets++
}

// hostTTLs are the TTLs of each address, over all its connections.
func hostTTLs(all []tcpflow.Transcript) map[string]ttls {
	hosts := map[string]ttls{}
	for i := range all {
		t := &all[i]
		names := [2]string{t.Stream.Client.Addr().String(), t.Stream.Server.Addr().String()}
		for j := range t.Segments {
			if g := &t.Segments[j]; !g.Has(dissect.RST) {
				h := hosts[names[g.From]]
				h.add(g.TTL)
				hosts[names[g.From]] = h
			}
		}
	}
	return hosts
}

// services are those that took a connection.
func services(all []tcpflow.Transcript) map[netip.AddrPort]bool {
	open := map[netip.AddrPort]bool{}
	for i := range all {
		t := &all[i]
		open[t.Stream.Server] = open[t.Stream.Server] || slices.ContainsFunc(t.Segments, func(g tcpflow.Segment) bool {
			return g.From == tcpflow.Server && g.Has(dissect.SYN|dissect.ACK) && !g.Has(dissect.RST)
		})
	}
	return open
}

// initial reports whether a TTL is one that systems begin with: no router was
// passed yet.
func initial(ttl int) bool { return ttl == 64 || ttl == 128 || ttl == 255 }

// vantageOf says where a connection was captured: as told, else guessed by the
// side whose packets have passed no router.
func vantageOf(in Input, t *tcpflow.Transcript) (Vantage, bool) {
	if in.Vantage != Guess {
		return in.Vantage, false
	}
	if in.Local != nil {
		client, server := in.Local(t.Stream.Client.Addr().String()), in.Local(t.Stream.Server.Addr().String())
		if client != server {
			return map[bool]Vantage{true: AtClient, false: AtServer}[client], true
		}
	}
	var fresh, seen [2]int
	for i := range t.Segments {
		if g := &t.Segments[i]; !g.Has(dissect.RST) {
			seen[g.From]++
			if initial(g.TTL) {
				fresh[g.From]++
			}
		}
	}
	whole := func(s int) bool { return seen[s] > 0 && fresh[s] == seen[s] }
	switch client, server := whole(tcpflow.Client), whole(tcpflow.Server); {
	case client && !server && seen[tcpflow.Server] > 0:
		return AtClient, true
	case server && !client && seen[tcpflow.Client] > 0:
		return AtServer, true
	case !client && !server && seen[tcpflow.Client] > 0 && seen[tcpflow.Server] > 0:
		return Between, true
	}
	return Guess, true
}
