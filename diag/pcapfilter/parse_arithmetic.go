package pcapfilter

import (
	"maps"
	"slices"
	"strings"
)

// calculates reports whether a comparison of numbers is next: bytes of a
// header, a number with an operator behind, or a parenthesis with one behind.
func (p *parser) calculates() bool {
	t, behind := p.peek(), p.after(1)
	switch {
	case t.kind == sign && t.text == "-":
		return true
	case t.kind == sign && t.text == "(":
		return isOperator(p.tokens[p.match()])
	case t.kind != word:
		return false
	case names[t.text]:
		return behind.kind == sign && behind.text == "["
	}
	_, constant := constants[t.text]
	return constant || isValue(t) && isOperator(behind) && behind.text != "/" && !strings.Contains(t.text, ".")
}

// match is the index of what comes behind the parenthesis that is next.
func (p *parser) match() int {
	open := 0
	for i := p.next; ; i++ {
		switch t := p.tokens[i]; {
		case t.kind == end:
			return i
		case t.kind != sign:
		case t.text == "(":
			open++
		case t.text == ")":
			if open--; open == 0 {
				return i + 1
			}
		}
	}
}

func isOperator(t token) bool {
	if t.kind != sign {
		return false
	}
	for _, of := range operators {
		if of[t.text] != nil {
			return true
		}
	}
	return comparisons[t.text] != nil
}

// comparison reads two numbers with a relation between them.
func (p *parser) comparison() test {
	left := p.sum(0)
	t := p.take()
	compare := comparisons[t.text]
	if compare == nil || t.kind != sign {
		p.fail(t, "here come "+strings.Join(slices.Sorted(maps.Keys(comparisons)), " ")+" or a further operator")
		return nil
	}
	right := p.sum(0)
	if p.err != nil {
		return nil
	}
	return compared(compare, left, right)
}

// sum reads operands with operators that bind as tight as those of a level,
// or tighter.
func (p *parser) sum(level int) quantity {
	if level == len(operators) {
		return p.operand()
	}
	x := p.sum(level + 1)
	for p.err == nil {
		t := p.peek()
		calculate := operators[level][t.text]
		if calculate == nil || t.kind != sign {
			break
		}
		p.take()
		x = calculated(t.text, calculate, x, p.sum(level+1))
	}
	return x
}

// operand reads a number, a name of one, bytes of a header, or a sum in
// parentheses.
func (p *parser) operand() quantity {
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case !p.deeper():
		return constant(0)
	case p.took("("):
		x := p.sum(0)
		p.closing()
		return x
	case p.took("-"):
		return negative(p.operand())
	case t.kind == word && names[t.text]:
		return p.bytes()
	}
	if n, named := constants[t.text]; named && t.kind == word {
		p.take()
		return constant(n)
	}
	return constant(p.number())
}

// bytes reads NAME[INDEX] or NAME[INDEX:SIZE].
func (p *parser) bytes() quantity {
	name := p.take().text
	if !p.took("[") {
		p.fail(p.peek(), "after "+name+" comes [ here")
		return constant(0)
	}
	index, size := p.sum(0), uint32(1)
	if p.took(":") {
		t := p.peek()
		if size = p.number(); size != 1 && size != 2 && size != 4 {
			p.fail(t, "the size is 1, 2 or 4 bytes")
		}
	}
	if p.err == nil && !p.took("]") {
		p.fail(p.peek(), "here come ], : with a size, or an operator")
	}
	return bytesOf(p.tags, name, index, int(size))
}
