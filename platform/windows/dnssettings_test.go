package windows

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"testing"

	"faultline/platform"
)

// madeSettings is memory made by hand, after netioapi.h: what lies at an address.
type madeSettings map[uint64][]byte

func (m madeSettings) bytes(at uint64, n int) structure { return structure(m[at]).part(0, n) }

func (m madeSettings) text(at uint64, most int) string { return structure(m[at]).wide(0, most) }

// madeDNS spells the settings of an adapter with two lists of servers.
func madeDNS(l dnsLayout, servers, profile string, flags []uint64, of []uint32) (structure, madeSettings) {
	mem := madeSettings{0x100: made{}.wide(servers), 0x200: made{}.wide(profile)}
	s := make([]byte, l.size)
	pointer := func(b []byte, at int, v uint64) {
		if l.pointer == 4 {
			binary.LittleEndian.PutUint32(b[at:], uint32(v))
			return
		}
		binary.LittleEndian.PutUint64(b[at:], v)
	}
	properties := make([]byte, len(flags)*l.propertySize)
	for i, f := range flags {
		p, doh := properties[i*l.propertySize:], uint64(0x1000+i*0x10)
		binary.LittleEndian.PutUint32(p[0:], 1)
		binary.LittleEndian.PutUint32(p[propertyServer:], of[i])
		binary.LittleEndian.PutUint32(p[propertyKind:], propertyDoH)
		pointer(p, l.property, doh)
		mem[doh] = made{}.u64(0, f)
	}
	mem[0x300] = properties
	pointer(s, l.servers, 0x100)
	pointer(s, l.profileServers, 0x200)
	binary.LittleEndian.PutUint32(s[l.count:], uint32(len(flags)))
	pointer(s, l.properties, 0x300)
	return s, mem
}

func TestEncrypted(t *testing.T) {
	one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::53")
	for _, c := range []struct {
		name    string
		servers string
		flags   []uint64
		of      []uint32
		want    map[netip.Addr]string
	}{
		{"over HTTPS alone", "192.0.2.1,2001:db8::53", []uint64{dohOn}, []uint32{0}, map[netip.Addr]string{one: platform.EncryptionRequired}},
		{"known servers, or in plain", "192.0.2.1 2001:db8::53", []uint64{dohAuto | dohFallsBack}, []uint32{1}, map[netip.Addr]string{two: platform.EncryptionPreferred}},
		{"each in its way", "192.0.2.1,2001:db8::53", []uint64{dohAuto | dohFallsBack, dohAuto}, []uint32{0, 1},
			map[netip.Addr]string{one: platform.EncryptionPreferred, two: platform.EncryptionRequired}},
		{"a property that is off", "192.0.2.1", []uint64{0}, []uint32{0}, nil},
		{"a server that is not there", "192.0.2.1", []uint64{dohOn}, []uint32{7}, nil},
		{"no address", "dns.example", []uint64{dohOn}, []uint32{0}, nil},
		{"nothing set", "", nil, nil, nil},
	} {
		for width, l := range map[string]dnsLayout{"64 bit": dnsLayout64, "32 bit": dnsLayout32} {
			s, mem := madeDNS(l, c.servers, "", c.flags, c.of)
			if got := l.encrypted(s, mem); !maps.Equal(got, c.want) {
				t.Errorf("%s, %s: got %v want %v", c.name, width, got, c.want)
			}
		}
	}
}

// TestEncrypt: a server is asked over HTTPS on the adapter that says so.
func TestEncrypt(t *testing.T) {
	at := netip.MustParseAddrPort("192.0.2.1:53")
	servers := []platform.Resolver{{Addr: at, Link: 3}, {Addr: at, Link: 4}}
	encrypt(servers, map[int]map[netip.Addr]string{4: {at.Addr(): platform.EncryptionRequired}})
	if servers[0].Encrypted != "" || servers[1].Encrypted != platform.EncryptionRequired {
		t.Errorf("got %+v want the second alone", servers)
	}
}

func FuzzEncrypted(f *testing.F) {
	s, mem := madeDNS(dnsLayout64, "192.0.2.1", "", []uint64{dohOn}, []uint32{0})
	f.Add([]byte(s), mem[0x300], "192.0.2.1", true)
	f.Fuzz(func(t *testing.T, b, properties []byte, servers string, is64 bool) {
		l := map[bool]dnsLayout{true: dnsLayout64, false: dnsLayout32}[is64]
		m := maps.Clone(mem)
		m[0x100], m[0x300] = made{}.wide(servers), properties
		if got := l.encrypted(b, m); len(got) > 2*mostProperties {
			t.Errorf("got %d servers want at most %d", len(got), 2*mostProperties)
		}
	})
}
