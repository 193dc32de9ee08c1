package windows

import (
	"testing"
	"unsafe"
)

// TestDNSQueryLayouts: windns.h as compiled for 64 and for 32 bits; what runs here
// is one of them.
func TestDNSQueryLayouts(t *testing.T) {
	var (
		q dnsRequest
		a dnsResult
	)
	wide := unsafe.Sizeof(uintptr(0)) == 8
	for _, c := range []struct {
		name       string
		got        uintptr
		on64, on32 uintptr
	}{
		{"Version", unsafe.Offsetof(q.version), 0, 0},
		{"QueryName", unsafe.Offsetof(q.name), 8, 4},
		{"QueryType", unsafe.Offsetof(q.kind), 16, 8},
		{"QueryOptions", unsafe.Offsetof(q.options), 24, 16},
		{"pDnsServerList", unsafe.Offsetof(q.servers), 32, 24},
		{"InterfaceIndex", unsafe.Offsetof(q.link), 40, 28},
		{"pQueryCompletionCallback", unsafe.Offsetof(q.done), 48, 32},
		{"pQueryContext", unsafe.Offsetof(q.context), 56, 36},
		{"DNS_QUERY_REQUEST", unsafe.Sizeof(q), 64, 40},
		{"result's Version", unsafe.Offsetof(a.version), 0, 0},
		{"QueryStatus", unsafe.Offsetof(a.status), 4, 4},
		{"result's QueryOptions", unsafe.Offsetof(a.options), 8, 8},
		{"pQueryRecords", unsafe.Offsetof(a.records), 16, 16},
		{"Reserved", unsafe.Offsetof(a.reserved), 24, 20},
		{"DNS_QUERY_RESULT", unsafe.Sizeof(a), 32, 24},
	} {
		want := map[bool]uintptr{true: c.on64, false: c.on32}[wide]
		if c.got != want {
			t.Errorf("%s: got %d want %d", c.name, c.got, want)
		}
	}
}

func TestEndOfQuery(t *testing.T) {
	for _, c := range []struct {
		name   string
		number uint32
		asked  bool
		want   string
	}{
		{"an answer", 0, true, "NOERROR"},
		{"not asked", 0, false, ""},
		{"no such name", 9003, true, "NXDOMAIN"},
		{"no such record", 9501, true, "NODATA"},
		{"the server failed", 9002, true, "SERVFAIL"},
		{"the server refused", 9005, true, "REFUSED"},
		{"nobody answered", errorTimeout, true, ""},
		{"no network", 1231, true, ""},
	} {
		if got := endOfQuery(c.number, c.asked); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}
