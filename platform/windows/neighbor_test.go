package windows

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"faultline/platform"
)

// madeNeighbors writes MIB_IPNET_ROW2 (netioapi.h) by hand.
func madeNeighbors() []byte {
	m := make(madeMemory, 8+88*4)
	m.u32(0, 9) // more than there are
	for i, v := range []struct {
		addr        string
		state, flag uint32
	}{{"192.0.2.1", 5, 1}, {"fe80::9", 4, 2}, {"192.0.2.7", 0, 0}, {"224.0.0.22", 6, 0}} {
		row := m[8+88*i:]
		row.inet(0, v.addr)
		row.u32(28, 12)
		copy(row[40:], []byte{2, 0, 0, 0, 0, byte(i + 1)})
		row.u32(72, 6)
		row.u32(76, v.state)
		row.u32(80, v.flag)
	}
	return m
}

func TestDecodeNeighbors(t *testing.T) {
	addr := netip.MustParseAddr
	want := []platform.Neighbor{
		{Addr: addr("192.0.2.1"), Link: 12, MAC: "02:00:00:00:00:01", State: platform.NeighborReachable, Router: true},
		{Addr: addr("fe80::9"), Link: 12, MAC: "02:00:00:00:00:02", State: platform.NeighborFailed},
		{Addr: addr("192.0.2.7"), Link: 12, MAC: "02:00:00:00:00:03", State: platform.NeighborFailed},
	}
	if got := decodeNeighbors(madeNeighbors()); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// TestDecodeOldNeighbors: MIB_IPNETROW (ipmib.h), which tells less.
func TestDecodeOldNeighbors(t *testing.T) {
	m := make(madeMemory, 4+24*3)
	m.u32(0, 3)
	for i, kind := range []uint32{3, 2, 4} {
		row := m[4+24*i:]
		row.u32(0, 12)
		row.u32(4, 6)
		copy(row[8:], []byte{2, 0, 0, 0, 0, 7})
		copy(row[16:], []byte{192, 0, 2, byte(i + 1)})
		row.u32(20, kind)
	}
	got := decodeOldNeighbors(m)
	for i, want := range []platform.NeighborState{platform.NeighborStale, platform.NeighborIncomplete, platform.NeighborPermanent} {
		if len(got) != 3 || got[i].State != want || got[i].Addr != netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}) || got[i].MAC != "02:00:00:00:00:07" {
			t.Fatalf("got %+v want state %s at %d", got, want, i)
		}
	}
}

// TestEncodeNeighbor: what is asked for is what is read again.
func TestEncodeNeighbor(t *testing.T) {
	for _, s := range []string{"192.0.2.1", "fe80::1"} {
		b := encodeNeighbor(platform.NeighborAsk{Addr: netip.MustParseAddr(s), Link: 70000})
		if n, _ := decodeNeighbor(b); n.Addr.String() != s || n.Link != 70000 || len(b) != 88 {
			t.Errorf("%s: got %+v in %d bytes", s, n, len(b))
		}
	}
}

// TestWatched: only what came to be true after the ask proves anything.
func TestWatched(t *testing.T) {
	const soon, late, later = 100 * time.Millisecond, 1300 * time.Millisecond, 4 * time.Second
	for _, c := range []struct {
		name    string
		before  platform.NeighborState
		now     platform.NeighborState
		mac     string
		after   time.Duration
		want    platform.Tri
		settled bool
	}{
		{"resolved anew", platform.NeighborNone, platform.NeighborStale, "m", soon, platform.Yes, true},
		{"found valid again", platform.NeighborStale, platform.NeighborReachable, "m", soon, platform.Yes, true},
		{"stale all along", platform.NeighborStale, platform.NeighborStale, "m", soon, platform.Unknown, false},
		{"stale all along, enough", platform.NeighborStale, platform.NeighborStale, "m", late, platform.Unknown, true},
		{"reachable all along", platform.NeighborReachable, platform.NeighborReachable, "m", late, platform.Unknown, true},
		{"being asked", platform.NeighborNone, platform.NeighborIncomplete, "", late, platform.Unknown, false},
		{"asked three times", platform.NeighborNone, platform.NeighborIncomplete, "", later, platform.No, true},
		{"failed", platform.NeighborIncomplete, platform.NeighborFailed, "", soon, platform.No, true},
		{"failed before already", platform.NeighborFailed, platform.NeighborFailed, "", soon, platform.Unknown, false},
		{"nothing was asked", platform.NeighborNone, platform.NeighborNone, "", later, platform.Unknown, true},
	} {
		began := time.Unix(1000, 0)
		got, settled := resolving{before: c.before, began: began}.judge(platform.Neighbor{State: c.now, MAC: c.mac}, began.Add(c.after))
		if got != c.want || settled != c.settled {
			t.Errorf("%s: got %v, %v want %v, %v", c.name, got, settled, c.want, c.settled)
		}
	}
}

func FuzzDecodeNeighbors(f *testing.F) {
	f.Add(madeNeighbors())
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, n := range append(decodeNeighbors(b), decodeOldNeighbors(b)...) {
			if !n.Addr.IsValid() || n.Link <= 0 || n.State == "" || n.Confirmed != platform.Unknown {
				t.Errorf("got %+v", n)
			}
		}
	})
}
