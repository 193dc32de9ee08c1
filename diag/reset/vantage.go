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
	whole          map[int]int // packets of connections in which all have one TTL
}

func (t *ttls) add(o ttls) {
	if o.packets == 0 {
		return
	}
	t.mixed = t.mixed || o.mixed || t.packets > 0 && o.value != t.value
	t.value = o.value
	t.packets += o.packets
	if !o.mixed {
		t.whole[o.value] += o.packets
	}
}

// hostTTLs are the TTLs of each address, over all its connections.
func hostTTLs(all []tcpflow.Transcript) map[string]*ttls {
	hosts := map[string]*ttls{}
	for i := range all {
		t := &all[i]
		for from, name := range [2]string{t.Stream.Client.Addr().String(), t.Stream.Server.Addr().String()} {
			if hosts[name] == nil {
				hosts[name] = &ttls{whole: map[int]int{}}
			}
			hosts[name].add(sideTTLs(t, from))
		}
	}
	return hosts
}

// sideTTLs are those of one side of a connection.
func sideTTLs(t *tcpflow.Transcript, from int) (out ttls) {
	for i := range t.Segments {
		if g := &t.Segments[i]; g.From == from && !g.Has(dissect.RST) {
			out.mixed = out.mixed || out.packets > 0 && g.TTL != out.value
			out.value = g.TTL
			out.packets++
		}
	}
	return out
}

// service is when something that listens took connections first and last.
type service struct{ first, last int64 }

// services are those that took a connection.
func services(all []tcpflow.Transcript) map[netip.AddrPort]*service {
	open := map[netip.AddrPort]*service{}
	for i := range all {
		t := &all[i]
		j := slices.IndexFunc(t.Segments, func(g tcpflow.Segment) bool {
			return g.From == tcpflow.Server && g.Has(dissect.SYN|dissect.ACK) && !g.Has(dissect.RST)
		})
		if j < 0 {
			continue
		}
		when := t.Segments[j].When
		if s := open[t.Stream.Server]; s != nil {
			s.first, s.last = min(s.first, when), max(s.last, when)
			continue
		}
		open[t.Stream.Server] = &service{when, when}
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

// oneWay reports whether a capture holds what one side of its connections sent, and
// nothing of the other, though that was heard: asymmetric routes and mirrors of one
// direction look so. Who repeats in vain what a dead host should have answered hears
// nothing new.
func oneWay(all []tcpflow.Transcript) bool {
	heard := false
	for i := range all {
		t, acked := &all[i], map[uint32]bool{}
		for j := range t.Segments {
			g := &t.Segments[j]
			if g.From == tcpflow.Server {
				return false
			}
			if !g.Has(dissect.RST) {
				acked[g.Ack] = true // a request for a connection has none
			}
		}
		heard = heard || len(acked) > 1
	}
	return heard
}
