package windows

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"faultline/platform"
)

// madeUDPRow spells MIB_UDPROW_OWNER_MODULE: the address, the port, the process,
// 4 bytes that align the time stamp, the flags, and sixteen words of the owner.
func madeUDPRow(local string, pid uint32) made {
	l := netip.MustParseAddrPort(local)
	return made{}.addr(l.Addr().String()).port(l.Port()).u32(pid, 0).u64(132_000_000_000_000_000).u32(1, 0).zero(128)
}

// madeUDP6Row spells MIB_UDP6ROW_OWNER_MODULE.
func madeUDP6Row(local string, scope, pid uint32) made {
	l := netip.MustParseAddrPort(local)
	return made{}.addr(l.Addr().String()).u32(scope).port(l.Port()).u32(pid, 0).u64(132_000_000_000_000_000).u32(1, 0).zero(128)
}

func TestDecodeUDPTable(t *testing.T) {
	at, made := netip.MustParseAddrPort, time.Date(2019, 4, 17, 18, 40, 0, 0, time.UTC)
	b := madeTable(madeUDPRow("0.0.0.0:53", 1408), madeUDPRow("127.0.0.1:53", 0))
	rows := decodeUDPTable(b)
	if len(b) != tableHead+2*udpRowSize || len(rows) != 2 || len(decodeUDPTable(b[:len(b)-1])) != 1 {
		t.Fatalf("got %d rows of %d bytes want 2", len(rows), len(b))
	}
	b6 := madeTable(madeUDP6Row("[fe80::1]:53", 12, 1408))
	if rows = append(rows, decodeUDP6Table(b6)...); len(b6) != tableHead+udp6RowSize {
		t.Fatalf("got %d bytes want one row of %d", len(b6), udp6RowSize)
	}
	dns := []platform.Program{{PID: 1408, Name: "dns.exe"}}
	want := []platform.Receiver{{At: at("0.0.0.0:53"), Owners: dns, Since: made}, {At: at("127.0.0.1:53"), Hidden: true, Since: made},
		{At: at("[fe80::1]:53"), Link: 12, Owners: dns, Since: made}}
	got := receivers(rows, func(r socketRow) platform.Program { return platform.Program{PID: r.PID, Name: "dns.exe"} })
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v want %+v", got, want)
	}
}

// TestSince: rows of the system's own have no time, and none lies beyond reason.
func TestSince(t *testing.T) {
	for created, want := range map[int64]time.Time{
		0: {}, -1: {}, 1<<63 - 1: {}, 116_444_736_000_000_000: {},
		116_444_736_000_000_010: time.UnixMicro(1).UTC(),
	} {
		if got := (socketRow{Created: created}).since(); !got.Equal(want) {
			t.Errorf("%d: got %v want %v", created, got, want)
		}
	}
}

func FuzzUDPTable(f *testing.F) {
	f.Add([]byte(madeTable(madeUDPRow("0.0.0.0:53", 1408))), false)
	f.Add([]byte(madeTable(madeUDP6Row("[fe80::1]:53", 12, 1408))), true)
	f.Fuzz(func(t *testing.T, b []byte, six bool) {
		decode := map[bool]func([]byte) []socketRow{false: decodeUDPTable, true: decodeUDP6Table}[six]
		if rows := decode(b); len(rows)*udpRowSize > len(b) {
			t.Errorf("got %d rows of %d bytes", len(rows), len(b))
		}
	})
}
