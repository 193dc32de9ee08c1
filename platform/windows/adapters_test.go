package windows

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"unicode/utf16"
)

// madeMemory is memory that a test fills by hand, at offsets of its own.
type madeMemory []byte

func (m madeMemory) u8(at int, v byte)    { m[at] = v }
func (m madeMemory) u16(at int, v uint16) { binary.LittleEndian.PutUint16(m[at:], v) }
func (m madeMemory) u32(at int, v uint32) { binary.LittleEndian.PutUint32(m[at:], v) }
func (m madeMemory) u64(at int, v uint64) { binary.LittleEndian.PutUint64(m[at:], v) }

func (m madeMemory) wide(at int, s string) {
	for i, u := range utf16.Encode([]rune(s)) {
		m.u16(at+2*i, u)
	}
}

func (m madeMemory) inet(at int, s string) {
	a := netip.MustParseAddr(s)
	m.u16(at, 2)
	where := at + 4
	if a.Is6() {
		m.u16(at, 23)
		where = at + 8
	}
	copy(m[where:], a.AsSlice())
}

const madeBase = 0x7f001000

// pointer writes a pointer of a width to a place in the same memory.
func (m madeMemory) pointer(width, at, to int) {
	if width == 8 {
		m.u64(at, madeBase+uint64(to))
	} else {
		m.u32(at, uint32(madeBase+to))
	}
}

// offsets are where a test writes; they are spelled from iptypes.h once more,
// so that a slip in the decoder's own table is seen.
type offsets struct {
	width                                                           int
	name, unicast, dns, suffix, description, friendly, mac          int
	flags, mtu, kind, oper, index6, gateway, metric4, metric6, luid int
	dhcp, suffixes, dhcpLength, sockaddr, sockaddrLength, dad, bits int
	origin, suffixOrigin, suffixText                                int
}

var (
	on64 = offsets{width: 8, name: 0x10, unicast: 0x18, dns: 0x30, suffix: 0x38, description: 0x40, friendly: 0x48, mac: 0x50,
		flags: 0x5c, mtu: 0x60, kind: 0x64, oper: 0x68, index6: 0x6c, gateway: 0xd0, metric4: 0xd8, metric6: 0xdc, luid: 0xe0,
		dhcp: 0xe8, dhcpLength: 0xf0, suffixes: 0x1b8, sockaddr: 0x10, sockaddrLength: 0x18, origin: 0x20, suffixOrigin: 0x24, dad: 0x28, bits: 0x38, suffixText: 8}
	on32 = offsets{width: 4, name: 0x0c, unicast: 0x10, dns: 0x1c, suffix: 0x20, description: 0x24, friendly: 0x28, mac: 0x2c,
		flags: 0x38, mtu: 0x3c, kind: 0x40, oper: 0x44, index6: 0x48, gateway: 0xa4, metric4: 0xa8, metric6: 0xac, luid: 0xb0,
		dhcp: 0xb8, dhcpLength: 0xbc, suffixes: 0x170, sockaddr: 0x0c, sockaddrLength: 0x10, origin: 0x14, suffixOrigin: 0x18, dad: 0x1c, bits: 0x2c, suffixText: 4}
)

