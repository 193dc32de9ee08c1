package linux

import (
	"time"

	"faultline/platform"
)

// Numbers of linux/neighbour.h.
const (
	neighborBody = 12 // struct ndmsg

	neighborDst   = 1
	neighborMAC   = 2
	neighborCache = 3 // struct nda_cacheinfo

	neighborRouter = 0x80

	tick = 10 * time.Millisecond // USER_HZ is 100 on every architecture that Go knows
)

// neighborStates are the NUD_ bits; an entry has one of them.
var neighborStates = map[uint16]platform.NeighborState{
	0x00: platform.NeighborNone, 0x01: platform.NeighborIncomplete, 0x02: platform.NeighborReachable,
	0x04: platform.NeighborStale, 0x08: platform.NeighborDelay, 0x10: platform.NeighborProbe,
	0x20: platform.NeighborFailed, 0x40: platform.NeighborNoARP, 0x80: platform.NeighborPermanent,
}

// neighborEntry is one entry of the neighbor table, with the age of its last
// confirmation; a negative age is none.
type neighborEntry struct {
	platform.Neighbor
	confirmed time.Duration
}

// decodeNeighbor reads the body of RTM_NEWNEIGH.
func decodeNeighbor(b []byte) (neighborEntry, bool) {
	if len(b) < neighborBody || b[0] != familyIPv4 && b[0] != familyIPv6 {
		return neighborEntry{}, false
	}
	e := neighborEntry{confirmed: -1}
	e.Link, e.State, e.Router = number(b[4:]), neighborStates[host.Uint16(b[8:])], b[10]&neighborRouter != 0
	for t, v := range attributes(b[neighborBody:]) {
		switch t {
		case neighborDst:
			e.Addr = address(v)
		case neighborMAC:
			e.MAC = mac(v)
		case neighborCache:
			e.confirmed = confirmationAge(v)
		}
	}
	return e, e.Addr.IsValid() && e.State != ""
}

// confirmationAge reads ndm_confirmed: ticks since the neighbor last proved
// that it is there.
func confirmationAge(b []byte) time.Duration {
	if len(b) < 4 {
		return -1
	}
	return time.Duration(host.Uint32(b)) * tick
}

// confirmedWithin says that the neighbor answered within a time. Only a
// reachable entry counts: the kernel stamps a new or a failed one as well.
func (e neighborEntry) confirmedWithin(d time.Duration) bool {
	switch e.State {
	case platform.NeighborReachable, platform.NeighborDelay, platform.NeighborStale:
		return e.confirmed >= 0 && e.confirmed+tick < d
	}
	return false
}
