package windows

import (
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"faultline/platform"
)

// madeEcho4 spells ICMP_ECHO_REPLY for pointers of 8 or 4 bytes.
func madeEcho4(from string, status uint32, ttl byte, pointer int) []byte {
	m := made{}.addr(from).u32(status, 7).u16(32).u16(0)
	if pointer == 8 {
		return m.u64(0x1234).u8(ttl, 0, 0, 0).zero(4).u64(0)
	}
	return m.u32(0x1234).u8(ttl, 0, 0, 0).u32(0)
}

func madeEcho6(from string, status uint32) []byte {
	return made{}.zero(6).addr(from).u32(0).zero(2).u32(status, 7)
}

func TestDecodeEcho(t *testing.T) {
	for _, c := range []struct {
		name string
		got  func() (echoed, bool)
		want echoed
		ok   bool
	}{
		{"64 bit", func() (echoed, bool) { return decodeEcho4(madeEcho4("192.0.2.1", 0, 57, 8), 8) }, echoed{netip.MustParseAddr("192.0.2.1"), 0, 57}, true},
		{"32 bit", func() (echoed, bool) { return decodeEcho4(madeEcho4("192.0.2.1", 11013, 57, 4), 4) }, echoed{netip.MustParseAddr("192.0.2.1"), 11013, 57}, true},
		{"cut", func() (echoed, bool) { return decodeEcho4(madeEcho4("192.0.2.1", 0, 57, 4), 8) }, echoed{}, false},
		{"IPv6", func() (echoed, bool) { return decodeEcho6(madeEcho6("2001:db8::1", 11003)) }, echoed{netip.MustParseAddr("2001:db8::1"), 11003, 0}, true},
		{"IPv6 cut", func() (echoed, bool) { return decodeEcho6(make([]byte, 35)) }, echoed{}, false},
	} {
		if got, ok := c.got(); got != c.want || ok != c.ok {
			t.Errorf("%s: got %+v, %v want %+v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
	if got := len(madeEcho4("192.0.2.1", 0, 1, 8)); got != echoReply4Size64 {
		t.Errorf("got %d bytes want %d", got, echoReply4Size64)
	}
	if got := len(madeEcho4("192.0.2.1", 0, 1, 4)); got != echoReply4Size32 {
		t.Errorf("got %d bytes want %d", got, echoReply4Size32)
	}
	if got := len(madeEcho6("2001:db8::1", 0)); got != echoReply6Size {
		t.Errorf("got %d bytes want %d", got, echoReply6Size)
	}
}

func TestEchoReply(t *testing.T) {
	target, router, mine := "192.0.2.9", "198.51.100.1", "203.0.113.5"
	own := func(a netip.Addr) bool { return a == netip.MustParseAddr(mine) }
	icmp := func(from string, kind, code int) platform.EchoReply {
		return platform.EchoReply{ICMP: &platform.ICMP{From: netip.MustParseAddr(from), Type: kind, Code: code, Broad: kind == 3 && code <= 1}}
	}
	for _, c := range []struct {
		name   string
		from   string
		status uint32
		want   platform.EchoReply
		code   platform.ProblemCode
	}{
		{"answered", target, 0, platform.EchoReply{Answered: true, TTL: 61}, ""},
		{"answered by another", router, 0, platform.EchoReply{}, platform.Malformed},
		{"silent", "0.0.0.0", 11010, platform.EchoReply{}, ""},
		{"TTL expired", router, 11013, icmp(router, 11, 0), ""},
		{"too big for a router", router, 11009, icmp(router, 3, 4), ""},
		{"too big for our adapter", mine, 11009, platform.EchoReply{}, platform.Other},
		{"no such host, says a router", router, 11003, icmp(router, 3, 1), ""},
		{"no neighbor", mine, 11003, platform.EchoReply{}, platform.UnreachableHost},
		{"no route", mine, 11002, platform.EchoReply{}, platform.UnreachableNet},
		{"no route, by the system's number", "0.0.0.0", 1231, platform.EchoReply{}, platform.UnreachableNet},
		{"blocked here", "0.0.0.0", 5, platform.EchoReply{}, platform.Permission},
		{"no route, by Winsock's number", "0.0.0.0", 10051, platform.EchoReply{}, platform.UnreachableNet},
		{"port unreachable, says the target", target, 11005, icmp(target, 3, 3), ""},
		{"no resources", "0.0.0.0", 11006, platform.EchoReply{}, platform.Busy},
		{"general failure", "0.0.0.0", 11050, platform.EchoReply{}, platform.Other},
	} {
		e := echoed{From: netip.MustParseAddr(c.from), Status: c.status, TTL: 61}
		got, err := e.reply(netip.MustParseAddr(target), own)
		if !reflect.DeepEqual(got, c.want) || c.code == "" && err != nil || c.code != "" && !errors.Is(err, &platform.Problem{Code: c.code}) {
			t.Errorf("%s: got %+v, %v want %+v, %s", c.name, got, err, c.want, c.code)
		}
	}
}

// TestStatuses: every status has one meaning in each family.
func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		from       string
		status     uint32
		kind, code int
	}{
		{"192.0.2.1", 11004, 3, 2}, {"2001:db8::1", 11004, 1, 1}, {"2001:db8::1", 11002, 1, 0}, {"2001:db8::1", 11003, 1, 3},
		{"2001:db8::1", 11009, 2, 0}, {"2001:db8::1", 11013, 3, 0}, {"2001:db8::1", 11005, 1, 4},
	} {
		i := echoed{From: netip.MustParseAddr(c.from), Status: c.status}.icmp()
		if i == nil || i.Type != c.kind || i.Code != c.code {
			t.Errorf("%d from %s: got %+v want type %d code %d", c.status, c.from, i, c.kind, c.code)
		}
	}
	if i := (echoed{From: netip.MustParseAddr("192.0.2.1"), Status: 11050}).icmp(); i != nil {
		t.Errorf("got %+v of a general failure", i)
	}
}

func FuzzDecodeEcho(f *testing.F) {
	f.Add(madeEcho4("192.0.2.1", 11013, 1, 8), true)
	f.Add(madeEcho6("2001:db8::1", 11003), false)
	f.Fuzz(func(t *testing.T, b []byte, v4 bool) {
		pointer := 4
		if len(b)%2 == 0 {
			pointer = 8
		}
		e, ok := decodeEcho6(b)
		if v4 {
			e, ok = decodeEcho4(b, pointer)
		}
		if !ok {
			return
		}
		r, err := e.reply(netip.MustParseAddr("192.0.2.9"), func(netip.Addr) bool { return false })
		if err == nil && r.ICMP != nil && r.ICMP.From != e.From {
			t.Errorf("got %v of %v", r.ICMP, e)
		}
	})
}
