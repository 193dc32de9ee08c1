package tcpflow_test

import (
	"slices"
	"testing"

	"faultline/diag/tcpflow"
)

// ether puts an Ethernet header before the packets of a capture; mac is the
// last byte of the sender's address, vlan a tag for 0 none.
func ether(ip []byte, mac, vlan byte) []byte {
	h := []byte{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, mac}
	if vlan != 0 {
		h = append(h, 0x81, 0, 0, vlan)
	}
	if ip[0] == 0x60 {
		return append(append(h, 0x86, 0xdd), ip...)
	}
	return append(append(h, 8, 0), ip...)
}

func (c *capture) addEther(s seg, mac, vlan byte) {
	data := ether(s.bytes(), mac, vlan)
	c.Add(c.now, 1, 0, uint32(len(data)), data)
}

func TestCopies(t *testing.T) {
	data := seg{src: 1, dst: 2, sport: 40000, dport: 80, seq: 1100, ack: 9001, flags: ack, payload: 50, window: 500, id: 7, ttl: 64}
	bare := seg{src: 1, dst: 2, sport: 40000, dport: 80, seq: 1100, flags: rst, ttl: 64}
	with := func(s seg, change func(*seg)) seg { change(&s); return s }
	type sent struct {
		seg
		mac   byte
		after int64
	}
	for _, c := range []struct {
		name   string
		second sent
		first  seg
		copies int
	}{
		{"the same packet", sent{data, 1, 1000}, data, 1},
		{"the same packet at the same time", sent{data, 1, 0}, data, 1},
		{"the same packet, earlier by a clock", sent{data, 1, -1000}, data, 1},
		{"a hop further", sent{with(data, func(s *seg) { s.ttl = 63 }), 2, 1000}, data, 1},
		{"later", sent{data, 1, 2_000_001}, data, 0},
		{"resent", sent{with(data, func(s *seg) { s.id = 8 }), 1, 1000}, data, 0},
		{"another acknowledgment", sent{with(data, func(s *seg) { s.ack++ }), 1, 1000}, data, 0},
		{"another window", sent{with(data, func(s *seg) { s.window++ }), 1, 1000}, data, 0},
		{"other options", sent{with(data, func(s *seg) { s.options = []byte{1, 1, 1, 1} }), 1, 1000}, data, 0},
		{"resets of a stack that writes id 0", sent{bare, 1, 1000}, bare, 0},
		{"a reset a hop further", sent{with(bare, func(s *seg) { s.ttl = 63 }), 1, 1000}, bare, 1},
		{"a reset from another machine of the link", sent{bare, 2, 1000}, bare, 1},
		{"IPv6", sent{with(data, func(s *seg) { s.v6 = true }), 1, 1000}, with(data, func(s *seg) { s.v6 = true }), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := feed(twice(c.first, c.second.seg, c.second.mac, c.second.after), 7, tcpflow.Settings{Seed: 1})
			if r.Copies != c.copies {
				t.Errorf("copies: got %d want %d", r.Copies, c.copies)
			}
			s := only(t, r)
			if merged, shown := s.From[0].Packets, s.AsCaptured.From[0].Packets; merged != 5-c.copies || shown != 5 {
				t.Errorf("packets: got %d and as captured %d want %d and 5", merged, shown, 5-c.copies)
			}
		})
	}
}

// twice is a conversation with a segment and another one after it.
func twice(first, second seg, mac byte, after int64) *capture {
	c := &capture{now: 1e18}
	start := seg{v6: first.v6, src: 1, dst: 2, sport: 40000, dport: 80, seq: 999, flags: syn, id: 1, ttl: 64}
	c.addEther(start, 1, 0)
	c.now += 1e9
	start.flags, start.seq, start.ack = ack, 1000, 9001
	for id := range uint16(2) {
		start.id, start.payload = 2+id, 50
		c.addEther(start, 1, 0)
		start.seq += 50
		c.now += 1e9
	}
	c.addEther(first, 1, 0)
	c.now += after
	c.addEther(second, mac, 0)
	return c
}

