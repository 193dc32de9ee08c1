package dissect

import (
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// plain is Ethernet, IPv4, TCP with time stamps and 100 bytes.
func plain() []byte {
	p := make([]byte, 14+20+32+100)
	p[12] = 8
	ip := p[14:]
	ip[0], ip[3], ip[6], ip[8], ip[9] = 0x45, 152, 0x40, 64, 6
	copy(ip[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	tcp := ip[20:]
	tcp[0], tcp[1], tcp[3], tcp[12], tcp[13], tcp[14] = 0x9c, 0x40, 80, 0x80, 0x18, 1
	copy(tcp[20:], []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2})
	return p
}

func BenchmarkDecode(b *testing.B) {
	d, p, s := New(), plain(), Segment{}
	b.ReportAllocs()
	for b.Loop() {
		if d.Decode(1, 0, p, uint32(len(p)), &s) != TCP {
			b.Fatal(s.Skip)
		}
	}
}

func BenchmarkGopacket(b *testing.B) {
	var eth layers.Ethernet
	var ip layers.IPv4
	var tcp layers.TCP
	var rest gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &eth, &ip, &tcp, &rest)
	p, found := plain(), []gopacket.LayerType{}
	b.ReportAllocs()
	for b.Loop() {
		if err := parser.DecodeLayers(p, &found); err != nil || len(found) != 4 {
			b.Fatal(found, err)
		}
	}
}
