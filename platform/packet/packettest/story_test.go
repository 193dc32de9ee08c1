package packettest

import (
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Another decoder reads back what was told.
func TestStory(t *testing.T) {
	s := New("192.0.2.20:50000", "192.0.2.1:80").Open().Send(Client, "PA", "abc").Send(Server, "R", "", Bare, TTL(9))
	const fileHeader, recordHeader, bare = 24, 16, 40
	at := s.PCAP()[fileHeader+3*(recordHeader+bare)+recordHeader:]
	p := gopacket.NewPacket(at[:bare+3], layers.LayerTypeIPv4, gopacket.Default)
	tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !ok || tcp.Seq != 1001 || tcp.Ack != 5001 || string(tcp.Payload) != "abc" || !tcp.PSH || !tcp.ACK {
		t.Fatalf("got %v, want the fourth packet of the client", p)
	}
	ip := p.NetworkLayer().(*layers.IPv4)
	if err := tcp.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	if sum, err := tcp.ComputeChecksum(); err != nil || sum != 0 {
		t.Errorf("checksum: got a rest of %x, %v, want 0", sum, err)
	}
	at = at[bare+3+recordHeader:]
	p = gopacket.NewPacket(at, layers.LayerTypeIPv4, gopacket.Default)
	tcp = p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if ip := p.NetworkLayer().(*layers.IPv4); ip.TTL != 9 || !tcp.RST || tcp.ACK || tcp.Seq != 5001 || tcp.Window != 0 {
		t.Errorf("got %v, want a bare reset with TTL 9", p)
	}
}
