// Package packettest makes up TCP conversations and writes them as captures,
// for tests.
//
// It never reads anything, and is in no program.
package packettest

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"
)

// The two ends of a conversation.
const (
	Client = iota
	Server
)

// Story is a conversation between two ends that both count right: each packet
// continues where its sender and its peer are.
type Story struct {
	at    time.Duration
	ends  [2]netip.AddrPort
	next  [2]uint32
	sent  [2]uint16
	bytes []byte
}

// Began is when every story begins.
var Began = time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)

// Step is the time between two packets of a story.
const Step = 10 * time.Millisecond

// New begins the story of a connection, such as 192.0.2.20:50000 to
// 192.0.2.1:80.
func New(client, server string) *Story {
	s := &Story{next: [2]uint32{1000, 5000}, bytes: header()}
	s.ends = [2]netip.AddrPort{netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)}
	return s
}

// Packet is what is told of one packet. A Change may lie.
type Packet struct {
	TTL      uint8
	ID       uint16
	Seq, Ack uint32
	Window   uint16
	Flags    uint8
}

// Change alters a packet before it is written.
type Change func(*Packet)

// TTL sets the time to live, which is 64 of the client and 57 of the server.
func TTL(n uint8) Change { return func(p *Packet) { p.TTL = n } }

// Seq moves the sequence number.
func Seq(by int32) Change { return func(p *Packet) { p.Seq += uint32(by) } }

// Bare leaves out the acknowledgment, the window and the id, as a stack does
// that knows no connection.
func Bare(p *Packet) { p.Ack, p.Window, p.ID = 0, 0, 0 }

// Send adds a packet of one end: flags are letters of "SAFRP".
func (s *Story) Send(from int, flags, payload string, changes ...Change) *Story {
	s.sent[from]++
	p := Packet{TTL: []uint8{64, 57}[from], ID: []uint16{100, 40000}[from] + s.sent[from], Seq: s.next[from], Window: 8192}
	for i, letter := range "FSRPA" {
		if strings.ContainsRune(flags, letter) {
			p.Flags |= 1 << i
		}
	}
	if strings.Contains(flags, "A") {
		p.Ack = s.next[1-from]
	}
	for _, change := range changes {
		change(&p)
	}
	s.write(from, p, payload)
	s.next[from] += uint32(len(payload)) + uint32(strings.Count(flags, "S")+strings.Count(flags, "F"))
	s.at += Step
	return s
}

// Open adds the handshake.
func (s *Story) Open() *Story {
	return s.Send(Client, "S", "").Send(Server, "SA", "").Send(Client, "A", "")
}

// Close adds an orderly end.
func (s *Story) Close() *Story {
	return s.Send(Client, "FA", "").Send(Server, "FA", "").Send(Client, "A", "")
}

// Wait lets time pass.
func (s *Story) Wait(d time.Duration) *Story {
	s.at += d
	return s
}

// Again goes back by n bytes of one end, which sends them once more.
func (s *Story) Again(from, n int) *Story {
	s.next[from] -= uint32(n)
	return s
}

// Then goes on with another connection.
func (s *Story) Then(client, server string) *Story {
	s.next, s.sent = [2]uint32{1000, 5000}, [2]uint16{}
	s.ends = [2]netip.AddrPort{netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)}
	return s
}

// PCAP returns the story as a file.
func (s *Story) PCAP() []byte { return s.bytes }

// header begins a pcap file of nanoseconds and raw IP packets
// (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html).
func header() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 1<<18)
	return binary.LittleEndian.AppendUint32(b, 101)
}

func (s *Story) write(from int, p Packet, payload string) {
	data := s.datagram(from, p, payload)
	at := Began.Add(s.at)
	for _, n := range []uint32{uint32(at.Unix()), uint32(at.Nanosecond()), uint32(len(data)), uint32(len(data))} {
		s.bytes = binary.LittleEndian.AppendUint32(s.bytes, n)
	}
	s.bytes = append(s.bytes, data...)
}

// datagram is an IPv4 packet with both checksums (RFC 791, RFC 9293 §3.1).
func (s *Story) datagram(from int, p Packet, payload string) []byte {
	src, dst := s.ends[from].Addr().As4(), s.ends[1-from].Addr().As4()
	b := []byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, p.TTL, 6, 0, 0}
	b = append(append(b, src[:]...), dst[:]...)
	b = binary.BigEndian.AppendUint16(b, s.ends[from].Port())
	b = binary.BigEndian.AppendUint16(b, s.ends[1-from].Port())
	b = binary.BigEndian.AppendUint32(b, p.Seq)
	b = binary.BigEndian.AppendUint32(b, p.Ack)
	b = append(b, 5<<4, p.Flags)
	b = binary.BigEndian.AppendUint16(b, p.Window)
	b = append(append(b, 0, 0, 0, 0), payload...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[4:], p.ID)
	binary.BigEndian.PutUint16(b[10:], checksum(b[:20], 0))
	binary.BigEndian.PutUint16(b[36:], checksum(b[20:], checksumOfPseudoHeader(src, dst, len(b)-20)))
	return b
}

func checksumOfPseudoHeader(src, dst [4]byte, length int) uint32 {
	sum := uint32(6) + uint32(length)
	for _, a := range [][4]byte{src, dst} {
		sum += uint32(binary.BigEndian.Uint16(a[:2])) + uint32(binary.BigEndian.Uint16(a[2:]))
	}
	return sum
}

// checksum is the Internet checksum (RFC 1071).
func checksum(b []byte, sum uint32) uint16 {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
