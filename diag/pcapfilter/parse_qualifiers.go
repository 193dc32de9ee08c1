package pcapfilter

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
