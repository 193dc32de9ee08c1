//go:build e2e && linux

package e2e

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/diag/dissect"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// The sizes of the captures at scale 1.
const (
	smallFlows = 200_000
	scanFlows  = 2_000_000
	frameFlows = 2_000
	frameBytes = 1_000_000_000
)

// A maker writes a capture that holds the same bytes each time.
type maker struct {
	out    *pcapgo.Writer
	r      *rand.Rand
	now    time.Time
	step   time.Duration // from one packet to the next
	frame  [1514]byte
	filler [1 << 16]byte // random: payload that can be compressed is none
	err    error
}

// sized is a number at the scale that was asked for.
func sized(n int) int { return max(int(float64(n)**scale), 1) }

// makeCapture writes a capture into dir and returns its path.
func makeCapture(b *testing.B, dir, name string, with func(*maker)) string {
	b.Helper()
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	m := &maker{out: pcapgo.NewWriter(out), r: rand.New(rand.NewPCG(5, 8)), now: time.Unix(1_700_000_000, 0), step: 20 * time.Microsecond}
	for i := range m.filler {
		m.filler[i] = byte(m.r.Uint32())
	}
	m.err = m.out.WriteFileHeader(262144, layers.LinkTypeEthernet)
	with(m)
	if m.err == nil {
		m.err = out.Flush()
	}
	if m.err != nil {
		b.Fatal("making a capture:", m.err)
	}
	return path
}

// compressed packs a capture and returns the path of the result.
func compressed(b *testing.B, path string) string {
	b.Helper()
	in, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(path + ".gz")
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	z := gzip.NewWriter(out)
	if _, err = io.Copy(z, in); err == nil {
		err = z.Close()
	}
	if err != nil {
		b.Fatal("packing a capture:", err)
	}
	return out.Name()
}

// A talk is a connection on its way. The client is side 0.
type talk struct {
	number int
	step   int
	seq    [2]uint32
	ids    [2]uint16
}

func (m *maker) talk(number int) *talk {
	return &talk{number: number, seq: [2]uint32{m.r.Uint32(), m.r.Uint32()}, ids: [2]uint16{uint16(m.r.Uint32()), uint16(m.r.Uint32())}}
}

// send writes a segment of a talk with a payload of n bytes.
func (m *maker) send(t *talk, from int, flags uint16, n int) {
	const ether, ip, tcp = 0, 14, 34
	p, order := m.frame[:66+n], binary.BigEndian
	client, server := 0x0a000000|uint32(t.number/4), 0xc0a80000|uint32(t.number%4096)
	ends, ports := [2]uint32{client, server}, [2]uint16{uint16(1024 + t.number%64000), 443}
	p[ether], p[ether+6], p[12], p[13] = byte(2*from), byte(2-2*from), 8, 0
	p[ip], p[ip+8], p[ip+9] = 0x45, byte(64-7*from), 6
	order.PutUint16(p[ip+2:], uint16(len(p)-ip))
	order.PutUint16(p[ip+4:], t.ids[from])
	order.PutUint16(p[ip+6:], 0x4000)
	order.PutUint32(p[ip+12:], ends[from])
	order.PutUint32(p[ip+16:], ends[1-from])
	checksum(p[ip:tcp])
	order.PutUint16(p[tcp:], ports[from])
	order.PutUint16(p[tcp+2:], ports[1-from])
	order.PutUint32(p[tcp+4:], t.seq[from])
	order.PutUint32(p[tcp+8:], t.seq[1-from])
	order.PutUint16(p[tcp+12:], 0x8000|flags)
	order.PutUint16(p[tcp+14:], 502)
	copy(p[tcp+20:], []byte{1, 1, 8, 10})
	order.PutUint32(p[tcp+24:], uint32(m.now.UnixMilli()))
	order.PutUint32(p[tcp+28:], uint32(m.now.UnixMilli()))
	copy(p[66:], m.filler[m.r.IntN(len(m.filler)-n):])
	t.ids[from]++
	m.now = m.now.Add(m.step)
	if m.err == nil {
		m.err = m.out.WritePacket(gopacket.CaptureInfo{Timestamp: m.now, CaptureLength: len(p), Length: len(p)}, p)
	}
}

