package pcapfilter

import (
	"net/netip"
	"strconv"
	"strings"
)

// qualifiers are the words before an address or a number.
type qualifiers struct {
	given bool
	proto string // "tcp", "ip6"; empty for any
	end   direction
	of    string // "host", "net", "port", "portrange", "proto"; empty for a host
}

// names are the protocols that may stand alone.
var names = map[string]bool{"ip": true, "ip6": true, "arp": true, "rarp": true, "tcp": true, "udp": true, "sctp": true, "icmp": true, "icmp6": true}

// qualified reads a protocol alone, or qualifiers with their values.
func (p *parser) qualified() (test, qualifiers) {
	start := p.peek()
	q := qualifiers{given: true}
	if start.kind == word && names[start.text] {
		q.proto = p.take().text
	}
	direct := p.direction(&q)
	for _, of := range []string{"host", "net", "port", "portrange", "proto"} {
		if q.of == "" && p.took(of) {
			q.of = of
		}
	}
	switch {
	case q.of == "" && !direct && q.proto != "":
		return named(p.tags, q.proto), qualifiers{}
	case q.of == "" && !direct:
		p.fail(start, wantTerm)
		return nil, q
	case !q.fits():
		p.fail(start, q.misfit())
		return nil, q
	}
	return p.values(q), q
}

// direction reads "src", "dst", or both with "or" or "and" between them.
func (p *parser) direction(q *qualifiers) bool {
	first, second := p.peek().text, p.after(2).text
	ends := map[string]direction{"src": source, "dst": destination}
	if p.peek().kind != word || ends[first] == anyEnd {
		return false
	}
	p.take()
	q.end = ends[first]
	if ends[second] == anyEnd || second == first {
		return true
	}
	switch {
	case p.took("or") || p.took("||"):
		q.end = anyEnd
	case p.took("and") || p.took("&&"):
		q.end = bothEnds
	default:
		return true
	}
	p.take()
	return true
}

// fits reports whether the protocol goes with what follows it.
func (q qualifiers) fits() bool {
	switch q.of {
	case "port", "portrange":
		return q.proto == "" || transports[q.proto] != 0
	case "proto":
		return q.end == anyEnd && (q.proto == "" || q.proto == "ip" || q.proto == "ip6")
	}
	return q.proto == "" || transports[q.proto] == 0 && q.proto != "icmp" && q.proto != "icmp6"
}

func (q qualifiers) misfit() string {
	switch q.of {
	case "port", "portrange":
		return "before " + q.of + " come tcp, udp, sctp or none"
	case "proto":
		return "before proto come ip, ip6 or none"
	}
	return "before an address come ip, ip6, arp, rarp or none"
}

// values reads one value, or several in parentheses with "and" and "or".
func (p *parser) values(q qualifiers) test {
	defer func() { p.depth-- }()
	switch {
	case !p.deeper():
		return nil
	case p.took("not") || p.took("!"):
		return opposite(p.values(q))
	case !p.took("("):
		return p.value(q)
	}
	t := p.values(q)
	for p.err == nil {
		switch {
		case p.took("and") || p.took("&&"):
			t = both(t, p.values(q))
		case p.took("or") || p.took("||"):
			t = either(t, p.values(q))
		default:
			p.closing()
			return t
		}
	}
	return t
}

// value reads one value.
func (p *parser) value(q qualifiers) test {
	switch t := p.peek(); q.of {
	case "port":
		n := p.port(t, p.number())
		return p.ports(q, n, n)
	case "portrange":
		low, high := p.portRange()
		return p.ports(q, low, high)
	case "proto":
		return protocol(p.tags, q.proto, p.protocolNumber())
	case "net":
		if t.kind == address {
			return p.net6(q)
		}
		return p.net4(q)
	default:
		if t.kind == address {
			return p.net6(q)
		}
		return p.host4(q)
	}
}

func (p *parser) ports(q qualifiers, low, high uint32) test {
	if q.proto == "" {
		return ports(p.tags, q.end, low, high, protocolTCP, protocolUDP, protocolSCTP)
	}
	return ports(p.tags, q.end, low, high, transports[q.proto])
}

// number reads a number as in C.
func (p *parser) number() uint32 {
	t := p.take()
	digits := strings.ToLower(t.text)
	if t.kind != word || !isValue(t) || strings.ContainsAny(digits, "_.-") || strings.HasPrefix(digits, "0b") || strings.HasPrefix(digits, "0o") {
		p.fail(t, "a number is wanted here")
		return 0
	}
	n, err := strconv.ParseUint(digits, 0, 32)
	if err != nil {
		p.fail(t, "this is no number of at most 32 bits")
	}
	return uint32(n)
}

