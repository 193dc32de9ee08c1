package pcapfilter

// value is a number, as arithmetic of 32 bits without sign has it; ok is
// false where the packet is too short for it, or something divided by 0.
type value func(p packet) (n uint32, ok bool)

// quantity is a value, and what must hold of a packet for it to be asked.
type quantity struct {
	of   value
	when []test
}

func constant(n uint32) quantity {
	return quantity{of: func(packet) (uint32, bool) { return n, true }}
}

// The operators, those that bind tighter later.
var operators = []map[string]func(a, b uint32) uint32{
	{"|": func(a, b uint32) uint32 { return a | b }, "&": func(a, b uint32) uint32 { return a & b }},
	{"<<": func(a, b uint32) uint32 { return a << b }, ">>": func(a, b uint32) uint32 { return a >> b }},
	{"+": func(a, b uint32) uint32 { return a + b }, "-": func(a, b uint32) uint32 { return a - b }},
	{"*": func(a, b uint32) uint32 { return a * b }, "/": func(a, b uint32) uint32 { return a / b }},
}

// comparisons are the relations of two values.
var comparisons = map[string]func(a, b uint32) bool{
	"=":  func(a, b uint32) bool { return a == b },
	"==": func(a, b uint32) bool { return a == b },
	"!=": func(a, b uint32) bool { return a != b },
	">":  func(a, b uint32) bool { return a > b },
	"<":  func(a, b uint32) bool { return a < b },
	">=": func(a, b uint32) bool { return a >= b },
	"<=": func(a, b uint32) bool { return a <= b },
}

// constants are the numbers that have names.
var constants = map[string]uint32{
	"tcpflags": 13, "tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8,
	"tcp-ack": 16, "tcp-urg": 32, "tcp-ece": 64, "tcp-cwr": 128,
	"icmptype": 0, "icmpcode": 1, "icmp-echoreply": 0, "icmp-unreach": 3, "icmp-redirect": 5,
	"icmp-echo": 8, "icmp-timxceed": 11, "icmp-paramprob": 12,
	"icmp6type": 0, "icmp6code": 1,
}

// calculated is what an operator makes of two quantities. As in libpcap
// (gen_arth of gencode.c) only what must hold for the first one must hold:
// "4 & tcp[13] = 4" looks into packets that are not TCP.
func calculated(operator string, calculate func(a, b uint32) uint32, x, y quantity) quantity {
	return quantity{
		when: x.when,
		of: func(p packet) (uint32, bool) {
			a, ok := x.of(p)
			b, sure := y.of(p)
			if !ok || !sure || operator == "/" && b == 0 {
				return 0, false
			}
			return calculate(a, b), true
		},
	}
}

// negative is the number that a quantity needs to become 0.
func negative(x quantity) quantity {
	return quantity{when: x.when, of: func(p packet) (uint32, bool) {
		n, ok := x.of(p)
		return -n, ok
	}}
}

// compared is the test that a comparison of two quantities is.
func compared(compare func(a, b uint32) bool, x, y quantity) test {
	tests := append(x.when[:len(x.when):len(x.when)], y.when...)
	return allOf(append(tests, func(p packet) result {
		a, ok := x.of(p)
		b, sure := y.of(p)
		if !ok || !sure {
			return short
		}
		return whether(compare(a, b))
	})...)
}

// bytesOf are size bytes of the header that a word names, at an index into
// it. Those behind IPv4 are looked for behind IPv4 alone.
func bytesOf(tags int, word string, index quantity, size int) quantity {
	from, must := network(tags), []test{named(tags, word)}
	switch word {
	case "tcp", "udp", "sctp", "icmp":
		from, must = transport(tags), []test{carries(tags, etherIPv4), named(tags, word), unfragmented(tags)}
	case "icmp6":
		from, must = transport6(tags), []test{carries(tags, etherIPv6), equal(network(tags), 6, 1, protocolICMPv6)}
	}
	return quantity{
		when: append(index.when[:len(index.when):len(index.when)], must...),
		of: func(p packet) (uint32, bool) {
			at, ok := from(p)
			i, sure := index.of(p)
			if !ok || !sure {
				return 0, false
			}
			return p.load(int(uint32(at)+i), size)
		},
	}
}
