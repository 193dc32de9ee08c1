package linux

import (
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

var relayFamilies = map[string]relayed{
	"IPv4": {from: netip.MustParseAddr("192.0.2.5"), to: netip.MustParseAddr("198.51.100.9"), port: 443, own: 20001},
	"IPv6": {from: netip.MustParseAddr("2001:db8::5"), to: netip.MustParseAddr("2001:db8:1::9"), port: 443, own: 20001},
}

// TestRelayedPacketsAreWhole has another decoder read what is sent, and sums
// up as it does.
func TestRelayedPacketsAreWhole(t *testing.T) {
	for name, r := range relayFamilies {
		first := gopacket.Decoder(layers.LayerTypeIPv4)
		if r.to.Is6() {
			first = layers.LayerTypeIPv6
		}
		for what, raw := range map[string][]byte{"echo": r.echo(1), "syn": r.syn(7)} {
			p := gopacket.NewPacket(raw, first, gopacket.Default)
			if p.ErrorLayer() != nil || p.NetworkLayer() == nil {
				t.Fatalf("%s %s: got %v", name, what, p)
			}
			if from, to := p.NetworkLayer().NetworkFlow().Endpoints(); from.String() != r.from.String() || to.String() != r.to.String() {
				t.Errorf("%s %s: got %v to %v", name, what, from, to)
			}
			if tcp, ok := p.TransportLayer().(*layers.TCP); what == "syn" && (!ok || !tcp.SYN || tcp.ACK || tcp.DstPort != 443) {
				t.Errorf("%s: got no SYN: %v", name, p)
			}
			if got := again(t, p); string(got) != string(raw) {
				t.Errorf("%s %s: got %x want %x, with the sums computed anew", name, what, raw, got)
			}
		}
	}
}

// again spells a packet anew, with its sums.
func again(t *testing.T, p gopacket.Packet) []byte {
	t.Helper()
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.TCP:
			if err := l.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
				t.Fatal(err)
			}
		case *layers.ICMPv6:
			if err := l.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
				t.Fatal(err)
			}
		}
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializePacket(b, gopacket.SerializeOptions{ComputeChecksums: true}, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRelayedAnswers(t *testing.T) {
	for name, r := range relayFamilies {
		back := relayed{from: r.to, to: r.from, port: r.own, own: r.port}
		reset := back.syn(1)
		if !r.answers(reset) {
			t.Errorf("%s: got no answer in a packet from the port that was asked", name)
		}
		if r.answers(r.syn(1)) || r.answers(r.echo(1)) {
			t.Errorf("%s: got an answer in our own packet", name)
		}
		other := back
		other.port++
		if r.answers(other.syn(1)) {
			t.Errorf("%s: got an answer for another connection", name)
		}
		reply := relayed{from: r.to, to: r.from, own: r.own}.echo(1)
		head := head4
		if r.to.Is6() {
			head = head6
		}
		if r.answers(reply) {
			t.Errorf("%s: got an answer in a request", name)
		}
		reply[head] = map[bool]byte{true: echoReply6, false: echoReply4}[r.to.Is6()]
		if !r.answers(reply) {
			t.Errorf("%s: got no answer in an echo reply", name)
		}
	}
}

func FuzzRelayed(f *testing.F) {
	for _, r := range relayFamilies {
		f.Add(r.echo(1))
		f.Add(r.syn(1))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range relayFamilies {
			if r.answers(b) && len(b) < head4 {
				t.Errorf("got an answer in %d bytes", len(b))
			}
		}
	})
}
