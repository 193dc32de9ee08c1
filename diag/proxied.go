package diag

import (
	"cmp"
	"slices"

	"faultline/diag/catalog"
)

// ofServers are faults of the name servers, whatever is looked up: the proxy
// itself, too, while no address of it is known.
var ofServers = []catalog.Code{"dns.no-resolver", "dns.resolver-silent", "dns.udp-blocked"}

func proxiedOnly(ways []Way) bool {
	return len(ways) > 0 && !slices.ContainsFunc(ways, func(w Way) bool { return w.Via == "" })
}

// meant takes out of the notes what is seen on the direct way to a target for
// which only proxies are used. A network that lets nothing out but its proxy is
// made so: where the proxy does its work, that is no warning. What lies on this
// computer, and what the proxy itself would need, stays a note.
func (s *settling) meant(notes []Finding) (rest, meant []Finding) {
	if !proxiedOnly(s.Ways) {
		return notes, nil
	}
	for _, f := range notes {
		if s.directOnly(f) {
			meant = append(meant, f)
		} else {
			rest = append(rest, f)
		}
	}
	return rest, meant
}

func (s *settling) directOnly(f Finding) bool {
	d := s.cat[f.Code]
	switch {
	case f.Way.Via != "", d.Weight != catalog.Blocks && d.Weight != catalog.Partial, slices.Contains(ofServers, f.Code):
		return false
	case f.Code == "firewall.local-out":
		return true
	}
	far := []catalog.Layer{catalog.Name, catalog.Path, catalog.Transport, catalog.Session, catalog.Application}
	return slices.Contains(far, d.Layer) && cmp.Or(f.Party, d.Party) != catalog.Computer
}
