package windows

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"faultline/platform"
)

// madeTCPRow spells MIB_TCPROW_OWNER_MODULE.
func madeTCPRow(state uint32, local, remote string, pid uint32) made {
	l, r := netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
	m := made{}.u32(state).addr(l.Addr().String()).port(l.Port()).addr(r.Addr().String()).port(r.Port())
	return m.u32(pid).u64(132_000_000_000_000_000).zero(128)
}

// madeTCP6Row spells MIB_TCP6ROW_OWNER_MODULE.
func madeTCP6Row(state uint32, local, remote string, scope, pid uint32) made {
	l, r := netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
	m := made{}.addr(l.Addr().String()).u32(scope).port(l.Port()).addr(r.Addr().String()).u32(0).port(r.Port())
	return m.u32(state, pid).u64(132_000_000_000_000_000).zero(128)
}

func madeTable(rows ...made) made {
	m := made{}.u32(uint32(len(rows)), 0)
	for _, r := range rows {
		m = append(m, r...)
	}
	return m
}

func bare(rows []socketRow) []socketRow {
	for i := range rows {
		rows[i].raw = nil
	}
	return rows
}

func TestDecodeTCPTable(t *testing.T) {
	at := netip.MustParseAddrPort
	b := madeTable(madeTCPRow(2, "0.0.0.0:8080", "0.0.0.0:4660", 4), madeTCPRow(8, "192.0.2.1:8080", "198.51.100.7:50123", 712))
	want := []socketRow{
		{Local: at("0.0.0.0:8080"), Remote: at("0.0.0.0:4660"), State: tcpListen, PID: 4, Created: 132_000_000_000_000_000},
		{Local: at("192.0.2.1:8080"), Remote: at("198.51.100.7:50123"), State: tcpCloseWait, PID: 712, Created: 132_000_000_000_000_000},
	}
	if got := bare(decodeTCPTable(b)); !reflect.DeepEqual(got, want) || len(b) != tableHead+2*tcpRowSize {
		t.Errorf("got %+v of %d bytes want %+v", got, len(b), want)
	}
	if got := decodeTCPTable(b[:len(b)-1]); len(got) != 1 {
		t.Errorf("got %d rows of a table that is cut want 1", len(got))
	}
	b6 := madeTable(madeTCP6Row(2, "[fe80::1]:443", "[::]:0", 12, 900), madeTCP6Row(5, "[2001:db8::1]:50000", "[2001:db8::2]:443", 0, 901))
	want6 := []socketRow{
		{Local: at("[fe80::1]:443"), Remote: at("[::]:0"), State: tcpListen, PID: 900, Scope: 12, Created: 132_000_000_000_000_000},
		{Local: at("[2001:db8::1]:50000"), Remote: at("[2001:db8::2]:443"), State: 5, PID: 901, Created: 132_000_000_000_000_000},
	}
	if got := bare(decodeTCP6Table(b6)); !reflect.DeepEqual(got, want6) || len(b6) != tableHead+2*tcp6RowSize {
		t.Errorf("got %+v of %d bytes want %+v", got, len(b6), want6)
	}
}

func TestServed(t *testing.T) {
	rows := decodeTCPTable(madeTable(
		madeTCPRow(2, "0.0.0.0:80", "0.0.0.0:0", 7), madeTCPRow(11, "192.0.2.1:80", "198.51.100.7:1", 0),
		madeTCPRow(8, "192.0.2.1:80", "198.51.100.7:2", 7), madeTCPRow(8, "192.0.2.1:80", "198.51.100.7:3", 7),
		madeTCPRow(5, "192.0.2.1:81", "198.51.100.7:3", 7)))
	want := []platform.PortState{{Port: 80, State: platform.CloseWait, N: 2, Held: 2}, {Port: 80, State: platform.TimeWait, N: 1}}
	if got := served(onPorts(rows, []uint16{80})); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v want %+v", got, want)
	}
}

func named(r socketRow) platform.Program { return platform.Program{PID: r.PID, Name: "p"} }

