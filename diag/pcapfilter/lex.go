package pcapfilter

import (
	"strings"
	"unicode/utf8"
)

// kind is what a token is.
type kind int

// The kinds.
const (
	end     kind = iota
	word         // a word, a number, an IPv4 address, a range
	escaped      // a word behind a backslash
	address      // an IPv6 address, or what looks like one
	sign
	strange // what begins no token
)

// token is a piece of the text.
type token struct {
	kind kind
	text string
	at   int // byte of the text
}

// signs, the longer ones first.
var signs = []string{"&&", "||", "!=", ">=", "<=", "==", "<<", ">>", "!", "(", ")", "[", "]", ":", "=", ">", "<", "&", "|", "+", "-", "*", "/"}

// lex cuts a text into tokens; the last one is the end.
func lex(text string) []token {
	var tokens []token
	for at := 0; ; {
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t\r\n"))
		t := token{at: at}
		t.kind, t.text = first(text[at:])
		tokens = append(tokens, t)
		if t.kind == end {
			return tokens
		}
		at += len(t.text)
		if t.kind == escaped {
			tokens[len(tokens)-1].text = t.text[1:]
		}
	}
}

// first is the token that rest begins with.
func first(rest string) (kind, string) {
	if rest == "" {
		return end, ""
	}
	if n := run(rest, isAddress); strings.Count(rest[:n], ":") > 1 {
		return address, rest[:n]
	}
	if n := wordLength(rest); n > 0 {
		return word, rest[:n]
	}
	if n := wordLength(rest[1:]); rest[0] == '\\' && n > 0 {
		return escaped, rest[:1+n]
	}
	for _, s := range signs {
		if strings.HasPrefix(rest, s) {
			return sign, s
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	return strange, rest[:n]
}

// run counts the bytes at the beginning that are of a class.
func run(s string, is func(c byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

// wordLength is the length of the word that s begins with: letters and
// digits, and what may stand between them.
func wordLength(s string) int {
	if s == "" || !isAlphanumeric(s[0]) {
		return 0
	}
	n := run(s, func(c byte) bool { return isAlphanumeric(c) || c == '-' || c == '_' || c == '.' })
	return len(strings.TrimRight(s[:n], "-_"))
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isAddress(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == ':' || c == '.'
}
