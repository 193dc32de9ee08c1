//go:build linux

package netlab

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// wait lets d pass; false when the world ends first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// datagrams are the answers to a query over UDP.
func (d *DNS) datagrams(q *dns.Msg, m Manner) [][]byte {
	if !wait(d.w.ctx, m.Delay) {
		return nil
	}
	switch m.Mode {
	case Garbage:
		return [][]byte{garbage(q)}
	case Endless:
		return wrong(q)
	case Truncate:
		r := new(dns.Msg).SetReply(q)
		r.Truncated = true
		return packed(r)
	}
	return packed(d.reply(q, m.Mode))
}

// stream serves one TCP connection (RFC 1035 §4.2.2: two bytes of length
// before each message).
func (d *DNS) stream(c net.Conn) {
	for {
		q, err := readQuery(c)
		if err != nil {
			return
		}
		m, drop := d.treat(q, false)
		if drop {
			continue
		}
		if !wait(d.w.ctx, m.Delay) {
			return
		}
		if m.Mode == Endless {
			pour(c, bytes.Repeat([]byte{0xff}, 1<<14))
			return
		}
		if _, err := c.Write(d.framed(q, m.Mode)); err != nil {
			return
		}
	}
}

func (d *DNS) framed(q *dns.Msg, mode Mode) []byte {
	raw := garbage(q)
	if mode != Garbage {
		raw = packed(d.reply(q, mode))[0]
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...)
}

func readQuery(c net.Conn) (*dns.Msg, error) {
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return nil, err
	}
	raw := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, raw); err != nil {
		return nil, err
	}
	q := new(dns.Msg)
	if err := q.Unpack(raw); err != nil {
		return nil, err
	}
	if len(q.Question) != 1 {
		return nil, dns.ErrId
	}
	return q, nil
}

// reply makes the answer. The root always exists.
func (d *DNS) reply(q *dns.Msg, mode Mode) *dns.Msg {
	r := new(dns.Msg).SetReply(q)
	r.RecursionAvailable = true
	codes := map[Mode]int{NoSuchName: dns.RcodeNameError, ServFail: dns.RcodeServerFailure, Refused: dns.RcodeRefused}
	if code, ok := codes[mode]; ok {
		r.Rcode = code
		return r
	}
	d.mu.Lock()
	addrs, known := d.zone[key(q.Question[0].Name)]
	if !known {
		addrs, known = d.zone[key("*")]
	}
	d.mu.Unlock()
	if !known && q.Question[0].Name != "." {
		r.Rcode = dns.RcodeNameError
	}
	if mode == NoData {
		return r
	}
	r.Answer = records(q.Question[0], addrs)
	if len(r.Answer) == 0 {
		r.Ns = []dns.RR{&dns.SOA{Hdr: header(".", dns.TypeSOA), Ns: "a.", Mbox: "b.", Serial: 1, Minttl: 60}}
	}
	return r
}

func records(q dns.Question, addrs []netip.Addr) []dns.RR {
	var all []dns.RR
	for _, a := range addrs {
		switch {
		case a.Is4() && q.Qtype == dns.TypeA:
			all = append(all, &dns.A{Hdr: header(q.Name, dns.TypeA), A: a.AsSlice()})
		case a.Is6() && q.Qtype == dns.TypeAAAA:
			all = append(all, &dns.AAAA{Hdr: header(q.Name, dns.TypeAAAA), AAAA: a.AsSlice()})
		}
	}
	return all
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: 60}
}

func packed(m *dns.Msg) [][]byte {
	raw, err := m.Pack()
	if err != nil {
		panic("netlab: packing an own DNS message: " + err.Error())
	}
	return [][]byte{raw}
}

// garbage bears the query's id, so that it is not dropped unread.
func garbage(q *dns.Msg) []byte {
	raw := bytes.Repeat([]byte{0xc0, 0x3f, 0xff}, 20)
	binary.BigEndian.PutUint16(raw, q.Id)
	return raw
}

// wrong is a hundred answers to questions nobody asked.
func wrong(q *dns.Msg) [][]byte {
	var all [][]byte
	for i := range 100 {
		r := new(dns.Msg).SetReply(q)
		r.Id = q.Id + 1 + uint16(i)
		all = append(all, packed(r)...)
	}
	return all
}