// TestConstantIDResends keeps what a packet generator sends: it writes the
// same identification into every packet.
func TestConstantIDResends(t *testing.T) {
	c := &capture{now: 1e18}
	s := seg{src: 1, dst: 2, sport: 40000, dport: 80, seq: 1000, flags: ack, payload: 10, id: 1}
	for range 3 {
		c.add(s, 0)
		c.add(s, 0)
		s.seq += 10
	}
	r := feed(c, 7, tcpflow.Settings{Seed: 1})
	if r.Copies != 0 || r.Counts.Retransmission != 3 {
		t.Errorf("got %d copies, %d retransmissions want 0, 3", r.Copies, r.Counts.Retransmission)
	}
}

// TestMirroredStream has every packet twice: the counts are those of the
// stream, and beside them stands what Wireshark shows.
func TestMirroredStream(t *testing.T) {
	lines := []told{{0, syn, 0}, {1, syn | ack, 0}, {0, ack, 0}, {0, ack, 100}, {1, ack, 0}, {1, ack, 300}, {0, ack, 0}, {0, ack | fin, 0}, {1, ack | fin, 0}, {0, ack, 0}}
	plain := conversation(lines...)
	c := &capture{}
	for i, r := range plain.Recs {
		c.Add(r.When, r.Link, 0, r.Wire, plain.Bytes(i))
		c.Add(r.When+300, r.Link, 0, r.Wire, plain.Bytes(i))
	}
	once, double := only(t, feed(plain, 256, tcpflow.Settings{Seed: 1})), only(t, feed(c, 256, tcpflow.Settings{Seed: 1}))
	if double.From != once.From || double.Counts != once.Counts {
		t.Errorf("got %+v %+v want %+v %+v", double.From, double.Counts, once.From, once.Counts)
	}
	if got := double.AsCaptured.From[0].FIN; got != 2 {
		t.Errorf("FINs as captured: got %d want 2", got)
	}
	if double.AsCaptured.Counts.Retransmission == 0 || double.Trouble() {
		t.Errorf("as captured: got %+v, trouble %t", double.AsCaptured.Counts, double.Trouble())
	}
}

func TestVLANs(t *testing.T) {
	first := seg{src: 1, dst: 2, sport: 40000, dport: 80, seq: 999, flags: syn, id: 5, ttl: 64}
	answer := seg{src: 2, dst: 1, sport: 80, dport: 40000, seq: 5000, ack: 1000, flags: syn | ack, ttl: 60}
	other := first
	other.seq, other.id = 333, 77
	for _, c := range []struct {
		name    string
		add     func(*capture)
		streams int
	}{
		{"two conversations", func(c *capture) {
			c.addEther(first, 1, 10)
			c.addEther(other, 1, 20)
		}, 2},
		{"a tag for each direction", func(c *capture) {
			c.addEther(first, 1, 10)
			c.addEther(answer, 2, 20)
		}, 1},
		{"one packet with and without tag", func(c *capture) {
			c.addEther(first, 1, 10)
			c.addEther(first, 1, 0)
			c.addEther(answer, 2, 10)
			c.addEther(answer, 2, 0)
		}, 1},
		{"an answer to somebody else", func(c *capture) {
			c.addEther(first, 1, 10)
			answer := answer
			answer.ack += 1 << 30
			c.addEther(answer, 2, 20)
		}, 2},
		{"port reuse with and without tag", func(c *capture) {
			c.addEther(first, 1, 10)
			c.addEther(first, 1, 0)
			c.now += 1e9
			c.addEther(other, 1, 10)
			c.addEther(other, 1, 0)
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &capture{now: 1e18}
			c.add(k)
			r := feed(k, 1, tcpflow.Settings{Seed: 1})
			if got := len(slices.Collect(r.All())); got != c.streams || r.Streams != c.streams {
				t.Errorf("got %d and %d streams want %d", got, r.Streams, c.streams)
			}
		})
	}
}