// moves sends a segment and moves its sequence number on.
func (m *maker) moves(t *talk, from int, flags uint16, n int) {
	m.send(t, from, flags, n)
	t.seq[from] += uint32(n)
	if flags&(dissect.SYN|dissect.FIN) != 0 {
		t.seq[from]++
	}
}

// checksum fills in the checksum of an IPv4 header (RFC 791 §3.1).
func checksum(p []byte) {
	p[10], p[11] = 0, 0
	total := uint32(0)
	for i := 0; i < len(p); i += 2 {
		total += uint32(binary.BigEndian.Uint16(p[i:]))
	}
	total = total>>16 + total&0xffff
	binary.BigEndian.PutUint16(p[10:], ^uint16(total>>16+total))
}

// A talk of small packets: a handshake, requests and answers that are
// acknowledged, an end. Of 28 packets 1 % are resets and 2 % sent again.
const (
	talkSteps = 27
	talkAlive = 20_000
	reset     = 0.28 // chance of a talk to end that way
	again     = 0.05 // chance of a segment with data
)

// smallPackets writes 5.6 million small packets of 200,000 connections.
func smallPackets(m *maker) {
	var alive []*talk
	next, most := 0, sized(smallFlows)
	for next < most || len(alive) > 0 {
		for len(alive) < sized(talkAlive) && next < most {
			alive = append(alive, m.talk(next))
			next++
		}
		i := m.r.IntN(len(alive))
		if t := alive[i]; m.goOn(t) {
			alive[i] = alive[len(alive)-1]
			alive = alive[:len(alive)-1]
		}
	}
}

// goOn sends the next packet of a talk, and says whether it was the last one.
func (m *maker) goOn(t *talk) (ended bool) {
	const ack, push = dissect.ACK, dissect.ACK | dissect.PSH
	k, from := t.step, (t.step/2+1)%2
	switch {
	case k == 0:
		m.moves(t, 0, dissect.SYN, 0)
	case k == 1:
		m.moves(t, 1, dissect.SYN|ack, 0)
	case k == 2:
		m.moves(t, 0, ack, 0)
	case k == talkSteps-2:
		m.moves(t, 0, dissect.FIN|ack, 0)
	case k == talkSteps-1:
		m.moves(t, 1, dissect.FIN|ack, 0)
	case k == talkSteps:
		m.moves(t, 0, ack, 0)
		return true
	case k == talkSteps-3 && m.r.Float64() < reset:
		m.moves(t, from, dissect.RST|ack, 0)
		return true
	case k%2 == 1:
		m.data(t, from, push)
	default:
		m.moves(t, from, ack, 0)
	}
	t.step++
	return false
}

// data sends a segment, and with some chance leaves it to be sent again.
func (m *maker) data(t *talk, from int, flags uint16) {
	const size = 40
	if m.r.Float64() < again {
		m.send(t, from, flags, size)
		t.step-- // the same segment comes again
		return
	}
	m.moves(t, from, flags, size)
}

// fullFrames writes full-size frames: share of 1 GB, always in as many connections.
func fullFrames(share float64) func(*maker) {
	return func(m *maker) {
		all := make([]*talk, frameFlows)
		for i := range all {
			all[i] = m.talk(i)
			m.moves(all[i], 0, dissect.SYN, 0)
			m.moves(all[i], 1, dissect.SYN|dissect.ACK, 0)
			m.moves(all[i], 0, dissect.ACK, 0)
		}
		for n := int(float64(sized(frameBytes)) * share / (2*1530 + 82)); n > 0; n-- {
			t := all[m.r.IntN(len(all))]
			m.moves(t, 1, dissect.ACK, 1448)
			m.moves(t, 1, dissect.ACK, 1448)
			m.moves(t, 0, dissect.ACK, 0)
		}
	}
}

// portScan writes SYNs to two million endpoints: half of them are refused.
func portScan(m *maker) {
	for n := range sized(scanFlows) {
		t := m.talk(n)
		m.moves(t, 0, dissect.SYN, 0)
		if n%2 == 0 {
			m.moves(t, 1, dissect.RST|dissect.ACK, 0)
		}
	}
}
