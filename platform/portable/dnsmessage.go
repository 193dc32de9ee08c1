package portable

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"faultline/platform"
)

const (
	// edns0Payload is the size that fits every path without fragments
	// (DNS Flag Day 2020; RFC 9715 §3.1).
	edns0Payload = 1232
	maxRecords   = 64
	maxExtended  = 8
	maxNameText  = 255
	maxExtraText = 256
)

var askable = map[string]uint16{
	"A": dns.TypeA, "AAAA": dns.TypeAAAA, "SOA": dns.TypeSOA, "NS": dns.TypeNS, "CNAME": dns.TypeCNAME,
}

// question is a packed query and what an answer must repeat of it.
type question struct {
	id   uint16
	name string // as the codec writes it after a round trip
	typ  uint16
	wire []byte
}

// ask packs q under a fresh random id (RFC 5452 §9.2). A name that does not fit
// into a message, and an unknown type, are problems of the caller.
func ask(q platform.DNSAsk, edns bool) (question, error) {
	typ, ok := askable[q.Type]
	if !ok {
		return question{}, other("no DNS type to ask for: " + q.Type)
	}
	if _, ok := dns.IsDomainName(q.Name); !ok || q.Name == "" {
		return question{}, other("no DNS name: " + q.Name)
	}
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(q.Name), typ)
	m.Id, m.CheckingDisabled = randomID(), q.CD
	if edns {
		m.SetEdns0(edns0Payload, false)
	}
	wire, err := m.Pack()
	if err != nil {
		return question{}, other("packing the DNS name: " + err.Error())
	}
	var again dns.Msg
	if err := again.Unpack(wire); err != nil {
		return question{}, other("packing the DNS name: " + err.Error())
	}
	return question{id: m.Id, name: again.Question[0].Name, typ: typ, wire: wire}, nil
}

func randomID() uint16 {
	var b [2]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint16(b[:])
}

// read returns the answer in b when it is one to this question. An answer that
// is cut off in its records but says so (RFC 2181 §9) is one.
func (q question) read(b []byte) (*dns.Msg, error) {
	m := new(dns.Msg)
	err := m.Unpack(b)
	switch {
	case len(b) < 12:
		return nil, malformed("the DNS message is shorter than its header")
	case m.Id != q.id:
		return nil, malformed("the DNS message has another id")
	case !m.Response || m.Opcode != dns.OpcodeQuery:
		return nil, malformed("the DNS message is no response to a query")
	case !q.repeatedIn(m):
		return nil, malformed("the DNS message answers another question")
	case err != nil && !m.Truncated:
		return nil, malformed("the DNS message cannot be read: " + err.Error())
	}
	return m, nil
}

// repeatedIn allows an empty question section only with the codes by which old
// servers reject what they could not read (RFC 6891 §7).
func (q question) repeatedIn(m *dns.Msg) bool {
	if len(m.Question) == 0 {
		return rejectsEDNS(m)
	}
	got := m.Question[0]
	return len(m.Question) == 1 && got.Qtype == q.typ && got.Qclass == dns.ClassINET &&
		strings.EqualFold(got.Name, q.name)
}

// rejectsEDNS reports whether the server may know the question when it comes
// without EDNS (RFC 6891 §7).
func rejectsEDNS(m *dns.Msg) bool {
	return m.Rcode == dns.RcodeFormatError || m.Rcode == dns.RcodeNotImplemented || m.Rcode == dns.RcodeBadVers
}

// factsOf maps a message, whatever is in it, to bounded facts.
func factsOf(m *dns.Msg) platform.DNSAnswer {
	return platform.DNSAnswer{
		RCode:     rcodeName(m.Rcode),
		Truncated: m.Truncated,
		Recursion: m.RecursionAvailable,
		Records:   records(m.Answer, nil),
		Authority: records(m.Ns, map[uint16]bool{dns.TypeSOA: true, dns.TypeNS: true}),
		Extended:  extended(m.Extra),
	}
}

func rcodeName(code int) string {
	if code == dns.RcodeBadVers { // 16 is BADSIG in TSIG only
		return "BADVERS"
	}
	if name, ok := dns.RcodeToString[code]; ok {
		return name
	}
	return fmt.Sprintf("RCODE%d", code)
}

// records keeps the records of the types wanted; nil wants all.
func records(rrs []dns.RR, wanted map[uint16]bool) []platform.DNSRecord {
	var out []platform.DNSRecord
	for _, rr := range rrs {
		if rr == nil || wanted != nil && !wanted[rr.Header().Rrtype] {
			continue
		}
		if len(out) == maxRecords {
			break
		}
		out = append(out, record(rr))
	}
	return out
}

func record(rr dns.RR) platform.DNSRecord {
	h := rr.Header()
	r := platform.DNSRecord{Name: plainName(h.Name), Type: typeName(h.Rrtype), TTL: h.Ttl}
	switch rr := rr.(type) {
	case *dns.A:
		r.Addr = addrOf(rr.A.To4())
	case *dns.AAAA:
		// Not unmapped: an AAAA record may hold ::ffff:192.0.2.1.
		r.Addr = addrOf(rr.AAAA.To16())
	case *dns.CNAME:
		r.Text = plainName(rr.Target)
	case *dns.NS:
		r.Text = plainName(rr.Ns)
	case *dns.SOA:
		r.Text = plainName(rr.Ns)
	}
	return r
}

func addrOf(b []byte) netip.Addr {
	addr, _ := netip.AddrFromSlice(b)
	return addr
}

func typeName(typ uint16) string {
	if name, ok := dns.TypeToString[typ]; ok {
		return name
	}
	return fmt.Sprintf("TYPE%d", typ)
}

// plainName drops the final dot but of the root, as names are written in asks.
func plainName(name string) string {
	if name == "." {
		return name
	}
	return printable(strings.TrimSuffix(name, "."), maxNameText)
}

func extended(extra []dns.RR) []platform.DNSExtended {
	var out []platform.DNSExtended
	for _, rr := range extra {
		opt, ok := rr.(*dns.OPT)
		if !ok {
			continue
		}
		for _, o := range opt.Option {
			if ede, ok := o.(*dns.EDNS0_EDE); ok && len(out) < maxExtended {
				out = append(out, platform.DNSExtended{Code: int(ede.InfoCode), Text: printable(ede.ExtraText, maxExtraText)})
			}
		}
	}
	return out
}
