package windows

import (
	"net/netip"
	"time"

	"faultline/platform"
)

// MIB_IPNET_ROW2 of netioapi.h and MIB_IPNETROW of ipmib.h; alike for 32 and
// 64 bit.
const (
	netRowSize = 88
	netRows    = 8 // where the first row of MIB_IPNET_TABLE2 lies

	netIndex     = 28
	netMAC       = 40
	netMACLength = 72
	netState     = 76
	netFlags     = 80

	netRouter      = 1 << 0
	netUnreachable = 1 << 1

	oldNetRowSize = 24
	oldNetRows    = 4

	oldNetMACLength = 4
	oldNetMAC       = 8
	oldNetAddr      = 16
	oldNetType      = 20

	maxOldMAC = 8 // MAXLEN_PHYSADDR
)

// neighborStates are NL_NEIGHBOR_STATE (nldef.h). Unreachable means that the
// last resolution failed.
var neighborStates = map[uint32]platform.NeighborState{0: platform.NeighborFailed, 1: platform.NeighborIncomplete, 2: platform.NeighborProbe,
	3: platform.NeighborDelay, 4: platform.NeighborStale, 5: platform.NeighborReachable, 6: platform.NeighborPermanent}

// oldNeighborTypes are MIB_IPNET_TYPE (ipmib.h), which tell less: a dynamic
// entry may be of any age, an invalid one was not resolved, or not yet.
var oldNeighborTypes = map[uint32]platform.NeighborState{2: platform.NeighborIncomplete, 3: platform.NeighborStale, 4: platform.NeighborPermanent}

// decodeNeighbors reads MIB_IPNET_TABLE2. Entries for groups are no neighbors.
func decodeNeighbors(b []byte) (all []platform.Neighbor) {
	for _, s := range rows(b, netRows, netRowSize) {
		if n, ok := decodeNeighbor(s); ok {
			all = append(all, n)
		}
	}
	return all
}

func decodeNeighbor(s structure) (platform.Neighbor, bool) {
	n := platform.Neighbor{Addr: s.inet(), Link: int(s.u32(netIndex)), State: neighborStates[s.u32(netState)], Router: s.u8(netFlags)&netRouter != 0,
		MAC: spellMAC(s.part(netMAC, min(int(s.u32(netMACLength)), maxIfMAC)))}
	if s.u8(netFlags)&netUnreachable != 0 && n.State != platform.NeighborPermanent {
		n.State = platform.NeighborFailed
	}
	return n, isNeighbor(n)
}

// decodeOldNeighbors reads MIB_IPNETTABLE, which is for IPv4 alone.
func decodeOldNeighbors(b []byte) (all []platform.Neighbor) {
	for _, s := range rows(b, oldNetRows, oldNetRowSize) {
		n := platform.Neighbor{Addr: netip.AddrFrom4([4]byte(s[oldNetAddr : oldNetAddr+4])), Link: int(s.u32(0)), State: oldNeighborTypes[s.u32(oldNetType)],
			MAC: spellMAC(s.part(oldNetMAC, min(int(s.u32(oldNetMACLength)), maxOldMAC)))}
		if isNeighbor(n) {
			all = append(all, n)
		}
	}
	return all
}

func isNeighbor(n platform.Neighbor) bool {
	return n.Addr.IsValid() && !n.Addr.IsMulticast() && !n.Addr.IsUnspecified() && n.Link > 0 && n.State != "" &&
		n.Addr != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// encodeNeighbor is the row that asks for one neighbor.
func encodeNeighbor(q platform.NeighborAsk) []byte {
	b := appendInet(make([]byte, 0, netRowSize), q.Addr, uint32(q.Link))
	b = append(b, byte(q.Link), byte(q.Link>>8), byte(q.Link>>16), byte(q.Link>>24))
	return b[:netRowSize]
}

// resolving is one neighbor being watched in the table, where the system has no
// call that asks it directly.
type resolving struct {
	before platform.NeighborState
	began  time.Time
}

// unansweredAfter is how long an entry may stay unresolved until it is given up:
// Windows asks three times, a second apart (RFC 4861 §10, MAX_MULTICAST_SOLICIT
// and RETRANS_TIMER).
const unansweredAfter = 3500 * time.Millisecond

// heldPatience is how long an entry that is held for valid is watched: the
// system does not ask again of itself for up to 45 s (BASE_REACHABLE_TIME).
const heldPatience = 1200 * time.Millisecond

// judge says whether an entry tells that the neighbor answered since the ask,
// and whether there is more to wait for.
func (r resolving) judge(n platform.Neighbor, now time.Time) (confirmed platform.Tri, settled bool) {
	waited := now.Sub(r.began)
	switch n.State {
	case platform.NeighborReachable, platform.NeighborStale, platform.NeighborDelay, platform.NeighborProbe, platform.NeighborPermanent:
		fresh := n.State == platform.NeighborReachable && r.before != platform.NeighborReachable
		if fresh || unresolved(r.before) && n.MAC != "" && n.State != platform.NeighborPermanent {
			return platform.Yes, true // it has an address now, and had none that was known to be right
		}
		return platform.Unknown, waited >= heldPatience
	case platform.NeighborNone: // nothing was asked, or the entry is gone
		return platform.Unknown, waited >= unansweredAfter
	}
	failed := n.State == platform.NeighborFailed && r.before != platform.NeighborFailed || waited >= unansweredAfter
	return map[bool]platform.Tri{true: platform.No}[failed], failed
}

func unresolved(s platform.NeighborState) bool {
	return s == platform.NeighborNone || s == platform.NeighborIncomplete || s == platform.NeighborFailed
}
