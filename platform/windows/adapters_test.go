package windows

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

// got0 is when counters are read in tests.
var got0 = time.Date(2026, 11, 26, 6, 0, 0, 0, time.UTC)

// madeAdapters spells the list of GetAdaptersAddresses by hand, for pointers of
// either width: structures that are added one after another at a base.
type madeAdapters struct {
	layout
	base uint64
	b    made
}

// add appends bytes and returns the address at which they lie.
func (m *madeAdapters) add(b made) uint64 {
	for len(m.b)%8 != 0 {
		m.b = m.b.u8(0)
	}
	at := m.base + uint64(len(m.b))
	m.b = append(m.b, b...)
	return at
}

func (m *madeAdapters) point(at int, to uint64) {
	if m.pointer == 4 {
		copy(m.b[at:], made{}.u32(uint32(to)))
		return
	}
	copy(m.b[at:], made{}.u64(to))
}

// entry adds one element of a list of addresses that ends with it.
func (m *madeAdapters) entry(a string, dad uint32, bits byte) uint64 {
	n := len(appendInet(nil, netip.MustParseAddr(a), 0))
	sockaddr := m.add(appendInet(nil, netip.MustParseAddr(a), 0))
	e := m.add(make(made, 64))
	at := int(e - m.base)
	m.point(at+m.entryAddress, sockaddr)
	copy(m.b[at+m.entryAddress+m.pointer:], made{}.u32(uint32(n)))
	copy(m.b[at+m.prefixOrigin:], made{}.u32(3, 3, dad))
	m.b[at+m.onLink] = bits
	return e
}

func madeList(l layout) *madeAdapters {
	m := &madeAdapters{layout: l, base: 0x10000}
	m.b = make(made, l.size)
	copy(m.b[4:], made{}.u32(7))
	copy(m.b[l.luid:], made{}.u64(0x0600_0000_0000_0000))
	m.point(l.name, m.add(made("{A7D8885D}\x00")))
	m.point(l.friendly, m.add(made{}.wide("Ethernet-Verbindung „Büro“")))
	m.point(l.description, m.add(made{}.wide("Intel(R)")))
	m.point(l.suffix, m.add(made{}.wide("corp.example")))
	copy(m.b[l.mac:], madeMAC)
	copy(m.b[l.macLength:], made{}.u32(6))
	copy(m.b[l.flags:], made{}.u32(adapterDHCP4, 1500, kindEthernet, operUp, 8))
	copy(m.b[l.metric4:], made{}.u32(25, 35))
	m.point(l.unicast, m.entry("192.0.2.7", 4, 24))
	m.point(l.gateway, m.entry("192.0.2.1", 0, 0))
	v6 := m.entry("fec0:0:0:ffff::1", 0, 0)
	dns := m.entry("192.0.2.53", 0, 0)
	m.point(int(dns-m.base)+8, v6)
	m.point(l.dns, dns)
	return m
}

func TestAdapters(t *testing.T) {
	for name, l := range map[string]layout{"64 bit": layout64, "32 bit": layout32} {
		t.Run(name, func(t *testing.T) {
			m := madeList(l)
			all := decodeAdapters(m.b, m.base, l)
			if len(all) != 1 {
				t.Fatalf("got %d adapters, want 1", len(all))
			}
			a := all[0]
			if a.index4 != 7 || a.index6 != 8 || a.name != "Ethernet-Verbindung „Büro“" || a.id != "{A7D8885D}" || a.suffix != "corp.example" ||
				a.status != operUp || a.kind != kindEthernet || a.mtu != 1500 || a.metric4 != 25 || a.metric6 != 35 || a.luid != 0x0600_0000_0000_0000 {
				t.Errorf("got %+v", a)
			}
			if want := netip.MustParsePrefix("192.0.2.7/24"); len(a.unicast) != 1 || a.unicast[0].prefix != want || a.unicast[0].dad != 4 {
				t.Errorf("got addresses %+v, want %v preferred", a.unicast, want)
			}
			if want := []netip.Addr{netip.MustParseAddr("192.0.2.53")}; !slices.Equal(a.dns, want) {
				t.Errorf("got servers %v, want %v without the placeholder", a.dns, want)
			}
			if want := []netip.Addr{netip.MustParseAddr("192.0.2.1")}; !slices.Equal(a.gateways, want) {
				t.Errorf("got gateways %v, want %v", a.gateways, want)
			}
		})
	}
}

// TestAdaptersInACircle: a list whose elements lead back ends all the same.
func TestAdaptersInACircle(t *testing.T) {
	m := madeList(layout64)
	m.point(layout64.next, m.base)
	if got := decodeAdapters(m.b, m.base, layout64); len(got) != mostAdapters {
		t.Errorf("got %d adapters, want %d at most", len(got), mostAdapters)
	}
}

func FuzzAdapters(f *testing.F) {
	m := madeList(layout64)
	f.Add([]byte(m.b), true)
	f.Add([]byte(madeList(layout32).b), false)
	f.Fuzz(func(t *testing.T, b []byte, wide bool) {
		l := layout32
		if wide {
			l = layout64
		}
		for _, a := range decodeAdapters(b[:min(len(b), 4096)], 0x10000, l) {
			if len(a.unicast) > mostEntries || len(a.mac) > maxMAC {
				t.Errorf("got %d addresses, a MAC of %d", len(a.unicast), len(a.mac))
			}
		}
	})
}
