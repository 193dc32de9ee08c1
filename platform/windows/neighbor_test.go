package windows

import (
	"net/netip"
	"testing"
	"time"

	"faultline/platform"
)

// madeNeighbor spells MIB_IPNET_ROW2 by hand.
func madeNeighbor(addr string, index uint32, mac []byte, state uint32, flags byte) made {
	b := make(made, netRowSize)
	copy(b, appendInet(nil, netip.MustParseAddr(addr), index))
	copy(b[netIndex:], made{}.u32(index))
	copy(b[netMAC:], mac)
	copy(b[netMACLength:], made{}.u32(uint32(len(mac)), state))
	b[netFlags] = flags
	return b
}

func TestNeighbors(t *testing.T) {
	for _, c := range []struct {
		name string
		row  made
		want platform.Neighbor
	}{
		{"reachable", madeNeighbor("192.0.2.1", 4, madeMAC, 5, 0), platform.Neighbor{MAC: "02:00:00:00:00:0a", State: platform.NeighborReachable}},
		{"a router of IPv6", madeNeighbor("fe80::1", 4, madeMAC, 4, netRouter), platform.Neighbor{MAC: "02:00:00:00:00:0a", State: platform.NeighborStale, Router: true}},
		{"does not answer", madeNeighbor("192.0.2.9", 4, nil, 0, netUnreachable), platform.Neighbor{State: platform.NeighborFailed}},
		{"did answer once", madeNeighbor("192.0.2.9", 4, madeMAC, 4, netUnreachable), platform.Neighbor{MAC: "02:00:00:00:00:0a", State: platform.NeighborFailed}},
		{"set by hand", madeNeighbor("192.0.2.9", 4, madeMAC, 6, 0), platform.Neighbor{MAC: "02:00:00:00:00:0a", State: platform.NeighborPermanent}},
	} {
		got := decodeNeighbors(append(made{}.u32(1, 0), c.row...))
		if len(got) != 1 || got[0].State != c.want.State || got[0].MAC != c.want.MAC || got[0].Router != c.want.Router || got[0].Link != 4 {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	for _, group := range []string{"224.0.0.22", "255.255.255.255", "ff02::1", "0.0.0.0"} {
		if got := decodeNeighbors(append(made{}.u32(1, 0), madeNeighbor(group, 4, madeMAC, 6, 0)...)); len(got) != 0 {
			t.Errorf("%s: got %+v, want no neighbor", group, got)
		}
	}
}

func TestOldNeighbors(t *testing.T) {
	row := made{}.u32(4, 6).u8(madeMAC...).u8(0, 0).addr("192.0.2.1").u32(3)
	got := decodeOldNeighbors(append(made{}.u32(1), row...))
	if len(got) != 1 || got[0].State != platform.NeighborStale || got[0].MAC != "02:00:00:00:00:0a" || got[0].Addr.String() != "192.0.2.1" {
		t.Errorf("got %+v, want 192.0.2.1 of any age", got)
	}
}

// TestWhatAnEntryTells: an entry that was there before the ask proves nothing.
func TestWhatAnEntryTells(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after platform.NeighborState
		waited        time.Duration
		want          platform.Tri
		settled       bool
	}{
		{"it came", platform.NeighborNone, platform.NeighborReachable, 10 * time.Millisecond, platform.Yes, true},
		{"it is heard again", platform.NeighborStale, platform.NeighborReachable, 10 * time.Millisecond, platform.Yes, true},
		{"it was held for valid", platform.NeighborReachable, platform.NeighborReachable, heldPatience, platform.Unknown, true},
		{"it is stale", platform.NeighborStale, platform.NeighborProbe, time.Millisecond, platform.Unknown, false},
		{"it fails now", platform.NeighborIncomplete, platform.NeighborFailed, time.Second, platform.No, true},
		{"it failed before, and is asked again", platform.NeighborFailed, platform.NeighborIncomplete, time.Second, platform.Unknown, false},
		{"nobody answered in time", platform.NeighborNone, platform.NeighborIncomplete, unansweredAfter, platform.No, true},
		{"nothing was asked", platform.NeighborNone, platform.NeighborNone, unansweredAfter, platform.Unknown, true},
		{"it is set by hand", platform.NeighborNone, platform.NeighborPermanent, heldPatience, platform.Unknown, true},
	} {
		r := resolving{before: c.before, began: got0}
		got, settled := r.judge(platform.Neighbor{State: c.after, MAC: "02:00:00:00:00:0a"}, got0.Add(c.waited))
		if got != c.want || settled != c.settled {
			t.Errorf("%s: got %v, settled %v, want %v, %v", c.name, got, settled, c.want, c.settled)
		}
	}
}

func FuzzNeighbors(f *testing.F) {
	f.Add([]byte(append(made{}.u32(1, 0), madeNeighbor("192.0.2.1", 4, madeMAC, 5, 0)...)))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, n := range append(decodeNeighbors(b), decodeOldNeighbors(b)...) {
			if n.Link <= 0 || n.State == "" {
				t.Errorf("got %+v", n)
			}
		}
	})
}

// TestAskForOne: the row that asks for a neighbor reads back as that neighbor.
func TestAskForOne(t *testing.T) {
	for _, addr := range []string{"192.0.2.1", "fe80::1"} {
		row := structure(encodeNeighbor(platform.NeighborAsk{Addr: netip.MustParseAddr(addr), Link: 258}))
		if len(row) != netRowSize || row.inet().String() != addr || row.u32(netIndex) != 258 {
			t.Errorf("%s: got %x", addr, row)
		}
	}
	linkLocal := structure(appendInet(nil, netip.MustParseAddr("fe80::1"), 7))
	if got := linkLocal.scoped().String(); got != "fe80::1%7" {
		t.Errorf("got %s, want fe80::1%%7", got)
	}
}
