package packettest

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Ends are conversations that are captured at both of their ends, each by a
// clock of its own, with a network in between that may do anything to a packet.
// The fields may be set before a packet is sent that they are about.
type Ends struct {
	Delay   time.Duration // of each packet on its way
	Ahead   time.Duration // of the server's clock before the client's
	Drift   float64       // seconds a second that the server's clock is faster
	Outside string        // what the client's address is at the server's end (NAT); "": the same
	Shift   [2]uint32     // what is added to the sequence numbers of each side on the way to the server
	Hops    uint8         // routers in between
	Snap    [2]int        // bytes of each packet that a capture keeps; 0: all
	Stamps  bool          // with TCP time stamps
	Twice   [2]bool       // a capture has each packet two times

	at      time.Duration
	ends    [2]netip.AddrPort
	next    [2]uint32
	sent    [2]uint16
	streams uint32
	records [2][]taken
}

// taken is one packet as a capture has it.
type taken struct {
	at   time.Duration // by the true time
	data []byte
}

// Both begins a conversation, such as of 192.0.2.20:50000 with 192.0.2.1:80.
func Both(client, server string) *Ends {
	e := &Ends{Delay: 4 * time.Millisecond, Hops: 7}
	return e.Then(client, server)
}

// Then goes on with another connection.
func (e *Ends) Then(client, server string) *Ends {
	e.streams++
	e.ends = [2]netip.AddrPort{netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)}
	e.next, e.sent = [2]uint32{1000 + e.streams<<20, 5000 + e.streams<<24}, [2]uint16{uint16(100 * e.streams), uint16(40000 + 100*e.streams)}
	return e
}

// passage is one packet on its way.
type passage struct {
	Packet
	leaves, arrives bool // whether the captures of its sender and its receiver have it
	late            time.Duration
	far             []Change // on the way
	text            string   // of the payload on the far side, where another
	hold            bool     // the sender's numbers stay as they are
}

// Fate is what becomes of a packet, or what its sender does to it.
type Fate func(*passage)

// Lost packets leave, and are in no other capture.
func Lost(p *passage) { p.arrives = false }

// Injected packets arrive, and nobody sent them. What makes them knows neither the
// counter of the sender's IP ids nor the clock of its time stamps.
func Injected(p *passage) {
	p.leaves, p.hold, p.ID, p.Options = false, true, 0, nil
}

// Mimicked packets are injected, and bear what their alleged sender's would.
func Mimicked(p *passage) { p.leaves, p.hold = false, true }

// Overlooked packets are sent, and only the receiver's capture has them.
func Overlooked(p *passage) { p.leaves = false }

// Held packets do not move their sender's numbers: it will send the same again.
func Held(p *passage) { p.hold = true }

// Late adds to the time on the way.
func Late(d time.Duration) Fate { return func(p *passage) { p.late = d } }

// Made changes a packet before it is sent.
func Made(c Change) Fate { return func(p *passage) { c(&p.Packet) } }

// Altered changes a packet on its way.
func Altered(c Change) Fate { return func(p *passage) { p.far = append(p.far, c) } }

// AlteredText puts other words, of the same length, into the payload on its way.
func AlteredText(s string) Fate { return func(p *passage) { p.text = s } }

// Send adds a packet of one end; flags are letters of "SAFRP".
func (e *Ends) Send(from int, flags, payload string, fates ...Fate) *Ends {
	e.sent[from]++
	p := passage{leaves: true, arrives: true, Packet: Packet{
		TTL: 64, ID: e.sent[from], Seq: e.next[from], Window: 8192, Flags: flagsOf(flags),
	}}
	if strings.Contains(flags, "A") {
		p.Ack = e.next[1-from]
	}
	if e.Stamps {
		p.Options = binary.BigEndian.AppendUint32([]byte{1, 1, 8, 10}, uint32(from+1)<<24+e.streams<<16+uint32(e.at/time.Millisecond))
		p.Options = binary.BigEndian.AppendUint32(p.Options, p.Ack)
	}
	for _, f := range fates {
		f(&p)
	}
	e.pass(from, &p, payload)
	if !p.hold && !strings.Contains(flags, "R") {
		e.next[from] += uint32(len(payload)) + uint32(strings.Count(flags, "S")+strings.Count(flags, "F"))
	}
	e.at += e.pace()
	return e
}