func (p *parser) port(t token, n uint32) uint32 {
	if n > 65535 {
		p.fail(t, "a port is at most 65535")
	}
	return n
}

// portRange reads FROM-TO, in either order, or a single port.
func (p *parser) portRange() (low, high uint32) {
	t := p.peek()
	from, to, ranged := strings.Cut(t.text, "-")
	if !ranged || t.kind != word {
		n := p.port(t, p.number())
		return n, n
	}
	p.take()
	a, err := strconv.ParseUint(from, 10, 16)
	b, other := strconv.ParseUint(to, 10, 16)
	if err != nil || other != nil {
		p.fail(t, "a range of ports is wanted here, such as 8000-8080")
	}
	return uint32(min(a, b)), uint32(max(a, b))
}

// protocolNumber reads a number, or a name behind a backslash.
func (p *parser) protocolNumber() uint32 {
	if t := p.peek(); t.kind == escaped {
		numbers := map[string]uint32{"icmp": protocolICMP, "tcp": protocolTCP, "udp": protocolUDP, "sctp": protocolSCTP}
		if numbers[t.text] == 0 {
			p.fail(t, `here come a number, \icmp, \tcp, \udp or \sctp`)
		}
		p.take()
		return numbers[t.text]
	}
	t := p.peek()
	n := p.number()
	if n > 255 {
		p.fail(t, "the number of a protocol is at most 255")
	}
	return n
}

// host4 reads a whole IPv4 address.
func (p *parser) host4(q qualifiers) test {
	t := p.take()
	address, bits, ok := dotted(t.text)
	switch {
	case t.kind != word || !ok || bits != 32:
		p.fail(t, "an IPv4 or IPv6 address is wanted here; names are not resolved")
	case q.proto == "ip6":
		p.fail(t, "after ip6 comes an IPv6 address")
	case p.peek().text == "/":
		p.fail(t, "before a network comes net")
	}
	return address4(p.tags, q.proto, q.end, address, 0xffffffff)
}

// net4 reads an IPv4 network: its first bytes, with /BITS or "mask MASK".
func (p *parser) net4(q qualifiers) test {
	t := p.take()
	address, bits, ok := dotted(t.text)
	switch {
	case t.kind != word || !ok:
		p.fail(t, "a network is wanted here, such as 10.0.0.0/8, 192.168 or 2001:db8::/32")
	case q.proto == "ip6":
		p.fail(t, "after ip6 comes an IPv6 network")
	}
	mask := ^uint32(0) << (32 - bits)
	switch {
	case p.took("/"):
		mask = uint32(uint64(0xffffffff) << (32 - p.bits(32)))
	case p.took("mask"):
		given := p.take()
		if mask, _, ok = dotted(given.text); !ok {
			p.fail(given, "a mask is wanted here, such as 255.255.0.0")
		}
	}
	if address&^mask != 0 {
		p.fail(t, "it has bits beyond its mask")
	}
	return address4(p.tags, q.proto, q.end, address, mask)
}

// dotted reads the first bytes of an IPv4 address: how many bits they are.
func dotted(s string) (address uint32, bits int, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return 0, 0, false
	}
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return 0, 0, false
		}
		address, bits = address<<8|uint32(n), bits+8
	}
	return address << (32 - bits), bits, true
}

// net6 reads an IPv6 address, with /BITS for a network.
func (p *parser) net6(q qualifiers) test {
	t := p.take()
	a, err := netip.ParseAddr(t.text)
	switch {
	case err != nil:
		p.fail(t, "this is no address")
		return nil
	case q.proto != "" && q.proto != "ip6":
		p.fail(t, "after "+q.proto+" comes an IPv4 address")
	}
	bits := 128
	if p.took("/") {
		bits = p.bits(128)
	}
	prefix := netip.PrefixFrom(a, bits)
	switch {
	case q.of != "net" && bits != 128:
		p.fail(t, "before a network comes net")
	case p.err == nil && prefix.Masked() != prefix:
		p.fail(t, "it has bits beyond its mask")
	}
	return address6(p.tags, q.end, prefix)
}

// bits reads the length of a prefix.
func (p *parser) bits(most uint32) int {
	t := p.peek()
	n := p.number()
	if n > most {
		p.fail(t, "a prefix has at most "+strconv.Itoa(int(most))+" bits")
		return 0
	}
	return int(n)
}
