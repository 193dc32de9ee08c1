package tcpflow_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"faultline/platform/packet"
)

// seg is one generated segment.
type seg struct {
	v6       bool
	src, dst byte // last byte of the address
	sport    uint16
	dport    uint16
	seq, ack uint32
	flags    uint16
	window   uint16
	options  []byte
	payload  int
	id       uint16
	ttl      byte
}

// bytes returns the packet from the IP header on, as LINKTYPE_RAW has it.
func (s *seg) bytes() []byte {
	for len(s.options)%4 != 0 {
		s.options = append(s.options, 1)
	}
	head := 20 + len(s.options)
	tcp := make([]byte, head+s.payload)
	binary.BigEndian.PutUint16(tcp, s.sport)
	binary.BigEndian.PutUint16(tcp[2:], s.dport)
	binary.BigEndian.PutUint32(tcp[4:], s.seq)
	binary.BigEndian.PutUint32(tcp[8:], s.ack)
	binary.BigEndian.PutUint16(tcp[12:], uint16(head/4)<<12|s.flags)
	binary.BigEndian.PutUint16(tcp[14:], s.window)
	copy(tcp[20:], s.options)
	if s.v6 {
		ip := make([]byte, 40, 40+len(tcp))
		ip[0], ip[6], ip[7] = 0x60, 6, s.ttl
		binary.BigEndian.PutUint16(ip[4:], uint16(len(tcp)))
		ip[8], ip[9], ip[23] = 0x20, 0x01, s.src
		ip[24], ip[25], ip[39] = 0x20, 0x01, s.dst
		return append(ip, tcp...)
	}
	ip := make([]byte, 20, 20+len(tcp))
	ip[0], ip[6], ip[8], ip[9] = 0x45, 0x40, s.ttl, 6
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(tcp)))
	binary.BigEndian.PutUint16(ip[4:], s.id)
	copy(ip[12:], []byte{10, 0, 0, s.src, 10, 0, 0, s.dst})
	return append(ip, tcp...)
}

const raw = 101

// capture collects packets and writes them as pcap with nanoseconds.
type capture struct {
	packet.Batch
	now int64
}

func (c *capture) add(s seg, snap int) {
	data := s.bytes()
	wire := uint32(len(data))
	if snap > 0 && len(data) > snap {
		data = data[:snap]
	}
	c.Add(c.now, raw, 0, wire, data)
}

// quote adds an ICMP error about a segment.
func (c *capture) quote(s seg) {
	if s.v6 {
		return
	}
	data := s.bytes()
	ip := make([]byte, 28)
	ip[0], ip[8], ip[9] = 0x45, 60, 1
	binary.BigEndian.PutUint16(ip[2:], uint16(28+len(data)))
	copy(ip[12:], []byte{10, 0, 0, 9, 10, 0, 0, s.src})
	ip[20], ip[21] = 3, 1
	ip = append(ip, data...)
	c.Add(c.now, raw, 0, uint32(len(ip)), ip)
}

func (c *capture) write(t testing.TB, name string) string {
	t.Helper()
	le := binary.LittleEndian
	out := le.AppendUint32(nil, 0xa1b23c4d)
	out = le.AppendUint16(out, 2)
	out = le.AppendUint16(out, 4)
	for _, n := range []uint32{0, 0, 262144, raw} {
		out = le.AppendUint32(out, n)
	}
	for i, r := range c.Recs {
		for _, n := range []uint32{uint32(r.When / 1e9), uint32(r.When % 1e9), r.Len, r.Wire} {
			out = le.AppendUint32(out, n)
		}
		out = append(out, c.Bytes(i)...)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pick returns one of the values.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// chaos makes segments that no stack would send, close to every threshold of
// the analysis: few sequence numbers, few windows, times around the limits.
func chaos(seed uint64, packets, snap int, quotes bool) *capture {
	r := rand.New(rand.NewPCG(seed, 1))
	c := &capture{now: 1_700_000_000_000_000_000}
	type end struct{ base, next, other uint32 }
	type pair struct {
		ends   [2]end
		sport  uint16
		v6     bool
		window uint16
	}
	pairs := make([]pair, 12)
	for i := range pairs {
		p := &pairs[i]
		p.sport, p.v6 = uint16(40000+i), r.IntN(4) == 0
		for j := range p.ends {
			p.ends[j].base = pick(r, 0, 1, 0xfffffff0, 0x7ffffff0, r.Uint32(), r.Uint32())
			p.ends[j].next = p.ends[j].base
		}
		p.window = 512
	}
	for n := range packets {
		p := &pairs[r.IntN(len(pairs))]
		d := r.IntN(2)
		me, you := &p.ends[d], &p.ends[1-d]
		s := seg{v6: p.v6, src: 1, dst: 2, sport: p.sport, dport: 50001, ttl: 64, id: uint16(n)}
		if d == 1 {
			s.src, s.dst, s.sport, s.dport = 2, 1, 50001, p.sport
		}
		switch p.sport { // to itself, by different ports and by the same
		case 40001:
			s.dst = s.src
			s.src, s.dst = 1, 1
		case 40002:
			s.src, s.dst, s.sport, s.dport = 1, 1, 40002, 40002
		}
		s.flags = pick[uint16](r, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x18, 0x18, 0x11, 0x02, 0x12, 0x04, 0x14, 0x00, 0x01, 0x29, 0x03, 0x06, 0x13, 0x31)
		if s.flags&2 != 0 && r.IntN(3) > 0 {
			s.flags = 0x10
		}
		s.payload = pick(r, 0, 0, 0, 0, 1, 1, 2, 10, 100)
		s.seq = me.next + uint32(pick(r, 0, 0, 0, 0, 0, 0, -1, -1, 1, -2, -10, -100, 10, 100))
		if s.flags&2 != 0 && r.IntN(2) == 0 {
			s.seq = me.base
		}
		s.ack = me.other
		if r.IntN(2) == 0 {
			s.ack = you.next + uint32(pick(r, 0, 0, 0, 1, -1, -10, 10, 100))
		}
		if s.flags&0x10 == 0 && r.IntN(2) == 0 {
			s.ack = 0
		}
		if r.IntN(4) == 0 {
			p.window = pick[uint16](r, 0, 0, 1, 10, 100, 512, 512, 0x8000, 0xffff)
		}
		s.window = p.window
		s.options = pick(r, nil, nil, nil, nil, []byte{3, 3, byte(r.IntN(17))}, []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2},
			[]byte{1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2}, []byte{2, 4, 5, 180}, []byte{3, 2}, []byte{3, 9}, []byte{0, 3, 3, 3}, []byte{99, 0},
			[]byte{30, 8, 0x20, 1, 0, 0, 0, byte(n)}, []byte{30, 4, 0x50, 0})
		c.now += pick[int64](r, 0, 1, 1000, 999_999, 1_000_000, 2_999_999, 3_000_000, 3_000_001, 19_999_999, 20_000_000, 500_000_000, 1_500_000_000, -1_000_000)
		c.add(s, snap)
		if quotes && r.IntN(10) == 0 {
			c.quote(s)
		}
		end := s.seq + uint32(s.payload)
		if s.flags&3 != 0 {
			end++
		}
		if int32(end-me.next) > 0 || r.IntN(20) == 0 {
			me.next = end
		}
		me.other = s.ack
		if s.flags&2 != 0 && r.IntN(2) == 0 {
			me.base = s.seq
		}
	}
	return c
}