// pace is the time between two packets: the far end has had one before the next.
func (e *Ends) pace() time.Duration { return max(Step, e.Delay+e.Delay/4) }

// AtOnce sends what is next at the time of the last packet.
func (e *Ends) AtOnce() *Ends { return e.Wait(-e.pace()) }

// pass puts a packet into the captures that see it.
func (e *Ends) pass(from int, p *passage, payload string) {
	near, far := p.Packet, p.Packet
	far.TTL -= e.Hops
	for _, c := range p.far {
		c(&far)
	}
	inside, outside := e.ends, e.ends
	if e.Outside != "" {
		outside[Client] = netip.MustParseAddrPort(e.Outside)
	}
	shifted := &far // what the server's end has
	if from == Server {
		shifted = &near
	}
	if shifted.Seq != 0 { // who knows no connection has no number
		shifted.Seq += e.Shift[from]
	}
	if shifted.Flags&(1<<4) != 0 {
		shifted.Ack += e.Shift[1-from]
	}
	names := [2][2]netip.AddrPort{inside, outside}
	if p.leaves {
		e.take(from, e.at, datagram(names[from][from], names[from][1-from], near, payload))
	}
	if p.arrives {
		e.take(1-from, e.at+e.Delay+p.late, datagram(names[1-from][from], names[1-from][1-from], far, cmp.Or(p.text, payload)))
	}
}

func (e *Ends) take(end int, at time.Duration, data []byte) {
	e.records[end] = append(e.records[end], taken{at, data})
	if e.Twice[end] {
		e.records[end] = append(e.records[end], taken{at + 10*time.Microsecond, data})
	}
}

// Open adds the handshake.
func (e *Ends) Open() *Ends {
	return e.Send(Client, "S", "").Send(Server, "SA", "").Send(Client, "A", "")
}

// Close adds an orderly end.
func (e *Ends) Close() *Ends {
	return e.Send(Client, "FA", "").Send(Server, "FA", "").Send(Client, "A", "")
}

// Wait lets time pass.
func (e *Ends) Wait(d time.Duration) *Ends {
	e.at += d
	return e
}

// Again goes back by n bytes of one end, which sends them once more.
func (e *Ends) Again(from, n int) *Ends {
	e.next[from] -= uint32(n)
	return e
}

// PCAP returns the capture of one end as a file.
func (e *Ends) PCAP(end int) []byte { return e.Part(end, 0, len(e.records[end])) }

// Packets is how many packets the capture of one end holds.
func (e *Ends) Packets(end int) int { return len(e.records[end]) }

// Part is a capture of which only packets from one on and before another are
// left.
func (e *Ends) Part(end, from, to int) []byte {
	return e.kept(end, func(i int) bool { return i >= from && i < to })
}

// Without is a capture that lacks packets from one on and before another.
func (e *Ends) Without(end, from, to int) []byte {
	return e.kept(end, func(i int) bool { return i < from || i >= to })
}

func (e *Ends) kept(end int, is func(i int) bool) []byte {
	all := slices.Clone(e.records[end])
	slices.SortStableFunc(all, func(x, y taken) int { return cmp.Compare(x.at, y.at) })
	b := header()
	for i, r := range all {
		if !is(i) {
			continue
		}
		at := Began.Add(r.at)
		if end == Server {
			at = at.Add(e.Ahead + time.Duration(e.Drift*float64(r.at)))
		}
		snap := e.Snap[end]
		if snap == 0 {
			snap = len(r.data)
		}
		b = record(b, at, r.data, snap)
	}
	return b
}