func TestListener(t *testing.T) {
	rows := append(decodeTCPTable(madeTable(madeTCPRow(2, "0.0.0.0:80", "0.0.0.0:0", 0))),
		decodeTCP6Table(madeTable(madeTCP6Row(2, "[fe80::1]:80", "[::]:0", 12, 7)))...)
	since := time.Date(2019, 4, 17, 18, 40, 0, 0, time.UTC)
	want := []platform.Listener{
		{At: netip.MustParseAddrPort("0.0.0.0:80"), Hidden: true, Since: since},
		{At: netip.MustParseAddrPort("[fe80::1]:80"), Link: 12, Owners: []platform.Program{{PID: 7, Name: "p"}}, Since: since},
	}
	for i, r := range rows {
		if got := listener(r, named); !reflect.DeepEqual(got, want[i]) || got.Full() {
			t.Errorf("got %+v want %+v", got, want[i])
		}
	}
}

func TestCountPorts(t *testing.T) {
	rows := decodeTCPTable(madeTable(
		madeTCPRow(2, "0.0.0.0:80", "0.0.0.0:0", 7),              // not in the range
		madeTCPRow(2, "0.0.0.0:50000", "0.0.0.0:9", 8),           // a listener: what it says of a far end means nothing
		madeTCPRow(8, "192.0.2.1:50001", "198.51.100.7:443", 9),  // to the target
		madeTCPRow(8, "192.0.2.1:50002", "198.51.100.7:443", 9),  //
		madeTCPRow(11, "192.0.2.1:50003", "198.51.100.7:443", 0), // nobody's any more
		madeTCPRow(5, "192.0.2.1:50004", "198.51.100.8:443", 9),  // to another
		madeTCPRow(5, "192.0.2.1:50004", "198.51.100.9:443", 9))) // the same port
	use := platform.PortUse{Low: defaultLow, High: defaultHigh}
	countPorts(&use, rows, netip.MustParseAddrPort("198.51.100.7:443"), named)
	want := platform.PortUse{Low: defaultLow, High: defaultHigh, Taken: 5, Toward: 4,
		States: map[string]int{"bound": 1, platform.CloseWait: 2, platform.TimeWait: 1},
		Owners: []platform.Program{{PID: 9, Name: "p", Sockets: 2, CloseWait: 2}, {PID: 8, Name: "p", Sockets: 1}}}
	if !reflect.DeepEqual(use, want) {
		t.Errorf("got %+v want %+v", use, want)
	}
}

func TestProgramName(t *testing.T) {
	for _, c := range []struct {
		path, owner string
		services    []string
		want        string
	}{
		{`C:\Windows\System32\svchost.exe`, "", []string{"nlasvc", "Dnscache"}, "svchost.exe (Dnscache, nlasvc)"},
		{`C:\Windows\System32\svchost.exe`, "Dnscache", []string{"nlasvc", "Dnscache"}, "svchost.exe (Dnscache)"},
		{`C:\Program Files\网络\服务.exe`, "服务.exe", nil, "服务.exe"},
		{"", "", []string{"a", "b", "c", "d"}, "(a, b, c, …)"},
		{"", "lsass.exe", []string{"KeyIso"}, "lsass.exe (KeyIso)"},
		{"", "", nil, ""},
	} {
		if got := programName(c.path, c.owner, func() []string { return c.services }); got != c.want {
			t.Errorf("got %q want %q", got, c.want)
		}
	}
}

func FuzzDecodeTCPTable(f *testing.F) {
	f.Add([]byte(madeTable(madeTCPRow(2, "0.0.0.0:80", "0.0.0.0:0", 7))))
	f.Add([]byte(madeTable(madeTCP6Row(2, "[fe80::1]:443", "[::]:0", 12, 900))))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows := append(decodeTCPTable(b), decodeTCP6Table(b)...)
		if len(rows) > 2*len(b)/tcpRowSize {
			t.Errorf("got %d rows of %d bytes", len(rows), len(b))
		}
		for _, s := range served(rows) {
			if s.Held > s.N {
				t.Errorf("got %+v", s)
			}
		}
		use := platform.PortUse{Low: defaultLow, High: defaultHigh}
		if countPorts(&use, rows, netip.MustParseAddrPort("198.51.100.7:443"), named); use.Toward > use.Taken {
			t.Errorf("got %+v", use)
		}
	})
}
