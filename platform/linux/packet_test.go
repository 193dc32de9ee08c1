package linux

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"

	"faultline/platform"
)

func queuedBytes(origin, kind, code byte, extra uint32, from string) []byte {
	m := body{}.u32(113).u8(origin, kind, code, 0).u32(extra).u32(0)
	a := netip.MustParseAddr(from)
	if a.Is4() {
		return m.u16(familyIPv4).u16(0).u8(a.AsSlice()...).u8(make([]byte, 8)...).b
	}
	return m.u16(familyIPv6).u16(0).u32(0).u8(a.AsSlice()...).u32(0).b
}

func TestDecodeQueued(t *testing.T) {
	from := netip.MustParseAddr
	for _, c := range []struct {
		name string
		in   []byte
		want *platform.ICMP
	}{
		{"prohibited", queuedBytes(originICMP, 3, 13, 0, "192.0.2.1"), &platform.ICMP{From: from("192.0.2.1"), Type: 3, Code: 13}},
		{"fragmentation needed", queuedBytes(originICMP, 3, 4, 1400, "192.0.2.1"), &platform.ICMP{From: from("192.0.2.1"), Type: 3, Code: 4, MTU: 1400}},
		{"packet too big", queuedBytes(originICMPv6, 2, 0, 1280, "2001:db8::1"), &platform.ICMP{From: from("2001:db8::1"), Type: 2, MTU: 1280}},
		{"a number that is no MTU", queuedBytes(originICMP, 11, 0, 7, "192.0.2.1"), &platform.ICMP{From: from("192.0.2.1"), Type: 11}},
		{"own interface too small", queuedBytes(originLocal, 0, 0, 1500, "192.0.2.1"), nil},
		{"a time stamp", queuedBytes(4, 0, 0, 0, "192.0.2.1"), nil},
	} {
		e, ok := decodeQueued(c.in)
		if got := e.icmp(); !ok || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v want %+v", c.name, got, c.want)
		}
	}
	if _, ok := decodeQueued(make([]byte, queuedBody-1)); ok {
		t.Error("got an entry of a control message that is too short")
	}
	if e, ok := decodeQueued(make([]byte, queuedBody)); !ok || e.From.IsValid() {
		t.Errorf("got %+v, %v want an entry without offender", e, ok)
	}
}

func TestOwnProblem(t *testing.T) {
	for _, c := range []struct {
		name, from, mine, to string
		kind, code           int
		want                 *platform.Problem
	}{
		{"a router", "192.0.2.1", "192.0.2.9", "198.51.100.1", 3, 1, nil},
		{"the target on this machine", "192.0.2.9", "192.0.2.9", "192.0.2.9", 3, 3, nil},
		{"no neighbor", "192.0.2.9", "192.0.2.9", "198.51.100.1", 3, 1, errNoNeighbor},
		{"no neighbor over IPv6", "2001:db8::9", "2001:db8::9", "2001:db8::1", 1, 3, errNoNeighbor},
		{"own rule", "192.0.2.9", "192.0.2.9", "198.51.100.1", 3, 13, errRejectedHere},
		{"own rule over IPv6", "2001:db8::9", "2001:db8::9", "2001:db8::1", 1, 1, errRejectedHere},
	} {
		i := &platform.ICMP{From: netip.MustParseAddr(c.from), Type: c.kind, Code: c.code}
		if got := ownProblem(i, netip.MustParseAddr(c.mine), netip.MustParseAddr(c.to)); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func FuzzDecodeQueued(f *testing.F) {
	f.Add(queuedBytes(originICMP, 3, 4, 1400, "192.0.2.1"))
	f.Add(queuedBytes(originICMPv6, 2, 0, 1280, "2001:db8::1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, ok := decodeQueued(b)
		if ok != (len(b) >= queuedBody) {
			t.Errorf("got %v for %d bytes", ok, len(b))
		}
		if i := e.icmp(); i != nil && i.From.Is4In6() {
			t.Errorf("got %v", i.From)
		}
	})
}

func TestEchoMessage(t *testing.T) {
	sent := echoMessage{Type: echoRequest4, ID: 0x1234, Seq: 7, Payload: []byte("odd")}
	b := sent.encode()
	if checksum(b) != 0 {
		t.Errorf("got checksum %#x over the whole message want 0 (RFC 1071)", checksum(b))
	}
	got, ok := decodeEcho(b)
	if !ok || !reflect.DeepEqual(got, sent) {
		t.Errorf("got %+v, %v want %+v", got, ok, sent)
	}
	if _, ok := decodeEcho(b[:echoHead-1]); ok {
		t.Error("got a message of too few bytes")
	}
}

func TestWithoutIPv4(t *testing.T) {
	head := append([]byte{0x46}, make([]byte, 23)...) // 24 bytes with an option
	for _, c := range []struct {
		name     string
		in, want []byte
	}{
		{"options", append(head, 'x'), []byte("x")},
		{"no IPv4", append([]byte{0x60}, make([]byte, 40)...), nil},
		{"head longer than the packet", append([]byte{0x4f}, make([]byte, 19)...), nil},
		{"head too short", append([]byte{0x41}, make([]byte, 30)...), nil},
		{"empty", nil, nil},
	} {
		if got := withoutIPv4(c.in); !bytes.Equal(got, c.want) {
			t.Errorf("%s: got %x want %x", c.name, got, c.want)
		}
	}
}

func FuzzEcho(f *testing.F) {
	f.Add(echoMessage{Type: echoReply4, Payload: []byte("x")}.encode())
	f.Add(append([]byte{0x45}, make([]byte, 40)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := withoutIPv4(b); len(got) > len(b) {
			t.Error("got more than came")
		}
		if m, ok := decodeEcho(b); ok && !bytes.Equal(m.encode()[4:], b[4:]) {
			t.Errorf("got %+v, which spells otherwise", m)
		}
	})
}