// madeAdapters is what GetAdaptersAddresses could answer: one Wi-Fi adapter
// with a Chinese name, two addresses, a gateway and two servers.
func madeAdapters(o offsets) []byte {
	m := make(madeMemory, 4096)
	m.u32(4, 12)
	for at, s := range map[int]string{600: "corp.example", 700: "Intel(R) Wi-Fi 6 AX201", 800: "以太网 2"} {
		m.wide(at, s)
	}
	copy(m[900:], "{GUID}\x00")
	m.pointer(o.width, o.name, 900)
	m.pointer(o.width, o.suffix, 600)
	m.pointer(o.width, o.description, 700)
	m.pointer(o.width, o.friendly, 800)
	copy(m[o.mac:], []byte{2, 0, 0, 0, 0, 9})
	m.u32(o.mac+8, 6)
	m.u32(o.flags, 4)
	m.u32(o.mtu, 1500)
	m.u32(o.kind, 71)
	m.u32(o.oper, 1)
	m.u32(o.index6, 12)
	m.u32(o.metric4, 25)
	m.u32(o.metric6, 35)
	m.u64(o.luid, 0x47000000000000)
	m.madeEntry(o, o.unicast, 1000, 1100, "192.0.2.10")
	m.u32(1000+o.origin, 3)
	m.u32(1000+o.dad, 4)
	m.u8(1000+o.bits, 24)
	m.madeEntry(o, 1008, 1200, 1300, "2001:db8::10")
	m.u32(1200+o.origin, 4)
	m.u32(1200+o.suffixOrigin, 5)
	m.u32(1200+o.dad, 2)
	m.u8(1200+o.bits, 64)
	m.madeEntry(o, o.gateway, 1400, 1500, "192.0.2.1")
	m.madeEntry(o, o.dns, 1600, 1700, "fec0:0:0:ffff::1")
	m.madeEntry(o, 1608, 1800, 1900, "192.0.2.53")
	m.pointer(o.width, o.dhcp, 2000)
	m.u32(o.dhcpLength, 16)
	m.inet(2000, "192.0.2.2")
	m.pointer(o.width, o.suffixes, 2100)
	m.wide(2100+o.suffixText, "lab.example")
	return m
}

// madeEntry puts an entry of a list, with its address, where a pointer at from
// leads.
func (m madeMemory) madeEntry(o offsets, from, at, address int, s string) {
	m.pointer(o.width, from, at)
	m.pointer(o.width, at+o.sockaddr, address)
	m.u32(at+o.sockaddrLength, 28)
	m.inet(address, s)
}

func TestDecodeAdapters(t *testing.T) {
	pfx := netip.MustParsePrefix
	want := adapter{luid: 0x47000000000000, index4: 12, index6: 12, id: "{GUID}", name: "以太网 2", description: "Intel(R) Wi-Fi 6 AX201",
		suffix: "corp.example", suffixes: []string{"lab.example"}, mac: []byte{2, 0, 0, 0, 0, 9}, flags: 4, mtu: 1500, kind: 71, status: 1,
		metric4: 25, metric6: 35, dhcpServer: netip.MustParseAddr("192.0.2.2"),
		unicast: []unicast{{prefix: pfx("192.0.2.10/24"), prefixOrigin: 3, dad: 4},
			{prefix: pfx("2001:db8::10/64"), prefixOrigin: 4, suffixOrigin: 5, dad: 2}},
		gateways: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, dns: []netip.Addr{netip.MustParseAddr("192.0.2.53")}}
	for _, c := range []struct {
		name string
		o    offsets
		l    layout
	}{{"64 bit", on64, layout64}, {"32 bit", on32, layout32}} {
		got := decodeAdapters(madeAdapters(c.o), madeBase, c.l)
		if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s: got %+v\nwant %+v", c.name, got, want)
		}
	}
}

// TestDecodeAdaptersLoop: a list that leads back to itself ends.
func TestDecodeAdaptersLoop(t *testing.T) {
	m := madeMemory(madeAdapters(on64))
	m.pointer(8, 8, 0)
	if got := decodeAdapters(m, madeBase, layout64); len(got) != mostAdapters {
		t.Errorf("got %d adapters want %d", len(got), mostAdapters)
	}
}

func FuzzDecodeAdapters(f *testing.F) {
	f.Add(madeAdapters(on64), true)
	f.Add(madeAdapters(on32), false)
	f.Fuzz(func(t *testing.T, b []byte, is64 bool) {
		l := map[bool]layout{true: layout64, false: layout32}[is64]
		if len(b) > 8192 {
			return
		}
		for _, a := range decodeAdapters(b, madeBase, l) {
			if len(a.unicast) > mostEntries || slices.ContainsFunc(a.unicast, func(u unicast) bool { return !u.prefix.IsValid() }) {
				t.Errorf("got %+v", a)
			}
		}
	})
}
