//go:build linux

package netlab

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
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
		r.Truncated, r.RecursionAvailable = true, true // without it the C library takes the server for a lame one
		return packed(r)
	case TruncatePart:
		r := d.reply(q, m)
		r.Truncated = true
		return packed(r)
	case NoEDNS, MuteAAAA:
		if m.Mode == NoEDNS && q.IsEdns0() != nil || m.Mode == MuteAAAA && q.Question[0].Qtype == dns.TypeAAAA {
			return nil
		}
	}
	return packed(d.reply(q, m))
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
		if _, err := c.Write(d.framed(q, m)); err != nil {
			return
		}
	}
}

func (d *DNS) framed(q *dns.Msg, m Manner) []byte {
	raw := garbage(q)
	if m.Mode != Garbage {
		raw = packed(d.reply(q, m))[0]
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

// codes are the modes that answer with nothing but a code.
var codes = map[Mode]int{NoSuchName: dns.RcodeNameError, ServFail: dns.RcodeServerFailure, Refused: dns.RcodeRefused,
	OtherCode: dns.RcodeNotZone}

// reply makes the answer. The root always exists, and so does what lies above a
// name that exists (RFC 8020).
func (d *DNS) reply(q *dns.Msg, m Manner) *dns.Msg {
	r := new(dns.Msg).SetReply(q)
	r.RecursionAvailable = true
	if m.Extended > 0 && q.IsEdns0() != nil {
		r.SetEdns0(1232, false)
		r.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_EDE{InfoCode: m.Extended, ExtraText: "by rule"}}
	}
	code, only := codes[m.Mode]
	switch {
	case m.Mode == Bogus && !q.CheckingDisabled:
		code, only = dns.RcodeServerFailure, true
	case m.Mode == FailAAAA && q.Question[0].Qtype == dns.TypeAAAA:
		code, only = dns.RcodeServerFailure, true
	case m.Mode == DenyAAAA && q.Question[0].Qtype == dns.TypeAAAA:
		code, only = dns.RcodeNameError, true
	case m.Mode == FormErrEDNS && q.IsEdns0() != nil:
		code, only = dns.RcodeFormatError, true
	case m.Mode == Lame:
		r.RecursionAvailable = false
		r.Ns = []dns.RR{&dns.NS{Hdr: header(".", dns.TypeNS), Ns: "a."}}
		return r
	}
	if only {
		r.Rcode = code
		return r
	}
	return d.found(q.Question[0], r, m.Mode)
}

// found puts what the zone holds into an answer.
func (d *DNS) found(q dns.Question, r *dns.Msg, mode Mode) *dns.Msg {
	d.mu.Lock()
	name := key(q.Name)
	for to, ok := d.alias[name]; ok && len(r.Answer) < 8; to, ok = d.alias[name] {
		r.Answer = append(r.Answer, &dns.CNAME{Hdr: header(name, dns.TypeCNAME), Target: to})
		name = to
	}
	addrs, known := d.zone[name]
	if !known {
		addrs, known = d.zone[key("*")]
	}
	known = known || name == "." || d.above(name)
	d.mu.Unlock()
	if !known {
		r.Rcode = dns.RcodeNameError
	}
	if mode == NoData {
		return r
	}
	q.Name = name
	own := records(q, addrs)
	if r.Answer = append(r.Answer, own...); len(own) == 0 {
		r.Ns = []dns.RR{&dns.SOA{Hdr: header(".", dns.TypeSOA), Ns: "a.", Mbox: "b.", Serial: 1, Minttl: 60}}
	}
	return r
}

// above reports whether a name is known below this one.
func (d *DNS) above(name string) bool {
	for k := range d.zone {
		if strings.HasSuffix(k, "."+name) {
			return true
		}
	}
	return false
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
