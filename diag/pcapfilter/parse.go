package pcapfilter

// The limits of a text.
const (
	longest = 4096 // bytes
	deepest = 64   // parentheses, negations and brackets, one within another
)

// What would be understood in various places.
const (
	wantTerm = "here come host, net, port, portrange, proto, src, dst, ip, ip6, arp, rarp, tcp, udp, sctp, icmp, icmp6, vlan, " +
		"not, a parenthesis, or a comparison such as tcp[tcpflags] & tcp-rst != 0"
	wantMore   = "here come and, or, or the end"
	wantClosed = "here come and, or, or a closing parenthesis"
)

// Parse reads a filter. No text at all selects everything. The error is an
// *Error.
func Parse(text string) (*Filter, error) {
	p := &parser{text: text, tokens: lex(text)}
	if len(text) > longest {
		p.fail(p.tokens[len(p.tokens)-1], "a filter has at most 4096 bytes")
		return nil, p.err
	}
	if p.peek().kind == end {
		return &Filter{}, nil
	}
	t, _ := p.expression(qualifiers{})
	if p.err == nil && p.peek().kind != end {
		p.fail(p.peek(), wantMore)
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Filter{test: t}, nil
}

// parser goes through the tokens of a text. Once it failed it goes no
// further, and what its functions return is of no meaning.
type parser struct {
	text   string
	tokens []token
	next   int
	depth  int
	tags   int // VLAN tags that were passed so far
	err    error
}

func (p *parser) peek() token { return p.tokens[p.next] }

// after is the token n after the next one.
func (p *parser) after(n int) token { return p.tokens[min(p.next+n, len(p.tokens)-1)] }

func (p *parser) take() token {
	t := p.peek()
	p.next = min(p.next+1, len(p.tokens)-1)
	return t
}

// took takes the next token if it is a certain word or sign.
func (p *parser) took(text string) bool {
	if t := p.peek(); (t.kind != word && t.kind != sign) || t.text != text {
		return false
	}
	p.take()
	return true
}

// fail keeps the first error, and moves to the end.
func (p *parser) fail(t token, want string) {
	if p.err == nil {
		p.err = &Error{Text: p.text, At: t.at, Word: t.text, Want: want}
	}
	p.next = len(p.tokens) - 1
}

// deeper counts what lies one within another; the caller gives it back.
func (p *parser) deeper() bool {
	if p.depth++; p.depth > deepest {
		p.fail(p.peek(), "there is too much one within another")
	}
	return p.err == nil
}

// expression reads terms with "and" and "or" between them, which bind alike.
// It returns the qualifiers of the last term, which those that follow take
// over when they have none.
func (p *parser) expression(q qualifiers) (test, qualifiers) {
	t, q := p.term(q)
	for p.err == nil {
		var combine func(a, b test) test
		switch {
		case p.took("and") || p.took("&&"):
			combine = both
		case p.took("or") || p.took("||"):
			combine = either
		default:
			return t, q
		}
		var right test
		right, q = p.term(q)
		t = combine(t, right)
	}
	return t, q
}

// term reads what stands between "and" and "or".
func (p *parser) term(q qualifiers) (test, qualifiers) {
	defer func() { p.depth-- }()
	switch t := p.peek(); {
	case !p.deeper():
		return nil, q
	case p.took("not") || p.took("!"):
		inner, q := p.term(q)
		return opposite(inner), q
	case p.calculates():
		return p.comparison(), qualifiers{}
	case p.took("("):
		inner, q := p.expression(q)
		p.closing()
		return inner, q
	case isValue(t) && !q.given:
		p.fail(t, "before it comes one of host, net, port, portrange, src, dst")
		return nil, q
	case isValue(t):
		return p.value(q), q
	case p.took("vlan"):
		return p.vlan(), qualifiers{}
	}
	return p.qualified()
}

func (p *parser) closing() {
	if p.err == nil && !p.took(")") {
		p.fail(p.peek(), wantClosed)
	}
}

// isValue reports whether a token is a number or an address.
func isValue(t token) bool {
	return t.kind == address || t.kind == word && t.text[0] >= '0' && t.text[0] <= '9'
}

// vlan reads the number of a tag, if there is one. All that follows in the
// text looks behind the tag.
func (p *parser) vlan() test {
	t := tagged(p.tags)
	if isValue(p.peek()) {
		at := p.peek()
		number := p.number()
		if number > 4095 {
			p.fail(at, "the number of a VLAN is at most 4095")
		}
		t = both(t, field(network(p.tags), 0, 2, 0x0fff, number, number))
	}
	p.tags++
	return t
}
